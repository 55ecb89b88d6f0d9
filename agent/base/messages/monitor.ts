import type { Message } from "./message.js";

/** What the monitor and the demo print. */
export const monitorMessages = {
  "monitor.ready": { en: "Monitor ready, waiting for incidents.", ja: "監視を開始しました。" },
} as const satisfies Record<string, Message>;
