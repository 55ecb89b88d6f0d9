/** Turns the tree of an expression into instructions for the bounded matcher (sensor/match/bounded-expression.ts). */
import { firstBytes } from "./expression-risk.js";
import {
  type Assertion,
  ExpressionError,
  type ExpressionNode,
  type ExpressionTree,
} from "./expression-syntax.js";

export const ExpressionOp = {
  /** One byte of set a, else fail. */
  SET: 0,
  /** Try a, then b. c: number of the split. */
  SPLIT: 1,
  JUMP: 2,
  /** Assertion a. */
  ASSERT: 3,
  /** The program at a up to MATCH holds here (flags c: 1 negated); go on at b. d: bytes to go back first. */
  LOOK: 4,
  /** The bytes of group a once more. */
  REFERENCE: 5,
  /** The position is kept in slot a. */
  SAVE: 6,
  MATCH: 7,
  /** As many bytes of set a as there are, at most b (0: any number); fewer where the rest asks for it. c: number of the split. */
  LOOP: 8,
  /** The same without going back, since what follows never begins with a byte of the set. c: how many there are at least. */
  RUN: 9,
  /** A look-around of one byte: set a (c is 0), or none of it (c is 1), b bytes back. */
  BYTE_LOOK: 10,
} as const;
export const INSTRUCTION_WORDS = 5;

export const ASSERTIONS: Readonly<Record<Assertion, number>> = {
  begin: 0,
  end: 1,
  line_begin: 2,
  line_end: 3,
  word_border: 4,
  no_word_border: 5,
};

export interface ExpressionProgram {
  /** INSTRUCTION_WORDS words an instruction: operation, a, b, c, d. */
  readonly words: Int32Array;
  /** 256 flags a set. */
  readonly sets: Uint8Array;
  readonly splitCount: number;
  readonly slotCount: number;
  /** Whether the slots are filled. */
  readonly savesGroups: boolean;
  readonly isCaseless: boolean;
  /** Bytes a match can begin with; undefined: it can be empty. */
  readonly first: Uint8Array | undefined;
  /** Every match begins where the search does. */
  readonly isAnchored: boolean;
}

/** What may come next: the bytes it can begin with, undefined where nothing is known. */
type Follow = Uint8Array | undefined;

/** Counted repetitions are written out: a bound on what that may come to. */
export const MAX_INSTRUCTIONS = 20_000;

/**
 * @param wantsGroups whether anybody asks what the groups took
 * @throws ExpressionError where the program would be too long, or a look-behind has no fixed length
 */
export function encodeExpression(tree: ExpressionTree, wantsGroups = false): ExpressionProgram {
  const savesGroups = wantsGroups || tree.hasReferences;
  const encoder = new Encoder(savesGroups);
  encoder.node(tree.root, undefined);
  encoder.emit(ExpressionOp.MATCH);
  encoder.looks();
  const first = firstBytes(tree.root);
  return {
    words: Int32Array.from(encoder.words),
    sets: encoder.sets(),
    splitCount: encoder.splitCount,
    slotCount: (tree.groupCount + 1) * 2,
    savesGroups,
    isCaseless: tree.isCaseless,
    first: first.isNullable ? undefined : first.set,
    isAnchored: startsAtBegin(tree.root),
  };
}

function startsAtBegin(node: ExpressionNode): boolean {
  if (node.kind === "assert") return node.what === "begin";
  if (node.kind === "sequence") return node.parts[0] !== undefined && startsAtBegin(node.parts[0]);
  if (node.kind === "choice") return node.options.every(startsAtBegin);
  return node.kind === "group" && startsAtBegin(node.body);
}

/** Whether a match of the node depends on bytes before it, or on where the subject begins. */
export function looksBehind(node: ExpressionNode): boolean {
  switch (node.kind) {
    case "sequence":
      return node.parts.some(looksBehind);
    case "choice":
      return node.options.some(looksBehind);
    case "group":
    case "repeat":
      return looksBehind(node.body);
    case "look":
      return node.isBehind || looksBehind(node.body);
    case "assert":
      return node.what !== "end" && node.what !== "line_end";
    default:
      return false;
  }
}

/**
 * Check that a program can be made of the expression, without making it.
 *
 * @throws ExpressionError as `encodeExpression`
 */
export function checkExpression({ root }: ExpressionTree): void {
  if (instructionCount(root) >= MAX_INSTRUCTIONS) throw new ExpressionError("the expression is too large");
}

function instructionCount(node: ExpressionNode): number {
  switch (node.kind) {
    case "sequence":
      return node.parts.reduce((sum, part) => sum + instructionCount(part), 0);
    case "choice":
      return node.options.reduce((sum, option) => sum + instructionCount(option) + 2, 0);
    case "group":
      return instructionCount(node.body) + 2;
    case "repeat": {
      const inner = instructionCount(node.body);
      if (node.max === Number.POSITIVE_INFINITY) return (node.min + 1) * inner + 2;
      return node.max * inner + (node.max - node.min);
    }
    case "look": {
      const { body } = node;
      if (node.isBehind)
        for (const option of body.kind === "choice" ? body.options : [body]) lengthOf(option);
      return instructionCount(body) + 4;
    }
    default:
      return 1;
  }
}

class Encoder {
  readonly words: number[] = [];
  splitCount = 0;
  readonly #savesGroups: boolean;
  readonly #sets: Uint8Array[] = [];
  readonly #setIndexes = new Map<Uint8Array, number>();
  /** Bodies of look-arounds, written behind the program, with the instructions that look; a repeated one is written once. */
  readonly #looks = new Map<ExpressionNode, number[]>();

  constructor(savesGroups: boolean) {
    this.#savesGroups = savesGroups;
  }

  emit(operation: number, a = 0, b = 0, c = 0, d = 0): number {
    const at = this.words.length / INSTRUCTION_WORDS;
    if (at >= MAX_INSTRUCTIONS) throw new ExpressionError("the expression is too large");
    this.words.push(operation, a, b, c, d);
    return at;
  }

  sets(): Uint8Array {
    const bytes = new Uint8Array(this.#sets.length * 256);
    for (const [index, set] of this.#sets.entries()) bytes.set(set, index * 256);
    return bytes;
  }

  looks(): void {
    // Look-arounds may hold look-arounds: the map grows while it is written.
    for (const [body, lookers] of this.#looks) {
      for (const at of lookers) this.#set(at, 1, this.#next());
      this.node(body, undefined);
      this.emit(ExpressionOp.MATCH);
    }
  }

  node(node: ExpressionNode, follow: Follow): void {
    switch (node.kind) {
      case "set":
        this.emit(ExpressionOp.SET, this.#setIndex(node.set));
        break;
      case "sequence":
        node.parts.forEach((part, i) => {
          this.node(part, mayRun(part) ? followOf(node.parts.slice(i + 1), follow) : undefined);
        });
        break;
      case "choice":
        this.#choice(node.options, follow);
        break;
      case "repeat":
        this.#repeat(node, follow);
        break;
      case "group":
        if (!this.#savesGroups) this.node(node.body, follow);
        else {
          this.emit(ExpressionOp.SAVE, node.index * 2);
          this.node(node.body, follow);
          this.emit(ExpressionOp.SAVE, node.index * 2 + 1);
        }
        break;
      case "assert":
        this.emit(ExpressionOp.ASSERT, ASSERTIONS[node.what]);
        break;
      case "look":
        this.#look(node);
        break;
      default:
        this.emit(ExpressionOp.REFERENCE, node.index);
    }
  }

  #choice(options: readonly ExpressionNode[], follow: Follow): void {
    const ends: number[] = [];
    options.forEach((option, index) => {
      if (index === options.length - 1) {
        this.node(option, follow);
        return;
      }
      const split = this.#split();
      this.#set(split, 1, this.#next());
      this.node(option, follow);
      ends.push(this.emit(ExpressionOp.JUMP));
      this.#set(split, 2, this.#next());
    });
    for (const end of ends) this.#set(end, 1, this.#next());
  }

  #repeat({ body, min, max, isLazy }: ExpressionNode & { kind: "repeat" }, follow: Follow): void {
    if (body.kind === "set" && max > min && follow !== undefined && isDisjoint(body.set, follow)) {
      const limit = max === Number.POSITIVE_INFINITY ? 0 : max;
      this.emit(ExpressionOp.RUN, this.#setIndex(body.set), limit, min);
      return;
    }
    for (let i = 0; i < min; i++) this.node(body, undefined);
    if (body.kind === "set" && !isLazy && max > min) {
      const limit = max === Number.POSITIVE_INFINITY ? 0 : max - min;
      this.emit(ExpressionOp.LOOP, this.#setIndex(body.set), limit, this.splitCount++);
      return;
    }
    if (max === Number.POSITIVE_INFINITY) {
      const split = this.#split();
      this.#set(split, isLazy ? 2 : 1, this.#next());
      this.node(body, undefined);
      this.emit(ExpressionOp.JUMP, split);
      this.#set(split, isLazy ? 1 : 2, this.#next());
      return;
    }
    const splits: number[] = [];
    for (let i = min; i < max; i++) {
      const split = this.#split();
      splits.push(split);
      this.#set(split, isLazy ? 2 : 1, this.#next());
      this.node(body, undefined);
    }
    for (const split of splits) this.#set(split, isLazy ? 1 : 2, this.#next());
  }

  #look({ body, isBehind, isNegated }: ExpressionNode & { kind: "look" }): void {
    if (!isBehind) {
      this.#oneLook(body, isNegated, 0);
      return;
    }
    // As in Perl each alternative of a look-behind has a length of its own.
    const options = body.kind === "choice" ? body.options : [body];
    if (isNegated || options.length === 1) {
      for (const option of options) this.#oneLook(option, isNegated, lengthOf(option));
      return;
    }
    const looks = options.map(
      (option): ExpressionNode => ({ kind: "look", body: option, isBehind, isNegated }),
    );
    this.#choice(looks, undefined);
  }

  #oneLook(body: ExpressionNode, isNegated: boolean, back: number): void {
    if (body.kind === "set") {
      this.emit(ExpressionOp.BYTE_LOOK, this.#setIndex(body.set), back, isNegated ? 1 : 0);
      return;
    }
    const at = this.emit(ExpressionOp.LOOK, 0, 0, isNegated ? 1 : 0, back);
    this.#set(at, 2, this.#next());
    const lookers = this.#looks.get(body);
    if (lookers) lookers.push(at);
    else this.#looks.set(body, [at]);
  }

  #split(): number {
    return this.emit(ExpressionOp.SPLIT, 0, 0, this.splitCount++);
  }

  #next(): number {
    return this.words.length / INSTRUCTION_WORDS;
  }

  #set(instruction: number, word: number, value: number): void {
    this.words[instruction * INSTRUCTION_WORDS + word] = value;
  }

  /** Equal sets are mostly one object; where not, the table is a little longer. */
  #setIndex(set: Uint8Array): number {
    let index = this.#setIndexes.get(set);
    if (index === undefined) {
      index = this.#sets.push(set) - 1;
      this.#setIndexes.set(set, index);
    }
    return index;
  }
}

/** Whether a repetition of one byte may end the node, for which it counts what follows. */
function mayRun(node: ExpressionNode): boolean {
  return node.kind === "repeat" || node.kind === "group" || node.kind === "choice";
}

/** What `rest`, and behind it `follow`, begins with. */
function followOf(rest: readonly ExpressionNode[], follow: Follow): Follow {
  const { set, isNullable } = firstBytes({ kind: "sequence", parts: rest });
  if (!isNullable) return set;
  return follow?.map((flag, byte) => flag | set[byte]!);
}

function isDisjoint(a: Uint8Array, b: Uint8Array): boolean {
  return !a.some((flag, byte) => flag === 1 && b[byte] === 1);
}

/** Bytes a node matches, the same for every match. */
function lengthOf(node: ExpressionNode): number {
  switch (node.kind) {
    case "set":
      return 1;
    case "sequence":
      return node.parts.reduce((sum, part) => sum + lengthOf(part), 0);
    case "choice": {
      const lengths = node.options.map(lengthOf);
      if (lengths.some((length) => length !== lengths[0])) break;
      return lengths[0]!;
    }
    case "group":
      return lengthOf(node.body);
    case "repeat":
      if (node.max !== node.min) break;
      return node.min * lengthOf(node.body);
    case "assert":
    case "look":
      return 0;
    default:
      break;
  }
  throw new ExpressionError("a look-behind has no fixed length");
}
