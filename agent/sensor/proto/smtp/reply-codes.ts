/** The reply codes Suricata 7 knows; others are an `invalid_reply`, also those of RFC 4954 6 (530, 535) and of STARTTLS (454). */
export const REPLY_CODES: ReadonlySet<number> = new Set([
  211, 214, 220, 221, 235, 250, 251, 252, 334, 354, 421, 450, 451, 452, 455, 500, 501, 502, 503, 504, 550,
  551, 552, 553, 554, 555,
]);

export const ReplyCode = { READY: 220, START_MAIL: 354 } as const;
