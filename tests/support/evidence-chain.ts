/** A small chain of evidence on a real disk, with what an office would put into it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type ChainOptions, EvidenceChain } from "../../agent/evidence/evidence-chain.js";
import type { Seal } from "../../agent/evidence/seal.js";
import { listSegments, readSegment } from "../../agent/evidence/segment.js";
import {
  type ChainProblem,
  type Checkpoint,
  RecordVerifier,
  verifySeals,
} from "../../agent/evidence/verification.js";
import { ManualClock } from "./manual-clock.js";

export function openChain(folder: string, options: Partial<ChainOptions> = {}): EvidenceChain {
  return EvidenceChain.open({
    folder,
    device: "office-1",
    clock: new ManualClock(),
    clockQuality: () => "synchronized",
    retention: { budgetBytes: 1e9, holdBytes: 1e9, retentionMs: 1e12 },
    ...options,
    limits: { delayMs: 0, logDelayMs: 0, ...options.limits },
  });
}

/** Everything that says what a chain holds. */
export interface ChainText {
  readonly publicKey: string;
  readonly seals: readonly string[];
  /** Each its header line and its record lines. */
  readonly segments: readonly (readonly string[])[];
}

export function readChain(folder: string, publicKey: string): ChainText {
  const seals = readFileSync(join(folder, "seals.jsonl"), "utf8").split("\n").slice(0, -1);
  const segments = listSegments(folder).map((file) => readSegment(file).split("\n").slice(0, -1));
  return { publicKey, seals, segments };
}

/** The first thing that does not hold. */
export function judge(
  text: ChainText,
  checkpoints: readonly Checkpoint[] = [],
  first?: number,
): ChainProblem | undefined {
  const { seals, problem } = verifySeals(text.seals, text.publicKey, checkpoints);
  return problem ?? judgeRecords(text, seals, seals.at(-1)!.last, first);
}

/** The same of the records alone, under seals that are verified. */
export function judgeRecords(
  text: ChainText,
  seals: readonly Seal[],
  last: number,
  first?: number,
): ChainProblem | undefined {
  const verifier = new RecordVerifier(seals, first);
  for (const [header = "", ...records] of text.segments) {
    const wrong = verifier.header(header) ?? firstOf(records, (line) => verifier.record(line));
    if (wrong) return wrong;
  }
  return verifier.end(last);
}

function firstOf(
  lines: readonly string[],
  check: (line: string) => ChainProblem | undefined,
): ChainProblem | undefined {
  for (const line of lines) {
    const wrong = check(line);
    if (wrong) return wrong;
  }
  return undefined;
}
