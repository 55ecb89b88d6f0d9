import type { Message } from "./message.js";

/** Help texts and results of the command line. */
export const cliMessages = {
  "cli.description": {
    en: "sekisho: reads traffic metadata, matches Suricata-syntax rules, reports what matters",
    ja: "sekisho: 通信のメタデータを読み、Suricata 形式のルールと照合し、重要なことを知らせます",
  },
  "cli.lang": { en: "Language of texts for people", ja: "画面表示の言語" },
  "cli.json": { en: "Print JSON for machines", ja: "結果を JSON で出力する" },
  "cli.allow_empty": {
    en: "Go on although no rule could be loaded",
    ja: "読み込めたルールがなくても続行する",
  },
  "cli.usage_hint": {
    en: "Run 'sekisho --help' to see the commands.",
    ja: "コマンドの一覧は「sekisho --help」で表示できます。",
  },
  "cli.run": {
    en: "Run the agent until it is told to stop",
    ja: "停止の指示があるまでエージェントを実行する",
  },
  "cli.run.config": { en: "Configuration file (YAML)", ja: "設定ファイル（YAML）" },
  "cli.run.example.config": { en: "Run with a configuration file", ja: "設定ファイルを指定して実行する" },
  "cli.run.example.environment": {
    en: "Run with defaults on one interface",
    ja: "インターフェースだけを指定し、ほかは既定値で実行する",
  },
  "cli.replay": {
    en: "Run captures through the rules, without network and store",
    ja: "キャプチャファイルをルールと照合する（ネットワークと保存は使わない）",
  },
  "cli.replay.pcap": { en: "Capture files (pcap, pcapng)", ja: "キャプチャファイル（pcap、pcapng）" },
  "cli.replay.rules": {
    en: "Rule files, or folders of *.rules",
    ja: "ルールファイル、または *.rules を含むフォルダー",
  },
  "cli.replay.eve": {
    en: "Where EVE JSON lines go; - is standard output",
    ja: "EVE JSON の出力先（- は標準出力）",
  },
  "cli.replay.records": {
    en: "Also write an EVE record for every DNS, TLS, HTTP … message and every flow",
    ja: "DNS、TLS、HTTP などの通信とフローの EVE レコードも書き出す",
  },
  "cli.replay.cache": {
    en: "Use compiled rules that were kept from before; --no-cache compiles anew",
    ja: "保存済みのコンパイル結果を使う（--no-cache で常にコンパイルする）",
  },
  "cli.replay.vars": {
    en: 'JSON file {"address-groups":{…},"port-groups":{…}}',
    ja: '変数の JSON ファイル {"address-groups":{…},"port-groups":{…}}',
  },
  "cli.replay.home_net": {
    en: "Inside networks (CIDR, separated by commas)",
    ja: "社内ネットワーク（CIDR、カンマ区切り）",
  },
  "cli.policy.threshold_file": {
    en: "threshold.config: thresholds and suppressions (default: beside the rules)",
    ja: "threshold.config：しきい値と抑制（既定はルールと同じフォルダー）",
  },
  "cli.policy.disable_conf": {
    en: "disable.conf of suricata-update (default: beside the rules)",
    ja: "suricata-update の disable.conf（既定はルールと同じフォルダー）",
  },
  "cli.policy.enable_conf": {
    en: "enable.conf of suricata-update (default: beside the rules)",
    ja: "suricata-update の enable.conf（既定はルールと同じフォルダー）",
  },
  "cli.policy.drop_conf": {
    en: "drop.conf of suricata-update (default: beside the rules)",
    ja: "suricata-update の drop.conf（既定はルールと同じフォルダー）",
  },
  "cli.policy.modify_conf": {
    en: "modify.conf of suricata-update (default: beside the rules)",
    ja: "suricata-update の modify.conf（既定はルールと同じフォルダー）",
  },
  "cli.replay.batch": {
    en: "List of lines capture<TAB>output[<TAB>rules], each replayed by itself",
    ja: "「キャプチャ<TAB>出力[<TAB>ルール]」の一覧。1 行ずつ独立に処理する",
  },
  "cli.replay.packet_alert_max": {
    en: "Alerts of one packet that are told, those of the first rules (as Suricata's packet-alert-max)",
    ja: "1 パケットあたりのアラートの上限。優先順位の高いルールから出力（Suricata の packet-alert-max と同じ）",
  },
  "cli.replay.more": {
    en: "Also read what Suricata 7 does not (tunnels, protocols), as the agent does",
    ja: "Suricata 7 が読まないもの（トンネル、プロトコル）も調べる（常駐時は常に有効）",
  },
  "cli.replay.stats": {
    en: "Print the sensor's counters to standard error at the end",
    ja: "終了時にセンサーの計数を標準エラー出力に表示する",
  },
  "cli.replay.example.plain": {
    en: "Alerts of one capture to standard output",
    ja: "1 つのキャプチャの検知結果を標準出力に出す",
  },
  "cli.replay.example.vars": {
    en: "Own networks, several captures",
    ja: "変数を指定し、複数を続けて処理する",
  },
  "cli.replay.example.batch": { en: "Many captures in one process", ja: "多数のキャプチャを 1 度に処理する" },
  "cli.replay.no_pcap": {
    en: "No capture is named. Give one or more capture files, or --batch LIST.",
    ja: "キャプチャが指定されていません。キャプチャファイルか --batch を指定してください。",
  },
  "cli.replay.no_rules": {
    en: "No rules are named. Give --rules FILE_OR_DIR.",
    ja: "ルールが指定されていません。--rules でファイルかフォルダーを指定してください。",
  },
  "cli.replay.batch_and_pcap": {
    en: "--batch and capture files exclude each other. Put the captures into the list.",
    ja: "--batch とキャプチャファイルは同時に指定できません。キャプチャは一覧に書いてください。",
  },
  "cli.rules": { en: "Work with rules", ja: "ルールに関する操作" },
  "cli.rules_check": {
    en: "Say which rules load and which do not, and why",
    ja: "読み込めるルールと読み込めないルール、その理由を表示する",
  },
  "cli.rules_check.path": {
    en: "Rule files, or folders of *.rules",
    ja: "ルールファイル、または *.rules を含むフォルダー",
  },
  "cli.rules_check.example.plain": { en: "Check a folder of rules", ja: "フォルダー内のルールを確認する" },
  "cli.rules_check.example.json": { en: "The same for a machine", ja: "結果を機械で処理する" },
  "cli.rules_check.refused": { en: "sid {sid} refused: {reason}", ja: "sid {sid} 読み込み不可: {reason}" },
  "cli.rules_check.note": { en: "sid {sid}: {note}", ja: "sid {sid}: {note}" },
  "cli.rules_check.list": {
    en: "list {name}: {values} values of kind {kind}, alerts as {id}",
    ja: "リスト {name}: {kind} {values} 件（アラート番号 {id}）",
  },
  "cli.rules_check.total": {
    en: "{loaded} rules load, {refused} are refused",
    ja: "読み込めるルール {loaded} 件、読み込めないルール {refused} 件",
  },
} as const satisfies Record<string, Message>;
