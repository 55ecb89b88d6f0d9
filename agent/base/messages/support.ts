import type { Message } from "./message.js";

/** `sekisho support`. */
export const supportMessages = {
  "cli.support": {
    en: "Write one file that says how the box does, for whoever helps",
    ja: "サポート担当者に送る、状態をまとめたファイルを作る",
  },
  "cli.support.out": {
    en: "Name of the file (.tar.gz); it must not exist",
    ja: "ファイル名（.tar.gz、既存のファイルは不可）",
  },
  "cli.support.pseudonymise": {
    en: "Replace addresses and names of devices by ones that say nothing",
    ja: "アドレスと機器名を無関係な文字列に置き換える",
  },
  "cli.support.yes": { en: "Write without asking", ja: "確認せずに書き込む" },
  "cli.support.example": {
    en: "A file that tells nothing of who works here",
    ja: "社内の機器や人がわからないファイルを作る",
  },
  "cli.support.gathering": {
    en: "Looking at the box; this takes some seconds.",
    ja: "状態を調べています。数秒かかります。",
  },
  "cli.support.holds.pseudonyms": {
    en: "The file will hold what follows: no traffic, no passwords; addresses and names of devices are replaced.",
    ja: "ファイルの内容は次のとおりです。通信内容とパスワードは含まれず、アドレスと機器名は置き換えられています。",
  },
  "cli.support.holds.addresses": {
    en: "The file will hold what follows: no traffic, no passwords. Addresses of your network are in it; --pseudonymise replaces them.",
    ja: "ファイルの内容は次のとおりです。通信内容とパスワードは含まれません。社内のアドレスが含まれます（--pseudonymise で置き換え）。",
  },
  "cli.support.part.config": { en: "the configuration, secrets taken out", ja: "設定（秘密の値は除く）" },
  "cli.support.part.status": { en: "health, rules, counters", ja: "稼働状態、ルール、カウンター" },
  "cli.support.part.rules": { en: "rule sets: in force, tried, refused", ja: "ルールセットの適用状況" },
  "cli.support.part.doctor": { en: "what `sekisho doctor` finds", ja: "sekisho doctor の診断結果" },
  "cli.support.part.incidents": { en: "numbers of incidents by rule", ja: "ルールごとのインシデントの件数" },
  "cli.support.part.machine": {
    en: "system, memory, disks, interfaces",
    ja: "システム、メモリ、ディスク、インターフェース",
  },
  "cli.support.part.journal": {
    en: "the last lines of the agent's log",
    ja: "エージェントのログ（最新部分）",
  },
  "cli.support.ask": { en: "Write {file}? [y/N]", ja: "{file} を作成しますか？ [y/N]" },
  "cli.support.not_written": { en: "Nothing was written.", ja: "何も書き込みませんでした。" },
  "cli.support.written": {
    en: "{file} was written. SHA-256: {sha256}",
    ja: "{file} を作成しました。SHA-256: {sha256}",
  },
  "error.support.unasked": {
    en: "Nobody can be asked here. Look at what the file holds on a terminal first, or give --yes.",
    ja: "確認できる端末がありません。端末で内容を確認するか、--yes を指定してください。",
  },
  "error.support.exists": {
    en: "{file} is there already and is not overwritten. Give another name with --out.",
    ja: "{file} はすでに存在するため、上書きしません。--out で別の名前を指定してください。",
  },
  "error.support.unwritable": {
    en: "{file} cannot be written ({reason}). Give another place with --out.",
    ja: "{file} を書き込めません（{reason}）。--out で別の場所を指定してください。",
  },
} as const satisfies Record<string, Message>;
