/** The reply codes Suricata knows; others are an `invalid_reply`. RFC 5321 4.2.3, RFC 4954 6, and some of old. */
export const REPLY_CODES: ReadonlySet<number> = new Set([
  211, 214, 220, 221, 235, 250, 251, 252, 334, 354, 421, 435, 450, 451, 452, 454, 455, 500, 501, 502, 503,
  504, 511, 521, 522, 524, 525, 530, 534, 535, 541, 543, 550, 551, 552, 553, 554, 555,
]);

export const ReplyCode = { READY: 220, START_MAIL: 354 } as const;

/** The three digits at the beginning of a reply line, or −1. */
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
