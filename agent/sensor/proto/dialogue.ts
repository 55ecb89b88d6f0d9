/** What the dialogues of command and reply lines (FTP, SMTP) have in common. */

import { commonWord } from "./line-finder.js";
import { Probe, type ProbeCode } from "./parser.js";

/** Whether `bytes[offset, end)` begins with one of `openings` (lower case), in any case. */
export function probeOpenings(
  bytes: Uint8Array,
  offset: number,
  end: number,
  openings: readonly Uint8Array[],
): ProbeCode {
  let best: ProbeCode = Probe.NO;
  for (let i = 0; i < openings.length; i++) {
    const opening = openings[i]!;
    const length = commonWord(bytes, offset, end, opening);
    if (length === opening.length) return Probe.YES;
    if (offset + length === end) best = Probe.UNSURE;
  }
  return best;
}

/** The three digits at the beginning of a reply line (RFC 959 4.2, RFC 5321 4.2), or −1. */
export function replyCodeOf(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 3) return -1;
  let code = 0;
  for (let i = start; i < start + 3; i++) {
    const digit = bytes[i]! - 0x30;
    if (digit < 0 || digit > 9) return -1;
    code = code * 10 + digit;
  }
  return code;
}
