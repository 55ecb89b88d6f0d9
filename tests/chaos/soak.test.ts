/** An hour of a busy line: memory does not grow, no file outgrows its budget, and what is written an hour is told. */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { askAgent } from "#agent/onsite/control-client.js";
import type { Status } from "#agent/onsite/status.js";
import { openSqlite } from "#agent/store/sqlite-driver.js";
import type { ThreadMemory } from "../../scripts/benchmarks/memory-probe.js";
import { prepareTraffic } from "../../scripts/benchmarks/traffic.js";
import { NetworkNamespace, namespaceObstacle } from "../../scripts/network/network-namespace.js";
import { writeStory } from "../../scripts/story/story.js";
import { chaosSize, chaosTimeoutMs, Progress, report } from "../support/chaos.js";
import { MonitorProcess } from "../support/monitor-process.js";
import { hasMosquitto, Mosquitto } from "../support/mosquitto.js";
import { poll } from "../support/poll.js";
import { RunningAgent, unitProcess } from "../support/sekisho-process.js";
import { type Slope, slopeOf } from "../support/slope.js";
import { temporaryDirectory } from "../support/temporary-directory.js";

const SECONDS = chaosSize(3600, 60);
const isFull = SECONDS > 60;
const PACKETS_PER_SECOND = isFull ? 50_000 : 2000;
const SAMPLE_S = isFull ? 60 : 2;
/** What is allocated once has been by then. */
const WARM_UP_SHARE = 0.25;
const BUDGET_MIB = 64;
const MIB = 1024 * 1024;
const MOST_GROWTH_MB_PER_HOUR = 0.5;
const PROBE = new URL("../../dist/scripts/benchmarks/memory-probe.js", import.meta.url).href;
const CORPUS = fileURLToPath(new URL("../../../shared/corpus", import.meta.url));

const obstacle = namespaceObstacle() ?? (hasMosquitto ? undefined : "needs mosquitto");

interface Sample {
  readonly second: number;
  readonly rssBytes: number;
  /** Pages of both threads' heaps, and what of them was alive behind the last full collection. */
  readonly heapBytes: number;
  readonly liveBytes: number;
  readonly externalBytes: number;
  readonly storeBytes: number;
}

it.skipIf(obstacle)(
  `${SECONDS} s at ${PACKETS_PER_SECOND} packets a second${obstacle ? ` (skipped: ${obstacle})` : ""}`,
  async () => {
    const folder = await temporaryDirectory();
    const path = (name: string): string => join(folder, name);
    const capture = path("story.pcap");
    writeStory(capture);
    const cable = new NetworkNamespace();
    const broker = await Mosquitto.start();
    const monitor = await MonitorProcess.start(broker.url, path("monitor.db"));
    const configuration = {
      device: { id: "soaked-box" },
      home_net: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
      capture: { interfaces: [cable.nearInterface] },
      ...(isFull && { rules: [join(CORPUS, "et/rules")] }),
      store: { path: path("store.db"), budget_mib: BUDGET_MIB },
      uplink: { url: broker.url },
      control: { socket: path("control.sock") },
    };
    writeFileSync(path("sekisho.yaml"), JSON.stringify(configuration));
    const { nodeFlags, environment } = unitProcess();
    const agent = new RunningAgent(path("sekisho.yaml"), {
      nodeFlags: [...nodeFlags, "--import", PROBE],
      environment: {
        ...environment,
        SEKISHO_MEMORY_LOG: path("memory.jsonl"),
        SEKISHO_MEMORY_LOG_S: String(SAMPLE_S / 2),
      },
    });
    try {
      await poll("capture to start", () => agent.log.includes("capture has started"), 60_000);
      const busy = isFull ? prepareTraffic(join(tmpdir(), "sekisho-bench"), CORPUS, true).shortPath : capture;
      const sender = cable.flood(busy, SECONDS + 5, PACKETS_PER_SECOND);
      const samples: Sample[] = [];
      const writtenBefore = writtenBytes(agent.child.pid!);
      const progress = new Progress("soak", SECONDS);
      let status: Status | undefined;
      for (let second = SAMPLE_S; second <= SECONDS; second += SAMPLE_S) {
        await new Promise((resolve) => setTimeout(resolve, SAMPLE_S * 1000));
        status = (await askAgent(path("control.sock"), "/v1/status")) as Status;
        const sample = { second, ...memoryAt(path("memory.jsonl")), storeBytes: sizeOfStore(folder) };
        samples.push(sample);
        if (isFull) report(lineOf(sample));
        progress.reach(second);
      }
      sender.kill("SIGKILL");
      const written = writtenBytes(agent.child.pid!) - writtenBefore;
      const { packets, drops } = status!.sensors[0]!;
      const warm = samples.filter(({ second }) => second >= SECONDS * WARM_UP_SHARE);
      const raw = slopeOf(warm.map(({ second, rssBytes }) => [second, rssBytes]));
      const kept = slopeOf(warm.map((sample) => [sample.second, keptBytes(sample)]));
      expect(await agent.stop()).toBe(0);
      const mostStore = Math.max(...samples.map(({ storeBytes }) => storeBytes));
      report(
        `soak: ${SECONDS} s, ${packets} packets seen, ${drops} dropped (${((100 * drops) / (packets + drops)).toFixed(2)} %), ` +
          `RSS ${(samples[0]!.rssBytes / MIB).toFixed(1)} → ${(samples.at(-1)!.rssBytes / MIB).toFixed(1)} MiB, ` +
          `${isFull ? `after warm-up ${slopeText(kept)} without what V8 has yet to collect, ${slopeText(raw)} with it, ` : ""}store at most ${(mostStore / MIB).toFixed(1)} MiB of ${BUDGET_MIB}, ` +
          `${(written / 1e6).toFixed(1)} MB written (${((written * 3600) / SECONDS / 1e6).toFixed(0)} MB an hour), ` +
          `payload given up ${((status!.counters["load.payload_bytes_given_up"] ?? 0) / 1e6).toFixed(1)} MB`,
      );
      expect(packets).toBeGreaterThan(0);
      expect(mostStore).toBeLessThanOrEqual(BUDGET_MIB * MIB);
      expect(status!.conditions.filter(({ level }) => level === "failing")).toEqual([]);
      expect(agent.log).not.toContain('"level":"fatal"');
      expect(await messagesAt(path("monitor.db"))).toBeGreaterThan(0);
      if (isFull) expect(mbPerHour(kept.slope)).toBeLessThanOrEqual(MOST_GROWTH_MB_PER_HOUR);
    } finally {
      await agent.stop();
      await monitor.stop();
      await broker.stop();
      cable.remove();
    }
  },
  chaosTimeoutMs(),
);

/** Octets that a process had the disk write (proc(5), `write_bytes`). */
function writtenBytes(pid: number): number {
  return Number(/^write_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1] ?? 0);
}

function sizeOfStore(folder: string): number {
  return readdirSync(folder)
    .filter((name) => name.startsWith("store.db"))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

/** The newest lines of the threads that still write; a thread that compiled rules and ended does not. */
function memoryAt(log: string): Omit<Sample, "second" | "storeBytes"> {
  const lines = readFileSync(log, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as ThreadMemory);
  const now = Date.now();
  const threads = new Map(lines.map((line) => [line.thread, line]));
  const sumOf = (value: (line: ThreadMemory) => number): number =>
    [...threads.values()]
      .filter(({ atMs }) => now - atMs < SAMPLE_S * 1000)
      .reduce((sum, line) => sum + value(line), 0);
  return {
    rssBytes: lines.at(-1)!.rssBytes,
    heapBytes: sumOf(({ heapBytes }) => heapBytes),
    liveBytes: sumOf(({ liveBytes }) => liveBytes),
    externalBytes: sumOf(({ externalBytes }) => externalBytes),
  };
}

/**
 * Memory without garbage: V8 collects a heap when it has grown by a quarter, so that memory goes up and down by megabytes over
 * ten minutes to half an hour, which within an hour looks like growth or its contrary. What is kept for good shows here just as well.
 */
function keptBytes({ rssBytes, heapBytes, liveBytes }: Sample): number {
  return rssBytes - heapBytes + liveBytes;
}

const mbPerHour = (bytesPerSecond: number): number => (bytesPerSecond * 3600) / 1e6;

function slopeText({ slope, lower, upper }: Slope): string {
  return `${mbPerHour(slope).toFixed(2)} MB/h (95 %: ${mbPerHour(lower).toFixed(2)} to ${mbPerHour(upper).toFixed(2)})`;
}

/** A sample, so that a slope can be led back to what grows. */
function lineOf(sample: Sample): string {
  const { second, rssBytes, heapBytes, liveBytes, externalBytes } = sample;
  const mib = (bytes: number): string => (bytes / MIB).toFixed(1);
  return (
    `soak: ${second} s, RSS ${mib(rssBytes)} MiB: heaps ${mib(heapBytes)} (alive ${mib(liveBytes)}), outside them ${mib(externalBytes)}, ` +
    `rest ${mib(rssBytes - heapBytes - externalBytes)}`
  );
}

async function messagesAt(file: string): Promise<number> {
  const database = await openSqlite(file);
  try {
    const [row] = await database.all("SELECT count(*) AS messages FROM message");
    return Number(row?.messages);
  } finally {
    await database.close();
  }
}
