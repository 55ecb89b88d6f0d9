import { AddressBudget, type AddressLimits, RULE_SHARE } from "./address-budget.js";
import { DataSetCatalogue } from "./data-set.js";
import { editRules, hasRuleEdits, parseRuleEdits } from "./policy/rule-edits.js";
import { NO_POLICY, type PolicyProblem, type RuleChange, type RulePolicy } from "./policy/rule-policy.js";
import { applyThresholdConfig } from "./policy/threshold-application.js";
import { parseThresholdConfig } from "./policy/threshold-config.js";
import { RuleError } from "./rule-error.js";
import { type RuleLine, splitRuleLines } from "./rule-lines.js";
import type { Signature } from "./signature.js";
import { type ParserContext, parseSignature } from "./signature-parser.js";

/** The text of one rule file. */
export interface RuleFile {
  readonly path: string;
  readonly text: string;
}

/** A rule that was not loaded, and why. */
export interface RefusedRule {
  /** Undefined where not even that could be read. */
  readonly sid: number | undefined;
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

/** Something an operator should know about a rule that did load. */
export interface RuleNote {
  readonly sid: number;
  readonly file: string;
  readonly line: number;
  readonly note: string;
}

export interface RuleSet {
  readonly signatures: readonly Signature[];
  readonly refused: readonly RefusedRule[];
  readonly notes: readonly RuleNote[];
  /** Rules that are commented out in their files. */
  readonly disabledCount: number;
  /** What the policy did to rules. */
  readonly changes: readonly RuleChange[];
  /** Lines of the policy that have no effect. */
  readonly policyProblems: readonly PolicyProblem[];
}

/** What the caller brings; the rest of the context is made for each set. */
export interface RuleSetOptions extends Omit<ParserContext, "dataSets" | "reputations"> {
  readonly policy?: RulePolicy | undefined;
  readonly addressLimits?: AddressLimits;
  /** Milliseconds of any clock: without one no rule is refused because it takes long. */
  readonly nowMs?: () => number;
}

/** More rules than this are refused one by one: a bound on memory and compile time. */
export const MAX_RULES = 500_000;
/** What reading one rule may take: a thousand times what a large one needs, so that a busy machine refuses none. */
export const MAX_RULE_MS = 1000;

/** Parse all rules of `files`. Never throws: what cannot be loaded stands in `refused`. */
export function parseRuleSet(files: readonly RuleFile[], options: RuleSetOptions): RuleSet {
  const context: ParserContext = { ...options, dataSets: new DataSetCatalogue(), reputations: new Map() };
  const bySid = new Map<string, Signature>();
  const refused: RefusedRule[] = [];
  const notes: RuleNote[] = [];
  const policy = options.policy ?? NO_POLICY;
  const { lines, disabledCount, changes, policyProblems } = editedLines(files, policy);
  const addresses = new AddressBudget(options.addressLimits);
  const nowMs = options.nowMs ?? (() => 0);
  for (const line of lines) {
    const startMs = nowMs();
    try {
      if (bySid.size >= MAX_RULES) throw new RuleError(`more than ${MAX_RULES} rules`);
      const signature = parseSignature(line, context);
      if (nowMs() - startMs > MAX_RULE_MS) throw new RuleError(`takes longer than ${MAX_RULE_MS} ms to read`);
      addresses.admit(signature.source, RULE_SHARE);
      addresses.admit(signature.destination, RULE_SHARE);
      for (const test of signature.reputationTests) addresses.admit(test.addresses, RULE_SHARE);
      keepNewest(bySid, signature, refused);
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      refused.push({ sid: sidOf(line.text), file: line.file, line: line.line, reason: error.message });
    }
  }
  const thresholds = parseThresholdConfig(policy.thresholds, options.variables.addressGroups, addresses);
  const applied = applyThresholdConfig([...bySid.values()], thresholds.entries);
  const { signatures } = applied;
  for (const { sid, file, line, notes: texts } of signatures) {
    for (const note of texts) notes.push({ sid, file, line, note });
  }
  return {
    signatures,
    refused,
    notes,
    disabledCount,
    changes: [...changes, ...applied.changes],
    policyProblems: [...policyProblems, ...thresholds.problems, ...applied.problems],
  };
}

/** Lines of all files as the policy leaves them. */
function editedLines(
  files: readonly RuleFile[],
  policy: RulePolicy,
): { lines: RuleLine[]; disabledCount: number; changes: RuleChange[]; policyProblems: PolicyProblem[] } {
  const edits = parseRuleEdits(policy);
  const hasEdits = hasRuleEdits(edits);
  const disabled: RuleLine[] = [];
  let disabledCount = 0;
  const enabled = files.flatMap(({ path, text }) =>
    splitRuleLines(path, text, (line) => {
      disabledCount++;
      if (hasEdits) disabled.push(line);
    }),
  );
  if (!hasEdits) return { lines: enabled, disabledCount, changes: [], policyProblems: [...edits.problems] };
  const { lines, changes, problems } = editRules(enabled, disabled, edits);
  return { lines, disabledCount, changes, policyProblems: [...edits.problems, ...problems] };
}

/** Of two rules with one sid the higher revision stays; of equal ones the first. */
function keepNewest(bySid: Map<string, Signature>, signature: Signature, refused: RefusedRule[]): void {
  const key = `${signature.gid}:${signature.sid}`;
  const known = bySid.get(key);
  const isNewer = !known || signature.rev > known.rev;
  const loser = isNewer ? known : signature;
  if (loser) {
    const winner = isNewer ? signature : known!;
    const ending = bodyOf(winner) === bodyOf(loser) ? "is used, which says the same" : "is used";
    refused.push({
      sid: loser.sid,
      file: loser.file,
      line: loser.line,
      reason: `duplicate sid: revision ${winner.rev} at ${winner.file}:${winner.line} ${ending}`,
    });
  }
  if (isNewer) {
    bySid.delete(key);
    bySid.set(key, signature);
  }
}

/** What a rule says, whatever its revision and its blanks. */
function bodyOf({ text }: Signature): string {
  return text.replace(/\brev\s*:\s*\d+\s*;/, "").replace(/\s+/g, "");
}

/** The sid of a rule that could not be parsed, as well as it can be read. */
function sidOf(text: RuleLine["text"]): number | undefined {
  const matches = [...text.matchAll(/[;(]\s*sid\s*:\s*(\d+)\s*;/g)];
  const last = matches.at(-1)?.[1];
  return last === undefined ? undefined : Number(last);
}
