/**
 * The ledger of a store that is kept outside of it: what was accepted and acknowledged over many lives of a process
 * (`store-child.ts`), and whether what the store holds agrees with it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect } from "vitest";
import { classOf } from "./child-store.js";
import type { StoreChildSettings } from "./store-child.js";

export interface ChildRun {
  readonly lines: readonly string[];
  /** From the start of the process to the first accepted append; undefined where it did not come so far. */
  readonly readyMs: number | undefined;
  /** Processor time until then, which a machine that is busy with other things does not stretch. */
  readonly readyCpuMs: number | undefined;
  readonly exitCode: number | null;
}

export interface ChildOptions {
  /** Kill so many milliseconds after its first accepted append, by no means of its own. */
  readonly killAfterMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Called after its first accepted append, with what halts the process; it is killed when this returns. */
  readonly onReady?: (halt: () => void) => Promise<void> | void;
}

/** Let a process work on a store; resolves when it has ended, by whatever means. */
export async function runChild(
  program: string,
  settings: StoreChildSettings,
  options: ChildOptions = {},
): Promise<ChildRun> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [program, JSON.stringify(settings)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...options.env },
  });
  let text = "";
  let readyMs: number | undefined;
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    if (readyMs !== undefined || !/^ready \d+$/m.test(text)) return;
    readyMs = performance.now() - startedMs;
    const { killAfterMs, onReady } = options;
    if (killAfterMs !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfterMs);
    const halt = (): unknown => child.kill("SIGSTOP");
    if (onReady) void Promise.resolve(onReady(halt)).then(() => child.kill("SIGKILL"));
  });
  const [exitCode] = (await once(child, "close")) as [number | null];
  // The last line may be torn.
  const cpu = /^ready (\d+)$/m.exec(text)?.[1];
  const readyCpuMs = cpu === undefined ? undefined : Number(cpu);
  return { lines: text.split("\n").slice(0, -1), readyMs, readyCpuMs, exitCode };
}

/** Messages of one class that left the outbox for want of room, as the store has told it. */
interface Tombstone {
  readonly priority: string;
  readonly first: number;
  readonly last: number;
  readonly messages: number;
}

export class StoreLedger {
  readonly #sequenceOf = new Map<number, number>();
  readonly #acknowledging = new Set<number>();
  readonly #acknowledged = new Set<number>();
  readonly #given = new Set<number>();
  #highestSequence = 0;
  #highestBoot = 0;
  nextId = 0;
  /** Salvages the store told of. */
  salvages = 0;
  /** Entries that were shed, as whoever gave them was told. */
  shed = 0;
  /** Tombstones heard of; one that another has replaced is forgotten, for its messages are counted there again. */
  #tombstones: Tombstone[] = [];
  readonly #told = new Map<number, number>();

  /** Entries that were shed, as the outbox tells the monitor. */
  get told(): number {
    return [...this.#told.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Messages that left unsent for want of room, as the store has told it. */
  get evicted(): number {
    return this.#tombstones.reduce((sum, { messages }) => sum + messages, 0);
  }

  get accepted(): number {
    return this.#sequenceOf.size;
  }

  get acknowledged(): number {
    return this.#acknowledged.size;
  }

  /** Take down what a process said; what it found in the store is compared with what was said before. */
  read(lines: readonly string[], context: string): void {
    for (const line of lines) {
      const [event, ...words] = line.split(" ");
      if (event === "open") this.#open(Number(words[0]), context);
      if (event === "told" || event === "held" || event === "last") this.#hear(words);
      if (event === "held" || event === "last") this.#compare(words, context);
      if (event === "give") this.#give(Number(words[0]), Number(words[1]));
      if (event === "acknowledging") for (const word of words) this.#acknowledging.add(Number(word));
      if (event === "acknowledged") for (const word of words) this.#acknowledged.add(Number(word));
      if (event === "accepted") for (const word of words) this.#accept(word, context);
      if (event === "shed") this.shed += Number(words[0]);
    }
  }

  /** 0 is a store that could not open its database yet. */
  #open(boot: number, context: string): void {
    if (boot === 0) return;
    expect(boot, `${context}: the boot`).toBeGreaterThan(this.#highestBoot);
    this.#highestBoot = boot;
  }

  /** What the store says it has dropped, once per message. */
  #hear(words: readonly string[]): void {
    for (const word of words) {
      const [, shed, sequence] = /^store\.overflow\/(\d+):(\d+)$/.exec(word) ?? [];
      const tombstone = /^store\.tombstone\/(\w+)\/(\d+)-(\d+)\/(\d+):/.exec(word);
      if (tombstone) this.#bury(tombstone);
      if (shed !== undefined) this.#told.set(Number(sequence), Number(shed));
    }
  }

  #bury([, priority = "", from, to, count]: RegExpExecArray): void {
    const [first, last, messages] = [Number(from), Number(to), Number(count)];
    const isReplaced = (old: Tombstone): boolean =>
      old.priority === priority && old.first >= first && old.last <= last;
    this.#tombstones = this.#tombstones.filter((old) => !isReplaced(old));
    this.#tombstones.push({ priority, first, last, messages });
  }

  #give(first: number, last: number): void {
    for (let id = first; id <= last; id++) this.#given.add(id);
    this.nextId = Math.max(this.nextId, last + 1);
  }

  /** Rising within a process and over all of them: no number is given twice. */
  #accept(word: string, context: string): void {
    const [id = 0, sequence = 0] = word.split(":").map(Number);
    expect(sequence, `${context}: the number of message ${id}`).toBeGreaterThan(this.#highestSequence);
    this.#highestSequence = sequence;
    this.#sequenceOf.set(id, sequence);
  }

  #compare(words: readonly string[], context: string): void {
    const found = new Map<number, number>();
    this.salvages += words.filter((word) => word.startsWith("store.salvaged:")).length;
    for (const word of words) {
      const [name = "", number = ""] = word.split(":");
      const id = Number(name);
      const sequence = Number(number);
      if (Number.isNaN(id)) continue;
      if (found.has(id)) expect.fail(`${context}: message ${id} is there twice`);
      if (!this.#given.has(id)) expect.fail(`${context}: message ${id} was never given`);
      found.set(id, sequence);
      if (this.salvages === 0 && this.#acknowledged.has(sequence)) {
        expect.fail(`${context}: message ${id} came back`);
      }
    }
    const inOrder = [...found].sort(([a], [b]) => a - b);
    for (const [index, [id, sequence]] of inOrder.entries()) {
      const before = inOrder[index - 1]?.[1] ?? 0;
      if (sequence <= before) expect.fail(`${context}: message ${id} has changed places`);
    }
    const gone = new Map<string, number>();
    for (const [id, sequence] of this.#sequenceOf) {
      if (this.#acknowledging.has(sequence) || found.get(id) === sequence) continue;
      const priority = classOf(id);
      const isTold = this.#tombstones.some(
        (one) => one.priority === priority && one.first <= sequence && sequence <= one.last,
      );
      if (!isTold) expect.fail(`${context}: message ${id}:${sequence} is lost`);
      gone.set(priority, (gone.get(priority) ?? 0) + 1);
    }
    for (const [priority, count] of gone) {
      const told = this.#tombstones.reduce(
        (sum, one) => sum + (one.priority === priority ? one.messages : 0),
        0,
      );
      // More may be told: notices, and messages whose commit nobody lived to hear of.
      if (told < count) expect.fail(`${context}: ${count} messages of class ${priority} gone, ${told} told`);
    }
  }
}
