/**
 * `bench uplink`: how fast a backlog drains into a real broker and a real monitor, how long something critical takes
 * past it, and what that costs in memory. Agent, broker and monitor are processes of their own on this machine.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connectAsync } from "mqtt";
import { upTopic } from "#agent/uplink/topics.js";
import { type Figure, figure, type Report, report } from "./report.js";
import type { BenchSettings } from "./settings.js";
import { unitRuntime } from "./unit-runtime.js";
import type { UplinkFigures, UplinkRun } from "./uplink-process.js";

const PROBE_TOPIC = "probe";
const DRAIN = {
  messages: 100_000,
  payloadBytes: 300,
  seconds: 120,
  criticalEveryMs: 3_600_000,
  probeTopic: PROBE_TOPIC,
};
const QUICK_DRAIN = { ...DRAIN, messages: 20_000 };
const OVERTAKE = { ...DRAIN, messages: 1_000_000, seconds: 20, criticalEveryMs: 50 };
const QUICK_OVERTAKE = { ...OVERTAKE, messages: 100_000, seconds: 5 };
const GOALS = { latencyMs: 1_000, rssMib: 20 };
const MEBIBYTE = 1024 * 1024;

export async function benchUplink(settings: BenchSettings): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), "sekisho-bench-broker-"));
  const children: ChildProcess[] = [];
  try {
    const url = await startBroker(folder, children);
    startMonitor(url, folder, children);
    await sleep(2_000);
    const drains: UplinkFigures[] = [];
    for (let run = 0; run < settings.runs; run++) {
      drains.push(await runAgent({ url, ...(settings.isQuick ? QUICK_DRAIN : DRAIN) }));
    }
    const overtake = settings.isQuick ? QUICK_OVERTAKE : OVERTAKE;
    const { latenciesMs, figures } = await measureOvertaking({ url, ...overtake });
    return report(
      "uplink",
      { messages: (settings.isQuick ? QUICK_DRAIN : DRAIN).messages, "bytes a payload": DRAIN.payloadBytes },
      [...drainFigures(drains), ...overtakingFigures(latenciesMs, figures, overtake.messages)],
    );
  } finally {
    for (const child of children) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

function drainFigures(drains: readonly UplinkFigures[]): Figure[] {
  const growth = drains.map(({ rssBeforeBytes, rssMostBytes }) => (rssMostBytes - rssBeforeBytes) / MEBIBYTE);
  return [
    figure(
      "backlog drained",
      "messages/s",
      drains.map(({ perSecond }) => perSecond),
      { note: "wanted ≥ 5000" },
    ),
    figure(
      "agent's CPU",
      "µs/message",
      drains.map(({ cpuUsPerMessage }) => cpuUsPerMessage),
    ),
    figure("RSS growth while draining", "MiB", growth, { goal: GOALS.rssMib }),
  ];
}

function overtakingFigures(latenciesMs: readonly number[], run: UplinkFigures, messages: number): Figure[] {
  const sorted = [...latenciesMs].sort((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  const note = `${sorted.length} messages past ${messages} queued`;
  return [
    figure("critical, median", "ms", [at(0.5)], { note }),
    figure("critical, p99", "ms", [at(0.99)], { goal: GOALS.latencyMs }),
    figure("critical, slowest", "ms", [at(1)]),
    figure("RSS growth meanwhile", "MiB", [(run.rssMostBytes - run.rssBeforeBytes) / MEBIBYTE], {
      goal: GOALS.rssMib,
    }),
  ];
}

/** Every critical message is timed from before its commit to its arrival at a subscriber. */
async function measureOvertaking(run: UplinkRun): Promise<{ latenciesMs: number[]; figures: UplinkFigures }> {
  const listener = await connectAsync(run.url, { protocolVersion: 5 });
  const latenciesMs: number[] = [];
  const seen = new Set<number>();
  listener.on("message", (_topic, payload) => {
    const nowMs = performance.timeOrigin + performance.now();
    const { data, seq } = JSON.parse(payload.toString()) as { data: { sentMs: number }; seq: number };
    if (!seen.has(seq)) latenciesMs.push(nowMs - data.sentMs);
    seen.add(seq);
  });
  await listener.subscribeAsync(upTopic("+", PROBE_TOPIC), { qos: 1 });
  const figures = await runAgent(run);
  await listener.endAsync(true);
  return { latenciesMs, figures };
}

async function runAgent(run: UplinkRun): Promise<UplinkFigures> {
  const script = fileURLToPath(new URL("uplink-process.js", import.meta.url));
  const { options = [], environment } = unitRuntime();
  const child = spawn(process.execPath, [...options, "--expose-gc", script, JSON.stringify(run)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...environment },
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  await once(child, "close");
  return JSON.parse(text) as UplinkFigures;
}

async function startBroker(folder: string, children: ChildProcess[]): Promise<string> {
  const port = await freePort();
  const file = join(folder, "mosquitto.conf");
  writeFileSync(
    file,
    `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\nmax_queued_messages 0\n`,
  );
  const broker = spawn("mosquitto", ["-c", file], { stdio: "ignore" });
  children.push(broker);
  const failed = once(broker, "error").then(() => {
    throw new Error("mosquitto is missing: run scripts/setup test");
  });
  await Promise.race([failed, sleep(500)]);
  return `mqtt://127.0.0.1:${port}`;
}

function startMonitor(url: string, folder: string, children: ChildProcess[]): void {
  const script = fileURLToPath(new URL("../monitor/main.js", import.meta.url));
  const file = join(folder, "monitor.db");
  children.push(spawn(process.execPath, [script, "--url", url, "--db", file], { stdio: "ignore" }));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
