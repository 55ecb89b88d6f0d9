/** Kills at random moments: what was accepted is there, once, in order; at its budget, what left is told (12 minutes). */
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Bundle, bundle } from "../support/bundle.js";
import {
  CHAOS_SEED,
  chaosSize,
  chaosTimeoutMs,
  noise,
  Progress,
  percentile,
  report,
} from "../support/chaos.js";
import { CHILD_STORE, readBehind } from "../support/child-store.js";
import { query } from "../support/store.js";
import type { StoreChildSettings } from "../support/store-child.js";
import { runChild, StoreLedger } from "../support/store-ledger.js";
import { memoryDirectory, temporaryDirectory } from "../support/temporary-directory.js";

const KILLS = chaosSize(1_000, 8);
/** A twentieth of the room that messages have otherwise, and few are acknowledged: some leave in every life. */
const TIGHT_KILLS = chaosSize(300, 4);
const TIGHT = { shares: { ...CHILD_STORE.shares, outbox: 4 }, acknowledged: 20 };

let child: Bundle;
beforeAll(async () => {
  child = await bundle(new URL("../support/store-child.ts", import.meta.url));
});
afterAll(() => child.remove());

/** Kill after kill; then hold what is left against the ledger. */
async function undergo(name: string, kills: number, path: string, more: Partial<StoreChildSettings> = {}) {
  const random = noise(CHAOS_SEED);
  const ledger = new StoreLedger();
  const progress = new Progress(name, kills);
  const readyMs: number[] = [];
  const cpuMs: number[] = [];
  for (let kill = 0; kill < kills; kill++) {
    const settings = { path, firstId: ledger.nextId, seed: random(1e9), ...more };
    const run = await runChild(child.path, settings, { killAfterMs: random(150) });
    expect(run.readyMs, `kill ${kill}`).toBeDefined();
    readyMs.push(run.readyMs ?? 0);
    cpuMs.push(run.readyCpuMs ?? 0);
    ledger.read(run.lines, `kill ${kill}`);
    progress.reach(kill + 1);
  }
  const { shares } = { ...CHILD_STORE, ...more };
  await readBehind(path, ledger, "after the last kill", { shares });
  expect([ledger.shed, ledger.salvages]).toEqual([0, 0]);
  expect(ledger.accepted).toBeGreaterThan(kills * 10);
  expect(await query(path, "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
  return { ledger, readyMs, cpuMs };
}

it(
  `loses nothing it accepted, doubles nothing and keeps its order over ${KILLS} kills at random moments`,
  async () => {
    const path = join(await temporaryDirectory(), "store.db");
    const { ledger, readyMs, cpuMs } = await undergo("kill", KILLS, path);
    expect(ledger.evicted).toBe(0);
    report(
      `kill: ${KILLS} kills, ${ledger.accepted} accepted, ${ledger.acknowledged} acknowledged, 0 lost, 0 doubled, 0 reordered; ` +
        `back in service p50 ${Math.round(percentile(readyMs, 0.5))} ms, p99 ${Math.round(percentile(readyMs, 0.99))} ms, ` +
        `processor time of that p50 ${percentile(cpuMs, 0.5)} ms, p99 ${percentile(cpuMs, 0.99)} ms, seed ${CHAOS_SEED}`,
    );
  },
  chaosTimeoutMs(),
);

it(
  `tells of every message that left for want of room over ${TIGHT_KILLS} kills at its budget`,
  async () => {
    const path = join(await memoryDirectory(), "store.db");
    const { ledger } = await undergo("kill at the budget", TIGHT_KILLS, path, TIGHT);
    expect(ledger.evicted).toBeGreaterThan(0);
    report(
      `kill: ${TIGHT_KILLS} kills at the budget, ${ledger.accepted} accepted, ${ledger.evicted} evicted and told of, ` +
        `0 lost untold, 0 doubled, 0 reordered, seed ${CHAOS_SEED}`,
    );
  },
  chaosTimeoutMs(),
);
