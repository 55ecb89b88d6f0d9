/** `bench duel --against FOLDER`: this build beside another one, in one process; tells differences that runs of each would hide. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { runChild } from "./child-run.js";
import type { DuelFigures, DuelRun } from "./duel-process.js";
import { type Figure, figure, type Report, report } from "./report.js";
import type { BenchSettings } from "./settings.js";
import { prepareTraffic } from "./traffic.js";
import { unitRuntime } from "./unit-runtime.js";

const THIS_BUILD = fileURLToPath(new URL("../../..", import.meta.url));

/** @throws Error where there is no other build */
export function benchDuel(settings: BenchSettings): Report {
  const other = settings.against === undefined ? undefined : resolve(settings.against);
  if (other === undefined || !existsSync(`${other}/dist/sensor/sensor.js`))
    throw new Error("duel: --against FOLDER is missing: another checkout in which scripts/setup was run");
  const traffic = prepareTraffic(settings.cache, settings.corpus, settings.isQuick);
  const figures: Figure[] = [];
  const setting: Record<string, string | number> = {
    traffic: traffic.origin,
    packets: traffic.packets,
    against: other,
  };
  for (const rules of [settings.rules, []]) {
    const runs = Array.from(
      { length: settings.runs },
      () =>
        runChild(
          "duel-process.js",
          {
            builds: [other, THIS_BUILD],
            rules,
            variables: settings.variables,
            capture: traffic.longPath,
            warmPackets: 2 * traffic.shortPackets,
          } satisfies DuelRun,
          unitRuntime(),
        ) as DuelFigures,
    );
    const name = rules.length === 0 ? "no rules" : `${runs[0]!.rules} rules`;
    const detections = runs[0]!.detections;
    const note = detections[0] === detections[1] ? "" : `detections differ: ${detections.join(", ")}`;
    figures.push(
      figure(
        `${name}: the other build`,
        "µs/packet",
        runs.map(({ usPerPacket }) => usPerPacket[0]!),
      ),
      figure(
        `${name}: this build`,
        "µs/packet",
        runs.map(({ usPerPacket }) => usPerPacket[1]!),
      ),
      figure(
        `${name}: this by the other`,
        "times",
        runs.flatMap(({ ratios }) => ratios),
        { note },
      ),
    );
  }
  return report("duel", setting, figures);
}
