/**
 * Owns the rest of a head that is longer than what is kept of a head: it is skipped line by line, and only how the
 * body is framed is taken from it.
 */

import { asciiOctets, indexOfOctet } from "../octets.js";
import type { ParserInput } from "../parser.js";
import { Framing } from "./framing.js";
import { parseLength } from "./header-table.js";
import type { HttpSide } from "./http-state.js";
import { isEmptyLine } from "./line-ends.js";
import { containsWithoutNul, LF, startsWithIgnoringCase } from "./octet-class.js";

const CONTENT_LENGTH = asciiOctets("content-length:");
const TRANSFER_ENCODING = asciiOctets("transfer-encoding:");
const CHUNKED = asciiOctets("chunked");

/** Consume the rest of the head as far as it is there; true if its end was reached. */
export function skipHeadRest(side: HttpSide, input: ParserInput): boolean {
  const { bytes, end } = input;
  while (input.offset < end) {
    const start = input.offset;
    const feed = indexOfOctet(bytes, LF, start + side.scanned, end);
    if (feed < 0) {
      if (input.isFull) input.offset = end;
      side.scanned = end - input.offset;
      return false;
    }
    side.scanned = 0;
    input.offset = feed + 1;
    if (isEmptyLine(bytes, start, feed + 1)) return true;
    noteFraming(side, bytes, start, feed);
  }
  return false;
}

function noteFraming(side: HttpSide, bytes: Uint8Array, start: number, end: number): void {
  if (startsWithIgnoringCase(bytes, start, end, TRANSFER_ENCODING)) {
    if (containsWithoutNul(bytes, start, end, CHUNKED)) side.framing = Framing.CHUNKED;
  } else if (startsWithIgnoringCase(bytes, start, end, CONTENT_LENGTH) && side.framing !== Framing.CHUNKED) {
    const length = parseLength(bytes, start, end);
    side.framing = length > 0 ? Framing.LENGTH : Framing.NO_BODY;
    side.left = Math.max(length, 0);
  }
}
