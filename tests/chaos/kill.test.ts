/** Kills at random moments: what was accepted is there, once, in order. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Bundle, bundle } from "../support/bundle.js";
import { CHAOS_SEED, chaosSize, chaosTimeoutMs, noise, percentile, report } from "../support/chaos.js";
import { query } from "../support/store.js";
import { runChild, StoreLedger } from "../support/store-ledger.js";
import { temporaryDirectory } from "../support/temporary-directory.js";

const KILLS = chaosSize(1_000, 15);

let child: Bundle;
beforeAll(async () => {
  child = await bundle(new URL("../support/store-child.ts", import.meta.url));
});
afterAll(() => child.remove());

it(
  `loses nothing it accepted, doubles nothing and keeps its order over ${KILLS} kills at random moments`,
  async () => {
    const path = join(await temporaryDirectory(), "store.db");
    const random = noise(CHAOS_SEED);
    const ledger = new StoreLedger();
    const readyMs: number[] = [];
    const cpuMs: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const settings = { path, firstId: ledger.nextId, seed: random(1e9) };
      const run = await runChild(child.path, settings, { killAfterMs: random(150) });
      expect(run.readyMs, `kill ${kill}`).toBeDefined();
      readyMs.push(run.readyMs ?? 0);
      cpuMs.push(run.readyCpuMs ?? 0);
      ledger.read(run.lines, `kill ${kill}`);
    }
    const last = await runChild(child.path, { path, firstId: ledger.nextId, seed: 1, rounds: 1 });
    ledger.read(last.lines, "after the last kill");
    expect(last.exitCode).toBe(0);
    expect([ledger.shed, ledger.evicted]).toEqual([0, 0]);
    expect(ledger.salvages).toBe(0);
    expect(ledger.accepted).toBeGreaterThan(KILLS * 10);
    expect(await query(path, "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
    report(
      `kill: ${KILLS} kills, ${ledger.accepted} accepted, ${ledger.acknowledged} acknowledged, 0 lost, 0 doubled, 0 reordered; ` +
        `back in service p50 ${Math.round(percentile(readyMs, 0.5))} ms, p99 ${Math.round(percentile(readyMs, 0.99))} ms, ` +
        `processor time of that p50 ${percentile(cpuMs, 0.5)} ms, p99 ${percentile(cpuMs, 0.99)} ms, seed ${CHAOS_SEED}`,
    );
  },
  chaosTimeoutMs(120_000),
);
