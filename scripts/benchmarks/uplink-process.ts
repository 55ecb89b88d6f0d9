/**
 * An agent's store and uplink as a process: fills the outbox, connects, and sends until the backlog is gone or the time is
 * up, while something critical is added every now and then. Prints one object of figures.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "#agent/base/clock.js";
import { Counters } from "#agent/base/counters.js";
import { createLog } from "#agent/base/log.js";
import { loadConfig } from "#agent/config/load.js";
import { Store } from "#agent/store/store.js";
import { Uplink } from "#agent/uplink/uplink.js";

export interface UplinkRun {
  readonly url: string;
  readonly messages: number;
  readonly payloadBytes: number;
  /** How long at most. */
  readonly seconds: number;
  /** Pause between two critical messages, milliseconds. */
  readonly criticalEveryMs: number;
  /** Their topic below `up/`, which the bench listens to. */
  readonly probeTopic: string;
}

export interface UplinkFigures {
  readonly perSecond: number;
  readonly cpuUsPerMessage: number;
  readonly left: number;
  readonly rssBeforeBytes: number;
  readonly rssMostBytes: number;
}

const MEBIBYTE = 1024 * 1024;
const BATCH = 500;

async function main(run: UplinkRun): Promise<UplinkFigures> {
  const folder = await mkdtemp(join(tmpdir(), "sekisho-bench-uplink-"));
  // Charged as rows are, with room to spare: nothing is evicted.
  const budgetMib = 64 + Math.ceil((run.messages * (run.payloadBytes + 128) * 3) / MEBIBYTE);
  const store = await Store.open({
    path: join(folder, "store.db"),
    budgetBytes: budgetMib * MEBIBYTE,
    clock: systemClock,
  });
  try {
    return await measure(run, store);
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(run: UplinkRun, store: Store): Promise<UplinkFigures> {
  const payload = JSON.stringify({ filler: "x".repeat(run.payloadBytes - 13) });
  const message = { topic: "incident", payload };
  for (let filled = 0; filled < run.messages; filled += BATCH) {
    const count = Math.min(BATCH, run.messages - filled);
    await store.append(Array.from({ length: count }, () => ({ priority: "low" as const, message })));
  }
  const uplink = new Uplink({
    config: { ...loadConfig(undefined, {}).uplink, url: run.url },
    device: "bench",
    boot: () => store.status().boot,
    outbox: store.outbox,
    clock: systemClock,
    log: createLog({ level: "silent" }),
    counters: new Counters(),
    health: () => ({
      uptimeS: 0,
      rssBytes: process.memoryUsage.rss(),
      clock: "free",
      verdict: "ok",
      conditions: [],
      sensors: [],
      rules: { generation: 1, loaded: 0, refused: 0 },
      store: { bytes: 0, budgetBytes: 0 },
      counters: {},
    }),
    limits: { healthEveryMs: 3_600_000 },
  });
  global.gc?.();
  const waiting = (): number => store.status().usage.outbox.records;
  const rssBeforeBytes = process.memoryUsage.rss();
  let rssMostBytes = rssBeforeBytes;
  let probes = 0;
  uplink.start();
  while (!uplink.state().isConnected) await sleep(5);
  const startedMs = performance.now();
  const cpuBefore = process.cpuUsage();
  let probedMs = startedMs;
  while (waiting() > 0 && performance.now() - startedMs < run.seconds * 1000) {
    await sleep(10);
    rssMostBytes = Math.max(rssMostBytes, process.memoryUsage.rss());
    if (performance.now() - probedMs < run.criticalEveryMs) continue;
    probedMs = performance.now();
    const data = JSON.stringify({ sentMs: performance.timeOrigin + probedMs });
    void store.append([{ priority: "critical", message: { topic: run.probeTopic, payload: data } }]);
    probes++;
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const left = waiting();
  const sent = run.messages + probes - left;
  await uplink.stop(0);
  return {
    perSecond: sent / seconds,
    cpuUsPerMessage: (user + system) / Math.max(1, sent),
    left,
    rssBeforeBytes,
    rssMostBytes,
  };
}

const [argument = ""] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await main(JSON.parse(argument) as UplinkRun)));
