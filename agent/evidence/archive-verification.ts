/**
 * Owns the judgement of an archive of evidence, from the archive and the chain's public key alone: seals follow from the key, records
 * from the seals, every file is the one in the manifest, and the manifest is the one whose hand-over stands in the chain.
 */
import { createHash } from "node:crypto";
import { reasonOf } from "../base/errors.js";
import { readArchive } from "./archive.js";
import { type ExportManifest, NAMES } from "./export.js";
import { type EvidenceRecord, parseLine } from "./record.js";
import { parseSeal, type Seal } from "./seal.js";
import { type ChainProblem, type Checkpoint, RecordVerifier, verifySeals } from "./verification.js";

export type ArchiveProblem =
  | { readonly what: "archive"; readonly reason: string }
  | { readonly what: "file"; readonly file: string; readonly why: "digest" | "missing" | "unknown" }
  | { readonly what: "custody" }
  | (ChainProblem & { readonly file: string });

export interface ArchiveFindings {
  readonly problem: ArchiveProblem | undefined;
  readonly manifest: ExportManifest | undefined;
  /** Records of the chain that hold and are sealed. */
  readonly records: number;
  /** The hand-over as the chain has it. */
  readonly custody: EvidenceRecord | undefined;
  readonly lastSeal: Seal | undefined;
}

/**
 * @param publicKey in hexadecimal
 * @param checkpoints of the monitor, if they are at hand
 */
export async function verifyArchive(
  path: string,
  publicKey: string,
  checkpoints: readonly Checkpoint[] = [],
): Promise<ArchiveFindings> {
  const verifier = new ArchiveVerifier(publicKey, checkpoints);
  try {
    await readArchive(path, ({ name, bytes }) => verifier.file(name, bytes));
  } catch (error) {
    return verifier.findings({ what: "archive", reason: reasonOf(error) });
  }
  return verifier.findings(verifier.end());
}

class ArchiveVerifier {
  readonly #publicKey: string;
  readonly #checkpoints: readonly Checkpoint[];
  readonly #digests = new Map<string, string>();
  readonly #names = new Set<string>();
  #sealLines: string[] = [];
  #seals: readonly Seal[] = [];
  #manifest: ExportManifest | undefined;
  #manifestDigest = "";
  #records = 0;
  #custody: EvidenceRecord | undefined;
  #problem: ArchiveProblem | undefined;

  constructor(publicKey: string, checkpoints: readonly Checkpoint[]) {
    this.#publicKey = publicKey;
    this.#checkpoints = checkpoints;
  }

  file(name: string, bytes: Buffer): void {
    const digest = createHash("sha256").update(bytes).digest("hex");
    if (this.#names.has(name)) this.#fail({ what: "file", file: name, why: "unknown" });
    this.#names.add(name);
    if (name === NAMES.manifest) {
      this.#manifestDigest = digest;
      this.#manifest = parseManifest(bytes);
      return;
    }
    if (name === NAMES.seals || name === NAMES.custodySeals) this.#takeSeals(name, bytes);
    if (name.startsWith("chain/") && name !== NAMES.seals) this.#takeRecords(name, bytes);
    if (name === NAMES.custodyRecords) this.#takeRecords(name, bytes);
    if (!name.startsWith("custody/")) this.#digests.set(name, digest);
  }

  end(): ArchiveProblem | undefined {
    const manifest = this.#manifest;
    if (manifest === undefined) this.#fail({ what: "file", file: NAMES.manifest, why: "missing" });
    const handedOver = (this.#custody?.data as { manifest?: string } | undefined)?.manifest;
    if (handedOver === undefined || handedOver !== this.#manifestDigest) this.#fail({ what: "custody" });
    for (const { name, sha256 } of manifest?.files ?? []) {
      const digest = this.#digests.get(name);
      if (digest === undefined) this.#fail({ what: "file", file: name, why: "missing" });
      else if (digest !== sha256) this.#fail({ what: "file", file: name, why: "digest" });
      this.#digests.delete(name);
    }
    for (const [file] of this.#digests) this.#fail({ what: "file", file, why: "unknown" });
    return this.#problem;
  }

  findings(problem: ArchiveProblem | undefined): ArchiveFindings {
    return {
      problem: this.#problem ?? problem,
      manifest: this.#manifest,
      records: this.#records,
      custody: this.#custody,
      lastSeal: this.#seals.at(-1),
    };
  }

  /** The seals of the custody go on where the others end. */
  #takeSeals(name: string, bytes: Buffer): void {
    const text = bytes.toString("utf8");
    if (!text.endsWith("\n"))
      this.#fail({ what: "seal", epoch: this.#sealLines.length, why: "form", file: name });
    this.#sealLines = [...this.#sealLines, ...text.split("\n").slice(0, -1)];
    const isLast = name === NAMES.custodySeals;
    const { seals, problem } = verifySeals(this.#sealLines, this.#publicKey, isLast ? this.#checkpoints : []);
    this.#seals = seals;
    if (problem) this.#fail({ ...problem, file: name });
  }

  #takeRecords(name: string, bytes: Buffer): void {
    const verifier = new RecordVerifier(this.#seals);
    const text = bytes.toString("utf8");
    const [header = "", ...lines] = text.split("\n");
    const isWhole = lines.pop() === "";
    let problem = verifier.header(header);
    for (const line of lines) {
      if (problem) break;
      problem = verifier.record(line);
      if (!problem && name === NAMES.custodyRecords) this.#takeCustody(line);
    }
    problem ??= isWhole
      ? verifier.end(verifier.lastNumber)
      : { what: "record", n: verifier.lastNumber + 1, why: "form" };
    this.#records += verifier.count;
    if (problem) this.#fail({ ...problem, file: name });
  }

  #takeCustody(text: string): void {
    const json = parseLine(text)?.json;
    if (json === undefined) return;
    const record = JSON.parse(json) as EvidenceRecord;
    if (record.kind === "export") this.#custody = record;
  }

  /** The first problem is the one that is told. */
  #fail(problem: ArchiveProblem): void {
    this.#problem ??= problem;
  }
}

function parseManifest(bytes: Buffer): ExportManifest | undefined {
  try {
    const manifest = JSON.parse(bytes.toString("utf8")) as ExportManifest;
    const isWhole =
      manifest.v === 1 &&
      Array.isArray(manifest.files) &&
      manifest.files.every(({ name, sha256 }) => typeof name === "string" && typeof sha256 === "string");
    return isWhole ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/** A checkpoint as it is written on a command line: `EPOCH:DIGEST`, or a seal's line. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const seal = parseSeal(text.trim());
  if (seal) return { epoch: seal.epoch, digest: seal.digest };
  const [, epoch, digest] = /^(\d{1,9}):([0-9a-f]{64})$/.exec(text.trim()) ?? [];
  return digest === undefined ? undefined : { epoch: Number(epoch), digest };
}
