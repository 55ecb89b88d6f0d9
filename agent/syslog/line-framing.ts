/**
 * Owns where one message ends and the next begins: several in a datagram, and the two framings of a stream (RFC 6587:
 * octets counted, or closed by LF), which may alternate. Memory: one unfinished line of MAX_LINE_BYTES a connection; what
 * of a line is beyond is thrown away and counted.
 */
import { MAX_LINE_BYTES } from "./syslog-message.js";

const LF = 0x0a;
const CR = 0x0d;
const NUL = 0x00;
const BLANK = 0x20;
const LESS_THAN = 0x3c;
/** Digits of a count of octets. */
const MAX_COUNT_DIGITS = 6;

/** Called with each message; the octets are valid during the call only. */
export type LineSink = (line: Buffer, isCut: boolean) => void;

/**
 * The messages of a datagram. A line break ends a message only where the next line begins with a priority: some devices
 * break their text.
 */
export function splitDatagram(bytes: Buffer, sink: LineSink): void {
  let start = 0;
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (!hasPriority(bytes, at + 1)) continue;
    give(bytes, start, at, sink);
    start = at + 1;
  }
  give(bytes, start, bytes.length, sink);
}

/** `<`, one to three digits, `>`. */
function hasPriority(bytes: Buffer, at: number): boolean {
  if (bytes[at] !== LESS_THAN) return false;
  let digits = 0;
  while (digits < 4 && isDigit(bytes[at + 1 + digits])) digits++;
  return digits >= 1 && digits <= 3 && bytes[at + 1 + digits] === 0x3e;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** Without the line ends and zeros that devices add; an empty line is none. */
function give(bytes: Buffer, start: number, end: number, sink: LineSink): void {
  let last = end;
  while (last > start && (bytes[last - 1] === LF || bytes[last - 1] === CR || bytes[last - 1] === NUL))
    last--;
  if (last <= start) return;
  const isCut = last - start > MAX_LINE_BYTES;
  sink(bytes.subarray(start, isCut ? start + MAX_LINE_BYTES : last), isCut);
}

/** The messages of one connection. */
export class StreamFraming {
  readonly #sink: LineSink;
  #held: Buffer = Buffer.alloc(0);
  /** Octets of a counted message that are still to be thrown away. */
  #skipBytes = 0;
  /** The line at hand is longer than may be: thrown away up to its end. */
  #isSkippingLine = false;

  constructor(sink: LineSink) {
    this.#sink = sink;
  }

  push(chunk: Buffer): void {
    let bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    while (bytes.length > 0) {
      const used = this.#take(bytes);
      if (used === 0) break;
      bytes = bytes.subarray(used);
    }
    // A copy: the chunk is the socket's.
    this.#held = bytes.length === 0 ? bytes : Buffer.from(bytes);
  }

  /** The connection has ended: what stands unfinished is a message too. */
  end(): void {
    if (!this.#isSkippingLine && this.#skipBytes === 0) give(this.#held, 0, this.#held.length, this.#sink);
    this.#held = Buffer.alloc(0);
  }

  /** @returns octets used up; 0 where more are needed */
  #take(bytes: Buffer): number {
    if (this.#skipBytes > 0) {
      const skipped = Math.min(this.#skipBytes, bytes.length);
      this.#skipBytes -= skipped;
      return skipped;
    }
    if (this.#isSkippingLine) {
      const end = bytes.indexOf(LF);
      if (end >= 0) this.#isSkippingLine = false;
      return end < 0 ? bytes.length : end + 1;
    }
    const digits = countDigits(bytes);
    if (digits > 0) {
      if (digits === bytes.length && digits <= MAX_COUNT_DIGITS) return 0;
      if (bytes[digits] === BLANK && (bytes.length <= digits + 1 || bytes[digits + 1] === LESS_THAN))
        return this.#takeCounted(bytes, digits);
    }
    return this.#takeLine(bytes);
  }

  #takeCounted(bytes: Buffer, digits: number): number {
    const length = Number(bytes.toString("latin1", 0, digits));
    const start = digits + 1;
    if (bytes.length < start + Math.min(length, MAX_LINE_BYTES)) return 0;
    const end = Math.min(bytes.length, start + length);
    const cut = Math.min(end, start + MAX_LINE_BYTES);
    if (length > MAX_LINE_BYTES) this.#sink(bytes.subarray(start, cut), true);
    else give(bytes, start, end, this.#sink);
    this.#skipBytes = start + length - end;
    return end;
  }

  #takeLine(bytes: Buffer): number {
    const end = bytes.indexOf(LF);
    if (end >= 0) {
      give(bytes, 0, end, this.#sink);
      return end + 1;
    }
    if (bytes.length <= MAX_LINE_BYTES) return 0;
    this.#sink(bytes.subarray(0, MAX_LINE_BYTES), true);
    this.#isSkippingLine = true;
    return bytes.length;
  }
}

function countDigits(bytes: Buffer): number {
  let digits = 0;
  while (digits <= MAX_COUNT_DIGITS && isDigit(bytes[digits])) digits++;
  return digits > MAX_COUNT_DIGITS || bytes[0] === 0x30 ? 0 : digits;
}
