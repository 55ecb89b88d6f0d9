import type { Message } from "./message.js";

/** Help and results of the commands on the configuration. */
export const cliConfigMessages = {
  "cli.config": { en: "Work with the configuration", ja: "設定に関する操作" },
  "cli.config.file": {
    en: "Configuration file (YAML); without it {file} where it exists",
    ja: "設定ファイル（YAML）。省略時は {file}（あれば）",
  },
  "cli.config_check": {
    en: "Say whether a configuration can be used, and every mistake with its line",
    ja: "設定が使えるかを確認し、誤りをすべて行番号付きで表示する",
  },
  "cli.config_check.example": { en: "Check before a restart", ja: "再起動の前に確認する" },
  "cli.config_check.fine": {
    en: "{file}: the configuration is valid; {keys} keys are set, the others have their defaults",
    ja: "{file}: 設定は正しいです。指定された項目は {keys} 個、ほかは既定値です",
  },
  "cli.config_show": {
    en: "Print the configuration as the agent reads it, defaults included",
    ja: "エージェントが読む設定を既定値も含めて表示する",
  },
  "cli.config_show.origin": {
    en: "Say for every key where its value was written",
    ja: "各項目の値がどこで指定されたかを表示する",
  },
  "cli.config_show.example": {
    en: "Which line or variable set what",
    ja: "どの行・環境変数が何を決めたかを見る",
  },
  "cli.config_schema": {
    en: "Print the JSON Schema of the configuration, for editors",
    ja: "設定の JSON Schema を出力する（エディター用）",
  },
  "cli.config_schema.example": { en: "Keep it in a file", ja: "ファイルに保存する" },
} as const satisfies Record<string, Message>;
