import type { ContentCondition } from "./condition.js";
import { RuleKind } from "./image.js";
import { lowerCaseBytes, MAX_PLACES, rarestWindow, WIDE_BYTES } from "./literal-index.js";
import { isMessageField, PAYLOAD_FIELD, type Section, type Signature } from "./signature.js";

/** The literal by which a rule is filed, and where it may stand. */
export interface FastPattern {
  readonly section: Section;
  readonly content: ContentCondition;
  readonly positions: LiteralPositions;
}

/** Positions of a literal in its buffer that the rule leaves open. */
interface LiteralPositions {
  readonly min: number;
  readonly max: number;
}

const ANYWHERE: LiteralPositions = { min: 0, max: 0x7fff_ffff };

/**
 * Choose the literal that is found least often: the one marked `fast_pattern`, else the rarest among the positive
 * contents of the given sections. Undefined where a rule has none: it must be judged every time.
 */
function chooseFastPattern(
  signature: Signature,
  accepts: (section: Section) => boolean,
): FastPattern | undefined {
  let best: FastPattern | undefined;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (const section of signature.sections) {
    if (!accepts(section)) continue;
    // Where the cursor may stand; undefined: anywhere.
    let cursor: LiteralPositions | undefined;
    for (const condition of section.conditions) {
      if (condition.kind !== "content") {
        if (!STAYS.has(condition.kind)) cursor = undefined;
        continue;
      }
      if (condition.isNegated) continue;
      const positions = literalPositions(condition, cursor);
      const score = scoreOf(condition, positions);
      if (score > bestScore) {
        best = { section, content: condition, positions };
        bestScore = score;
      }
      const { length } = condition.pattern;
      cursor =
        positions.max === ANYWHERE.max
          ? undefined
          : { min: positions.min + length, max: positions.max + length };
    }
  }
  return best;
}

/** The literal by which a rule is filed where it is judged as `kind` (a RuleKind). */
export function fastPatternFor(signature: Signature, kind: number): FastPattern | undefined {
  return chooseFastPattern(signature, ({ field }) =>
    kind === RuleKind.MESSAGE ? isMessageField(field) : field === PAYLOAD_FIELD,
  );
}

/** Conditions that leave the cursor where it is. */
const STAYS: ReadonlySet<string> = new Set(["isdataat", "bsize", "byte_test", "dataset", "datarep"]);

/**
 * Larger is rarer, and cheaper to look for. A wanted literal wins unless it is too short to be worth anything: short ones
 * cost a look at every byte, unless their place is known.
 */
function scoreOf({ pattern, fastPattern }: ContentCondition, { min, max }: LiteralPositions): number {
  const { length } = pattern;
  const width = length >= 4 ? 4 : length >= 2 ? 2 : 1;
  const rarity = -rarestWindow(lowerCaseBytes(pattern), width).commonness / width;
  const hasPlace = max - min < MAX_PLACES;
  const widthBonus =
    length >= WIDE_BYTES || (width === 4 && hasPlace)
      ? 8
      : width === 4
        ? 2
        : width === 2
          ? hasPlace
            ? 0
            : -16
          : hasPlace
            ? -12
            : -40;
  const wanted = fastPattern === "no" ? 0 : length >= WIDE_BYTES || hasPlace ? 1000 : 4;
  return rarity + Math.min(length, 24) / 2 + widthBonus + wanted;
}

/** Where the literal may begin, as far as its own modifiers and those of the literals before it say. */
function literalPositions(
  { pattern, offset, depth, distance, within }: ContentCondition,
  cursor: LiteralPositions | undefined,
): LiteralPositions {
  if (distance !== undefined || within !== undefined) {
    const gap = distance ?? 0;
    if (cursor === undefined || typeof gap !== "number") return ANYWHERE;
    const min = Math.max(0, cursor.min + gap);
    if (typeof within !== "number") return { min, max: ANYWHERE.max };
    return { min, max: cursor.max + gap + within - pattern.length };
  }
  const min = typeof offset === "number" ? offset : 0;
  if (typeof depth !== "number" || (offset !== undefined && typeof offset !== "number")) {
    return { min, max: ANYWHERE.max };
  }
  return { min, max: min + depth - pattern.length };
}
