import { rarestWindow } from "./commonness.js";
import type { ContentCondition } from "./condition.js";
import { RuleKind } from "./image.js";
import { hasFewPlaces, MAX_PLACES, WIDE_BYTES } from "./literal-index.js";
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
const AT_BEGIN: LiteralPositions = { min: 0, max: 0 };

/** The literals by which a rule may be filed. */
export interface FastPatterns {
  /** The one that is found least often. */
  readonly best: FastPattern;
  /** The best of those that may begin at few places. */
  readonly placed: FastPattern | undefined;
  /** The best of the others. */
  readonly free: FastPattern | undefined;
}

/**
 * Choose the literal that is found least often: the one marked `fast_pattern`, else the rarest among the positive
 * contents of the payload, or of the fields of messages. Undefined where a rule has none: it must be judged every time.
 */
function chooseFastPatterns(signature: Signature, isOfMessages: boolean): FastPatterns | undefined {
  const best = new Best();
  const placed = new Best();
  const free = new Best();
  for (const section of signature.sections) {
    if (isOfMessages ? !isMessageField(section.field) : section.field !== PAYLOAD_FIELD) continue;
    // Where the cursor may stand; undefined: anywhere.
    let cursor: LiteralPositions | undefined = AT_BEGIN;
    for (const condition of section.conditions) {
      if (condition.kind !== "content") {
        if (!STAYS.has(condition.kind)) cursor = undefined;
        continue;
      }
      if (condition.isNegated) continue;
      const positions = literalPositions(condition, cursor);
      const { min, max } = positions;
      const pattern = { section, content: condition, positions };
      const score = scoreOf(condition, min, max);
      const { length } = condition.pattern;
      best.offer(pattern, score);
      if (hasFewPlaces(min, max)) placed.offer(pattern, score);
      else free.offer(pattern, score);
      cursor = max === ANYWHERE.max ? undefined : { min: min + length, max: max + length };
    }
  }
  return best.pattern && { best: best.pattern, placed: placed.pattern, free: free.pattern };
}

class Best {
  pattern: FastPattern | undefined;
  #score = Number.NEGATIVE_INFINITY;

  offer(pattern: FastPattern, score: number): void {
    if (score <= this.#score) return;
    this.pattern = pattern;
    this.#score = score;
  }
}

/** The literals by which a rule may be filed where it is judged as `kind` (a RuleKind). */
export function fastPatternsFor(signature: Signature, kind: number): FastPatterns | undefined {
  return chooseFastPatterns(signature, kind === RuleKind.MESSAGE);
}

/** The literal that is found least often. */
export function fastPatternFor(signature: Signature, kind: number): FastPattern | undefined {
  return fastPatternsFor(signature, kind)?.best;
}

/** Conditions that leave the cursor where it is. */
const STAYS: ReadonlySet<string> = new Set(["isdataat", "bsize", "byte_test", "dataset", "datarep"]);

/**
 * Larger is rarer, and cheaper to look for. A wanted literal wins unless it is too short to be worth anything: short ones
 * cost a look at every byte, unless their place is known.
 */
function scoreOf({ pattern, fastPattern }: ContentCondition, min: number, max: number): number {
  const { length } = pattern;
  const width = length >= 4 ? 4 : length >= 2 ? 2 : 1;
  const rarity = -rarestWindow(pattern, width) / width;
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
    // A stretch that ends before the buffer begins is all of it (BufferConditions).
    if (cursor.min + gap + within < 0) return ANYWHERE;
    return { min, max: cursor.max + gap + within - pattern.length };
  }
  const min = typeof offset === "number" ? offset : 0;
  if (typeof depth !== "number" || (offset !== undefined && typeof offset !== "number")) {
    return { min, max: ANYWHERE.max };
  }
  return { min, max: min + depth - pattern.length };
}
