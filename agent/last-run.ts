/**
 * Owns what the monitor is told of a run that did not end in order: when it ended, why as far as is known, and how long
 * nobody listened. A stop in order says goodbye itself and is not told here.
 */
import { messageEntry } from "./agent-messages.js";
import type { ClockQuality } from "./base/clock-quality.js";
import { forgetLastWords, type LastWords, lastWordsFileFor, readLastWords } from "./onsite/last-words.js";

const KILLED =
  "it was ended from outside before it could say why: no memory left, no sign of life for the watchdog, or no power; it was alive until this time, or up to a minute longer";

type Entry = ReturnType<typeof messageEntry>;

export interface LastRun {
  /** Beside it lie the words of a run that could still say why it ended. */
  readonly storePath: string;
  readonly isAfterCleanStop: boolean;
  /** When a run was last known to live; undefined where none was. */
  readonly aliveMs: number | undefined;
  /** Now, and how far that can be believed. */
  readonly wallMs: number;
  readonly clockQuality: ClockQuality;
}

/** Tell of the run before, where it did not end in order. @param keep resolves when an entry is on disk */
export async function tellLastRun(
  run: LastRun,
  keep: (entries: readonly Entry[]) => Promise<void>,
): Promise<void> {
  const file = lastWordsFileFor(run.storePath);
  await keep(entriesOf(run, readLastWords(file)));
  forgetLastWords(file);
}

function entriesOf(run: LastRun, words: readonly LastWords[]): Entry[] {
  const aliveMs = run.isAfterCleanStop ? undefined : run.aliveMs;
  // A run that lived on behind the last words was killed before it had told them.
  const isKilled = aliveMs !== undefined && aliveMs > (words.at(-1)?.atMs ?? 0);
  return [
    // How long nobody listened is known of the last end only.
    ...words.map(({ atMs, reason }, index) =>
      entryOf(index === words.length - 1 && !isKilled ? run : undefined, atMs, "failed", reason),
    ),
    ...(isKilled ? [entryOf(run, aliveMs, "killed", KILLED)] : []),
  ];
}

function entryOf(run: LastRun | undefined, atMs: number, code: "failed" | "killed", reason: string): Entry {
  // Where the clock was never set, or has been set back, the two times have nothing to do with each other.
  const isMeasured = run !== undefined && run.clockQuality !== "unset" && run.wallMs >= atMs;
  const durationMs = isMeasured ? { durationMs: Math.round(run.wallMs - atMs) } : {};
  return messageEntry("info", {
    event: "agent_gap",
    at: new Date(atMs).toISOString(),
    code,
    reason,
    ...durationMs,
  });
}
