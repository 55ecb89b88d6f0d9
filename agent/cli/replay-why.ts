import { systemClock } from "../base/clock.js";
import { thresholdText } from "../diagnosis/condition-syntax.js";
import { indexMarks, markName } from "../diagnosis/mark-index.js";
import { findRule } from "../diagnosis/rule-explanation.js";
import { explainCaptures, type FlowStory, type WhyReport } from "../diagnosis/why.js";
import { readRules } from "../rule-compiling.js";
import type { RuleRequest } from "../rule-request.js";
import { registeredParsers } from "../sensor/registered-parsers.js";
import { type ParsedRules, parseRuleFiles } from "../sensor/rule-compiler.js";
import { type CliContext, EXIT_DONE, EXIT_FAILED, EXIT_USAGE, say } from "./context.js";
import { indented, parseRuleId, sayPhrases, sidList } from "./rule-report.js";
import { isMissing, missingText } from "./rules-explain.js";

export interface WhyArguments {
  readonly why: string;
  readonly captures: readonly string[];
  readonly limit: number;
  readonly json: boolean;
}

type Rule = ParsedRules["signatures"][number];

/** `sekisho replay --why SID`: what stops a rule on each flow. Exit 1 where the rule is not loaded. */
export function runReplayWhy(context: CliContext, request: RuleRequest, args: WhyArguments): number {
  const id = parseRuleId(args.why);
  if (!id) {
    context.err(say(context, "cli.rules_explain.bad_sid", { sid: args.why }));
    return EXIT_USAGE;
  }
  const rules = parseRuleFiles(readRules(request));
  const found = findRule(rules, id.gid, id.sid);
  if (isMissing(found)) {
    context.err(missingText(context, found, id.sid));
    return EXIT_FAILED;
  }
  const readsMore = request.readsMore ?? true;
  const report = explainCaptures({
    rules,
    signature: found,
    captures: args.captures,
    makeParsers: () => registeredParsers(readsMore),
    opensMoreTunnels: readsMore,
    wallMs: systemClock.wallMs,
  });
  for (const [index, { problem }] of report.captures.entries()) {
    if (problem) context.err(`${args.captures[index]}: ${say(context, problem.code, problem.params)}`);
  }
  if (args.json) context.out(JSON.stringify(asJson(found, report), undefined, 2));
  else printReport(context, rules, found, report, args.limit);
  return EXIT_DONE;
}

function printReport(
  context: CliContext,
  rules: ParsedRules,
  rule: Rule,
  { steps, flows, uncountedFlows }: WhyReport,
  limit: number,
): void {
  if (flows.length === 0) {
    context.out(say(context, "rule.why.no_flow", { protocol: steps[0]!.syntax }));
    return;
  }
  const alerted = flows.filter(({ alertCount }) => alertCount > 0).length;
  context.out(say(context, "rule.why.title", { sid: rule.sid, alerted, flows: flows.length }));
  for (const story of flows.slice(0, limit)) {
    context.out(`\n${story.flow}`);
    for (const line of storyLines(context, rules, rule, story, steps)) context.out(indented(line));
  }
  const more = flows.length - limit + uncountedFlows;
  if (more > 0) context.out(`\n${say(context, "rule.why.more", { count: more })}`);
}

function storyLines(
  context: CliContext,
  rules: ParsedRules,
  rule: Rule,
  story: FlowStory,
  steps: WhyReport["steps"],
): string[] {
  if (story.alertCount > 0) return [say(context, "rule.why.alerted", { count: story.alertCount })];
  if (story.isEndedByOther) return [say(context, "rule.why.elsewhere")];
  const next = steps[story.stepCount];
  if (next === undefined) return [hiddenLine(context, rule, story.matchCount)];
  const lines = [
    say(context, "rule.why.stopped", {
      step: story.stepCount + 1,
      steps: steps.length,
      words: sayPhrases(context, next.phrases),
    }),
  ];
  if (next.place.kind === "mark") {
    for (const name of namesOfMark(next.place.text)) {
      const setters = indexMarks(rules.signatures).get(name)?.setters ?? [];
      const sids = setters.map(({ sid }) => sid);
      lines.push(say(context, "rule.why.set_by", { sids: sids.length > 0 ? sidList(sids) : "-" }));
    }
  } else if (story.seen !== undefined) lines.push(say(context, "rule.why.seen", { value: story.seen }));
  else if (next.place.kind !== "none") lines.push(say(context, "rule.why.nothing_seen"));
  return lines;
}

/** Names of the marks in `flowbits:isset,a|b` or `flowint:a,>,1`. */
function namesOfMark(syntax: string): string[] {
  const [kind = "", rest = ""] = syntax.split(":");
  const parts = rest.split(",");
  const names = kind === "flowint" ? parts[0]! : (parts[1] ?? "");
  return names.split("|").map((name) => markName(kind, name));
}

function hiddenLine(context: CliContext, rule: Rule, count: number): string {
  if (rule.action === "pass") return say(context, "rule.why.passed", { count });
  if (rule.isSuppressed) return say(context, "rule.why.suppressed", { count });
  if (rule.isNoAlert) return say(context, "rule.why.noalert", { count });
  if (rule.thresholds.length === 0 && rule.suppressions.length > 0) {
    return say(context, "rule.why.suppressed", { count });
  }
  return say(context, "rule.why.limited", { count, text: rule.thresholds.map(thresholdText).join("; ") });
}

function asJson(rule: Rule, { steps, flows, uncountedFlows }: WhyReport): Record<string, unknown> {
  return {
    gid: rule.gid,
    sid: rule.sid,
    rev: rule.rev,
    steps: steps.map(({ syntax }) => syntax),
    flows: flows.map(({ stepCount, seen, timeUs, ...story }) => ({
      ...story,
      time_us: timeUs,
      steps_taken: stepCount,
      ...(stepCount < steps.length ? { stopped_by: steps[stepCount]!.syntax, seen: seen ?? null } : {}),
    })),
    uncounted_flows: uncountedFlows,
  };
}
