/**
 * Owns what is known of how the agent ended where it did not end in order: a file beside the store, with a line of each run
 * that wrote one while it died, read by the next start, which tells the monitor. Who is killed (no memory, watchdog, power
 * cut) leaves no words; the store knows all the same that it was not closed.
 *
 * Bound: one file of MAX_BYTES; runs beyond leave none.
 */
import { appendFileSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { withoutCredentials } from "../base/without-credentials.js";

const NAME = "last-words.json";
const MAX_BYTES = 16 * 1024;
const MAX_REASON_CHARACTERS = 1000;

export interface LastWords {
  /** Wall time, milliseconds since the Unix epoch. */
  readonly atMs: number;
  /** English; for developers. */
  readonly reason: string;
}

/** The file that goes with a store. */
export function lastWordsFileFor(storePath: string): string {
  return join(dirname(storePath), NAME);
}

/** Leave `words` for the next start. A disk that does not take them is not worth dying another death. */
export function leaveLastWords(file: string, { atMs, reason }: LastWords): void {
  try {
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > MAX_BYTES) return;
    const line = JSON.stringify({ atMs, reason: withoutCredentials(reason).slice(0, MAX_REASON_CHARACTERS) });
    appendFileSync(file, `${line}\n`, { mode: 0o600, flush: true });
  } catch {
    // The store says that it was not closed.
  }
}

/** What runs before left, the latest last; lines that cannot be read are passed over. */
export function readLastWords(file: string): readonly LastWords[] {
  try {
    return readFileSync(file, "utf8").split("\n").flatMap(wordsIn);
  } catch {
    return [];
  }
}

function wordsIn(line: string): LastWords[] {
  try {
    const { atMs, reason } = JSON.parse(line) as Partial<Record<string, unknown>>;
    const isWhole =
      typeof atMs === "number" && typeof reason === "string" && !Number.isNaN(new Date(atMs).getTime());
    return isWhole ? [{ atMs, reason }] : [];
  } catch {
    return [];
  }
}

/** To be called when they have been told. Where they cannot be removed they are told again, which does no harm. */
export function forgetLastWords(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // A disk that cannot be written to is the store's to report.
  }
}
