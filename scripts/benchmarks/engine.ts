/** `bench engine`: what a packet costs the whole sensor, with the given rules and without any, start-up apart. */
import { runChild } from "./child-run.js";
import type { EngineFigures, EngineRun } from "./engine-process.js";
import { compareWithOthers } from "./other-engines.js";
import { type Figure, figure, type Report, report } from "./report.js";
import type { BenchSettings } from "./settings.js";
import { prepareTraffic } from "./traffic.js";
import { unitRuntime } from "./unit-runtime.js";

/** Of the capture: the first is the start, the slope of the others the steady state, here and of the other engines. */
export const ROUNDS = 4;
export const ENGINE_GOALS = { withRulesUs: 1, withoutRulesUs: 0.35, rssMiB: 180 };

export function benchEngine(settings: BenchSettings): Report {
  const traffic = prepareTraffic(settings.cache, settings.corpus, settings.isQuick);
  const run = (rules: readonly string[]): EngineFigures =>
    runChild(
      "engine-process.js",
      {
        rules,
        variables: settings.variables,
        capture: traffic.longPath,
        rounds: ROUNDS,
      } satisfies EngineRun,
      unitRuntime(),
    ) as EngineFigures;
  const withRules: EngineFigures[] = [];
  const without: EngineFigures[] = [];
  // In pairs, so that what disturbs one disturbs the other.
  for (let i = 0; i < settings.runs; i++) {
    withRules.push(run(settings.rules));
    without.push(run([]));
  }
  const { rules, detections } = withRules[0]!;
  const figures: Figure[] = [
    ...engineFigures(`${rules} rules`, withRules, ENGINE_GOALS.withRulesUs, ENGINE_GOALS.rssMiB),
    ...engineFigures("no rules", without, ENGINE_GOALS.withoutRulesUs),
  ];
  const setting = {
    traffic: traffic.origin,
    "packets a round": traffic.packets,
    rounds: ROUNDS,
    "bytes a packet": Math.round(traffic.bytes / traffic.packets),
    rules,
    detections,
  };
  figures.push(...compareWithOthers(settings, traffic, ROUNDS, figures[1]!.median, figures[6]!.median));
  return report("engine", setting, figures);
}

function engineFigures(
  name: string,
  runs: readonly EngineFigures[],
  goalUs: number,
  goalMiB?: number,
): Figure[] {
  const of = (key: Exclude<keyof EngineFigures, "counters">) => runs.map((run) => run[key]);
  return [
    figure(`${name}: load`, "ms CPU", of("loadCpuMs")),
    figure(`${name}: steady state`, "µs/packet", of("steadyUsPerPacket"), { goal: goalUs }),
    figure(`${name}: steady, in calibration steps`, "steps", of("steadySteps")),
    figure(`${name}: first round`, "µs/packet", of("startUsPerPacket")),
    figure(`${name}: RSS at the end`, "MiB", of("endRssMiB"), goalMiB === undefined ? {} : { goal: goalMiB }),
  ];
}
