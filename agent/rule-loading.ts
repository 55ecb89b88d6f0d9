/**
 * From paths to a rule image, in a thread of its own that ends with its work: what parsing and compiling tens of thousands of
 * rules leaves behind in memory goes with it, and nothing else waits meanwhile.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { AgentError, type ErrorCode } from "./base/errors.js";
import type { MessageParams } from "./base/language.js";
import { readClassifications, readRuleData, readRuleFiles } from "./config/rule-files.js";
import { type RulePolicyPaths, readRulePolicy } from "./config/rule-policy-files.js";
import type { VariableGroups } from "./config/variables-file.js";
import { registeredParsers } from "./sensor/registered-parsers.js";
import { type CompiledRules, combineVariables, compileRuleFiles } from "./sensor/rule-compiler.js";

/** Which rules, and what their variables mean. */
export interface RuleRequest {
  readonly paths: readonly string[];
  /** Undefined: the private ranges. */
  readonly homeNet: readonly string[] | undefined;
  readonly groups: VariableGroups | undefined;
  /** Thresholds, suppressions and lists of rules to switch on and off. */
  readonly policy: RulePolicyPaths;
  /** Also what Suricata 7 does not read; default true. */
  readonly readsMore?: boolean;
}

/** What the thread answers. */
export type RuleAnswer =
  | { readonly rules: CompiledRules }
  | { readonly code: ErrorCode; readonly params: MessageParams };

/**
 * Read and compile rules.
 *
 * @throws AgentError where a path cannot be read
 */
export function loadRulesHere({ paths, homeNet, groups, policy, readsMore }: RuleRequest): CompiledRules {
  return compileRuleFiles({
    files: readRuleFiles(paths),
    classifications: readClassifications(paths),
    variables: combineVariables(homeNet, groups),
    policy: readRulePolicy(paths, policy),
    parsers: registeredParsers(readsMore),
    readData: readRuleData,
  });
}

/**
 * The same in a thread of its own.
 *
 * @throws AgentError where a path cannot be read
 */
export async function loadRules(request: RuleRequest): Promise<CompiledRules> {
  const worker = new Worker(new URL("./rule-loading-thread.js", import.meta.url), { workerData: request });
  // An error of ours in there rejects `once`.
  const [answer] = (await once(worker, "message")) as [RuleAnswer];
  await worker.terminate();
  if ("code" in answer) throw new AgentError(answer.code, answer.params);
  return answer.rules;
}
