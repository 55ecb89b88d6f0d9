/**
 * `bench live`: the agent's sensor thread on a cable that is flooded from its other end, at rising rates, with rules; and
 * what a second sensor thread adds. Sender and sensor share the machine: on two cores the
 * sender has one of them.
 */
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { readCaptureFile } from "#agent/sensor/capture/capture-file.js";
import { CaptureWriter } from "#agent/sensor/capture/capture-writer.js";
import { LINKTYPE_ETHERNET } from "#agent/sensor/wire/link-type.js";
import { namespaceObstacle } from "../network/network-namespace.js";
import { runChild } from "./child-run.js";
import { availableSender } from "./frame-sender.js";
import type { LiveFigures, LiveRun } from "./live-process.js";
import { type Figure, figure, type Report, report } from "./report.js";
import type { BenchSettings } from "./settings.js";
import { prepareTraffic } from "./traffic.js";
import { unitRuntime } from "./unit-runtime.js";

const RATES = [25_000, 50_000, 100_000, 200_000, 400_000];
const SECONDS = 5;
const LONGEST_FRAME = 1514;
const MAX_COPY_BYTES = 512 * 1024 * 1024;
export const LIVE_GOALS = { packetsPerSecond: 400_000, scaling: 1.8 };

export function benchLive(settings: BenchSettings): Report {
  const traffic = prepareTraffic(settings.cache, settings.corpus, settings.isQuick);
  const common = { rules: settings.rules, variables: settings.variables, seconds: SECONDS, threads: 1 };
  const run = (more: Partial<LiveRun> & { capture: string }): LiveFigures =>
    runChild(
      "live-process.js",
      { ...common, driver: "pcap", ...more } satisfies LiveRun,
      unitRuntime(),
    ) as LiveFigures;
  const times = <T>(measure: () => T): T[] => Array.from({ length: settings.runs }, measure);
  const figures: Figure[] = [];
  const obstacle = namespaceObstacle();
  if (obstacle === undefined) {
    const capture = sendable(traffic.shortPath);
    for (const rate of RATES) {
      const runs = times(() => run({ capture, packetsPerSecond: rate }));
      figures.push(...floodFigures(`${rate / 1000} kpps`, runs));
    }
  }
  // In pairs, so that what disturbs one disturbs the other. The long capture, for starting takes its time too.
  const scaling = times(() => {
    const one = run({ capture: traffic.longPath });
    const two = run({ capture: traffic.longPath, threads: 2 });
    return {
      whole: two.packets / two.elapsedS / (one.packets / one.elapsedS),
      steady: two.steadyPacketsPerS / one.steadyPacketsPerS,
      cpu: two.usPerPacket / one.usPerPacket,
    };
  });
  figures.push(
    figure(
      "two threads against one, start and all",
      "times",
      scaling.map(({ whole }) => whole),
    ),
    figure(
      "two threads against one, in the later half",
      "times",
      scaling.map(({ steady }) => steady),
      { note: `wanted ≥ ${LIVE_GOALS.scaling}` },
    ),
    // What the threads take from each other; the others also say what the machine's other work takes from them.
    figure(
      "CPU a packet, two threads against one",
      "times",
      scaling.map(({ cpu }) => cpu),
    ),
  );
  const bytes = Math.round(traffic.bytes / traffic.packets);
  return report(
    "live",
    {
      cable: obstacle ?? "veth",
      sender: availableSender(),
      "seconds a rate": SECONDS,
      "bytes a packet": bytes,
    },
    figures,
  );
}

function floodFigures(name: string, runs: readonly LiveFigures[]): Figure[] {
  const lost = runs.map(
    ({ packets, kernelDrops }) => (100 * kernelDrops) / Math.max(1, packets + kernelDrops),
  );
  const sent = runs.map(({ packets, kernelDrops, elapsedS }) => (packets + kernelDrops) / elapsedS / 1000);
  return [
    figure(`${name}: sent`, "kpps", sent),
    figure(`${name}: lost in the kernel`, "%", lost, { goal: 0 }),
    figure(
      `${name}: CPU`,
      "µs/packet",
      runs.map(({ usPerPacket, helperUsPerPacket }) => usPerPacket + helperUsPerPacket),
    ),
  ];
}

/** A copy without frames that are longer than the cable takes: those that a network card had joined. */
export function sendable(path: string): string {
  const copy = path.replace(/\.pcap$/, "-sendable.pcap");
  if (existsSync(copy)) return copy;
  const writer = new CaptureWriter(LINKTYPE_ETHERNET, MAX_COPY_BYTES);
  readCaptureFile(path, {
    frame(bytes, offset, capturedLength, wireLength, _linkType, timeUs) {
      if (wireLength <= LONGEST_FRAME) writer.append(bytes, offset, capturedLength, wireLength, timeUs);
    },
  });
  writeFileSync(`${copy}.new`, writer.file());
  renameSync(`${copy}.new`, copy);
  return copy;
}
