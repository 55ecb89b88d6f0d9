/** Power cuts on a real file system: what was accepted is there, and no database is corrupt. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { bundle } from "../support/bundle.js";
import { CHAOS_SEED, chaosSize, chaosTimeoutMs, noise, percentile, report } from "../support/chaos.js";
import { PowerDisk } from "../support/power-disk.js";
import { MEBIBYTE, message, openStore, query } from "../support/store.js";
import { runChild, StoreLedger } from "../support/store-ledger.js";
import { temporaryDirectory } from "../support/temporary-directory.js";

const CUTS = chaosSize(500, 5);
const RECORDS = chaosSize(100_000, 5_000);

it(
  `loses nothing it accepted and is never corrupt over ${CUTS} power cuts`,
  async (context) => {
    const disk = PowerDisk.make(await temporaryDirectory(), 128 * MEBIBYTE);
    if (!disk) return context.skip("mounting an ext4 image needs root");
    onTestFinished(() => disk.remove());
    const child = await bundle(new URL("../support/store-child.ts", import.meta.url));
    onTestFinished(() => child.remove());
    const directory = join(disk.path, "store");
    const path = join(directory, "store.db");
    const random = noise(CHAOS_SEED);
    const ledger = new StoreLedger();
    const readyMs: number[] = [];
    for (let cut = 0; cut < CUTS; cut++) {
      const settings = { path, firstId: ledger.nextId, seed: random(1e9) };
      const waitMs = random(120);
      const onReady = async (halt: () => void): Promise<void> => {
        await new Promise((resolve) => setTimeout(resolve, waitMs));
        // Without power no process says anything. Here it would: an fdatasync under way when ext4 is shut down succeeds now and
        // then though nothing is kept (a plain loop of write and fdatasync sees that in one of thirteen cuts).
        halt();
        await disk.cut();
      };
      const run = await runChild(child.path, settings, { onReady });
      expect(run.readyMs, `cut ${cut}`).toBeDefined();
      readyMs.push(run.readyMs ?? 0);
      ledger.read(run.lines, `cut ${cut}`);
      await disk.restore();
      const names = await readdir(directory);
      expect(names.filter((name) => /corrupt|salvaging/.test(name))).toEqual([]);
    }
    const last = await runChild(child.path, { path, firstId: ledger.nextId, seed: 1, rounds: 1 });
    ledger.read(last.lines, "after the last cut");
    expect(last.exitCode).toBe(0);
    expect(ledger.salvages).toBe(0);
    expect(ledger.accepted).toBeGreaterThan(CUTS);
    expect(await query(path, "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
    report(
      `power: ${CUTS} cuts, ${ledger.accepted} accepted, 0 lost, 0 doubled, 0 reordered, 0 databases corrupt; ` +
        `back in service p50 ${Math.round(percentile(readyMs, 0.5))} ms, p99 ${Math.round(percentile(readyMs, 0.99))} ms, seed ${CHAOS_SEED}`,
    );

    const store = await openStore(join(disk.path, "quick"), { budgetBytes: 64 * MEBIBYTE });
    const startedMs = performance.now();
    for (let n = 0; n < RECORDS; n += 2_000) {
      await store.append(Array.from({ length: 2_000 }, (_, i) => message(n + i, "normal", 250)));
    }
    const seconds = (performance.now() - startedMs) / 1000;
    await store.close();
    report(
      `power: ${Math.round(RECORDS / seconds)} durable records/s on that file system (${RECORDS} records)`,
    );
  },
  chaosTimeoutMs(),
);
