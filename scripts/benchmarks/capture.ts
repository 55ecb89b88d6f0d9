/**
 * `bench capture`: what each way to capture costs: node-pcap in the agent's own process, tcpdump as its child, tcpdump with the
 * capture helper, when the agent has no capability. In turn, at the same rate, with a rule that never holds, so that the figure is
 * that of capturing and decoding; processor time of the agent and of tcpdump together.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { namespaceObstacle } from "../network/network-namespace.js";
import { runChild } from "./child-run.js";
import { sendable } from "./live.js";
import type { LiveFigures, LiveRun } from "./live-process.js";
import { figure, type Report, report } from "./report.js";
import type { BenchSettings } from "./settings.js";
import { prepareTraffic } from "./traffic.js";
import { unitRuntime } from "./unit-runtime.js";

const PACKETS_PER_SECOND = 25_000;
const SECONDS = 5;
const DRIVERS = ["pcap", "tcpdump", "helper"] as const;
const RULE = 'alert ip 192.0.2.1 any -> 192.0.2.2 any (msg:"never"; sid:1;)\n';

export function benchCapture(settings: BenchSettings): Report {
  const obstacle = namespaceObstacle();
  const setting = {
    cable: obstacle ?? "veth",
    "packets a second": PACKETS_PER_SECOND,
    "seconds a run": SECONDS,
  };
  if (obstacle !== undefined) return report("capture", setting, []);
  const capture = sendable(prepareTraffic(settings.cache, settings.corpus, settings.isQuick).shortPath);
  mkdirSync(settings.cache, { recursive: true });
  const rules = join(settings.cache, "never.rules");
  writeFileSync(rules, RULE);
  const rounds = Array.from({ length: settings.runs }, () =>
    DRIVERS.map((driver) => {
      const run: LiveRun = {
        ...{ rules: [rules], variables: undefined, capture, driver, threads: 1 },
        ...{ seconds: SECONDS, packetsPerSecond: PACKETS_PER_SECOND },
      };
      return runChild("live-process.js", run, unitRuntime()) as LiveFigures;
    }),
  );
  const costs = rounds.map((round) =>
    round.map(({ usPerPacket, helperUsPerPacket }) => usPerPacket + helperUsPerPacket),
  );
  return report(
    "capture",
    setting,
    DRIVERS.flatMap((driver, index) => [
      figure(
        `${driver}: CPU`,
        "µs/packet",
        costs.map((cost) => cost[index]!),
      ),
      figure(
        `${driver}: of that tcpdump`,
        "µs/packet",
        rounds.map((round) => round[index]!.helperUsPerPacket),
      ),
      figure(
        `${driver} less pcap of the same round`,
        "µs/packet",
        costs.map((cost) => cost[index]! - cost[0]!),
      ),
      figure(
        `${driver}: lost in the kernel`,
        "%",
        rounds.map((round) => lostPercent(round[index]!)),
      ),
    ]),
  );
}

function lostPercent({ packets, kernelDrops }: LiveFigures): number {
  return (100 * kernelDrops) / Math.max(1, packets + kernelDrops);
}
