/**
 * Owns what an archive of evidence holds, and its order: readable pages and attachments, the seals from the first on, the records
 * of the time in question between two seals, the manifest with every file's digest, and at last the custody: the record in the
 * chain that this manifest was handed over, and the seals over it. So the archive is part of the chain that it proves.
 *
 * What does not belong to the question is there as its digest alone: the chain holds over it, and nobody reads it.
 */
import { createHash } from "node:crypto";
import { type ArchivedFile, ArchiveWriter } from "./archive.js";
import { digestLineOf, type EvidenceRecord, linkOf, parseLine, recordOf } from "./record.js";
import { readSealLines } from "./recovery.js";
import { parseSeal, type Seal } from "./seal.js";
import { headerLine, listSegments, parseHeader, readSegment, type SegmentFile } from "./segment.js";

export const NAMES = {
  seals: "chain/seals.jsonl",
  manifest: "manifest.json",
  custodySeals: "custody/seals.jsonl",
  custodyRecords: "custody/records.jsonl",
} as const;

export interface ExportManifest {
  readonly v: 1;
  readonly device: string;
  readonly chain: string;
  /** Public key of the chain, in hexadecimal. */
  readonly key: string;
  /** Empty where it is about a time. */
  readonly incident: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly purpose: string;
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
}

export interface ExportOptions {
  readonly folder: string;
  readonly output: string;
  readonly wallMs: number;
  readonly incident: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly purpose: string;
  /** Whether a record of that time is shown, and not its digest alone. */
  readonly isShown: (record: EvidenceRecord) => boolean;
  /**
   * Where the time says nothing (a capture was played back, a clock was put right): records around which the question lies, and how far
   * around them.
   */
  readonly anchor?: { readonly isIt: (record: EvidenceRecord) => boolean; readonly marginMs: number };
  /** Pages for people and attachments, made when it is known what is shown. */
  readonly pages: (shown: ShownRecords) => readonly ArchivedFile[];
  /** Seals what there is; with a manifest's digest records the hand-over first. @returns last record that is sealed */
  readonly seal: (manifest?: string) => Promise<void>;
}

export interface ShownRecords {
  readonly counts: ReadonlyMap<string, number>;
  readonly hidden: number;
  /** Rules that made the detections that are shown, as `gid:sid`. */
  readonly rules: ReadonlySet<string>;
  /** Of gaps, health, starts, stops, rules and actions the first few hundred. */
  readonly notable: readonly EvidenceRecord[];
  readonly first: Seal;
  readonly last: Seal;
}

const MAX_NOTABLE = 500;
const MAX_RULES = 1000;
const NOTABLE = new Set(["gap", "health", "start", "stop", "rules", "action", "hold", "export", "retention"]);

/** @returns undefined where the chain holds nothing of that time */
export async function exportEvidence(wanted: ExportOptions): Promise<ShownRecords | undefined> {
  const { folder, output, wallMs, seal } = wanted;
  await seal();
  const seals = readSealLines(folder).flatMap((line) => parseSeal(line) ?? []);
  const newest = seals.at(-1);
  if (newest === undefined) return undefined;
  const options = rangeOf(wanted, newest.last) ? wanted : anchored(wanted, newest.last);
  const range = options && rangeOf(options, newest.last);
  if (options === undefined || range === undefined) return undefined;
  const before = seals.findLast(({ last }) => last < range.first)!;
  const end = seals.find(({ last }) => last >= range.last)!;
  const shown: Shown = { counts: new Map(), hidden: 0, rules: new Set(), notable: [] };
  const writer = new ArchiveWriter(output, wallMs);
  const files: ExportManifest["files"][number][] = [];
  const add = (file: ArchivedFile): void => {
    writer.add(file);
    const sha256 = createHash("sha256").update(file.bytes).digest("hex");
    files.push({ name: file.name, bytes: file.bytes.length, sha256 });
  };
  try {
    add({ name: NAMES.seals, bytes: linesOf(seals) });
    for (const file of listSegments(folder)) {
      const part = partOf(file, before, end, options, shown);
      if (part !== undefined)
        add({ name: `chain/${String(part.first).padStart(15, "0")}.jsonl`, bytes: part.bytes });
    }
    const result = { ...shown, first: before, last: end };
    for (const page of options.pages(result)) add(page);
    const { incident, fromMs, toMs, purpose } = options;
    const { device, chain } = newest;
    const about = { v: 1, device, chain, key: seals[0]!.key, incident, fromMs, toMs, purpose } as const;
    const manifest = Buffer.from(
      `${JSON.stringify({ ...about, files } satisfies ExportManifest, undefined, 2)}\n`,
    );
    writer.add({ name: NAMES.manifest, bytes: manifest });
    await seal(createHash("sha256").update(manifest).digest("hex"));
    const later = readSealLines(folder).slice(seals.length);
    writer.add({ name: NAMES.custodySeals, bytes: Buffer.from(later.map((line) => `${line}\n`).join("")) });
    writer.add({
      name: NAMES.custodyRecords,
      bytes: custodyOf(folder, newest, parseSeal(later.at(-1) ?? "")),
    });
    writer.end();
    return result;
  } catch (error) {
    writer.abandon();
    throw error;
  }
}

interface Shown {
  readonly counts: Map<string, number>;
  hidden: number;
  readonly rules: Set<string>;
  readonly notable: EvidenceRecord[];
}

/** Records of a segment with their links, up to one that does not hold. */
function* recordsOf(file: SegmentFile) {
  const [head = "", ...lines] = readSegment(file).split("\n");
  const header = parseHeader(head);
  if (header === undefined) return;
  let link: Buffer = Buffer.from(header.previous, "hex");
  let n = header.first - 1;
  for (const text of lines) {
    const line = parseLine(text);
    if (line?.json === undefined) return;
    const previous = link;
    link = linkOf(link, line.digest);
    n++;
    yield { n, previous, link, text, digest: line.digest, record: recordOf(line.json, n) };
  }
}

/** First and last sealed record in the time. */
function rangeOf({ folder, fromMs, toMs, isShown }: ExportOptions, sealed: number) {
  let range: { first: number; last: number } | undefined;
  for (const file of listSegments(folder)) {
    if (file.closed && (file.closed.toMs < fromMs || file.closed.fromMs > toMs)) continue;
    for (const { n, record } of recordsOf(file)) {
      if (n > sealed || record === undefined) break;
      if (record.at < fromMs || record.at > toMs || !isShown(record)) continue;
      range = { first: range?.first ?? n, last: n };
    }
  }
  return range;
}

/** The same question about the time in which its anchors were recorded. */
function anchored(wanted: ExportOptions, sealed: number): ExportOptions | undefined {
  const { folder, anchor } = wanted;
  let [fromMs, toMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const file of anchor ? listSegments(folder) : []) {
    for (const { n, record } of recordsOf(file)) {
      if (n > sealed || record === undefined) break;
      if (!anchor?.isIt(record)) continue;
      [fromMs, toMs] = [Math.min(fromMs, record.at), Math.max(toMs, record.at)];
    }
  }
  if (anchor === undefined || fromMs > toMs) return undefined;
  return { ...wanted, fromMs: fromMs - anchor.marginMs, toMs: toMs + anchor.marginMs };
}

function partOf(
  file: SegmentFile,
  before: Seal,
  end: Seal,
  { fromMs, toMs, isShown }: ExportOptions,
  shown: Shown,
) {
  if (file.first > end.last || (file.closed && file.closed.last <= before.last)) return undefined;
  let first: number | undefined;
  const lines: string[] = [];
  for (const { n, previous, link, text, digest, record } of recordsOf(file)) {
    if (n <= before.last) continue;
    if (n > end.last) break;
    if (first === undefined) {
      first = n;
      lines.push(headerLine({ chain: end.chain, first, previous: previous.toString("hex") }));
    }
    const isWanted = record !== undefined && record.at >= fromMs && record.at <= toMs && isShown(record);
    lines.push(isWanted ? `${text}\n` : digestLineOf(link, digest));
    if (!isWanted) shown.hidden++;
    else {
      shown.counts.set(record.kind, (shown.counts.get(record.kind) ?? 0) + 1);
      if (record.kind === "detection" && shown.rules.size < MAX_RULES) {
        const { generatorId, signatureId } = record.data as { generatorId?: number; signatureId?: number };
        if (signatureId !== undefined) shown.rules.add(`${generatorId ?? 1}:${signatureId}`);
      }
      if (NOTABLE.has(record.kind) && shown.notable.length < MAX_NOTABLE) shown.notable.push(record);
    }
  }
  return first === undefined ? undefined : { first, bytes: Buffer.from(lines.join("")) };
}

/** The record of the hand-over; what else came meanwhile as digests. */
function custodyOf(folder: string, from: Seal, to: Seal | undefined): Buffer {
  const lines = [headerLine({ chain: from.chain, first: from.last + 1, previous: from.hash })];
  for (const file of listSegments(folder)) {
    for (const { n, link, text, digest, record } of recordsOf(file)) {
      if (n <= from.last || n > (to?.last ?? 0)) continue;
      lines.push(record?.kind === "export" ? `${text}\n` : digestLineOf(link, digest));
    }
  }
  return Buffer.from(lines.join(""));
}

function linesOf(seals: readonly Seal[]): Buffer {
  return Buffer.from(seals.map(({ line }) => `${line}\n`).join(""));
}
