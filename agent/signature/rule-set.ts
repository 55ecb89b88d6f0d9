import { ownText } from "../base/own-text.js";
import { AddressBudget, type AddressLimits, RULE_SHARE } from "./address-budget.js";
import { DataSetCatalogue } from "./data-set.js";
import { KnownRules, type Rivalry } from "./known-rules.js";
import { RuleEditor } from "./policy/rule-edits.js";
import { NO_POLICY, type PolicyProblem, type RuleChange, type RulePolicy } from "./policy/rule-policy.js";
import { ThresholdApplication } from "./policy/threshold-application.js";
import { parseThresholdConfig } from "./policy/threshold-config.js";
import { RuleError } from "./rule-error.js";
import { type RuleLine, splitRuleLines } from "./rule-lines.js";
import { RuleShares } from "./rule-share.js";
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
  /** What all rules may take of an image; default MAX_IMAGE_SHARE_BYTES. */
  readonly shareBytes?: number;
  /** Milliseconds of any clock: without one no rule is refused because it takes long. */
  readonly nowMs?: () => number;
}

/** More rules than this are refused one by one: a bound on memory and compile time. */
export const MAX_RULES = 500_000;
/** What reading one rule may take: a thousand times what a large one needs, so that a busy machine refuses none. */
export const MAX_RULE_MS = 1000;

/** Takes signatures one by one and gives each a number. */
export interface SignatureSink {
  add(signature: Signature): number;
  /** A newer revision of that one has come. */
  drop(rule: number): void;
}

/** What became of the rules that were read. */
export interface RuleSetReport extends Omit<RuleSet, "signatures"> {
  readonly sids: readonly number[];
}

/**
 * Read all rules of `files` one by one into a sink: none of them, and no file, has to stay in memory. Never throws: what cannot
 * be loaded stands in `refused`.
 *
 * @param files may be gone through twice, where the policy enables rules
 */
export function readRuleSet(
  files: Iterable<RuleFile>,
  options: RuleSetOptions,
  sink: SignatureSink,
): RuleSetReport {
  const context: ParserContext = { ...options, dataSets: new DataSetCatalogue(), reputations: new Map() };
  const known = new KnownRules();
  const refused: RefusedRule[] = [];
  const policy = options.policy ?? NO_POLICY;
  const editor = new RuleEditor(policy);
  const addresses = new AddressBudget(options.addressLimits);
  const shares = new RuleShares(options.shareBytes);
  const thresholds = parseThresholdConfig(policy.thresholds, options.variables.addressGroups, addresses);
  const application = new ThresholdApplication(thresholds.entries);
  const nowMs = options.nowMs ?? (() => 0);
  const disabled = { count: 0 };
  for (const line of linesOf(files, editor, disabled)) {
    const startMs = nowMs();
    try {
      if (known.size >= MAX_RULES) throw new RuleError(`more than ${MAX_RULES} rules`);
      const signature = parseSignature(line, context);
      if (nowMs() - startMs > MAX_RULE_MS) throw new RuleError(`takes longer than ${MAX_RULE_MS} ms to read`);
      shares.admit(signature);
      addresses.admit(signature.source, RULE_SHARE);
      addresses.admit(signature.destination, RULE_SHARE);
      for (const test of signature.reputationTests) addresses.admit(test.addresses, RULE_SHARE);
      const added = known.add(signature);
      if (added.rivalry) refused.push(duplicate(added.rivalry));
      if (added.rivalry?.loser === added.known) continue;
      if (added.rivalry) sink.drop(added.rivalry.loser.rule);
      added.known.rule = sink.add(application.apply(signature));
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      const reason = ownText(error.message);
      refused.push({ sid: sidOf(line.text), file: line.file, line: line.line, reason });
    }
  }
  const edited = editor.report();
  const applied = application.report(known.all());
  return {
    sids: [...known.all()].map(({ sid }) => sid),
    refused,
    notes: known.notes(),
    disabledCount: disabled.count,
    changes: [...edited.changes, ...applied.changes],
    policyProblems: [...edited.problems, ...thresholds.problems, ...applied.problems],
  };
}

/** The same with all signatures kept, for whoever explains them. */
export function parseRuleSet(files: Iterable<RuleFile>, options: RuleSetOptions): RuleSet {
  const signatures: (Signature | undefined)[] = [];
  const { sids, ...report } = readRuleSet(files, options, {
    add: (signature) => signatures.push(signature) - 1,
    drop: (rule) => {
      signatures[rule] = undefined;
    },
  });
  return { signatures: signatures.filter((signature) => signature !== undefined), ...report };
}

/** Lines of all files as the policy leaves them; those that it enables come last. */
function* linesOf(
  files: Iterable<RuleFile>,
  editor: RuleEditor,
  disabled: { count: number },
): Generator<RuleLine> {
  for (const { path, text } of files) {
    const lines = splitRuleLines(path, text, () => {
      disabled.count++;
    });
    for (const line of lines) {
      const edited = editor.edit(line, true);
      if (edited) yield edited;
    }
  }
  if (!editor.hasEdits) return;
  for (const { path, text } of files) {
    const lines: RuleLine[] = [];
    splitRuleLines(path, text, (line) => lines.push(line));
    for (const line of lines) {
      const edited = editor.edit(line, false);
      if (edited) yield edited;
    }
  }
  yield* editor.neededSetters();
}

function duplicate({ winner, loser }: Rivalry): RefusedRule {
  const { sid, file, line } = loser;
  const ending = winner.body === loser.body ? "is used, which says the same" : "is used";
  const reason = `duplicate sid: revision ${winner.rev} at ${winner.file}:${winner.line} ${ending}`;
  return { sid, file, line, reason };
}

/** The sid of a rule that could not be parsed, as well as it can be read. */
function sidOf(text: RuleLine["text"]): number | undefined {
  const matches = [...text.matchAll(/[;(]\s*sid\s*:\s*(\d+)\s*;/g)];
  const last = matches.at(-1)?.[1];
  return last === undefined ? undefined : Number(last);
}
