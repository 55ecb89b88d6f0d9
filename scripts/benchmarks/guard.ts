/**
 * `bench guard`: whether the sensor has become slower than it was. Small, and it does not depend on the machine: costs are
 * counted in steps of the calibration loop of the same process, and allocated bytes are counted as they are. Fails where
 * one is more than REGRESSION times what stands in guard.json.
 */
import { readFileSync } from "node:fs";
import { runChild } from "./child-run.js";
import { figure, type Report, report } from "./report.js";
import type { BenchSettings } from "./settings.js";
import { writtenStory } from "./traffic.js";
import type { WireFigures, WireRun } from "./wire-process.js";

const REGRESSION = 1.5;
const FRAMES = 20_000;
const PASSES = 15;
/** Below this, allocation is noise of the measurement. */
const LEAST_BYTES = 16;
const BASELINE = new URL("../../../scripts/benchmarks/guard.json", import.meta.url);

interface Baseline {
  readonly steps: Readonly<Record<string, number>>;
  readonly bytes: Readonly<Record<string, number>>;
}

export function benchGuard(settings: BenchSettings): Report {
  // The story, so that everybody guards the same traffic.
  const capture = writtenStory(settings.cache);
  const run: WireRun = { capture, frames: FRAMES, passes: PASSES, isWholeOnly: true };
  const options = ["--expose-gc", "--max-semi-space-size=512", "--min-semi-space-size=512"];
  const { parts, stepNs } = runChild("wire-process.js", run, options) as WireFigures;
  const baseline = JSON.parse(readFileSync(BASELINE, "utf8")) as Baseline;
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
  if (figures.some(({ median, goal }) => median > (goal ?? 0))) process.exitCode = 1;
  return report("guard", { "calibration step": `${stepNs.toFixed(2)} ns` }, figures);
}
