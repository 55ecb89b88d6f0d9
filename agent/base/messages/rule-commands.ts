import type { Message } from "./message.js";

/** Help texts and results of the commands about rules. */
export const ruleCommandMessages = {
  "cli.rules_explain": {
    en: "Say how the engine reads one rule, what it costs, and which rules it needs",
    ja: "1 つのルールの読み方、負荷、必要なルールを説明する",
  },
  "cli.rules_explain.sid": { en: "SID or GID:SID of the rule", ja: "ルールの番号（SID または GID:SID）" },
  "cli.rules_explain.bad_sid": {
    en: '"{sid}" is not the number of a rule. Give SID or GID:SID.',
    ja: "「{sid}」はルールの番号ではありません。SID または GID:SID で指定してください。",
  },
  "cli.rules_explain.example.shipped": { en: "A rule shipped with the agent", ja: "付属のルールを説明する" },
  "cli.rules_explain.example.rules": {
    en: "A rule of a folder of rules",
    ja: "フォルダー内のルールを説明する",
  },

  "cli.replay.why": {
    en: "Say for each flow why this rule alerts or what stops it (SID or GID:SID)",
    ja: "このルール（SID または GID:SID）が検知する理由、しない理由をフローごとに示す",
  },
  "cli.replay.why_limit": { en: "Flows shown with --why", ja: "--why で表示するフローの数" },
  "cli.replay.json": { en: "Print JSON for machines (--why)", ja: "結果を JSON で出力する（--why）" },
  "cli.replay.why_and_batch": {
    en: "--why goes with captures and --rules, not with --batch.",
    ja: "--why はキャプチャと --rules とともに指定します。--batch とは併用できません。",
  },
  "cli.replay.example.why": {
    en: "Why does rule 9000011 stay silent on this capture?",
    ja: "ルール 9000011 がこのキャプチャで検知しない理由を調べる",
  },

  "cli.rules_check.all": {
    en: "Print every warning, also of slow rules",
    ja: "低速なルールを含め、警告をすべて表示する",
  },
  "cli.rules_check.by_reason": { en: "Refused by reason:", ja: "拒否の理由別件数：" },
  "cli.rules_check.warning": { en: "sid {sid}: {text}", ja: "sid {sid}: {text}" },
  "cli.rules_check.policy": { en: "no effect: {reason}", ja: "効果なし: {reason}" },
  "cli.rules_check.changes": {
    en: "Policy: {disabled} switched off, {enabled} switched on, {dropped} made drop, {modified} modified, {suppressed} suppressions, {thresholds} thresholds",
    ja: "ポリシー：無効化 {disabled}、有効化 {enabled}、drop 化 {dropped}、変更 {modified}、抑制 {suppressed}、しきい値 {thresholds}",
  },
  "cli.rules_check.counts": {
    en: "{disabled} are commented out in their files; {never} can never alert, {useless} do nothing, {slow} are slow",
    ja: "コメントアウト {disabled} 件。検知し得ない {never} 件、効果なし {useless} 件、低速 {slow} 件",
  },
  "cli.rules_check.more": {
    en: "… and {count} more warnings; --all prints them",
    ja: "…ほか警告 {count} 件（--all で表示）",
  },
  "cli.rules_check.example.policy": {
    en: "See what thresholds and lists would do, before they are used",
    ja: "しきい値や一覧の効果を、使う前に確認する",
  },

  "cli.rules_test": {
    en: "Run the tests that come with rules: captures with the alerts they must cause",
    ja: "ルールに付属するテスト（キャプチャと期待される検知）を実行する",
  },
  "cli.rules_test.dir": {
    en: "Folder of tests, one folder each",
    ja: "テストのフォルダー（1 件 1 フォルダー）",
  },
  "cli.rules_test.rules": {
    en: "Rules of tests that bring none (default: beside the folder, else those shipped)",
    ja: "独自のルールを持たないテスト用のルール（既定は隣のフォルダー、なければ付属のもの）",
  },
  "cli.rules_test.match": {
    en: "Only tests whose name holds this text",
    ja: "名前にこの文字を含むテストだけを実行する",
  },
  "cli.rules_test.example.plain": {
    en: "The tests of the shipped rules",
    ja: "付属ルールのテストを実行する",
  },
  "cli.rules_test.example.json": {
    en: "One's own tests, for a machine",
    ja: "自作のテストを実行し、結果を機械で処理する",
  },
  "cli.rules_test.passed": { en: "pass", ja: "成功" },
  "cli.rules_test.failed": { en: "FAIL", ja: "失敗" },
  "cli.rules_test.missing": {
    en: "sid {sid}: {expected} expected, {got} alerted",
    ja: "sid {sid}: 期待 {expected}、検知 {got}",
  },
  "cli.rules_test.unexpected": {
    en: "sid {sid}: not expected, {got} alerted",
    ja: "sid {sid}: 期待していない検知 {got}",
  },
  "cli.rules_test.refused": { en: "sid {sid} is refused: {reason}", ja: "sid {sid} 読み込み不可: {reason}" },
  "cli.rules_test.not_loaded": {
    en: "sid {sid} is not among the rules",
    ja: "sid {sid} はルールにありません",
  },
  "cli.rules_test.total": {
    en: "{passed} passed, {failed} failed",
    ja: "成功 {passed} 件、失敗 {failed} 件",
  },
  "cli.rules_test.none": {
    en: "The folder {path} holds no test. A test is a folder with a capture and expect.yaml.",
    ja: "フォルダー {path} にテストがありません。テストはキャプチャと expect.yaml を含むフォルダーです。",
  },
  "error.rule_test.unreadable": {
    en: "The test {path} cannot be read: {reason}. Check owner and permissions.",
    ja: "テスト {path} を読み込めません：{reason}。所有者と権限を確認してください。",
  },
  "error.rule_test.form": {
    en: "{path}: {reason}. See 'sekisho rules test --help' for the form of expect.yaml.",
    ja: "{path}：{reason}。expect.yaml の書式は「sekisho rules test --help」を参照してください。",
  },
  "error.rule_test.capture": {
    en: "The test {path} holds {count} captures. Leave one, or name it with `capture:` in expect.yaml.",
    ja: "テスト {path} にキャプチャが {count} 個あります。1 つにするか、expect.yaml の `capture:` で指定してください。",
  },
  "cli.rules_test.form": {
    en: "A test is a folder with one capture (*.pcap, *.pcapng), expect.yaml, and if need be rules (*.rules), vars.json, threshold.config. expect.yaml: `alerts: {9000011: 1, 9000012: any}`; `alerts: {}` means silence. `capture: FILE`, `home_net: [CIDR]` and `more: true` are optional.",
    ja: "テストは、キャプチャ 1 個（*.pcap、*.pcapng）と expect.yaml、必要に応じて *.rules、vars.json、threshold.config を含むフォルダーです。expect.yaml の例：`alerts: {9000011: 1, 9000012: any}`。`alerts: {}` は無検知を意味します。`capture: FILE`、`home_net: [CIDR]`、`more: true` は省略できます。",
  },
} as const satisfies Readonly<Record<string, Message>>;
