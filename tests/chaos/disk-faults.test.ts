/** ENOSPC, EIO and EROFS at every single call to the disk: nothing accepted is lost, drops are counted (2 × 10 minutes). */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Bundle, bundle } from "../support/bundle.js";
import { CHAOS_SEED, chaosSize, chaosTimeoutMs, inPairs, Progress, report } from "../support/chaos.js";
import { readBehind } from "../support/child-store.js";
import { type Fault, FaultShim } from "../support/fault-shim.js";
import type { StoreChildSettings } from "../support/store-child.js";
import { runChild, StoreLedger } from "../support/store-ledger.js";
import { memoryDirectory } from "../support/temporary-directory.js";

/** Every call at full size, else one in so many. */
const STRIDE = chaosSize(1, 311);
const ROUNDS = 2;
const ACTIONS = ["enospc", "eio", "erofs"] as const;

let child: Bundle;
let shim: FaultShim | undefined;
beforeAll(async () => {
  child = await bundle(new URL("../support/store-child.ts", import.meta.url));
  shim = FaultShim.compile(join(child.path, ".."));
});
afterAll(() => child.remove());

/** A life in which the disk fails; then what it has left is held against the ledger. */
async function live(path: string, faults: readonly Fault[], more: Partial<StoreChildSettings> = {}) {
  if (!shim) throw new Error("this proof needs a C compiler: install build-essential");
  const context = JSON.stringify(faults);
  const counts = `${path}-counts`;
  const ledger = new StoreLedger();
  const limits = { retryMinMs: 2, retryMaxMs: 20 };
  const settings = { path, firstId: 0, seed: CHAOS_SEED, rounds: ROUNDS, limits, ...more };
  const { lines, exitCode } = await runChild(child.path, settings, {
    env: shim.environment(faults, counts),
  });
  ledger.read(lines, context);
  expect(exitCode, context).toBe(0);
  expect(lines.at(-1), context).toBe("closed");
  await readBehind(path, ledger, `after ${context}`);
  return { ledger, counts: (await readFile(counts, "utf8")).split("\n").map(Number) };
}

it(
  "survives a failure of any call to the disk",
  async () => {
    const directory = await memoryDirectory();
    const path = (name: string): string => join(directory, name, "store.db");
    const { counts } = await live(path("none"), [
      { action: "none", call: "any", path: "store.db", first: 1 },
    ]);
    const calls = counts[0] ?? 0;
    expect(calls).toBeGreaterThan(50);
    const all = Array.from({ length: Math.ceil(calls / STRIDE) }, (_, n) => 1 + n * STRIDE).flatMap((first) =>
      ACTIONS.map((action) => ({ action, first })),
    );
    const progress = new Progress("disk-faults", all.length, true);
    // Of two that ran, the earlier one may have been unfinished.
    const skipped = Math.max(0, progress.done - 1);
    let accepted = 0;
    let done = skipped;
    await inPairs(all.slice(skipped), async ({ action, first }) => {
      const { ledger } = await live(path(`${action}-${first}`), [
        { action, call: "any", path: "store.db", first },
      ]);
      expect(ledger.shed, `${action} at call ${first}`).toBe(0);
      accepted += ledger.accepted;
      progress.reach(++done);
    });
    report(
      `disk-faults: ${ACTIONS.join(", ")} at each of ${Math.ceil(calls / STRIDE)} of ${calls} calls` +
        `${skipped > 0 ? ` (${skipped} lives in an earlier run)` : ""}: ${accepted} accepted, 0 lost, 0 dropped`,
    );
  },
  chaosTimeoutMs(),
);

it(
  "counts exactly what it drops while a failure lasts",
  async () => {
    const directory = await memoryDirectory();
    const lives = ACTIONS.flatMap((action) =>
      Array.from({ length: STRIDE === 1 ? 10 : 1 }, (_, n) => ({ action, first: 60 + 40 * n })),
    );
    const shed = { enospc: 0, eio: 0, erofs: 0 };
    await inPairs(lives, async ({ action, first }) => {
      const lasting: Fault = { action, call: "any", path: "store.db", first, count: 60 };
      const limits = { retryMinMs: 5, retryMaxMs: 20, maxQueueRecords: 20 };
      const path = join(directory, `${action}-${first}`, "store.db");
      const { ledger } = await live(path, [lasting], { limits, rounds: 12 });
      expect(ledger.told, JSON.stringify(lasting)).toBe(ledger.shed);
      shed[action] += ledger.shed;
    });
    for (const action of ACTIONS) expect(shed[action], action).toBeGreaterThan(0);
    report(`disk-faults: lasting ${JSON.stringify(shed)} entries dropped and told of exactly`);
  },
  chaosTimeoutMs(),
);
