/** Damaged databases: every start succeeds, and what is intact is kept. */
import { cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Counters } from "../../agent/base/counters.js";
import type { Store } from "../../agent/store/store.js";
import { CHAOS_SEED, chaosSize, chaosTimeoutMs, noise, percentile, report } from "../support/chaos.js";
import { DAMAGES, LOG_DAMAGES, RowMap, readFiles, writeFiles } from "../support/damage.js";
import {
  detection,
  idsOf,
  incident,
  log,
  MEBIBYTE,
  message,
  openStore,
  readOutbox,
  until,
} from "../support/store.js";
import { memoryDirectory } from "../support/temporary-directory.js";

const DATABASES = chaosSize(1_000, 40);
const IS_FULL = DATABASES >= 1_000;
const RECORDS = 800;
/** What is kept must not depend on how busy this machine is: the agent itself reads for six seconds. */
const UNHURRIED = { salvageMs: 120_000, checkMs: 60_000 };
const BUDGET = 16 * MEBIBYTE;

/** What an overflow page of this row holds; empty for a row without one. One message in forty has them. */
function tokenOf(name: string): string {
  const [table, id] = name.split("/");
  return table === "outbox" && Number(id) % 40 === 0 ? `<${id}>` : "";
}

function entriesOf(n: number) {
  const big = message(n);
  if (tokenOf(`outbox/${n}`) !== "") {
    const filler = tokenOf(`outbox/${n}`).repeat(2_500);
    return [{ ...big, message: { topic: "incident", payload: JSON.stringify({ id: n, filler }) } }];
  }
  return [message(n, "normal", 300 + (n % 500))];
}

/** Closed in order, and as a power cut leaves it: with commits that are only in the log. */
async function makeOriginals(directory: string): Promise<{ whole: string; cutOff: string }> {
  const whole = join(directory, "whole");
  const cutOff = join(directory, "cut-off");
  const store = await openStore(whole, { budgetBytes: BUDGET });
  for (let i = 0; i < RECORDS; i += 40) {
    const numbers = Array.from({ length: 40 }, (_, n) => i + n);
    await store.append(
      numbers.flatMap((n) => [...entriesOf(n), detection(n), log(n), incident(`I${n}`, false)]),
    );
  }
  await cp(whole, cutOff, { recursive: true });
  await store.close();
  return { whole: join(whole, "store.db"), cutOff: join(cutOff, "store.db") };
}

/** The names of all rows the store answers with. */
async function namesIn(store: Store, counters: Counters): Promise<ReadonlySet<string>> {
  // Damage that opening did not see empties an answer when it shows, and is repaired.
  for (;;) {
    await until(() => store.status().state === "ready");
    const failures = counters.get("store.failures");
    const names = new Set<string>([
      ...idsOf([...(await readOutbox(store)), ...(await readOutbox(store))]).map((id) => `outbox/${id}`),
      ...(await store.recentDetections(10_000)).map(({ signatureId }) => `detections/${signatureId}`),
      ...(await store.recentLogs(10_000)).map(({ payload }) => `logs/${JSON.parse(payload).id}`),
      ...(await store.recentIncidents(10_000)).map(({ id }) => `incidents/${id}`),
    ]);
    if (counters.get("store.failures") === failures) return names;
  }
}

it(
  `starts ${IS_FULL ? "within 10 s " : ""}on each of ${DATABASES} damaged databases and keeps the rows that are intact`,
  async () => {
    const directory = await memoryDirectory();
    const random = noise(CHAOS_SEED);
    const originals = await makeOriginals(directory);
    const maps = {
      whole: await RowMap.of(originals.whole, tokenOf),
      cutOff: await RowMap.of(originals.cutOff, tokenOf),
    };
    expect(maps.whole.names.length).toBe(4 * RECORDS);
    const files = { whole: readFiles(originals.whole), cutOff: readFiles(originals.cutOff) };
    const startMs: number[] = [];
    const cpuMs: number[] = [];
    let intactRows = 0;
    let lostRows = 0;
    let damagedRows = 0;
    let keptOfDamaged = 0;
    for (let round = 0; round < DATABASES; round++) {
      const origin = round % 2 === 0 ? "whole" : "cutOff";
      const kinds = origin === "whole" || random(3) === 0 ? DAMAGES : LOG_DAMAGES;
      const damaged = new Map(files[origin]);
      const what = `seed ${CHAOS_SEED}, round ${round}, ${origin}: ${kinds[random(kinds.length)]!(damaged, random)}`;
      const copy = join(directory, `${round}`);
      await mkdir(copy);
      writeFiles(join(copy, "store.db"), damaged);
      const startedMs = performance.now();
      const started = process.cpuUsage();
      const counters = new Counters();
      const store = await openStore(copy, { budgetBytes: BUDGET, counters, limits: UNHURRIED });
      await store.append([message("after", "critical")]);
      startMs.push(performance.now() - startedMs);
      const { user, system } = process.cpuUsage(started);
      cpuMs.push((user + system) / 1000);
      // What a start may cost is for a quiet machine to judge, and of processor time.
      if (IS_FULL) expect(cpuMs.at(-1), what).toBeLessThan(10_000);
      const found = await namesIn(store, counters);
      await store.close();
      await rm(copy, { recursive: true });
      expect(found.has("outbox/after"), what).toBe(true);
      const intact = maps[origin].intact(files[origin], damaged);
      const lost = intact.filter((name) => !found.has(name));
      if (lost.length > 0)
        report(`${what}: ${lost.length} of ${intact.length} intact rows lost, ${lost[0]} …`);
      intactRows += intact.length;
      lostRows += lost.length;
      damagedRows += maps[origin].names.length - intact.length;
      const whole = new Set(intact);
      keptOfDamaged += maps[origin].names.filter((name) => !whole.has(name) && found.has(name)).length;
    }
    report(
      `damage: ${DATABASES} starts, slowest ${Math.round(Math.max(...startMs))} ms, p50 ${Math.round(percentile(startMs, 0.5))} ms ` +
        `(processor time at most ${Math.round(Math.max(...cpuMs))} ms); ` +
        `${intactRows - lostRows} of ${intactRows} intact rows kept (${((100 * (intactRows - lostRows)) / intactRows).toFixed(4)} %), ` +
        `${keptOfDamaged} of ${damagedRows} rows on damaged pages as well, seed ${CHAOS_SEED}`,
    );
    expect(lostRows).toBeLessThanOrEqual(intactRows * 0.001);
  },
  chaosTimeoutMs(),
);
