/** Rules as the commands about rules read them, without files. */
import {
  type CompileOptions,
  combineVariables,
  type ParsedRules,
  parseRuleFiles,
} from "../../agent/sensor/rule-compiler.js";

/** Options for rules in memory, with the default variables and all parsers. */
export function ruleInput(...texts: readonly string[]): CompileOptions {
  return {
    files: [{ path: "test.rules", text: texts.join("\n") }],
    classifications: "config classification: trojan-activity,A Network Trojan was detected,1",
    variables: combineVariables(undefined, undefined),
  };
}

/** Rules that must all load. */
export function parsedRules(...texts: readonly string[]): ParsedRules {
  const rules = parseRuleFiles(ruleInput(...texts));
  if (rules.refused.length > 0) throw new Error(rules.refused.map(({ reason }) => reason).join("; "));
  return rules;
}
