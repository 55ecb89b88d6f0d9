/**
 * What Suricata takes as settled by its prefilter. Where all contents of a rule on packets or streams are negated, it looks for one of
 * them first; where that stands anywhere in the buffer the rule is not judged at all, whatever else (`endswith`, the packet behind
 * the stream) would make it hold.
 */
import type { ContentCondition } from "./condition.js";
import { isMessageField, PseudoField, type Section, type Signature } from "./signature.js";

/** The section with that content alone, which has to hold before all others; undefined where there is none. */
export function prefilterGuardOf(signature: Signature): Section | undefined {
  let section: Section | undefined;
  for (const each of signature.sections) {
    if (isMessageField(each.field)) return undefined;
    if (!each.conditions.some(isContent)) continue;
    if (section) return undefined;
    section = each;
  }
  if (!section) return undefined;
  // What is decoded is not searched before.
  if (section.field === PseudoField.BASE64_DATA) return undefined;
  const contents = section.conditions.filter(isContent);
  const marked = contents.find(({ fastPattern }) => fastPattern !== "no");
  if (marked === undefined && contents.some(({ isNegated }) => !isNegated)) return undefined;
  const content = marked ?? longest(contents);
  if (!content.isNegated || !isFreeOfPlace(content)) return undefined;
  return { ...section, conditions: [{ ...content, isEndsWith: false }] };
}

function isContent(condition: { readonly kind: string }): condition is ContentCondition {
  return condition.kind === "content";
}

function longest(contents: readonly ContentCondition[]): ContentCondition {
  return contents.reduce((best, content) => (content.pattern.length > best.pattern.length ? content : best));
}

function isFreeOfPlace({ offset, depth, distance, within }: ContentCondition): boolean {
  return offset === undefined && depth === undefined && distance === undefined && within === undefined;
}
