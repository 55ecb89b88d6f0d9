/**
 * What every proof under `tests/chaos` shares: its size, its noise, and how it says what it measured.
 *
 * Small by default, so that it runs with all other tests; `scripts/chaos NAME` runs it at full size.
 */
import { appendFileSync } from "node:fs";

const isFull = process.env.SEKISHO_CHAOS === "full";

/** How often to do a thing: `full` times under `scripts/chaos`, else `small` times. `SEKISHO_CHAOS_SIZE` overrides. */
export function chaosSize(full: number, small: number): number {
  const { SEKISHO_CHAOS_SIZE: wanted } = process.env;
  return wanted ? Number(wanted) : isFull ? full : small;
}

/** Time limit of a proof: `small` milliseconds by default, four hours at full size. */
export function chaosTimeoutMs(small: number): number {
  return isFull ? 4 * 3_600_000 : small;
}

/** The seed of this run: `SEKISHO_SEED`, else a fixed one, so that every default run does the same. */
export const CHAOS_SEED = Number(process.env.SEKISHO_SEED ?? 20_260_101);

/** Deterministic noise: an xorshift32 generator of whole numbers below a bound. */
export function noise(seed: number): (bound: number) => number {
  let state = Math.imul(seed, 2_654_435_761) | 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

/** One line with what was measured, on standard output and, where `SEKISHO_CHAOS_REPORT` names one, in a file. */
export function report(line: string): void {
  process.stdout.write(`${line}\n`);
  const { SEKISHO_CHAOS_REPORT: path } = process.env;
  if (path) appendFileSync(path, `${line}\n`);
}

/** The value below which `share` of the values lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
