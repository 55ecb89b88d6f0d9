import type { Argv } from "yargs";
import { printable, SCREEN_COLUMNS, wrapText } from "../base/text-layout.js";
import { shippedRulesFolder } from "../config/rule-files.js";
import type { MissingRule, RuleExplanation } from "../diagnosis/rule-explanation.js";
import { type CliContext, EXIT_DONE, EXIT_FAILED, EXIT_USAGE, say } from "./context.js";
import { type RuleArguments, ruleSetting, withRuleOptions } from "./rule-options.js";
import { indented, parseRuleId, sayPhrases, sidList, stepLine } from "./rule-report.js";

export interface RulesExplainArguments extends RuleArguments {
  readonly sid: string;
  readonly rules: readonly string[];
  readonly json: boolean;
}

/** Options of `sekisho rules explain`. */
export function rulesExplainOptions(context: CliContext) {
  return (yargs: Argv) =>
    withRuleOptions(context, yargs)
      .positional("sid", {
        type: "string",
        demandOption: true,
        describe: say(context, "cli.rules_explain.sid"),
      })
      .option("rules", {
        type: "string",
        array: true,
        default: [],
        describe: say(context, "cli.replay.rules"),
      })
      .option("json", { type: "boolean", default: false, describe: say(context, "cli.json") })
      .example("$0 rules explain 9000011", say(context, "cli.rules_explain.example.shipped"))
      .example("$0 rules explain 1:2024897 --rules et/", say(context, "cli.rules_explain.example.rules"));
}

/** `sekisho rules explain`: how the engine reads one rule. Exit 1 where the rule is not among those that load. */
export async function runRulesExplain(context: CliContext, args: RulesExplainArguments): Promise<number> {
  const id = parseRuleId(args.sid);
  if (!id) {
    context.err(say(context, "cli.rules_explain.bad_sid", { sid: args.sid }));
    return EXIT_USAGE;
  }
  const { readReferences } = await import("../config/rule-policy-files.js");
  const { explainRule, findRule } = await import("../diagnosis/rule-explanation.js");
  const { readRules } = await import("../rule-compiling.js");
  const { parseRuleFiles } = await import("../sensor/rule-compiler.js");
  const paths = args.rules.length > 0 ? args.rules : [shippedRulesFolder()];
  const rules = parseRuleFiles(readRules({ ...ruleSetting(args), paths }));
  const found = findRule(rules, id.gid, id.sid);
  if (isMissing(found)) {
    if (args.json) context.out(JSON.stringify({ sid: id.sid, gid: id.gid, missing: found }, undefined, 2));
    else context.err(missingText(context, found, id.sid));
    return EXIT_FAILED;
  }
  const explanation = explainRule(rules, found, readReferences(paths));
  if (args.json) context.out(JSON.stringify(asJson(explanation), undefined, 2));
  else printExplanation(context, explanation);
  return EXIT_DONE;
}

/** Whether a rule was not found. */
export function isMissing(found: object): found is MissingRule {
  return "kind" in found;
}

/** Why a rule is not there. */
export function missingText(context: CliContext, missing: MissingRule, sid: number): string {
  switch (missing.kind) {
    case "refused":
      return `${missing.file}:${missing.line}: ${say(context, "rule.explain.refused", { sid, reason: missing.reason })}`;
    case "disabled":
      return say(context, "rule.explain.disabled", { sid, file: missing.file, line: missing.line });
    default:
      return say(context, "rule.explain.unknown", { sid });
  }
}

function printExplanation(context: CliContext, explanation: RuleExplanation): void {
  const { signature } = explanation;
  const { gid, sid, rev, file, line, classtype, priority } = signature;
  const out = (text: string): void => context.out(wrapText(printable(text), SCREEN_COLUMNS, "", "  "));
  out(signature.message);
  out(say(context, "rule.explain.place", { gid, sid, rev, file, line }));
  if (classtype !== "") {
    const { category } = explanation;
    out(say(context, "rule.explain.class", { classtype, category, severity: priority }));
  }
  if (signature.action !== "alert")
    context.out(say(context, "rule.explain.action", { action: signature.action }));
  section(
    context,
    say(context, "rule.explain.conditions"),
    explanation.steps.map((step, index) => stepLine(context, step, index)),
  );
  section(context, say(context, "rule.explain.marks"), effectLines(context, explanation));
  section(context, say(context, "rule.explain.filed"), filingLines(context, explanation));
  const list = (key: Parameters<typeof say>[1], lines: readonly string[]): void =>
    section(context, say(context, key), lines.map(indented));
  list(
    "rule.explain.warnings",
    explanation.warnings.map(({ phrase }) => sayPhrases(context, [phrase])),
  );
  list("rule.explain.notes", signature.notes);
  list(
    "rule.explain.changes",
    explanation.changes.map(({ file: of, line: at, kind, detail }) =>
      `${of}:${at}: ${kind} ${detail}`.trimEnd(),
    ),
  );
  // An address stays in one piece, so that it can be copied.
  section(
    context,
    say(context, "rule.explain.references"),
    explanation.references.map((reference) => `  ${reference}`),
  );
}

function section(context: CliContext, title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  context.out(`\n${title}`);
  for (const line of lines) context.out(line);
}

function effectLines(context: CliContext, explanation: RuleExplanation): string[] {
  const { signature, effects, thresholds } = explanation;
  const lines = effects.map((text) => say(context, "rule.explain.sets", { text }));
  if (signature.isSuppressed) lines.push(say(context, "rule.explain.hidden"));
  else if (signature.isNoAlert) lines.push(say(context, "rule.explain.noalert"));
  for (const text of thresholds) lines.push(say(context, "rule.explain.threshold", { text }));
  for (const { track } of signature.suppressions) {
    lines.push(say(context, "rule.explain.suppression", { track }));
  }
  for (const { mark, setters } of explanation.needs) {
    const key = setters.length > 0 ? "rule.explain.setters" : "rule.explain.no_setter";
    lines.push(say(context, key, { name: mark, sids: sidList(setters) }));
  }
  for (const { mark, readers } of explanation.offers) {
    if (readers.length > 0)
      lines.push(say(context, "rule.explain.readers", { name: mark, sids: sidList(readers) }));
  }
  return lines.map(indented);
}

function filingLines(context: CliContext, { filings, cost }: RuleExplanation): string[] {
  const lines = filings.map(({ judgedOn, stage, literal, buffer, neighbours }) => {
    const unit = say(context, `rule.explain.on.${judgedOn}`) + (stage === undefined ? "" : ` (${stage})`);
    if (judgedOn === "address") return indented(unit);
    const way =
      literal === undefined || buffer === undefined
        ? say(context, "rule.explain.always")
        : say(context, "rule.explain.prefilter", { literal, buffer, others: neighbours });
    return indented(`${unit}${say(context, "rule.joiner")}${way}`);
  });
  return [...lines, `  ${say(context, `rule.explain.cost.${cost}`)}`];
}

function asJson({ signature, steps, warnings, filings, ...rest }: RuleExplanation): Record<string, unknown> {
  const { gid, sid, rev, message, file, line, action, classtype, priority, notes, text } = signature;
  return {
    ...{ gid, sid, rev, message, file, line, action, classtype, severity: priority, text },
    conditions: steps.map(({ syntax }) => syntax),
    filings: filings.map(({ judgedOn, ...filing }) => ({ judged_on: judgedOn, ...filing })),
    ...rest,
    notes,
    warnings: warnings.map(({ kind, phrase }) => ({ kind, key: phrase.key, ...phrase.params })),
  };
}
