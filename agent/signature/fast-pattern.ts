import type { ContentCondition } from "./condition.js";
import { lowerCaseBytes, rarestWindow } from "./literal-index.js";
import type { Section, Signature } from "./signature.js";

/** The literal by which a rule is filed. */
export interface FastPattern {
  readonly section: Section;
  readonly content: ContentCondition;
}

/** Positions of a literal in its buffer that the rule leaves open. */
export interface LiteralPositions {
  readonly min: number;
  readonly max: number;
}

const ANYWHERE = 0x7fff_ffff;

/**
 * Choose the literal that is found least often: the one marked `fast_pattern`, else the rarest among the positive
 * contents of the given sections. Undefined where a rule has none: it must be judged every time.
 */
export function chooseFastPattern(
  signature: Signature,
  accepts: (section: Section) => boolean,
): FastPattern | undefined {
  let best: FastPattern | undefined;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (const section of signature.sections) {
    if (!accepts(section)) continue;
    for (const content of section.conditions) {
      if (content.kind !== "content" || content.isNegated) continue;
      const score = scoreOf(content);
      if (score > bestScore) {
        best = { section, content };
        bestScore = score;
      }
    }
  }
  return best;
}

/** Larger is rarer. A wanted literal wins unless it is too short to be worth anything. */
function scoreOf(content: ContentCondition): number {
  const length = content.pattern.length;
  const width = length >= 4 ? 4 : length >= 2 ? 2 : 1;
  const rarity = -rarestWindow(lowerCaseBytes(content.pattern), width).commonness / width;
  const lengthBonus = Math.min(length, 24) / 2 + (width === 4 ? 8 : width === 2 ? 0 : -20);
  const wanted = content.fastPattern === "no" ? 0 : length >= 4 ? 1000 : 4;
  return rarity + lengthBonus + wanted;
}

/** Where the literal may begin, as far as its own modifiers say without a cursor. */
export function literalPositions(content: ContentCondition): LiteralPositions {
  const isRelative = content.distance !== undefined || content.within !== undefined;
  if (isRelative) return { min: 0, max: ANYWHERE };
  const min = typeof content.offset === "number" ? content.offset : 0;
  if (
    typeof content.depth !== "number" ||
    (content.offset !== undefined && typeof content.offset !== "number")
  ) {
    return { min, max: ANYWHERE };
  }
  return { min, max: min + content.depth - content.pattern.length };
}
