/** `bench wire`: what decoding, flow tracking and each parser cost a packet, and what they allocate. */
import { runChild } from "./child-run.js";
import { figure, type Report, report } from "./report.js";
import type { BenchSettings } from "./settings.js";
import { prepareTraffic } from "./traffic.js";
import type { WireFigures, WireRun } from "./wire-process.js";

/** Large enough that no collection happens within a pass. */
const YOUNG_GENERATION = ["--expose-gc", "--max-semi-space-size=512", "--min-semi-space-size=512"];
const FRAMES = 200_000;
const QUICK_FRAMES = 40_000;

export function benchWire(settings: BenchSettings): Report {
  const traffic = prepareTraffic(settings.cache, settings.corpus, settings.isQuick);
  const frames = settings.isQuick ? QUICK_FRAMES : FRAMES;
  const run: WireRun = { capture: traffic.shortPath, frames, passes: settings.runs };
  const { parts, stepNs } = runChild("wire-process.js", run, { options: YOUNG_GENERATION }) as WireFigures;
  const figures = parts.flatMap(({ name, frames: count, nsPerFrame, bytesPerFrame }) => [
    figure(name, "ns/packet", nsPerFrame, { note: `${count} packets` }),
    figure(`${name}: allocated`, "bytes/packet", bytesPerFrame),
  ]);
  const setting = {
    traffic: traffic.origin,
    "bytes a packet": Math.round(traffic.bytes / traffic.packets),
    "calibration step": `${stepNs.toFixed(2)} ns`,
  };
  return report("wire", setting, figures);
}
