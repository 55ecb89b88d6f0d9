/** ENOSPC, EIO and EROFS at every single call to the disk: nothing accepted is lost, and what is dropped is counted. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Bundle, bundle } from "../support/bundle.js";
import { CHAOS_SEED, chaosSize, chaosTimeoutMs, report } from "../support/chaos.js";
import { type Fault, FaultShim } from "../support/fault-shim.js";
import type { StoreChildSettings } from "../support/store-child.js";
import { runChild, StoreLedger } from "../support/store-ledger.js";
import { temporaryDirectory } from "../support/temporary-directory.js";

/** Every call at full size, else one in so many. */
const STRIDE = chaosSize(1, 97);
const ROUNDS = 2;

let child: Bundle;
let shim: FaultShim | undefined;
beforeAll(async () => {
  child = await bundle(new URL("../support/store-child.ts", import.meta.url));
  shim = FaultShim.compile(join(child.path, ".."));
});
afterAll(() => child.remove());

/** A store with something in it, then a life in which the disk fails, then one without accident. */
async function live(faults: readonly Fault[], more: Partial<StoreChildSettings> = {}) {
  if (!shim) throw new Error("this proof needs a C compiler: install build-essential");
  const directory = await temporaryDirectory();
  const path = join(directory, "store", "store.db");
  const counts = join(directory, "counts");
  const ledger = new StoreLedger();
  const run = async (context: string, settings: Partial<StoreChildSettings>, env = {}): Promise<void> => {
    const all = { path, firstId: ledger.nextId, seed: CHAOS_SEED, rounds: ROUNDS, ...settings };
    const { lines, exitCode } = await runChild(child.path, all, { env });
    ledger.read(lines, context);
    expect(exitCode, context).toBe(0);
    expect(lines.at(-1), context).toBe("closed");
  };
  const context = JSON.stringify(faults);
  const limits = { retryMinMs: 2, retryMaxMs: 20 };
  await run(context, { limits, ...more }, shim.environment(faults, counts));
  await run(`after ${context}`, { rounds: 0 });
  return { ledger, counts: (await readFile(counts, "utf8")).split("\n").map(Number) };
}

it.each(["enospc", "eio", "erofs"] as const)(
  "survives %s at any call to the disk",
  async (action) => {
    const { counts } = await live([{ action: "none", call: "any", path: "store.db", first: 1 }]);
    const calls = counts[0] ?? 0;
    expect(calls).toBeGreaterThan(50);
    let accepted = 0;
    let failed = 0;
    for (let first = 1 + (CHAOS_SEED % STRIDE); first <= calls; first += STRIDE) {
      const { ledger } = await live([{ action, call: "any", path: "store.db", first }]);
      expect(ledger.shed, `call ${first}`).toBe(0);
      accepted += ledger.accepted;
      failed += 1;
    }
    report(
      `disk-faults: ${action} at each of ${failed} of ${calls} calls: ${accepted} accepted, 0 lost, 0 dropped`,
    );
  },
  chaosTimeoutMs(180_000),
);

it.each(["enospc", "eio", "erofs"] as const)(
  "counts exactly what it drops while %s lasts",
  async (action) => {
    let shed = 0;
    for (let first = 60; first < 60 + 400; first += 40 * STRIDE) {
      const lasting: Fault = { action, call: "any", path: "store.db", first, count: 60 };
      const limits = { retryMinMs: 5, retryMaxMs: 20, maxQueueRecords: 20 };
      const { ledger } = await live([lasting], { limits, rounds: 12 });
      expect(ledger.told, JSON.stringify(lasting)).toBe(ledger.shed);
      shed += ledger.shed;
    }
    expect(shed).toBeGreaterThan(0);
    report(`disk-faults: lasting ${action}: ${shed} entries dropped and told of exactly`);
  },
  chaosTimeoutMs(180_000),
);
