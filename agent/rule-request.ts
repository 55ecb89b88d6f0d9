/** What is asked of a load of rules, the key of that, and where its outcome is kept. */
import type { RulePolicyPaths } from "./config/rule-policy-files.js";
import type { VariableGroups } from "./config/variables-file.js";
import { RuleCache } from "./rule-cache.js";
import { type RuleKey, ruleKey } from "./rule-key.js";
import type { CompiledRules } from "./sensor/rule-compiler.js";

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
  /** Where compiled rules are kept if the folder of the rules may not be written; undefined: nowhere else. */
  readonly cacheFolder?: string | undefined;
  /** Keep small rule sets too: for who starts again and again with the same ones. */
  readonly keepsSmall?: boolean;
  /** Neither read nor write compiled rules. */
  readonly isUncached?: boolean;
  /** With the rule of the self-test: for an agent that listens. */
  readonly hasSelfTest?: boolean;
  /** Compile in a thread of its own however few the rules are: nobody has tried them yet. */
  readonly isUntried?: boolean;
}

/** A request with its key: what a compilation is given. */
export interface LoadingOptions {
  readonly request: RuleRequest;
  readonly key: Uint8Array;
}

/** What is kept beside an image, as JSON. */
export interface LoadReport extends Omit<CompiledRules, "image"> {
  /** Hash of each data file that rules asked for; null where there was none. */
  readonly dataFiles: Readonly<Record<string, string | null>>;
}

/** @throws AgentError where a path cannot be read */
export function keyOf({ paths, homeNet, groups, policy, hasSelfTest }: RuleRequest): RuleKey {
  const { thresholdFile, disableConf, enableConf, dropConf, modifyConf } = policy;
  const named = [thresholdFile, disableConf, enableConf, dropConf, modifyConf].map((path) => path ?? null);
  const files = named.filter((path) => path !== null);
  return ruleKey(paths, files, { homeNet, groups, named, hasSelfTest });
}

export function cacheOf({ paths, cacheFolder }: RuleRequest): RuleCache {
  return new RuleCache(paths, cacheFolder);
}
