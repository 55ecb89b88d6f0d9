/**
 * What regular expressions cost at the worst: each killer on its 64 KiB, by the way the sensor judges it. Figures are CPU
 * milliseconds of one search, and the same divided by what the calibration loop costs on this machine. Then every expression of
 * the rules, on 64 KiB made from its form to keep it busy, and whole evaluations (with --quick one in twenty).
 */

import { textAt, textCount } from "#agent/base/text-table.js";
import { loadRulesHere } from "#agent/rule-compiling.js";
import { MAX_STEPS } from "#agent/sensor/match/bounded-expression.js";
import { Expression, ExpressionMemory, MAX_NATIVE_STEPS } from "#agent/sensor/match/expression.js";
import { WARM_BYTES, warmExpressions } from "#agent/sensor/match/expression-warmth.js";
import { parseExpression } from "#agent/signature/expression/expression-syntax.js";
import { attacksOn } from "../oracle/expression-sample.js";
import { calibrate } from "./calibration.js";
import { measureEvaluations } from "./evaluations.js";
import { KILLER_EXPRESSIONS, KILLER_LENGTH } from "./killer-expressions.js";
import { figure, type Report, report } from "./report.js";
import type { BenchSettings } from "./settings.js";

/** Searches one figure is made of. */
const SEARCHES = 8;

/** With --quick one expression of the rules in so many is measured. */
const QUICK_PART = 20;
/** What takes longer at first is measured again, and the least counts. */
const SUSPECT_MS = 2;

/** `scripts/bench expressions`. */
export function benchExpressions({ runs, rules, isQuick }: BenchSettings): Report {
  // As a sensor's thread does before traffic comes.
  warmExpressions([Buffer.alloc(WARM_BYTES), new Uint8Array(WARM_BYTES)]);
  const memory = new ExpressionMemory();
  const calibration = calibrate();
  let givenUp = 0;
  let native = 0;
  const costs = KILLER_EXPRESSIONS.map(({ source, flags = "", input }) => {
    const expression = new Expression(source, flags, memory);
    const bytes = Buffer.from(input, "latin1");
    const isNative = expression.isNativeSafe(bytes.length);
    if (isNative) native++;
    const search = (): void => {
      if (isNative) expression.findInText(input, 0, false);
      else expression.findInBytes(bytes, 0, bytes.length, 0, false, MAX_STEPS);
    };
    search();
    if (expression.isExhausted) givenUp++;
    const milliseconds = Array.from({ length: runs }, () => cpuMs(search, SEARCHES) / SEARCHES);
    return { source, milliseconds };
  });
  const byCost = costs
    .map(({ source, milliseconds }) => figure(`/${source}/`, "ms", milliseconds))
    .sort((a, b) => b.median - a.median);
  const all = byCost.map(({ median }) => median);
  const ofRules = measureRules(rules, memory, isQuick ? QUICK_PART : 1);
  const { made, given } = measureEvaluations(rules, isQuick ? QUICK_PART : 1);
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
    figure("worst search of an expression of the rules", "ms", [ofRules.worstMs], { goal: 5 }),
    figure("expressions of the rules", "expressions", [ofRules.expressions]),
    figure("given up, of the rules", "searches", [ofRules.givenUp]),
    figure("searches of the rules", "searches", [ofRules.searches]),
    figure("worst evaluation of rules made for it", "ms", [made.worstMs], { goal: 5 }),
    figure("worst evaluation of the rules", "ms", [given.worstMs], { goal: 5 }),
    figure("evaluations of the rules", "evaluations", [given.evaluations]),
    figure("given up, of the evaluations", "evaluations", [given.cut]),
    ...byCost.slice(0, 10),
  ]);
}

function measureRules(paths: readonly string[], memory: ExpressionMemory, part: number) {
  const { image } = loadRulesHere({ paths, homeNet: undefined, groups: undefined, policy: {} });
  const found = { worstMs: 0, expressions: 0, searches: 0, givenUp: 0 };
  for (let index = 0; index < textCount(image.expressions); index += part) {
    const written = textAt(image.expressions, index);
    const slash = written.indexOf("/");
    const [flags, source] = [written.slice(0, slash), written.slice(slash + 1)];
    const expression = new Expression(source, flags, memory);
    const isNative = expression.isNativeSafe(KILLER_LENGTH);
    found.expressions++;
    for (const input of attacksOn(parseExpression(source, flags), KILLER_LENGTH)) {
      const bytes = Buffer.from(input, "latin1");
      const search = (): void => {
        if (isNative) expression.findInText(input, 0, false);
        else expression.findInBytes(bytes, 0, bytes.length, 0, false, MAX_STEPS);
      };
      search();
      found.searches++;
      if (expression.isExhausted) found.givenUp++;
      const first = cpuMs(search, 1);
      const least =
        first < SUSPECT_MS ? first : Math.min(cpuMs(search, 1), cpuMs(search, 1), cpuMs(search, 1));
      found.worstMs = Math.max(found.worstMs, least);
    }
  }
  return found;
}

/** CPU milliseconds of `count` searches. */
function cpuMs(search: () => void, count: number): number {
  const begin = process.cpuUsage();
  for (let i = 0; i < count; i++) search();
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1000;
}
