/**
 * `bench guard`: whether the sensor has become slower than it was. Small, and it hardly depends on the machine: work is counted
 * (bytes searched, literals compared, rules judged, bytes allocated), and costs are told in steps of the calibration loop of the
 * same process. Fails where one is more than REGRESSION times what stands in guard.json. The counts, which depend on nothing,
 * are held by tests/unit/scripts/bench-guard.test.ts as well.
 */
import { readFileSync } from "node:fs";
import { shippedRulesFolder } from "#agent/config/rule-files.js";
import { runChild } from "./child-run.js";
import type { CountedRun, CountedWork } from "./counted-process.js";
import { figure, type Report, report } from "./report.js";
import type { BenchSettings } from "./settings.js";
import { writtenStory } from "./traffic.js";
import type { WireFigures, WireRun } from "./wire-process.js";

export const REGRESSION = 1.5;
const FRAMES = 20_000;
const PASSES = 15;
/** Below this, allocation is noise of the measurement. */
const LEAST_BYTES = 16;
const BASELINE = new URL("../../../scripts/benchmarks/guard.json", import.meta.url);

interface Baseline {
  readonly steps: Readonly<Record<string, number>>;
  readonly bytes: Readonly<Record<string, number>>;
  /** For each packet of the story, under the shipped rules. */
  readonly counted: CountedWork;
}

export const COUNTING_OPTIONS = ["--expose-gc", "--max-semi-space-size=512", "--min-semi-space-size=512"];

/** What stands in guard.json. */
export function readBaseline(): Baseline {
  return JSON.parse(readFileSync(BASELINE, "utf8")) as Baseline;
}

/** Work for each packet of `capture`, counted; see counted-process.ts. */
export function countWork(capture: string, rules: readonly string[]): CountedWork {
  const run: CountedRun = { capture, rules };
  return runChild("counted-process.js", run, { options: COUNTING_OPTIONS }) as CountedWork;
}

export function benchGuard(settings: BenchSettings): Report {
  // The story, so that everybody guards the same traffic.
  const capture = writtenStory(settings.cache);
  const run: WireRun = { capture, frames: FRAMES, passes: PASSES, isWholeOnly: true };
  const { parts, stepNs } = runChild("wire-process.js", run, { options: COUNTING_OPTIONS }) as WireFigures;
  const baseline = readBaseline();
  const counted = countWork(capture, [shippedRulesFolder()]);
  const figures = parts.flatMap(({ name, nsPerFrame, bytesPerFrame }) => {
    // The least of many passes is what the code costs; the rest is what others did meanwhile.
    const steps = Math.min(...nsPerFrame) / stepNs;
    const bytes = Math.min(...bytesPerFrame);
    return [
      figure(name, "steps", [steps], { goal: (baseline.steps[name] ?? 0) * REGRESSION }),
      figure(`${name}: allocated`, "bytes", [bytes], {
        goal: Math.max(LEAST_BYTES, (baseline.bytes[name] ?? 0) * REGRESSION),
      }),
    ];
  });
  for (const [name, value] of Object.entries(counted)) {
    const goal = baseline.counted[name as keyof CountedWork] * REGRESSION;
    figures.push(figure(`shipped rules: ${name}`, "/packet", [value], { goal }));
  }
  if (figures.some(({ median, goal }) => median > (goal ?? 0))) process.exitCode = 1;
  return report("guard", { "calibration step": `${stepNs.toFixed(2)} ns` }, figures);
}
