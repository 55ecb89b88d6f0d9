/** Kills at named steps of commit, checkpoint, eviction, closing, opening and salvage (15 minutes). */
import { cp, open, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Bundle, bundle } from "../support/bundle.js";
import { CHAOS_SEED, chaosSize, chaosTimeoutMs, noise, percentile, report } from "../support/chaos.js";
import { readBehind } from "../support/child-store.js";
import { type Fault, FaultShim } from "../support/fault-shim.js";
import { query } from "../support/store.js";
import type { StoreChildSettings } from "../support/store-child.js";
import { runChild, StoreLedger } from "../support/store-ledger.js";
import { memoryDirectory } from "../support/temporary-directory.js";

/** Kills at each step. */
const KILLS = chaosSize(50, 1);

interface Step {
  readonly name: string;
  /** At a statement that contains this, before or after it is run … */
  readonly sql?: string;
  readonly isAfter?: boolean;
  /** … or at a call to the disk. */
  readonly call?: Fault["call"];
  readonly path?: string;
  /** Which one of them is chosen by lot, up to this. */
  readonly upTo?: number;
  /** Rounds of work before closing; for ever without. */
  readonly rounds?: number;
  /** The database has lost its header before the process starts. */
  readonly isCorrupt?: boolean;
  /** What else befalls the process. */
  readonly faults?: readonly Fault[];
}

const FULL: Fault = { action: "enospc", call: "write", path: ".db-wal$", first: 40 };

const STEPS: readonly Step[] = [
  { name: "before a transaction begins", sql: "BEGIN", upTo: 40 },
  { name: "detections inserted", sql: "INTO detections", isAfter: true, upTo: 20 },
  { name: "log lines inserted", sql: "INTO logs", isAfter: true, upTo: 20 },
  { name: "before incidents are replaced", sql: "INTO incidents", upTo: 20 },
  { name: "messages inserted", sql: "INTO outbox", isAfter: true, upTo: 20 },
  { name: "counters written", sql: "INTO sequence", isAfter: true, upTo: 20 },
  { name: "before the usage is written", sql: "INTO usage", upTo: 30 },
  { name: "before the commit", sql: "COMMIT", upTo: 40 },
  { name: "committed and not yet told", sql: "COMMIT", isAfter: true, upTo: 40 },
  { name: "old rows evicted or expired", sql: "DELETE FROM logs", isAfter: true, upTo: 5 },
  { name: "an eviction entered in the account", sql: "INTO departures", isAfter: true, upTo: 5 },
  { name: "acknowledged messages deleted", sql: "DELETE FROM outbox", isAfter: true, upTo: 20 },
  { name: "a mark of time set", sql: "INTO timeline", isAfter: true },
  { name: "a page written to the log", call: "write", path: ".db-wal$", upTo: 400 },
  { name: "before the log is synchronised", call: "sync", path: ".db-wal$", upTo: 40 },
  { name: "a page copied back", call: "write", path: ".db$", upTo: 60 },
  { name: "before the database is synchronised", call: "sync", path: ".db$", upTo: 2 },
  { name: "the database opened", call: "open", path: ".db$" },
  { name: "the structure checked", sql: "integrity_check", isAfter: true },
  { name: "the boot counted", sql: "INTO boot", isAfter: true },
  { name: "the ballast made", call: "sync", path: ".ballast$", faults: [{ ...FULL }] },
  { name: "the ballast given up", call: "unlink", path: ".ballast$", faults: [FULL] },
  { name: "before the last word", sql: "INTO meta", upTo: 2, rounds: 2 },
  { name: "before the file is released", sql: "CLOSE", rounds: 2 },
  { name: "the log removed at closing", call: "unlink", path: ".db-wal$", rounds: 2 },
  { name: "a corrupt database's log set aside", call: "rename", path: ".db-wal$", isCorrupt: true },
  { name: "a corrupt database set aside", call: "rename", path: ".db$", isCorrupt: true },
  { name: "rows carried over", sql: "OR IGNORE INTO outbox", isAfter: true, isCorrupt: true },
  { name: "the salvaged file given its last name", call: "rename", path: ".salvaging-", isCorrupt: true },
];

/** Ends a life with commits that are only in the log. */
const CUT_SHORT: readonly Fault[] = [{ action: "kill", call: "sync", path: ".db-wal$", first: 30 }];

let child: Bundle;
let shim: FaultShim | undefined;
/** A life before the first kill, so that there is something to lose: what it left, and what it said. */
let before: { readonly directory: string; readonly lines: readonly string[] };
beforeAll(async () => {
  child = await bundle(new URL("../support/store-child.ts", import.meta.url));
  shim = FaultShim.compile(join(child.path, ".."));
  const directory = join(child.path, "..", "before");
  const settings = { path: join(directory, "store.db"), firstId: 0, seed: CHAOS_SEED };
  const { lines, exitCode } = await runChild(child.path, settings, {
    env: shim?.environment(CUT_SHORT) ?? {},
  });
  before = { directory, lines };
  expect(exitCode).toBeNull();
});
afterAll(() => child.remove());

async function loseHeader(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.size) return;
  const file = await open(path, "r+");
  await file.write(Buffer.alloc(16, 0xff), 0, 16, 0);
  await file.close();
}

const readyMs: number[] = [];
let kills = 0;

it.each(STEPS)(
  "loses, doubles and reorders nothing when it is killed: $name",
  async (step) => {
    if (!shim) throw new Error("this proof needs a C compiler: install build-essential");
    const directory = await memoryDirectory();
    await cp(before.directory, directory, { recursive: true });
    const path = join(directory, "store.db");
    const random = noise(CHAOS_SEED + STEPS.indexOf(step));
    const ledger = new StoreLedger();
    ledger.read(before.lines, "before the first kill");
    const run = async (context: string, more: Partial<StoreChildSettings>, env = {}) => {
      const settings = { path, firstId: ledger.nextId, seed: random(1e9), ...more };
      const result = await runChild(child.path, settings, { env });
      ledger.read(result.lines, context);
      if (result.readyMs !== undefined) readyMs.push(result.readyMs);
      return result;
    };
    for (let kill = 0; kill < KILLS; kill++) {
      const context = `kill ${kill}: ${step.name}`;
      if (step.isCorrupt && kill > 0 && kill % 3 === 0) await run(context, {}, shim.environment(CUT_SHORT));
      if (step.isCorrupt) await loseHeader(path);
      const nth = 1 + random(step.upTo ?? 1);
      const { sql, isAfter = false, call, path: part = "", rounds, faults = [] } = step;
      const wanted: Fault[] = call ? [...faults, { action: "kill", call, path: part, first: nth }] : [];
      const killed = await run(
        context,
        { ...(sql ? { kill: { sql, isAfter, nth } } : {}), ...(rounds ? { rounds } : {}) },
        shim.environment(wanted),
      );
      expect(killed.exitCode, `${context} was not reached`).toBeNull();
      kills += 1;
    }
    await readBehind(path, ledger, "after the last kill");
    expect([ledger.shed, ledger.evicted]).toEqual([0, 0]);
    expect(ledger.salvages > 0).toBe(step.isCorrupt === true);
    expect(await query(path, "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
    report(
      `kill-steps: ${step.name}: ${KILLS} kills, ${ledger.accepted} accepted, 0 lost, doubled, reordered`,
    );
  },
  chaosTimeoutMs(),
);

it("is back in service within two seconds", () => {
  const p99 = percentile(readyMs, 0.99);
  report(
    `kill-steps: ${kills} kills at ${STEPS.length} steps; back in service p50 ${Math.round(percentile(readyMs, 0.5))} ms, ` +
      `p99 ${Math.round(p99)} ms over ${readyMs.length} starts, seed ${CHAOS_SEED}`,
  );
  expect(readyMs.length).toBeGreaterThan(0);
});
