/**
 * How badly a backtracking engine can fare with an expression, from its form: the worst case takes about n^degree steps on n
 * bytes, or exponentially many. The estimate errs to the safe side; what it calls linear is.
 *
 * Worked example: `a.*b` may begin at every `a` and look to the end each time: degree 2. `^a.*b` begins once: degree 1.
 * `(?:a+)+b` can cut a run of `a` in 2^n ways.
 */
import type { ExpressionNode, ExpressionTree } from "./expression-syntax.js";

export interface ExpressionRisk {
  /** Infinity: exponential. */
  readonly degree: number;
  /** Ways through the repetitions and alternatives of small extent: a constant factor. */
  readonly ways: number;
}

/** Repetitions up to this many times count as a constant factor. */
const SMALL_REPEAT = 8;
const MAX_WAYS = 1e12;
/** A round of a counted repetition, which V8 takes at every place where a match may begin, costs it as much as these. */
const STEPS_OF_A_ROUND = 5;
/** And a look-around, which it takes with every round of a repetition that holds it. */
const STEPS_OF_A_LOOK = 5;

export function riskOf({ root }: ExpressionTree): ExpressionRisk {
  const degree = degreeOf(root);
  const ways = waysOf(root) * Math.max(1, looksOf(root) * STEPS_OF_A_LOOK);
  if (isAnchored(root)) return { degree: Math.max(1, degree), ways: Math.min(MAX_WAYS, ways) };
  const rounds = Math.max(1, roundsOf(root) * STEPS_OF_A_ROUND);
  return { degree: degree + 1, ways: Math.min(MAX_WAYS, ways * rounds) };
}

/** Steps that a backtracking engine takes on `length` bytes at the worst. */
export function worstSteps({ degree, ways }: ExpressionRisk, length: number): number {
  return length === 0 ? 1 : ways * length ** degree;
}

/** The most bytes for which the worst case stays within `steps`. */
export function lengthWithin({ degree, ways }: ExpressionRisk, steps: number): number {
  return Number.isFinite(degree) ? Math.floor((steps / ways) ** (1 / degree)) : 0;
}

function waysOf(node: ExpressionNode): number {
  switch (node.kind) {
    case "sequence":
      return Math.min(
        MAX_WAYS,
        node.parts.reduce((product, part) => product * waysOf(part), 1),
      );
    case "choice":
      return node.options.reduce((sum, option) => sum + waysOf(option), 0);
    case "group":
    case "look":
      return waysOf(node.body);
    case "repeat": {
      const inner = waysOf(node.body);
      if (node.max > SMALL_REPEAT) return inner;
      const rounds = Math.min(MAX_WAYS, inner ** node.max);
      return rounds * (node.max - node.min + 1);
    }
    default:
      return 1;
  }
}

/** Rounds of counted repetitions of small extent behind each other. */
function roundsOf(node: ExpressionNode): number {
  switch (node.kind) {
    case "sequence":
      return node.parts.reduce((sum, part) => sum + roundsOf(part), 0);
    case "choice":
      return Math.max(0, ...node.options.map(roundsOf));
    case "group":
    case "look":
      return roundsOf(node.body);
    case "repeat": {
      const inner = roundsOf(node.body);
      return node.max <= SMALL_REPEAT && node.max > 1 ? node.max * Math.max(1, inner) : inner;
    }
    default:
      return 0;
  }
}

/** Look-arounds of more than a byte, as often as they are written. */
function looksOf(node: ExpressionNode): number {
  switch (node.kind) {
    case "sequence":
      return node.parts.reduce((sum, part) => sum + looksOf(part), 0);
    case "choice":
      return node.options.reduce((sum, option) => sum + looksOf(option), 0);
    case "group":
    case "repeat":
      return looksOf(node.body);
    case "look":
      return looksOf(node.body) + (node.body.kind === "set" ? 0 : 1);
    default:
      return 0;
  }
}

/** Whether every match begins where the search does. */
function isAnchored(node: ExpressionNode): boolean {
  switch (node.kind) {
    case "assert":
      return node.what === "begin";
    case "sequence":
      return node.parts[0] !== undefined && isAnchored(node.parts[0]);
    case "choice":
      return node.options.every(isAnchored);
    case "group":
      return isAnchored(node.body);
    case "repeat":
      return node.min > 0 && isAnchored(node.body);
    default:
      return false;
  }
}

/** Steps from one starting point, as a power of the length. */
function degreeOf(node: ExpressionNode): number {
  switch (node.kind) {
    case "sequence":
      return sequenceDegree(node.parts);
    case "choice":
      return Math.max(0, ...node.options.map(degreeOf));
    case "group":
      return degreeOf(node.body);
    case "look":
      return degreeOf(node.body) + (isLong(node.body) ? 1 : 0);
    case "repeat": {
      const inner = degreeOf(node.body);
      if (node.max <= SMALL_REPEAT) return inner;
      return isAmbiguous(node.body) ? Number.POSITIVE_INFINITY : Math.max(1, inner);
    }
    case "reference":
      // Compared byte by byte with what its group took.
      return 1;
    default:
      return 0;
  }
}

/** A look-around that may run far. */
function isLong(node: ExpressionNode): boolean {
  return degreeOf(node) > 0;
}

/**
 * Repetitions behind each other multiply, unless what follows the first cannot begin like its body: then it ends in one place,
 * and what it runs is added.
 */
function sequenceDegree(parts: readonly ExpressionNode[]): number {
  let degree = 0;
  for (let i = parts.length - 1; i >= 0; i--) {
    const own = degreeOf(parts[i]!);
    if (own === 0) continue;
    degree = isDisjointFromRest(parts[i]!, parts.slice(i + 1)) ? Math.max(degree, own) : degree + own;
  }
  return degree;
}

function isDisjointFromRest(part: ExpressionNode, rest: readonly ExpressionNode[]): boolean {
  if (part.kind !== "repeat" || part.body.kind !== "set") return false;
  const behind = firstBytes({ kind: "sequence", parts: rest });
  if (behind.isNullable) return false;
  return !part.body.set.some((flag, byte) => flag === 1 && behind.set[byte] === 1);
}

/** Whether a body can match one text in two ways when it is repeated. */
function isAmbiguous(body: ExpressionNode): boolean {
  if (body.kind === "set" || body.kind === "reference") return false;
  if (body.kind === "group") return isAmbiguous(body.body);
  const { isNullable } = firstBytes(body);
  if (isNullable) return true;
  if (body.kind === "choice") return choiceIsAmbiguous(body.options);
  if (hasChoice(body)) return true;
  // A repetition inside that may take what the next round begins with.
  return hasLooseRepeat(body, firstBytes(body).set);
}

/** Alternatives of one byte each overlap harmlessly only where they are told apart by that byte. */
function choiceIsAmbiguous(options: readonly ExpressionNode[]): boolean {
  const seen = new Uint8Array(256);
  for (const option of options) {
    if (isAmbiguous(option) && option.kind !== "sequence") return true;
    if (option.kind === "sequence" && (hasChoice(option) || hasLooseRepeat(option, firstBytes(option).set))) {
      return true;
    }
    const { set } = firstBytes(option);
    for (let byte = 0; byte < 256; byte++) {
      if (set[byte] !== 1) continue;
      if (seen[byte] === 1) return true;
      seen[byte] = 1;
    }
  }
  return false;
}

function hasChoice(node: ExpressionNode): boolean {
  switch (node.kind) {
    case "choice":
      return choiceIsAmbiguous(node.options);
    case "sequence":
      return node.parts.some(hasChoice);
    case "group":
    case "repeat":
    case "look":
      return hasChoice(node.body);
    default:
      return false;
  }
}

/** A repetition of open length whose bytes may also begin what follows it, or the next round. */
function hasLooseRepeat(node: ExpressionNode, next: Uint8Array): boolean {
  switch (node.kind) {
    case "group":
      return hasLooseRepeat(node.body, next);
    case "choice":
      return node.options.some((option) => hasLooseRepeat(option, next));
    case "repeat": {
      if (node.max === node.min) return hasLooseRepeat(node.body, next);
      if (node.body.kind !== "set") return true;
      return node.body.set.some((flag, byte) => flag === 1 && next[byte] === 1);
    }
    case "sequence":
      return node.parts.some((part, index) => {
        const behind = firstBytes({ kind: "sequence", parts: node.parts.slice(index + 1) });
        const follow = behind.isNullable ? union(behind.set, next) : behind.set;
        return hasLooseRepeat(part, follow);
      });
    default:
      return false;
  }
}

function union(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((flag, byte) => flag | b[byte]!);
}

/** Bytes a match can begin with, and whether it can be empty. */
export function firstBytes(node: ExpressionNode): { set: Uint8Array; isNullable: boolean } {
  switch (node.kind) {
    case "set":
      return { set: node.set, isNullable: false };
    case "sequence": {
      let set: Uint8Array = new Uint8Array(256);
      for (const part of node.parts) {
        const first = firstBytes(part);
        set = union(set, first.set);
        if (!first.isNullable) return { set, isNullable: false };
      }
      return { set, isNullable: true };
    }
    case "choice": {
      const firsts = node.options.map(firstBytes);
      const set = firsts.reduce((sum, first) => union(sum, first.set), new Uint8Array(256) as Uint8Array);
      return { set, isNullable: firsts.some(({ isNullable }) => isNullable) };
    }
    case "repeat": {
      const { set, isNullable } = firstBytes(node.body);
      return { set, isNullable: isNullable || node.min === 0 };
    }
    case "group":
      return firstBytes(node.body);
    case "reference":
      return { set: new Uint8Array(256).fill(1), isNullable: true };
    default:
      return { set: new Uint8Array(256), isNullable: true };
  }
}
