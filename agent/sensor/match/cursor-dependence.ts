import { ConditionFlag, ContentFlag, Op } from "../../signature/program.js";

/** Whether the instruction at `at` of a section looks from where the last match ended: then another match may suit it better. */
export function dependsOnCursor(words: Int32Array, at: number): boolean {
  switch (words[at]) {
    case Op.CONTENT:
      return (words[at + 2]! & (ContentFlag.HAS_DISTANCE | ContentFlag.HAS_WITHIN)) !== 0;
    case Op.PCRE:
    case Op.DATA_AT:
      return (words[at + 2]! & ConditionFlag.RELATIVE) !== 0;
    case Op.BUFFER_SIZE:
    case Op.DATA_SET:
    case Op.DATA_REPUTATION:
      return false;
    case Op.BASE64:
      return words[at + 2] === 1;
    case Op.ASN1:
      return words[at + 5] === 1;
    default:
      return (words[at + 6]! & 1) !== 0;
  }
}

/**
 * Whether the instruction at `at` may hold from a later cursor where it, and all behind it, did not from an earlier one. A content
 * that is bound to nothing but a least distance finds there only what it has found already.
 */
export function mayHoldFurtherOn(words: Int32Array, at: number): boolean {
  if (words[at] !== Op.CONTENT) return dependsOnCursor(words, at);
  const flags = words[at + 2]!;
  const isSearchedBehind = (flags & (ContentFlag.HAS_WITHIN | ContentFlag.NEGATED)) === 0;
  return !isSearchedBehind && dependsOnCursor(words, at);
}

/** Whether what the content or expression at `at` finds depends on what those before it have matched, by the cursor or by variables. */
export function dependsOnMatches(words: Int32Array, at: number): boolean {
  const isContent = words[at] === Op.CONTENT;
  const hasVariables = (words[at + 2]! & (ContentFlag.OFFSET_VARIABLE | ContentFlag.DEPTH_VARIABLE)) !== 0;
  return dependsOnCursor(words, at) || (isContent && hasVariables);
}
