import { parseClassifications } from "../signature/classification.js";
import { ImageBuilder } from "../signature/compile.js";
import type { RuleImage } from "../signature/image.js";
import type { IndicatorFile } from "../signature/indicators/indicator-list.js";
import { compileIndicators, INDICATOR_GID } from "../signature/indicators/indicator-set.js";
import type { Classification } from "../signature/keywords/keyword.js";
import type { PolicyProblem, RuleChange, RulePolicy } from "../signature/policy/rule-policy.js";
import {
  parseRuleSet,
  type RefusedRule,
  type RuleFile,
  type RuleNote,
  type RuleSet,
  type RuleSetOptions,
  readRuleSet,
} from "../signature/rule-set.js";
import { defaultVariables, type RuleVariables } from "../signature/variables.js";
import { PARSED_PROTOCOLS } from "./proto/protocols.js";

/** Rules ready to run, and what became of every one. */
export interface CompiledRules {
  readonly image: RuleImage;
  readonly loadedSids: readonly number[];
  /** Values of all lists of indicators, and the lists. */
  readonly indicatorCount: number;
  readonly indicatorLists: readonly IndicatorListSummary[];
  /** Rules, and lines of lists of indicators. */
  readonly refused: readonly RefusedRule[];
  readonly notes: readonly RuleNote[];
  /** Rules that are commented out in their files. */
  readonly disabledCount: number;
  /** What the policy did to rules. */
  readonly changes: readonly RuleChange[];
  /** Lines of the policy that have no effect. */
  readonly policyProblems: readonly PolicyProblem[];
}

/** A list of names, addresses or fingerprints that was loaded. */
export interface IndicatorListSummary {
  readonly name: string;
  readonly kind: string;
  readonly values: number;
  /** `gid:sid` of its alerts. */
  readonly id: string;
}

export interface CompileOptions {
  /** Gone through once, or twice. */
  readonly files: Iterable<RuleFile>;
  /** Lists of names, addresses and fingerprints that are bad. */
  readonly indicatorFiles?: readonly IndicatorFile[];
  /** Text of `classification.config`. */
  readonly classifications: string;
  readonly variables: RuleVariables;
  /** What the operator says about the rules besides (thresholds, suppressions, rules switched on and off). */
  readonly policy?: RulePolicy;
  /** Text of a data file that a rule of `ruleFile` names; without it rules that load data are refused. */
  readonly readData?: (name: string, ruleFile: string) => string | undefined;
  /** Rules of the agent's own, which no policy touches and nobody counts. */
  readonly ownRules?: readonly RuleFile[];
  /** A clock by which a rule is refused that takes too long; without it none is. */
  readonly nowMs?: () => number;
}

/** Rules read and checked but not compiled, for whoever explains them. */
export interface ParsedRules extends RuleSet {
  readonly classifications: ReadonlyMap<string, Classification>;
}

/** Text to signatures. Never throws for what stands in a rule file. */
export function parseRuleFiles(options: CompileOptions): ParsedRules {
  const { classifications } = parseClassifications(options.classifications);
  return { ...parseRuleSet(options.files, ruleSetOptions(options, classifications)), classifications };
}

function ruleSetOptions(
  { variables, readData, policy, nowMs }: CompileOptions,
  classifications: ParsedRules["classifications"],
): RuleSetOptions {
  const supportedProtocols = PARSED_PROTOCOLS;
  return { classifications, variables, supportedProtocols, readData, policy, ...(nowMs && { nowMs }) };
}

/** Lists of indicators as they compile, and their lines that cannot be read. */
export function compileIndicatorFiles(
  { indicatorFiles }: CompileOptions,
  classifications: ParsedRules["classifications"],
) {
  const { image, refused } = compileIndicators(
    indicatorFiles ?? [],
    (classtype) => classifications.get(classtype)?.description ?? classtype,
  );
  return {
    image,
    count: image.table.count,
    lists: image.lists.map(({ name, kind, sid, valueCount: values }) => {
      return { name, kind, values, id: `${INDICATOR_GID}:${sid}` };
    }),
    refused: refused.map((line) => ({ sid: undefined, ...line })),
  };
}

/** Text to image. Never throws for what stands in a rule file. */
export function compileRuleFiles(options: CompileOptions): CompiledRules {
  const { classifications } = parseClassifications(options.classifications);
  const builder = new ImageBuilder(classifications);
  const { sids, refused, ...report } = readRuleSet(
    options.files,
    ruleSetOptions(options, classifications),
    builder,
  );
  const indicators = compileIndicatorFiles(options, classifications);
  for (const own of parseOwnRules(options, classifications)) builder.add(own);
  return {
    image: builder.build(indicators.image),
    loadedSids: sids.toSorted((a, b) => a - b),
    indicatorCount: indicators.count,
    indicatorLists: indicators.lists,
    refused: [...refused, ...indicators.refused],
    ...report,
  };
}

function parseOwnRules(
  { ownRules = [], variables }: CompileOptions,
  classifications: ParsedRules["classifications"],
): ParsedRules["signatures"] {
  if (ownRules.length === 0) return [];
  const supportedProtocols = PARSED_PROTOCOLS;
  const { signatures, refused } = parseRuleSet(ownRules, { classifications, variables, supportedProtocols });
  const [first] = refused;
  if (first !== undefined) throw new Error(`own rule ${first.sid}: ${JSON.stringify(first)}`);
  return signatures;
}

/** Defaults, then groups that replace or add to them, then the home networks. */
export function combineVariables(
  homeNet: readonly string[] | undefined,
  groups: Partial<RuleVariables> | undefined,
): RuleVariables {
  const defaults = defaultVariables(homeNet);
  const home = homeNet === undefined ? {} : { HOME_NET: `[${homeNet.join(",")}]` };
  return {
    addressGroups: { ...defaults.addressGroups, ...groups?.addressGroups, ...home },
    portGroups: { ...defaults.portGroups, ...groups?.portGroups },
  };
}
