/**
 * A process that works on a store until it is killed or has done its rounds, and keeps a ledger on its standard output:
 * what the outbox held when it began, what was given to the store, what the store accepted, and what was acknowledged.
 * Every line is written before the next step is taken. Its argument is `StoreChildSettings` as JSON.
 */
import { writeSync } from "node:fs";
import type { Clock } from "../../agent/base/clock.js";
import type { Shares } from "../../agent/store/budget.js";
import type { StoreEntry } from "../../agent/store/record.js";
import { type OpenSqlite, openSqlite } from "../../agent/store/sqlite-driver.js";
import { Store, type StoreLimits } from "../../agent/store/store.js";
import { noise } from "./chaos.js";
import { CHILD_STORE, classOf, wordOf, wordsIn } from "./child-store.js";
import { detection } from "./store.js";

export interface StoreChildSettings {
  readonly path: string;
  /** The first number that no message has yet. */
  readonly firstId: number;
  readonly seed: number;
  /** Rounds of work after which it closes the store and ends; for ever without. */
  readonly rounds?: number;
  /** Kill at the `nth` statement that matches, before or after it was run. */
  readonly kill?: { readonly sql: string; readonly isAfter: boolean; readonly nth: number };
  readonly limits?: Partial<StoreLimits>;
  readonly shares?: Shares;
  /** Milliseconds by which the wall clock is wrong, and by which it moves further every round. */
  readonly wallErrorMs?: number;
  readonly wallJumpMs?: number;
  /** Entries in one round at most. */
  readonly entries?: number;
  /** Messages acknowledged in one round at most; by default more than come in one. */
  readonly acknowledged?: number;
}

/** Elapsed time as the store sees it passes so much faster, so that a run sees days. */
const HASTE = 100_000;

const settings = JSON.parse(process.argv[2] ?? "{}") as StoreChildSettings;
const random = noise(settings.seed);
const say = (...words: readonly (string | number)[]): number => writeSync(1, `${words.join(" ")}\n`);

let wallErrorMs = settings.wallErrorMs ?? 0;
const clock: Clock = {
  wallMs: () => Date.now() + wallErrorMs,
  monotonicMs: () => performance.now() * HASTE,
};

let matches = 0;
const openWithKill: OpenSqlite = async (path) => {
  const connection = await openSqlite(path);
  const { kill } = settings;
  if (!kill) return connection;
  const run = async <T>(sql: string, task: () => Promise<T>): Promise<T> => {
    const isTheOne = sql.includes(kill.sql) && ++matches === kill.nth;
    if (isTheOne && !kill.isAfter) process.kill(process.pid, "SIGKILL");
    const result = await task();
    if (isTheOne) process.kill(process.pid, "SIGKILL");
    return result;
  };
  return {
    all: (sql, parameters) => run(sql, () => connection.all(sql, parameters)),
    execute: (script) => run(script, () => connection.execute(script)),
    interrupt: () => connection.interrupt(),
    close: () => run("CLOSE", () => connection.close()),
  };
};

const store = await Store.open({
  ...CHILD_STORE,
  ...(settings.shares && { shares: settings.shares }),
  path: settings.path,
  clock,
  limits: { maxDelayMs: 5, maintenanceMs: 1e9, salvageMs: 6_000 * HASTE, ...settings.limits },
  openSqlite: openWithKill,
});
say("open", store.status().boot, store.outbox.ledger);

let id = settings.firstId;

async function append(): Promise<void> {
  const ids = Array.from({ length: 1 + random(settings.entries ?? 60) }, () => id++);
  const entries = ids.map((number): StoreEntry => {
    const length = random(10) === 0 ? 9_000 : random(900);
    const payload = JSON.stringify({ id: number, filler: "x".repeat(length) });
    return {
      ...(number % 2 === 0 ? detection(number, "low", "y".repeat(random(600))) : {}),
      priority: classOf(number),
      message: { topic: "incident", payload },
      incident: { id: `I${number % 100}`, isOpen: number % 3 === 0, updatedMs: number, payload },
      log: { timeMs: number, source: "child", payload },
    };
  });
  say("give", ids[0]!, ids.at(-1)!);
  const { committed, shed, sequences } = await store.append(entries);
  if (shed > 0) say("shed", shed, ids[0]!, ids.at(-1)!);
  if (committed === ids.length)
    say("accepted", ...ids.map((number, index) => `${number}:${sequences[index]}`));
}

/** Acknowledge most of what waits, so that it neither grows nor runs dry. */
async function acknowledge(): Promise<void> {
  const messages = await store.outbox.lease(settings.acknowledged ?? 400);
  const sequences = messages.map(({ sequence }) => sequence);
  say("told", ...messages.map(wordOf));
  say("acknowledging", ...sequences);
  await store.outbox.acknowledge(0, sequences);
  say("acknowledged", ...sequences);
}

if (store.status().state === "ready") say("held", ...(await wordsIn(store)));
await append();
const { user, system } = process.cpuUsage();
say("ready", Math.round((user + system) / 1000));
for (let round = 0; round < (settings.rounds ?? Number.POSITIVE_INFINITY); round++) {
  wallErrorMs += settings.wallJumpMs ?? 0;
  await Promise.all([append(), append(), acknowledge()]);
  if (round % 3 === 0) await store.maintain();
}
await store.flush();
say("last", ...(await wordsIn(store)));
await store.close();
say("closed");
