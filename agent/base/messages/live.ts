import type { Message } from "./message.js";

/** `sekisho tail` and `sekisho top`: what happens now. */
export const liveMessages = {
  "cli.tail": {
    en: "Show incidents as they come, until Ctrl+C",
    ja: "インシデントを発生と同時に表示する（Ctrl+C で終了）",
  },
  "cli.tail.last": {
    en: "How many earlier ones to show first",
    ja: "最初に表示する過去のインシデントの件数",
  },
  "cli.tail.for": { en: "End after this time, such as 30s or 10m", ja: "この時間で終了（例: 30s、10m）" },
  "cli.tail.example": { en: "Wait for what has to be acted on", ja: "対処が必要なインシデントを待つ" },
  "cli.tail.waiting": {
    en: "Waiting for incidents. Ctrl+C ends.",
    ja: "インシデントを待っています。Ctrl+C で終了します。",
  },
  "cli.tail.away": {
    en: "The agent does not answer; asking again.",
    ja: "エージェントが応答しません。再度問い合わせています。",
  },
  "cli.tail.back": { en: "The agent answers again.", ja: "エージェントの応答が戻りました。" },
  "cli.tail.missed": {
    en: "More came at once than is shown: sekisho incidents has them all.",
    ja: "一度に多くのインシデントが発生したため、一部だけ表示しました。すべては sekisho incidents で確認できます。",
  },
  "cli.tail.opened": { en: "new", ja: "新規" },
  "cli.tail.updated": { en: "more", ja: "継続" },
  "cli.tail.closed": { en: "over", ja: "終息" },
  "cli.top": { en: "Show what goes through the box now", ja: "今この機器を流れている通信を表示する" },
  "cli.top.interval": { en: "Seconds between two looks", ja: "更新間隔（秒）" },
  "cli.top.count": { en: "End after so many looks", ja: "この回数で終了" },
  "cli.top.example": { en: "One look, for a ticket", ja: "一回だけ表示（報告用）" },
  "top.title": {
    en: "sekisho {version}  {device}  {verdict}  {time}",
    ja: "sekisho {version}  {device}  {verdict}  {time}",
  },
  "top.sensors": {
    en: "Interface        packets/s     Mbit/s    drops/s     hits/s",
    ja: "インターフェース   パケット/秒  Mbit/秒   欠落/秒   検知/秒",
  },
  "top.box": {
    en: "Memory {megabytes} MB, store {stored} of {budget} MB, {messages} messages wait{uplink}",
    ja: "メモリ {megabytes} MB、保存 {stored}/{budget} MB、送信待ち {messages} 件{uplink}",
  },
  "top.connected": { en: ", monitor connected", ja: "、監視サーバー接続中" },
  "top.away": { en: ", MONITOR AWAY", ja: "、監視サーバー未接続" },
  "top.no_uplink": { en: "", ja: "" },
  "top.talkers": {
    en: "Devices by traffic now        sent kbit/s  received kbit/s  packets/s",
    ja: "通信量の多い機器            送信 kbit/秒   受信 kbit/秒  パケット/秒",
  },
  "top.quiet": { en: "none now", ja: "現在なし" },
  "cli.why": {
    en: "Follow a rule on the traffic of now: which of its conditions stops it",
    ja: "今の通信でルールを追跡し、どの条件で止まるかを示す",
  },
  "cli.why.for": { en: "How long to look, up to 10m", ja: "確認する時間（最長 10m）" },
  "cli.why.example": { en: "Why does this rule not fire?", ja: "なぜこのルールは検知しないのか" },
  "cli.why.running": {
    en: "Following the rule for {seconds} s; cause the traffic now.",
    ja: "{seconds} 秒間ルールを追跡します。対象の通信を今発生させてください。",
  },
  "cli.why.unknown": {
    en: "The text of rule {sid} is not found among the rules in force. “sekisho rules check” lists them; lists of indicators have no conditions.",
    ja: "適用中のルールに {sid} が見つかりません。「sekisho rules check」で確認してください（指標リストには条件がありません）。",
  },
  "cli.why.busy": {
    en: "A rule set is being tried beside the rules in force, or no sensor runs: try again later.",
    ja: "ルールセットの試行中か、センサーが動作していません。後でもう一度実行してください。",
  },
  "cli.why.no_flow": {
    en: "No flow came on which even the first condition held: {condition}",
    ja: "最初の条件を満たす通信がありませんでした: {condition}",
  },
  "cli.why.title": {
    en: "Flows: {flows}; on {held} of them every condition held (thresholds and suppressions apart).",
    ja: "通信 {flows} 件、うち全条件を満たしたもの {held} 件（しきい値・抑制は除く）。",
  },
  "cli.why.stopped": { en: "stopped {flows} flows here:", ja: "ここで止まった通信 {flows} 件:" },
  "cli.why.held": { en: "Every condition held on {flows} flows:", ja: "全条件を満たした通信 {flows} 件:" },
  "cli.why.uncounted": {
    en: "{uncounted} more flows came than can be told apart.",
    ja: "ほかに {uncounted} 件の通信がありましたが、区別できる数を超えました。",
  },
  "top.rules": { en: "Rules of the last incidents       hits", ja: "最近のインシデントのルール        検知" },
  "top.devices": {
    en: "Devices of the last incidents     hits",
    ja: "最近のインシデントの機器          検知",
  },
  "top.incidents": { en: "Last incidents", ja: "最近のインシデント" },
  "top.none": { en: "none", ja: "なし" },
  "error.live.interval": {
    en: "--interval takes 1 to 60 seconds.",
    ja: "--interval は 1〜60 秒で指定してください。",
  },
} as const satisfies Record<string, Message>;
