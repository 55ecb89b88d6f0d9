/**
 * What one evaluation, a section of a rule over one buffer, costs at the worst: its contents and what its expressions match, joined
 * and repeated until 64 KiB are full, so that everything is tried at every place.
 */
import { textAt } from "#agent/base/text-table.js";
import { loadRulesHere } from "#agent/rule-compiling.js";
import { BufferConditions } from "#agent/sensor/match/buffer-conditions.js";
import { CapturedValues } from "#agent/sensor/match/captured-values.js";
import { DataSets } from "#agent/sensor/match/data-sets.js";
import { combineVariables, compileRuleFiles } from "#agent/sensor/rule-compiler.js";
import { parseExpression } from "#agent/signature/expression/expression-syntax.js";
import { RULE_STRIDE, RuleColumn, type RuleImage } from "#agent/signature/image.js";
import { Op } from "#agent/signature/program.js";
import { sampleOf } from "../oracle/expression-sample.js";
import { KILLER_LENGTH } from "./killer-expressions.js";

/** Conditions that start each other anew at every place. */
const KILLER_RULES = [
  'content:"a"; content:"b"; distance:0; content:"c"; distance:0; within:60000; content:"never"; distance:0;',
  'content:"<"; pcre:"/^[^>]+?[a-z]+\\s*never/R";',
  'content:"a"; pcre:"/(?:a+a+)+y/R"; pcre:"/b.*c.*d/Rs"; content:"never"; distance:0;',
  'content:"a"; pcre:"/(a+)\\s*\\1b/R"; content:"never"; distance:0; within:10;',
  'pcre:"/[a-z]+=/"; pcre:"/(?:x+x+)+y/"; pcre:"/a.*b.*c/s"; pcre:"/(?:a|a)*b/"; content:"never";',
  `content:"a"; content:!"${"a".repeat(125)}b${"a".repeat(125)}"; content:"never";`,
  'content:"ab"; content:!"never"; distance:0; within:65000; content:"ba"; within:3; pcre:!"/a.*zz/R"; content:"never";',
].map((options, i) => `alert tcp any any -> any any (${options} sid:${i + 1};)`);

const SUSPECT_MS = 2;

export interface EvaluationCosts {
  worstMs: number;
  evaluations: number;
  cut: number;
}

/** Evaluations of rules made to be slow, and of the rules given, of which one in `part` is measured. */
export function measureEvaluations(
  paths: readonly string[],
  part: number,
): { made: EvaluationCosts; given: EvaluationCosts } {
  const files = [{ path: "killers.rules", text: KILLER_RULES.join("\n") }];
  const { image: made } = compileRuleFiles({
    files,
    classifications: "",
    variables: combineVariables(undefined, undefined),
  });
  const { image: given } = loadRulesHere({ paths, homeNet: undefined, groups: undefined, policy: {} });
  return { made: costsOf(made, 1), given: costsOf(given, part) };
}

function costsOf(image: RuleImage, part: number): EvaluationCosts {
  const conditions = new BufferConditions(image, new DataSets(image), new CapturedValues());
  const costs = { worstMs: 0, evaluations: 0, cut: 0 };
  for (let rule = 0; rule < image.ruleCount; rule += part) {
    for (const { begin, end } of sectionsOf(image, rule)) {
      for (const bytes of attacksOn(image, begin, end)) {
        const evaluate = (): void => {
          conditions.beginPacket();
          conditions.hold(begin, end, bytes, 0, bytes.length);
        };
        const before = conditions.limitReached;
        const first = cpuMs(evaluate);
        costs.evaluations++;
        if (conditions.limitReached > before) costs.cut++;
        if (first > costs.worstMs && first > SUSPECT_MS)
          costs.worstMs = Math.max(
            costs.worstMs,
            Math.min(cpuMs(evaluate), cpuMs(evaluate), cpuMs(evaluate), cpuMs(evaluate)),
          );
        else costs.worstMs = Math.max(costs.worstMs, first);
      }
    }
  }
  return costs;
}

/** Sections of a rule that look at their buffer more than once. */
function* sectionsOf({ rules, program }: RuleImage, rule: number): Iterable<{ begin: number; end: number }> {
  let at = rules[rule * RULE_STRIDE + RuleColumn.PROGRAM]!;
  while (program[at] !== Op.END) {
    if (program[at] !== Op.SECTION) {
      at = program[at + 1]!;
      continue;
    }
    const [begin, end] = [program[at + 1]!, program[at + 4]!];
    if (program[begin + 1]! < end) yield { begin, end };
    at = end;
  }
}

/** What the conditions look for, in their order, and the same with a byte less of each. */
function attacksOn(image: RuleImage, begin: number, end: number): Uint8Array[] {
  const { program, literals, expressions } = image;
  const parts: string[] = [];
  for (let at = begin; at < end; at = program[at + 1]!) {
    if (program[at] === Op.CONTENT) {
      const literal = literals.subarray(program[at + 3]!, program[at + 3]! + program[at + 4]!);
      parts.push(Buffer.from(literal).toString("latin1"));
    } else if (program[at] === Op.PCRE) {
      const written = textAt(expressions, program[at + 3]!);
      const slash = written.indexOf("/");
      parts.push(sampleOf(parseExpression(written.slice(slash + 1), written.slice(0, slash))));
    }
  }
  const units = [parts.join(""), parts.map((text) => text.slice(0, -1)).join(""), parts[0] ?? ""];
  return units
    .filter((unit) => unit !== "")
    .map((unit) => Buffer.alloc(KILLER_LENGTH, Buffer.from(unit, "latin1")));
}

function cpuMs(work: () => void): number {
  const begin = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1000;
}
