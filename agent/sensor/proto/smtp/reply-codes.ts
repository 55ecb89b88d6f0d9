/** The reply codes Suricata knows; others are an `invalid_reply`. RFC 5321 4.2.3, RFC 4954 6, and some of old. */
export const REPLY_CODES: ReadonlySet<number> = new Set([
  211, 214, 220, 221, 235, 250, 251, 252, 334, 354, 421, 435, 450, 451, 452, 454, 455, 500, 501, 502, 503,
  504, 511, 521, 522, 524, 525, 530, 534, 535, 541, 543, 550, 551, 552, 553, 554, 555,
]);

export const ReplyCode = { READY: 220, START_MAIL: 354 } as const;
