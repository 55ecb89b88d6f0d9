/** Bytes of a buffer for which the conditions of a rule hold; what cannot be made is said. */

import { Compare } from "#agent/signature/comparison.js";
import type {
  BufferSizeCondition,
  ByteTestCondition,
  Condition,
  ContentCondition,
  DataAtCondition,
} from "#agent/signature/condition.js";
import { parseExpression } from "#agent/signature/expression/expression-syntax.js";
import { sampleOf } from "./expression-sample.js";

/** The rule asks for something that is not made here. */
export class NotMade extends Error {}

/** Stands where a rule asks for nothing. */
const FILLER = 0x78;
const MAX_BYTES = 8192;
const EXTRA_ROUNDS = 1;

export class BufferMaker {
  readonly #bytes: number[] = [];
  readonly #isFixed: boolean[] = [];
  #cursor = 0;
  /** What is asked for at the end, and how long the buffer has to be. */
  #least = 0;
  #exact: number | undefined;
  #ending: Uint8Array | undefined;

  /** @throws NotMade */
  make(conditions: readonly Condition[]): Uint8Array {
    for (const condition of conditions) if (condition.kind === "bsize") this.#size(condition);
    for (const condition of conditions) this.#take(condition);
    const ending = this.#ending;
    const needed = this.#bytes.length + (ending?.length ?? 0);
    const length = this.#exact ?? Math.max(this.#least, needed);
    if (length < needed || length > MAX_BYTES) throw new NotMade("the size");
    while (this.#bytes.length < length - (ending?.length ?? 0)) this.#bytes.push(FILLER);
    if (ending) this.#bytes.push(...ending);
    return Uint8Array.from(this.#bytes, (byte) => byte ?? FILLER);
  }

  #take(condition: Condition): void {
    switch (condition.kind) {
      case "content":
        if (!condition.isNegated) this.#content(condition);
        return;
      case "pcre": {
        if (condition.isNegated) return;
        const { source, flags, isRelative } = condition;
        const whole = String.fromCharCode(...this.#bytes.map((byte) => byte ?? FILLER));
        if (!isRelative && new RegExp(source, flags).test(whole)) return;
        const sample = Uint8Array.from(sampleOf(parseExpression(source, flags), EXTRA_ROUNDS), (character) =>
          character.charCodeAt(0),
        );
        const place = isRelative ? this.#cursor : source.startsWith("^") ? 0 : this.#bytes.length;
        this.#write(place, sample);
        return;
      }
      case "isdataat":
        this.#dataAt(condition);
        return;
      case "bsize":
        return;
      case "byte_test":
        this.#byteTest(condition);
        return;
      default:
        throw new NotMade(condition.kind);
    }
  }

  #content(content: ContentCondition): void {
    const { pattern, offset, depth, distance, within, isEndsWith } = content;
    if ([offset, depth, distance, within].some((place) => typeof place === "object")) {
      throw new NotMade("a variable");
    }
    const isRelative = distance !== undefined || within !== undefined;
    if (isEndsWith) {
      if (offset === 0 && depth === pattern.length) {
        this.#exact ??= pattern.length;
        this.#write(0, pattern);
        return;
      }
      this.#ending = pattern;
      return;
    }
    if (isRelative) this.#write(this.#cursor + Math.max(0, (distance as number | undefined) ?? 0), pattern);
    else if (depth !== undefined)
      this.#writeWithin((offset as number | undefined) ?? 0, depth as number, pattern);
    else this.#write(Math.max((offset as number | undefined) ?? 0, this.#bytes.length), pattern);
  }

  /** At the first place of a stretch where nothing else stands. */
  #writeWithin(offset: number, depth: number, pattern: Uint8Array): void {
    for (let at = offset; at + pattern.length <= offset + depth; at++) {
      if (pattern.every((byte, i) => !this.#isFixed[at + i] || this.#bytes[at + i] === byte)) {
        this.#write(at, pattern);
        return;
      }
    }
    throw new NotMade("room for a content");
  }

  #write(at: number, pattern: ArrayLike<number>): void {
    if (at + pattern.length > MAX_BYTES) throw new NotMade("the size");
    while (this.#bytes.length < at) this.#bytes.push(FILLER);
    for (let i = 0; i < pattern.length; i++) {
      this.#bytes[at + i] = pattern[i]!;
      this.#isFixed[at + i] = true;
    }
    this.#cursor = at + pattern.length;
  }

  #size({ operator, a, b }: BufferSizeCondition): void {
    if (operator === Compare.EQUAL) this.#exact = a;
    else if (operator === Compare.GREATER) this.#least = a + 1;
    else if (operator === Compare.GREATER_OR_EQUAL) this.#least = a;
    else if (operator === Compare.BETWEEN) this.#least = Math.min(a + 1, b - 1);
  }

  #dataAt({ count, isNegated, isRelative }: DataAtCondition): void {
    if (typeof count === "object") throw new NotMade("a variable");
    if (isNegated) return;
    this.#least = Math.max(this.#least, (isRelative ? this.#cursor : 0) + count + 1);
  }

  #byteTest({ reading, operator, isNegated, value }: ByteTestCondition): void {
    const { byteCount, offset, isRelative, isLittleEndian, base, bitmask } = reading;
    if (
      typeof byteCount === "object" ||
      typeof offset === "object" ||
      typeof value === "object" ||
      bitmask !== 0
    ) {
      throw new NotMade("a variable");
    }
    const at = offset + (isRelative ? this.#cursor : 0);
    if (at < 0) throw new NotMade("byte_test");
    const number = numberFor(operator, isNegated, value);
    const cursor = this.#cursor;
    if (base !== 0) this.#write(at, Buffer.from(number.toString(base).padStart(byteCount, "0"), "latin1"));
    else {
      const bytes = Array.from(
        { length: byteCount },
        (_, i) => Math.floor(number / 256 ** (byteCount - 1 - i)) & 0xff,
      );
      this.#write(at, isLittleEndian ? bytes.reverse() : bytes);
    }
    this.#cursor = cursor;
  }
}

/** A number for which the test holds. */
function numberFor(operator: ByteTestCondition["operator"], isNegated: boolean, value: number): number {
  const holds: Record<ByteTestCondition["operator"], number> = {
    "=": value,
    "<": Math.max(0, value - 1),
    "<=": value,
    ">": value + 1,
    ">=": value,
    "&": value,
    "^": value + 1,
  };
  const fails: Record<ByteTestCondition["operator"], number> = {
    "=": value + 1,
    "<": value,
    "<=": value + 1,
    ">": value,
    ">=": Math.max(0, value - 1),
    "&": 0,
    "^": value,
  };
  return (isNegated ? fails : holds)[operator];
}
