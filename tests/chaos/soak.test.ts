/** An hour of a busy line: memory does not grow, no file outgrows its budget, and what is written an hour is told. */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { askAgent } from "#agent/onsite/control-client.js";
import type { Status } from "#agent/onsite/status.js";
import { openSqlite } from "#agent/store/sqlite-driver.js";
import { prepareTraffic } from "../../scripts/benchmarks/traffic.js";
import { NetworkNamespace, namespaceObstacle } from "../../scripts/network/network-namespace.js";
import { writeStory } from "../../scripts/story/story.js";
import { chaosSize, chaosTimeoutMs, Progress, report } from "../support/chaos.js";
import { MonitorProcess } from "../support/monitor-process.js";
import { hasMosquitto, Mosquitto } from "../support/mosquitto.js";
import { poll } from "../support/poll.js";
import { RunningAgent, unitProcess } from "../support/sekisho-process.js";
import { temporaryDirectory } from "../support/temporary-directory.js";

const SECONDS = chaosSize(3600, 8);
const isFull = SECONDS >= 60;
const PACKETS_PER_SECOND = isFull ? 50_000 : 5000;
const SAMPLE_S = isFull ? 10 : 1;
/** What is allocated once has been by then. */
const WARM_UP_SHARE = 0.25;
const BUDGET_MIB = 64;
const MIB = 1024 * 1024;
const MOST_GROWTH_MB_PER_HOUR = 0.5;
const CORPUS = fileURLToPath(new URL("../../../shared/corpus", import.meta.url));

const obstacle = namespaceObstacle() ?? (hasMosquitto ? undefined : "needs mosquitto");

interface Sample {
  readonly second: number;
  readonly rssBytes: number;
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
    const agent = new RunningAgent(path("sekisho.yaml"), unitProcess());
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
        samples.push({ second, rssBytes: status.rssBytes, storeBytes: sizeOfStore(folder) });
        progress.reach(second);
      }
      sender.kill("SIGKILL");
      const written = writtenBytes(agent.child.pid!) - writtenBefore;
      const { packets, drops } = status!.sensors[0]!;
      const slope = slopeOf(samples.filter(({ second }) => second >= SECONDS * WARM_UP_SHARE));
      expect(await agent.stop()).toBe(0);
      const growthMbPerHour = (slope * 3600) / 1e6;
      const mostStore = Math.max(...samples.map(({ storeBytes }) => storeBytes));
      report(
        `soak: ${SECONDS} s, ${packets} packets seen, ${drops} dropped (${((100 * drops) / (packets + drops)).toFixed(2)} %), ` +
          `RSS ${(samples[0]!.rssBytes / MIB).toFixed(1)} → ${(samples.at(-1)!.rssBytes / MIB).toFixed(1)} MiB, ` +
          `${isFull ? `${growthMbPerHour.toFixed(2)} MB/h after warm-up, ` : ""}store at most ${(mostStore / MIB).toFixed(1)} MiB of ${BUDGET_MIB}, ` +
          `${(written / 1e6).toFixed(1)} MB written (${((written * 3600) / SECONDS / 1e6).toFixed(0)} MB an hour), ` +
          `payload given up ${((status!.counters["load.payload_bytes_given_up"] ?? 0) / 1e6).toFixed(1)} MB`,
      );
      expect(packets).toBeGreaterThan(0);
      expect(mostStore).toBeLessThanOrEqual(BUDGET_MIB * MIB);
      expect(status!.conditions.filter(({ level }) => level === "failing")).toEqual([]);
      expect(agent.log).not.toContain('"level":"fatal"');
      expect(await messagesAt(path("monitor.db"))).toBeGreaterThan(0);
      if (isFull) expect(growthMbPerHour).toBeLessThanOrEqual(MOST_GROWTH_MB_PER_HOUR);
    } finally {
      await agent.stop();
      await monitor.stop();
      await broker.stop();
      cable.remove();
    }
  },
  chaosTimeoutMs(120_000),
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

/** Least squares: octets a second. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const middleS = mean(samples.map(({ second }) => second));
  const middleBytes = mean(samples.map(({ rssBytes }) => rssBytes));
  const covariance = mean(
    samples.map(({ second, rssBytes }) => (second - middleS) * (rssBytes - middleBytes)),
  );
  return covariance / mean(samples.map(({ second }) => (second - middleS) ** 2));
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
