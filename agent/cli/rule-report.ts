/** What the commands about rules say in the same words. */
import { printable, SCREEN_COLUMNS, wrapText } from "../base/text-layout.js";
import type { Phrase, RuleStep } from "../diagnosis/rule-steps.js";
import { type CliContext, say } from "./context.js";

/** Sids named in one line at the most. */
const MAX_SIDS = 12;

/** Phrases as one sentence in the context's language. */
export function sayPhrases(context: CliContext, phrases: readonly Phrase[]): string {
  return phrases.map(({ key, params }) => say(context, key, params)).join(say(context, "rule.joiner"));
}

/** A step as a numbered line, or some. */
export function stepLine(context: CliContext, { phrases }: RuleStep, index: number): string {
  const number = `  ${String(index + 1).padStart(2)}. `;
  return wrapText(printable(sayPhrases(context, phrases)), SCREEN_COLUMNS, number, " ".repeat(number.length));
}

/** Text below a heading, in as many lines as it needs. */
export function indented(text: string): string {
  return wrapText(printable(text), SCREEN_COLUMNS, "  ", "    ");
}

/** Some of many sids. */
export function sidList(sids: readonly number[]): string {
  const shown = sids.slice(0, MAX_SIDS).join(", ");
  return sids.length > MAX_SIDS ? `${shown}, … (${sids.length})` : shown;
}

/** `SID` or `GID:SID`; undefined where it is neither. */
export function parseRuleId(text: string): { gid: number; sid: number } | undefined {
  const match = /^(?:(\d{1,10}):)?(\d{1,10})$/.exec(text.trim());
  return match ? { gid: Number(match[1] ?? 1), sid: Number(match[2]) } : undefined;
}
