import type { Message } from "./message.js";

/** What an incident means and what to do about it. */
export const incidentMessages = {
  "incident.direction.outbound": { en: "inside → outside", ja: "社内 → 社外" },
} as const satisfies Record<string, Message>;
