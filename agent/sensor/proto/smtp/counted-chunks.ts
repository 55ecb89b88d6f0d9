/**
 * Chunks of a mail (BDAT, RFC 3030) as Suricata 7 passes over them: it does not look into the mail, counts the octets of all
 * chunks since the beginning or the last RSET together, line by line, and gives the flow up where they are more than the size of the
 * last chunk. So it does at the second chunk of most mails.
 */
import { skipSpace } from "./command-text.js";

const SPACE = 0x20;
const PLUS = 0x2b;
const MINUS = 0x2d;

/** What an octet of a chunk's line leads to. */
export const Counted = { MORE: 0, OVER: 1, EXCEEDED: 2 } as const;
export type CountedCode = (typeof Counted)[keyof typeof Counted];

export class CountedChunks {
  #size = 0;
  #octets = 0;

  /** RSET. */
  clear(): void {
    this.#octets = 0;
  }

  /** What stands behind BDAT. False: Suricata cannot read it and gives the flow up. */
  begin(bytes: Uint8Array, start: number, end: number): boolean {
    if (start >= end || bytes[start] !== SPACE) return false;
    const at = skipSpace(bytes, start, end);
    if (at >= end) return false;
    const size = numberAt(bytes, at, end);
    if (size === undefined) return false;
    this.#size = size;
    return true;
  }

  /** A line, its break included. */
  take(octets: number): CountedCode {
    this.#octets += octets;
    if (this.#octets > this.#size) return Counted.EXCEEDED;
    return this.#octets === this.#size ? Counted.OVER : Counted.MORE;
  }
}

/** A number as C reads it, 0 where none stands there, its low 32 bits; undefined where it is more than 64 bits hold. */
function numberAt(bytes: Uint8Array, start: number, end: number): number | undefined {
  const isNegative = bytes[start] === MINUS;
  let value = 0n;
  for (let at = isNegative || bytes[start] === PLUS ? start + 1 : start; at < end; at++) {
    const digit = bytes[at]! - 0x30;
    if (digit < 0 || digit > 9) break;
    value = value * 10n + BigInt(digit);
    if (value >> 64n !== 0n) return undefined;
  }
  return Number(BigInt.asUintN(32, isNegative ? -value : value));
}
