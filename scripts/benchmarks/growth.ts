/** `bench growth`: what a packet costs with ever more flows, and with ever more rules. Wanted: flat. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runChild } from "./child-run.js";
import type { EngineFigures, EngineRun } from "./engine-process.js";
import type { FlowsFigures, FlowsRun } from "./growth-process.js";
import { madeRules } from "./made-rules.js";
import { type Figure, figure, type Report, report } from "./report.js";
import type { BenchSettings } from "./settings.js";
import { prepareTraffic } from "./traffic.js";
import { unitRuntime } from "./unit-runtime.js";

const FLOWS = [1_000, 10_000, 100_000, 1_000_000];
const RULES = [1_000, 10_000, 100_000];
const PACKETS = 1_000_000;
const QUICK_PACKETS = 200_000;
/** The most may cost this many times what the least costs. */
const GOAL = 1.5;

export function benchGrowth(settings: BenchSettings): Report {
  const packets = settings.isQuick ? QUICK_PACKETS : PACKETS;
  const traffic = prepareTraffic(settings.cache, settings.corpus, settings.isQuick);
  const flowRuns = FLOWS.map(() => [] as FlowsFigures[]);
  const ruleRuns = RULES.map(() => [] as EngineFigures[]);
  const ruleFiles = RULES.map((count) => {
    const path = join(settings.cache, `made-${count}.rules`);
    writeFileSync(path, madeRules(count));
    return path;
  });
  for (let i = 0; i < settings.runs; i++) {
    for (const [index, flows] of FLOWS.entries()) {
      flowRuns[index]!.push(
        runChild("growth-process.js", { flows, packets } satisfies FlowsRun, unitRuntime()) as FlowsFigures,
      );
    }
    for (const [index, path] of ruleFiles.entries()) {
      const run: EngineRun = {
        rules: [path],
        variables: undefined,
        capture: traffic.longPath,
        rounds: 2,
      };
      ruleRuns[index]!.push(runChild("engine-process.js", run, unitRuntime()) as EngineFigures);
    }
  }
  const flowFigures = FLOWS.map((flows, index) =>
    figure(
      `${flows} flows`,
      "steps",
      flowRuns[index]!.map(({ steps }) => steps),
    ),
  );
  const ruleFigures = RULES.map((rules, index) =>
    figure(
      `${rules} rules`,
      "steps",
      ruleRuns[index]!.map(({ steadySteps }) => steadySteps),
    ),
  );
  return report("growth", { traffic: traffic.origin, packets }, [
    ...flowFigures,
    ratio("most by least, flows", flowFigures),
    ...ruleFigures,
    ratio("most by least, rules", ruleFigures),
  ]);
}

function ratio(name: string, figures: readonly Figure[]): Figure {
  const medians = figures.map(({ median }) => median);
  return figure(name, "times", [Math.max(...medians) / Math.min(...medians)], { goal: GOAL });
}
