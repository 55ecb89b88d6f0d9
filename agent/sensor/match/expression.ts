import {
  type ExpressionProgram,
  encodeExpression,
  looksBehind,
} from "../../signature/expression/expression-program.js";
import {
  type ExpressionRisk,
  lengthWithin,
  riskOf,
  worstSteps,
} from "../../signature/expression/expression-risk.js";
import { parseExpression } from "../../signature/expression/expression-syntax.js";
import { BoundedExpression } from "./bounded-expression.js";
import { BoundedMemory } from "./bounded-memory.js";

/** Steps of V8's engine that one evaluation may be in danger of, by the estimate of the worst case: one to two milliseconds. */
export const MAX_NATIVE_STEPS = 1_000_000;
/** Regular expressions see this much of a buffer. */
export const MAX_EXPRESSION_INPUT = 64 * 1024;

/** What the expressions of one judge share, taken when the first of them needs it. */
export class ExpressionMemory {
  #bounded: BoundedMemory | undefined;

  get bounded(): BoundedMemory {
    this.#bounded ??= new BoundedMemory();
    return this.#bounded;
  }
}

/**
 * A regular expression that cannot take long. V8's own engine is quick and may run for ever; so it gets what is short enough
 * that even the worst input of that length is done in time, by the form of the expression. Everything longer, and repeated
 * searches in one evaluation, go through the bounded engine, which counts its steps.
 */
export class Expression {
  /** Where the last match begins and ends, from the beginning of the subject. */
  start = 0;
  end = 0;
  /** Where the first group of an expression that wants groups begins and ends, −1 where it took no part. */
  groupStart = -1;
  groupEnd = -1;
  /** Steps the last search took, or is reckoned to have taken at the worst. */
  steps = 0;
  /** The last search was given up. */
  isExhausted = false;
  /** A match depends on bytes before it, or on where the subject begins. */
  readonly looksBehind: boolean;
  /** Searches left to V8, and bounded ones, since the start. */
  nativeCount = 0;
  boundedCount = 0;
  readonly #source: string;
  readonly #flags: string;
  readonly #memory: ExpressionMemory;
  readonly #wantsGroups: boolean;
  readonly #program: ExpressionProgram;
  readonly #risk: ExpressionRisk;
  /** Bytes that V8 may search when none of its steps are used up. */
  readonly #nativeLength: number;
  readonly #native: (RegExp | undefined)[] = [undefined, undefined];
  #bounded: BoundedExpression | undefined;
  /** Groups of the last match, where V8's engine found it. */
  #indices: RegExpIndicesArray | undefined;

  /**
   * @param wantsGroups whether the first group is asked for
   * @throws ExpressionError for an expression that the rule language refuses
   */
  constructor(source: string, flags: string, memory: ExpressionMemory, wantsGroups = false) {
    this.#source = source;
    this.#flags = flags;
    this.#memory = memory;
    const tree = parseExpression(source, flags);
    this.#wantsGroups = wantsGroups;
    this.#program = encodeExpression(tree, wantsGroups);
    this.looksBehind = looksBehind(tree.root);
    this.#risk = riskOf(tree);
    this.#nativeLength = lengthWithin(this.#risk, MAX_NATIVE_STEPS);
  }

  /** Whether V8 may search `length` bytes in danger of at most `maxSteps` of its steps. */
  isNativeSafe(length: number, maxSteps = MAX_NATIVE_STEPS): boolean {
    if (length > this.#nativeLength) return false;
    return maxSteps >= MAX_NATIVE_STEPS || worstSteps(this.#risk, length) <= maxSteps;
  }

  /**
   * Search a text with V8's engine.
   *
   * @param isSticky only at `from`
   */
  findInText(text: string, from: number, isSticky: boolean): boolean {
    this.nativeCount++;
    this.steps = worstSteps(this.#risk, text.length);
    this.isExhausted = false;
    const slot = isSticky ? 1 : 0;
    const indices = this.#wantsGroups ? "d" : "";
    this.#native[slot] ??= new RegExp(this.#source, `${this.#flags}${indices}${isSticky ? "y" : "g"}`);
    const expression = this.#native[slot];
    expression.lastIndex = from;
    const match = expression.exec(text);
    if (match === null) return false;
    this.start = match.index;
    this.end = match.index + match[0].length;
    this.#indices = match.indices;
    if (this.#wantsGroups) this.selectGroup(1);
    return true;
  }

  /** Have `groupStart` and `groupEnd` say where another group of the last match begins and ends. */
  selectGroup(group: number): void {
    const bounded = this.#indices === undefined ? this.#bounded : undefined;
    const [start, end] = this.#indices?.[group] ?? [-1, -1];
    this.groupStart = bounded === undefined ? start : bounded.groupStart(group);
    this.groupEnd = bounded === undefined ? end : bounded.groupEnd(group);
  }

  /** Search `bytes[begin, begin + length)` in at most `maxSteps` steps. */
  findInBytes(
    bytes: Uint8Array,
    begin: number,
    length: number,
    from: number,
    isSticky: boolean,
    maxSteps: number,
  ): boolean {
    this.boundedCount++;
    this.#bounded ??= new BoundedExpression(this.#program, this.#memory.bounded);
    const bounded = this.#bounded;
    const isFound = bounded.find(bytes, begin, length, from, isSticky, maxSteps);
    this.start = bounded.start;
    this.end = bounded.end;
    this.steps = bounded.steps;
    this.isExhausted = bounded.isExhausted;
    this.#indices = undefined;
    if (isFound && this.#wantsGroups) this.selectGroup(1);
    return isFound;
  }
}
