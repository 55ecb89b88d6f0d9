import { latin1Text } from "../../base/latin1.js";
import type { RuleImage } from "../../signature/image.js";
import { ConditionFlag, ContentFlag, Op } from "../../signature/program.js";
import { Asn1Walk } from "./asn1.js";
import { decodeBase64 } from "./base64.js";
import { ByteConditions } from "./byte-conditions.js";
import type { CapturedValues } from "./captured-values.js";
import { compares } from "./comparison.js";
import { ContentSearch } from "./content-search.js";
import { dependsOnCursor, dependsOnMatches, mayHoldFurtherOn } from "./cursor-dependence.js";
import type { DataSets } from "./data-sets.js";
import { type Expression, MAX_EXPRESSION_INPUT } from "./expression.js";
import { ExpressionTable } from "./expression-table.js";
import { PacketWork, WORK_OF_A_STEP } from "./packet-work.js";

/** Steps one section may take over one buffer before it counts as not matching (Suricata's recursion limit). */
const MAX_STEPS = 3000;

/** Of these flags RELATIVE alone is set: the expression is searched for from the cursor to the end. */
const SEARCHED_FROM_CURSOR = ConditionFlag.RELATIVE | ConditionFlag.NEGATED | ConditionFlag.ANCHORED;

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
  readonly #numbers: ByteConditions;
  readonly #asn1 = new Asn1Walk();
  readonly #dataSets: DataSets;
  readonly #captured: CapturedValues;
  #bytes: Uint8Array = new Uint8Array(0);
  #begin = 0;
  #length = 0;
  #end = 0;
  #steps = 0;
  /** A condition has failed that does not look from where others have matched: other matches of theirs change nothing. */
  #isSettled = false;
  readonly #search: ContentSearch;
  #text: string | undefined;
  readonly #work: PacketWork;
  /** Steps of V8's engine that this evaluation and this packet may still be in danger of. */
  #nativeSteps = 0;
  #decoded: DecodedBuffer | undefined;

  /**
   * @param dataSets shared by all judges of one matcher
   * @param work what all evaluations over one packet share
   */
  constructor(image: RuleImage, dataSets: DataSets, captured: CapturedValues, work = new PacketWork()) {
    this.#captured = captured;
    this.#image = image;
    this.#dataSets = dataSets;
    this.#work = work;
    this.#search = new ContentSearch(image.literals);
    this.#expressions = new ExpressionTable(image.expressions);
    this.#numbers = new ByteConditions(image);
  }

  /** A new packet: what was spent on the one before does not count. */
  beginPacket(): void {
    this.#work.begin();
  }

  /** Whether the instructions [at, end) all hold for `bytes[begin, begin + length)`. */
  hold(at: number, end: number, bytes: Uint8Array, begin: number, length: number): boolean {
    const budget = this.#work.shareFor(length);
    this.#nativeSteps = this.#work.nativeShare;
    const nativeBudget = this.#nativeSteps;
    const holds = this.holdWithin(at, end, bytes, begin, length, budget, nativeBudget);
    this.#work.spend(budget - this.#search.budget, nativeBudget - this.#nativeSteps);
    return holds;
  }

  /** The same within a budget that is left of another evaluation. */
  holdWithin(
    at: number,
    end: number,
    bytes: Uint8Array,
    begin: number,
    length: number,
    budget: number,
    nativeSteps: number,
  ): boolean {
    this.#bytes = bytes;
    this.#begin = begin;
    this.#length = length;
    this.#text = undefined;
    this.#end = end;
    this.#steps = 0;
    this.#isSettled = false;
    this.#search.begin(budget);
    this.#nativeSteps = nativeSteps;
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
            if (this.#findContent(at, cursor, -1) >= 0 || this.#search.budget < 0) return this.#fails(at);
            break;
          }
          return this.#contentThenRest(at, next, cursor);
        }
        case Op.PCRE: {
          if ((words[at + 2]! & ConditionFlag.NEGATED) === 0)
            return this.#expressionThenRest(at, next, cursor);
          if (this.#expressionFor(at, cursor, 0) !== undefined || this.#search.budget < 0)
            return this.#fails(at);
          break;
        }
        case Op.DATA_AT:
          if (!this.#isDataAt(at, cursor)) return false;
          break;
        case Op.BUFFER_SIZE:
          if (!compares(words[at + 2]!, this.#length, words[at + 3]!, words[at + 4]!)) return false;
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
          cursor = this.#numbers.judge(at, this.#bytes, this.#begin, this.#length, cursor);
          if (cursor < 0) return false;
      }
      at = next;
    }
    return true;
  }

  /** The content or expression at `at` fails, as judged from its beginning. */
  #fails(at: number): false {
    if (!dependsOnMatches(this.#image.program, at)) this.#isSettled = true;
    return false;
  }

  /** Nothing is gained, or may be spent, by looking for another match. */
  get #isOver(): boolean {
    return this.#isSettled || this.#steps > MAX_STEPS || this.#search.budget < 0;
  }

  #mayHoldFurtherOn(at: number): boolean {
    const words = this.#image.program;
    if (at >= this.#end || !mayHoldFurtherOn(words, at)) return false;
    if (words[at] !== Op.PCRE || (words[at + 2]! & SEARCHED_FROM_CURSOR) !== ConditionFlag.RELATIVE)
      return true;
    // It has been searched for from there on; only what looks at bytes before it sees others from a later cursor.
    return this.#expressions.at(words[at + 3]!).looksBehind;
  }

  #contentThenRest(at: number, next: number, cursor: number): boolean {
    const length = this.#image.program[at + 4]!;
    let position = this.#findContent(at, cursor, -1);
    if (position < 0) return this.#fails(at);
    const canRetry = this.#mayHoldFurtherOn(next);
    while (position >= 0) {
      if (this.#run(next, position + length)) return true;
      if (!canRetry || this.#isOver) return false;
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
      const isVariable = (flags & ContentFlag.DISTANCE_VARIABLE) !== 0;
      const distance = this.#operand(words[at + 7]!, isVariable);
      from = Math.max(0, cursor + distance);
      if ((flags & ContentFlag.HAS_WITHIN) !== 0) {
        to = cursor + distance + this.#operand(words[at + 8]!, (flags & ContentFlag.WITHIN_VARIABLE) !== 0);
        // As in Suricata a stretch that ends before the buffer begins is all of it, and in Suricata 7 one whose distance is a
        // variable ends as much later as it begins.
        if (to < 0) to = this.#length;
        if (isVariable) to += from;
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
    const isNegated = (flags & ContentFlag.NEGATED) !== 0;
    if (isAtEnd && to < this.#length) return -1;
    const searched = to - from;
    if (isAtEnd && !isNegated && this.#length - length > from) from = this.#length - length;
    const ignoresCase = (flags & ContentFlag.NOCASE) !== 0;
    const last = to - length;
    const position = this.#search.find(this.#bytes, this.#begin, literal, length, from, last, ignoresCase);
    // In Suricata 7 the first place alone decides whether a negated content stands at the end, and counts from the beginning of
    // the buffer what it compares with the length of the stretch it was looked for in.
    return isAtEnd && isNegated && position + length !== searched ? -1 : position;
  }

  #operand(word: number, isVariable: boolean): number {
    return isVariable ? this.#numbers.variable(word) : word;
  }

  #expressionThenRest(at: number, next: number, cursor: number): boolean {
    const isRelative = (this.#image.program[at + 2]! & ConditionFlag.RELATIVE) !== 0;
    const base = isRelative ? cursor : 0;
    const canRetry = next < this.#end && dependsOnCursor(this.#image.program, next);
    let start = 0;
    for (;;) {
      const match = this.#expressionFor(at, cursor, start);
      if (match === undefined) return start === 0 ? this.#fails(at) : false;
      if ((this.#image.program[at + 2]! & ConditionFlag.CAPTURES) !== 0) this.#capture(at, next, base, match);
      start = match.start + 1;
      if (this.#run(next, base + match.end)) return true;
      if (!canRetry || this.#isOver) return false;
    }
  }

  /** @param base what the places of the match count from */
  #capture(at: number, next: number, base: number, match: Expression): void {
    const words = this.#image.program;
    for (let word = at + 4; word < next; word += 3) {
      match.selectGroup(words[word + 2]!);
      const { groupStart, groupEnd } = match;
      if (groupStart < 0) continue;
      const offset = this.#begin + base + groupStart;
      const [owner, name] = [words[word]!, words[word + 1]! >>> 0];
      this.#captured.capture(at, owner, name, this.#bytes, offset, groupEnd - groupStart);
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
      this.#nativeSteps -= expression.steps;
      return isFound ? expression : undefined;
    }
    const steps = Math.floor(this.#search.budget / WORK_OF_A_STEP);
    const begin = this.#begin + from;
    const isFound = expression.findInBytes(this.#bytes, begin, end - from, start, isSticky, steps);
    this.#search.budget = expression.isExhausted
      ? -1
      : this.#search.budget - expression.steps * WORK_OF_A_STEP;
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
    const isVariable = (flags & ConditionFlag.COUNT_VARIABLE) !== 0;
    const count = isVariable ? this.#numbers.countOf(words[at + 3]!) : words[at + 3]!;
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
    this.#decoded ??= new DecodedBuffer(this.#image, this.#dataSets, this.#captured);
    const decoded = this.#decoded;
    const holds = decoded.holds(
      words[at + 1]!,
      words[at + 5]!,
      this.#bytes,
      this.#begin + start,
      length,
      this.#search.budget - length,
      this.#nativeSteps,
    );
    this.#search.budget = decoded.budget;
    this.#nativeSteps = decoded.nativeSteps;
    return holds;
  }

  /** Byte order of the DCERPC call whose fields are judged next. */
  set dcerpcOrder(order: number) {
    this.#numbers.dcerpcOrder = order;
  }

  /** What the last evaluation left of its budget; negative: it was given up. */
  get budget(): number {
    return this.#search.budget;
  }

  /** What it left of the steps that V8's engine may be in danger of. */
  get nativeSteps(): number {
    return this.#nativeSteps;
  }
}

/** What `base64_decode` leaves for the conditions behind `base64_data`. */
class DecodedBuffer {
  /** What is left of both budgets. */
  budget = 0;
  nativeSteps = 0;
  readonly #bytes = new Uint8Array(MAX_EXPRESSION_INPUT);
  readonly #conditions: BufferConditions;

  constructor(image: RuleImage, dataSets: DataSets, captured: CapturedValues) {
    this.#conditions = new BufferConditions(image, dataSets, captured);
  }

  holds(
    at: number,
    end: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    budget: number,
    nativeSteps: number,
  ): boolean {
    this.budget = budget;
    this.nativeSteps = nativeSteps;
    const size = decodeBase64(bytes, offset, length, this.#bytes);
    // As in Suricata 7 decoding is no condition by itself.
    if (size === 0 || at === end) return false;
    const holds = this.#conditions.holdWithin(at, end, this.#bytes, 0, size, budget, nativeSteps);
    this.budget = this.#conditions.budget;
    this.nativeSteps = this.#conditions.nativeSteps;
    return holds;
  }
}
