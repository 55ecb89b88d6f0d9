/**
 * `bench live`: the agent's sensor thread on a cable that is flooded from its other end, at rising rates, with rules; and
 * what a second sensor thread adds. Sender and sensor share the machine: on two cores the sender has one of them.
 */
import { namespaceObstacle } from "../network/network-namespace.js";
import { runChild } from "./child-run.js";
import type { LiveFigures, LiveRun } from "./live-process.js";
import { type Figure, figure, type Report, report } from "./report.js";
import type { BenchSettings } from "./settings.js";
import { prepareTraffic } from "./traffic.js";

const RATES = [25_000, 50_000, 100_000, 200_000, 400_000];
const SECONDS = 5;
export const LIVE_GOALS = { packetsPerSecond: 400_000, scaling: 1.8 };

export function benchLive(settings: BenchSettings): Report {
  const traffic = prepareTraffic(settings.cache, settings.corpus, settings.isQuick);
  const common = {
    rules: settings.rules,
    variables: settings.variables,
    seconds: SECONDS,
    capture: traffic.shortPath,
  };
  const run = (more: Partial<LiveRun>): LiveFigures =>
    runChild("live-process.js", { ...common, threads: 1, ...more } satisfies LiveRun) as LiveFigures;
  const times = <T>(measure: () => T): T[] => Array.from({ length: settings.runs }, measure);
  const figures: Figure[] = [];
  const obstacle = namespaceObstacle();
  let driver = `none (${obstacle})`;
  for (const rate of obstacle === undefined ? RATES : []) {
    const runs = times(() => run({ packetsPerSecond: rate }));
    driver = runs[0]!.driver;
    const name = `${rate / 1000} kpps wanted`;
    const lost = runs.map(
      ({ packets, kernelDrops }) => (100 * kernelDrops) / Math.max(1, packets + kernelDrops),
    );
    const sent = runs.map(({ packets, kernelDrops, elapsedS }) => (packets + kernelDrops) / elapsedS / 1000);
    figures.push(
      figure(`${name}: sent`, "kpps", sent),
      figure(`${name}: lost in the kernel`, "%", lost, { goal: 0 }),
      figure(
        `${name}: CPU`,
        "µs/packet",
        runs.map(({ usPerPacket }) => usPerPacket),
      ),
    );
  }
  // In pairs, so that what disturbs one disturbs the other. The long capture, for starting takes its time too.
  const scaling = times(() => {
    const one = run({ capture: traffic.longPath });
    const two = run({ capture: traffic.longPath, threads: 2 });
    return two.packets / two.elapsedS / (one.packets / one.elapsedS);
  });
  figures.push(
    figure("two threads against one", "times", scaling, { note: `wanted ≥ ${LIVE_GOALS.scaling}` }),
  );
  return report(
    "live",
    { driver, "seconds a rate": SECONDS, "bytes a packet": Math.round(traffic.bytes / traffic.packets) },
    figures,
  );
}
