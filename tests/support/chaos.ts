/**
 * What every proof under `tests/chaos` shares: its size, its noise, and how it says what it measured.
 *
 * Small by default, so that it runs with all other tests; `scripts/chaos NAME` runs it at full size.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const isFull = process.env.SEKISHO_CHAOS === "full";

/** How often to do a thing: `full` times under `scripts/chaos`, else `small` times. `SEKISHO_CHAOS_SIZE` overrides. */
export function chaosSize(full: number, small: number): number {
  const { SEKISHO_CHAOS_SIZE: wanted } = process.env;
  return wanted ? Number(wanted) : isFull ? full : small;
}

/** Time limit of a proof: of use where one hangs, and never what decides. Four hours at full size. */
export function chaosTimeoutMs(): number {
  return isFull ? 4 * 3_600_000 : 180_000;
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

/**
 * What has been done of something long, told every tenth. Where its parts do not build on each other (`isResumable`) and
 * `SEKISHO_CHAOS_STATE` names a folder it is kept there, and a run that was ended goes on behind what it had done.
 */
export class Progress {
  readonly #name: string;
  readonly #total: number;
  readonly #path: string | undefined;
  readonly #startedMs = performance.now();
  readonly #first: number;
  #done: number;

  constructor(name: string, total: number, isResumable = false) {
    this.#name = name;
    this.#total = total;
    const { SEKISHO_CHAOS_STATE: folder } = process.env;
    if (isResumable && folder) {
      mkdirSync(folder, { recursive: true });
      this.#path = join(folder, `${name}-${CHAOS_SEED}-${total}`);
    }
    this.#first = this.#path && existsSync(this.#path) ? Number(readFileSync(this.#path, "utf8")) : 0;
    this.#done = this.#first;
  }

  /** How many are done already, by this run or an earlier one with the same seed. */
  get done(): number {
    return this.#done;
  }

  /** So many are done now. */
  reach(done: number): void {
    const tenth = (count: number): number => Math.floor((10 * count) / this.#total);
    const isNews = tenth(done) > tenth(this.#done);
    this.#done = done;
    if (this.#path) writeFileSync(this.#path, `${done}`);
    if (!isFull || !isNews || done >= this.#total) return;
    const seconds = (performance.now() - this.#startedMs) / 1000;
    const left = (seconds / (done - this.#first)) * (this.#total - done);
    process.stdout.write(
      `${this.#name}: ${done} of ${this.#total} in ${seconds.toFixed(0)} s, about ${left.toFixed(0)} s left\n`,
    );
  }
}

/** Do something with each item, two at a time: the machines this runs on have two processors at least. */
export async function inPairs<T>(items: readonly T[], task: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < items.length) await task(items[next++]!);
  };
  await Promise.all([work(), work()]);
}

/** The value below which `share` of the values lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
