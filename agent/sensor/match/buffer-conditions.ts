import { latin1Text } from "../../base/latin1.js";
import type { RuleImage } from "../../signature/image.js";
import {
  ConditionFlag,
  ContentFlag,
  JumpFrom,
  MathOperator,
  Op,
  READING_WORDS,
} from "../../signature/program.js";
import { Asn1Walk } from "./asn1.js";
import { decodeBase64 } from "./base64.js";
import { MAX_STEPS as MAX_STEPS_OF_EXPRESSIONS } from "./bounded-expression.js";
import { calculate, testNumber } from "./byte-arithmetic.js";
import { compares } from "./comparison.js";
import { ContentSearch, MAX_COMPARED_BYTES } from "./content-search.js";
import { dependsOnCursor, mayHoldFurtherOn } from "./cursor-dependence.js";
import type { DataSets } from "./data-sets.js";
import { type Expression, MAX_EXPRESSION_INPUT } from "./expression.js";
import { ExpressionTable } from "./expression-table.js";
import { NumberReader } from "./number-reader.js";

/** Steps one section may take over one buffer before it counts as not matching (Suricata's recursion limit). */
const MAX_STEPS = 3000;

/**
 * Judges the conditions of one section over one buffer.
 *
 * Conditions are tried in order; each positive match moves the cursor. Where a later condition that depends on the cursor
 * fails, the content before it is searched again further on, as Suricata does, up to MAX_STEPS. What is given up counts as
 * not matching, whatever the conditions that are left say.
 *
 * Worked example: `content:"a"; content:"b"; distance:0; within:1;` over `a_ab`: the first `a` leaves the cursor at 1, where
 * no `b` follows; the search goes on, finds `a` at 2, and `b` at 3 is within one byte.
 */
export class BufferConditions {
  /** Evaluations that ran into MAX_STEPS since the start. */
  limitReached = 0;
  readonly #image: RuleImage;
  readonly #expressions: ExpressionTable;
  readonly #variables: Float64Array;
  readonly #reader = new NumberReader();
  readonly #asn1 = new Asn1Walk();
  readonly #dataSets: DataSets;
  #bytes: Uint8Array = new Uint8Array(0);
  #begin = 0;
  #length = 0;
  #end = 0;
  #steps = 0;
  readonly #search: ContentSearch;
  #text: string | undefined;
  /** Steps that regular expressions have taken in this evaluation: V8's by the worst case, and counted ones. */
  #nativeSteps = 0;
  #boundedSteps = 0;
  #decoded: DecodedBuffer | undefined;

  /** @param dataSets shared by all judges of one matcher */
  constructor(image: RuleImage, dataSets: DataSets) {
    this.#image = image;
    this.#dataSets = dataSets;
    this.#search = new ContentSearch(image.literals);
    this.#expressions = new ExpressionTable(image.expressions);
    this.#variables = new Float64Array(image.variableCount);
  }

  /**
   * Whether the instructions [at, end) all hold for `bytes[begin, begin + length)`.
   *
   * @param budget bytes that contents may be compared with
   */
  hold(
    at: number,
    end: number,
    bytes: Uint8Array,
    begin: number,
    length: number,
    budget = MAX_COMPARED_BYTES,
  ): boolean {
    if (bytes !== this.#bytes || begin !== this.#begin || length !== this.#length) {
      this.#bytes = bytes;
      this.#begin = begin;
      this.#length = length;
    }
    this.#text = undefined;
    this.#end = end;
    this.#steps = 0;
    this.#search.begin(budget);
    this.#nativeSteps = 0;
    this.#boundedSteps = 0;
    const holds = this.#run(at, 0) && this.#search.budget >= 0;
    if (this.#search.budget < 0) this.limitReached++;
    return holds;
  }

  #run(at: number, cursor: number): boolean {
    const words = this.#image.program;
    while (at < this.#end) {
      if (++this.#steps > MAX_STEPS) {
        this.limitReached++;
        return false;
      }
      const next = words[at + 1]!;
      switch (words[at]) {
        case Op.CONTENT: {
          const flags = words[at + 2]!;
          if ((flags & ContentFlag.NEGATED) !== 0) {
            if (this.#findContent(at, cursor, -1) >= 0 || this.#search.budget < 0) return false;
            break;
          }
          return this.#contentThenRest(at, next, cursor);
        }
        case Op.PCRE: {
          if ((words[at + 2]! & ConditionFlag.NEGATED) === 0)
            return this.#expressionThenRest(at, next, cursor);
          if (this.#expressionFor(at, cursor, 0) !== undefined) return false;
          break;
        }
        case Op.DATA_AT:
          if (!this.#isDataAt(at, cursor)) return false;
          break;
        case Op.BUFFER_SIZE:
          if (!compares(words[at + 2]!, this.#length, words[at + 3]!, words[at + 4]!)) return false;
          break;
        case Op.BYTE_TEST:
          if (!this.#byteTest(at, cursor)) return false;
          break;
        case Op.BYTE_JUMP:
          cursor = this.#byteJump(at, cursor);
          if (cursor < 0) return false;
          break;
        case Op.BYTE_EXTRACT:
          if (!this.#byteExtract(at, cursor)) return false;
          cursor = this.#reader.end;
          break;
        case Op.BASE64:
          if (!this.#base64(at, cursor)) return false;
          at = words[at + 5]!;
          continue;
        case Op.DATA_SET: {
          const set = words[at + 3]!;
          if (!this.#dataSets.holds(words[at + 2]!, set, this.#bytes, this.#begin, this.#length))
            return false;
          break;
        }
        case Op.ASN1:
          if (!this.#asn1Holds(at, cursor)) return false;
          break;
        case Op.DATA_REPUTATION:
          if (!this.#reputationHolds(at)) return false;
          break;
        default:
          if (!this.#byteMath(at, cursor)) return false;
          cursor = this.#reader.end;
      }
      at = next;
    }
    return true;
  }

  #contentThenRest(at: number, next: number, cursor: number): boolean {
    const length = this.#image.program[at + 4]!;
    const canRetry = next < this.#end && mayHoldFurtherOn(this.#image.program, next);
    let position = this.#findContent(at, cursor, -1);
    while (position >= 0) {
      if (this.#run(next, position + length)) return true;
      if (!canRetry || this.#steps > MAX_STEPS || this.#search.budget < 0) return false;
      position = this.#findContent(at, cursor, position + 1);
    }
    return false;
  }

  /** Position of the content at or behind `resumeAt` (−1: from its first permitted position), or −1. */
  #findContent(at: number, cursor: number, resumeAt: number): number {
    const words = this.#image.program;
    const flags = words[at + 2]!;
    const literal = words[at + 3]!;
    const length = words[at + 4]!;
    let from: number;
    let to = this.#length;
    if ((flags & (ContentFlag.HAS_DISTANCE | ContentFlag.HAS_WITHIN)) !== 0) {
      const distance = this.#operand(words[at + 7]!, (flags & ContentFlag.DISTANCE_VARIABLE) !== 0);
      from = Math.max(0, cursor + distance);
      if ((flags & ContentFlag.HAS_WITHIN) !== 0) {
        to = cursor + distance + this.#operand(words[at + 8]!, (flags & ContentFlag.WITHIN_VARIABLE) !== 0);
        // As in Suricata a stretch that ends before the buffer begins is all of it.
        if (to < 0) to = this.#length;
      }
    } else {
      from = this.#operand(words[at + 5]!, (flags & ContentFlag.OFFSET_VARIABLE) !== 0);
      if ((flags & ContentFlag.HAS_DEPTH) !== 0) {
        to = from + this.#operand(words[at + 6]!, (flags & ContentFlag.DEPTH_VARIABLE) !== 0);
      }
    }
    if (resumeAt > from) from = resumeAt;
    if (to > this.#length) to = this.#length;
    const isAtEnd = (flags & ContentFlag.ENDS_WITH) !== 0;
    if (isAtEnd && to < this.#length) return -1;
    const isNegated = (flags & ContentFlag.NEGATED) !== 0;
    if (isAtEnd && !isNegated && this.#length - length > from) from = this.#length - length;
    const position =
      (flags & ContentFlag.NOCASE) !== 0
        ? this.#search.findLowered(this.#bytes, this.#begin, literal, length, from, to - length)
        : this.#search.find(this.#bytes, this.#begin, literal, length, from, to - length);
    // As in Suricata 7 the first place alone decides whether a negated content stands at the end.
    return isAtEnd && isNegated && position + length < this.#length ? -1 : position;
  }

  #operand(word: number, isVariable: boolean): number {
    return isVariable ? this.#variables[word]! : word;
  }

  #expressionThenRest(at: number, next: number, cursor: number): boolean {
    const isRelative = (this.#image.program[at + 2]! & ConditionFlag.RELATIVE) !== 0;
    const base = isRelative ? cursor : 0;
    const canRetry = next < this.#end && dependsOnCursor(this.#image.program, next);
    let start = 0;
    for (;;) {
      const match = this.#expressionFor(at, cursor, start);
      if (match === undefined) return false;
      start = match.start + 1;
      if (this.#run(next, base + match.end)) return true;
      if (!canRetry || this.#steps > MAX_STEPS) return false;
    }
  }

  /** Run the expression over the buffer, or over what is behind the cursor; `start` counts from there. */
  #expressionFor(at: number, cursor: number, start: number): Expression | undefined {
    const words = this.#image.program;
    const flags = words[at + 2]!;
    const isSticky = (flags & ConditionFlag.ANCHORED) !== 0;
    const expression = this.#expressions.at(words[at + 3]!);
    const end = Math.min(this.#length, MAX_EXPRESSION_INPUT);
    const from = (flags & ConditionFlag.RELATIVE) !== 0 ? Math.min(cursor, end) : 0;
    if (expression.isNativeSafe(end - from, this.#nativeSteps)) {
      this.#text ??= latin1Text(this.#bytes, this.#begin, end);
      const isFound = expression.findInText(
        from === 0 ? this.#text : this.#text.slice(from),
        start,
        isSticky,
      );
      this.#nativeSteps += expression.steps;
      return isFound ? expression : undefined;
    }
    const steps = MAX_STEPS_OF_EXPRESSIONS - this.#boundedSteps;
    const begin = this.#begin + from;
    const isFound = expression.findInBytes(this.#bytes, begin, end - from, start, isSticky, steps);
    this.#boundedSteps += expression.steps;
    if (expression.isExhausted) this.limitReached++;
    return isFound ? expression : undefined;
  }

  #reputationHolds(at: number): boolean {
    const words = this.#image.program;
    return this.#dataSets.hasReputation(
      words[at + 2]!,
      words[at + 3]!,
      words[at + 4]!,
      this.#bytes,
      this.#begin,
      this.#length,
    );
  }

  #asn1Holds(at: number, cursor: number): boolean {
    const words = this.#image.program;
    const offset = this.#begin + words[at + 4]! + (words[at + 5] === 1 ? cursor : 0);
    const end = this.#begin + this.#length;
    return (
      offset >= this.#begin && this.#asn1.finds(this.#bytes, offset, end, words[at + 2]!, words[at + 3]!)
    );
  }

  #isDataAt(at: number, cursor: number): boolean {
    const words = this.#image.program;
    const flags = words[at + 2]!;
    const count = this.#operand(words[at + 3]!, (flags & ConditionFlag.COUNT_VARIABLE) !== 0);
    const isThere =
      (flags & ConditionFlag.RELATIVE) !== 0 ? cursor + count <= this.#length : count < this.#length;
    return isThere !== ((flags & ConditionFlag.NEGATED) !== 0);
  }

  /** Decode and judge the conditions that stand inside the instruction. */
  #base64(at: number, cursor: number): boolean {
    const words = this.#image.program;
    const start = words[at + 3]! + (words[at + 2] === 1 ? cursor : 0);
    if (start >= this.#length) return false;
    const byteCount = words[at + 4]!;
    const length = byteCount === 0 ? this.#length - start : Math.min(byteCount, this.#length - start);
    this.#decoded ??= new DecodedBuffer(this.#image, this.#dataSets);
    const decoded = this.#decoded;
    const budget = this.#search.budget - length;
    const holds = decoded.holds(
      words[at + 1]!,
      words[at + 5]!,
      this.#bytes,
      this.#begin + start,
      length,
      budget,
    );
    this.#search.budget = decoded.budget;
    return holds;
  }

  /** Byte order of the DCERPC call whose fields are judged next. */
  set dcerpcOrder(order: number) {
    this.#reader.dcerpcOrder = order;
  }

  /** What the last evaluation left of its budget; negative: it was given up. */
  get budget(): number {
    return this.#search.budget;
  }

  #read(at: number, cursor: number): boolean {
    return this.#reader.read(
      this.#image.program,
      at + 2,
      this.#variables,
      this.#bytes,
      this.#begin,
      this.#length,
      cursor,
    );
  }

  #byteTest(at: number, cursor: number): boolean {
    if (!this.#read(at, cursor)) return false;
    const words = this.#image.program;
    const rest = at + 2 + READING_WORDS;
    const operand =
      words[rest + 2] === 1 ? this.#variables[words[rest + 3]!]! : this.#image.numbers[words[rest + 3]!]!;
    return testNumber(words[rest]!, this.#reader.value, operand) !== (words[rest + 1] === 1);
  }

  /** The new cursor, or −1 where the jump leaves the buffer. */
  #byteJump(at: number, cursor: number): number {
    if (!this.#read(at, cursor)) return -1;
    const words = this.#image.program;
    const rest = at + 2 + READING_WORDS;
    let distance = this.#reader.value * words[rest]!;
    if (words[rest + 1] === 1) distance = Math.ceil(distance / 4) * 4;
    distance += this.#operand(words[rest + 3]!, words[rest + 4] === 1);
    const from = words[rest + 2];
    const base = from === JumpFrom.BEGINNING ? 0 : from === JumpFrom.END ? this.#length : this.#reader.end;
    // A jump to before the buffer ends at its start, one beyond its end fails, as in Suricata.
    const target = Math.max(0, base + distance);
    return target < this.#length ? target : -1;
  }

  #byteExtract(at: number, cursor: number): boolean {
    if (!this.#read(at, cursor)) return false;
    const words = this.#image.program;
    const rest = at + 2 + READING_WORDS;
    const align = words[rest + 1]!;
    let value = this.#reader.value * words[rest]!;
    if (align > 0) value = Math.ceil(value / align) * align;
    this.#variables[words[rest + 2]!] = value;
    return true;
  }

  #byteMath(at: number, cursor: number): boolean {
    if (!this.#read(at, cursor)) return false;
    const words = this.#image.program;
    const rest = at + 2 + READING_WORDS;
    const operand =
      words[rest + 1] === 1 ? this.#variables[words[rest + 2]!]! : this.#image.numbers[words[rest + 2]!]!;
    if (words[rest] === MathOperator.DIVIDE && operand === 0) return false;
    this.#variables[words[rest + 3]!] = calculate(words[rest]!, this.#reader.value, operand);
    return true;
  }
}

/** What `base64_decode` leaves for the conditions behind `base64_data`. */
class DecodedBuffer {
  readonly #bytes = new Uint8Array(MAX_EXPRESSION_INPUT);
  readonly #conditions: BufferConditions;

  constructor(image: RuleImage, dataSets: DataSets) {
    this.#conditions = new BufferConditions(image, dataSets);
  }

  /** What is left of the budget. */
  budget = 0;

  holds(at: number, end: number, bytes: Uint8Array, offset: number, length: number, budget: number): boolean {
    this.budget = budget;
    const size = decodeBase64(bytes, offset, length, this.#bytes);
    if (size === 0 || at === end) return size > 0;
    const holds = this.#conditions.hold(at, end, this.#bytes, 0, size, budget);
    this.budget = this.#conditions.budget;
    return holds;
  }
}
