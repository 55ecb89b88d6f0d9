/**
 * What regular expressions cost at the worst: each killer on its 64 KiB, by the way the sensor judges it. Figures are CPU
 * milliseconds of one search, and the same divided by what the calibration loop costs on this machine.
 */

import { MAX_STEPS } from "#agent/sensor/match/bounded-expression.js";
import { Expression, ExpressionMemory, MAX_NATIVE_STEPS } from "#agent/sensor/match/expression.js";
import { calibrate } from "./calibration.js";
import { KILLER_EXPRESSIONS, KILLER_LENGTH } from "./killer-expressions.js";
import { figure, type Report, report } from "./report.js";
import type { BenchSettings } from "./settings.js";

/** Searches one figure is made of. */
const SEARCHES = 8;

/** `scripts/bench expressions`. */
export function benchExpressions({ runs }: BenchSettings): Report {
  const memory = new ExpressionMemory();
  const calibration = calibrate();
  let givenUp = 0;
  let native = 0;
  const costs = KILLER_EXPRESSIONS.map(({ source, flags = "", input }) => {
    const expression = new Expression(source, flags, memory);
    const bytes = Buffer.from(input, "latin1");
    const isNative = expression.isNativeSafe(bytes.length, 0);
    if (isNative) native++;
    const search = (): void => {
      if (isNative) expression.findInText(input, 0, false);
      else expression.findInBytes(bytes, 0, bytes.length, 0, false, MAX_STEPS);
    };
    search();
    if (expression.isExhausted) givenUp++;
    const milliseconds = Array.from({ length: runs }, () => cpuMs(search) / SEARCHES);
    return { source, milliseconds };
  });
  const byCost = costs
    .map(({ source, milliseconds }) => figure(`/${source}/`, "ms", milliseconds))
    .sort((a, b) => b.median - a.median);
  const all = byCost.map(({ median }) => median);
  const setting = {
    expressions: KILLER_EXPRESSIONS.length,
    bytes: KILLER_LENGTH,
    native_steps: MAX_NATIVE_STEPS,
    counted_steps: MAX_STEPS,
  };
  return report("expressions", setting, [
    figure("worst search", "ms", [all[0]!], { goal: 5 }),
    figure("worst search", "thousand calibration steps", [(all[0]! * 1000) / calibration]),
    figure("middle search", "ms", [all[all.length >> 1]!]),
    figure("given up", "expressions", [givenUp]),
    figure("left to V8", "expressions", [native]),
    ...byCost.slice(0, 10),
  ]);
}

/** CPU milliseconds of SEARCHES searches. */
function cpuMs(search: () => void): number {
  const begin = process.cpuUsage();
  for (let i = 0; i < SEARCHES; i++) search();
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1000;
}
