import type { Message } from "./message.js";

/** Failures of the outside world: one sentence says what is wrong, one what to do. */
export const errorMessages = {
  "error.internal": {
    en: "Something unexpected failed: {reason}. Send the log to the maintainers.",
    ja: "予期しないエラーが発生しました: {reason}。ログを保守担当者に送ってください。",
  },
} as const satisfies Record<string, Message>;
