import type { Message } from "./message.js";

/** Help texts and results of the command line. */
export const cliMessages = {
  "cli.description": {
    en: "sekisho: reads traffic metadata, matches Suricata-syntax rules, reports what matters",
    ja: "sekisho: 通信のメタデータを読み、Suricata 形式のルールと照合し、重要なことを知らせます",
  },
} as const satisfies Record<string, Message>;
