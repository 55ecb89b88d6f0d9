import type { Message } from "./message.js";

/** `sekisho selftest`: the legs of the way from the wire to the monitor, and why one could not be proved. */
export const selfTestMessages = {
  "cli.selftest": {
    en: "Prove detection end to end with a marked flow: seen, detected, stored, sent, acknowledged",
    ja: "目印付きの通信で検知の全経路を確認する（受信・検知・保存・送信・受領）",
  },
  "cli.selftest.example": { en: "Does it really work?", ja: "本当に検知できるか確認" },
  "cli.selftest.example.json": { en: "For a ticket", ja: "報告用" },
  "cli.selftest.running": {
    en: "A marked flow goes through {device} now; nobody is disturbed by it.",
    ja: "{device} で目印付きの通信を流しています（業務への影響はありません）。",
  },
  "cli.selftest.by_caller": {
    en: "The agent may not send by itself; this command does it for the agent.",
    ja: "エージェントには送信権限がないため、このコマンドが代わりに送信します。",
  },
  "selftest.leg.rules": { en: "rules in force", ja: "ルール適用" },
  "selftest.leg.inject": { en: "test flow sent", ja: "試験通信の送出" },
  "selftest.leg.capture": { en: "seen by the sensor", ja: "センサー受信" },
  "selftest.leg.detect": { en: "rule has fired", ja: "ルール検知" },
  "selftest.leg.store": { en: "incident stored", ja: "インシデントの保存" },
  "selftest.leg.send": { en: "sent to the monitor", ja: "監視サーバーへ送信" },
  "selftest.leg.acknowledge": { en: "acknowledged", ja: "監視サーバーの受領" },
  "selftest.state.waiting": { en: "waits", ja: "待機" },
  "selftest.state.running": { en: "…", ja: "…" },
  "selftest.state.proved": { en: "ok", ja: "正常" },
  "selftest.state.failed": { en: "FAILED", ja: "異常" },
  "selftest.state.unproved": { en: "not proved", ja: "未確認" },
  "selftest.verdict.proved": {
    en: "Detection works from the wire to the monitor.",
    ja: "通信の受信から監視サーバーまで、検知は正常に動作しています。",
  },
  "selftest.verdict.unproved": {
    en: "What could be tested works; what stands as “not proved” could not be tested.",
    ja: "確認できた範囲は正常です。「未確認」の項目は確認できませんでした。",
  },
  "selftest.verdict.failed": {
    en: "Detection does not work all the way. Begin with the first leg that failed.",
    ja: "検知の経路に異常があります。最初の「異常」から対処してください。",
  },
  "selftest.by.broker": {
    en: "by the broker (uplink.acknowledgement)",
    ja: "ブローカーによる受領（uplink.acknowledgement）",
  },
  "selftest.by.datagram": {
    en: "as a datagram, without node-pcap",
    ja: "node-pcap を使わずデータグラムで送出",
  },
  "selftest.not_reached": {
    en: "A leg before it was not proved.",
    ja: "前の項目が確認できていないため、未実施です。",
  },
  "selftest.rules.none": {
    en: "No rule is in force but the test's own: real attacks are not detected. Check “sekisho rules check” and the setting rules.",
    ja: "試験用以外のルールが適用されていません。実際の攻撃は検知されません。「sekisho rules check」と設定 rules を確認してください。",
  },
  "selftest.inject.no_interface": {
    en: "The agent reads a file and no interface, so there is nothing to send on. Set capture.interfaces.",
    ja: "エージェントはファイルを読み込んでおり、送出先のインターフェースがありません。capture.interfaces を設定してください。",
  },
  "selftest.inject.failed": {
    en: "The test flow cannot be sent: {reason}",
    ja: "試験通信を送出できません: {reason}",
  },
  "selftest.inject.forbidden": {
    en: "The agent may not send on {interface} (as with the capture helper). “sudo sekisho selftest” on the box sends the test flow itself.",
    ja: "エージェントには {interface} への送信権限がありません（受信ヘルパー使用時など）。機器上で「sudo sekisho selftest」を実行すると、コマンドが代わりに送出します。",
  },
  "selftest.inject.no_caller": {
    en: "Whoever was to send the test flow did not. Run “sudo sekisho selftest” once more.",
    ja: "試験通信が送出されませんでした。「sudo sekisho selftest」をもう一度実行してください。",
  },
  "selftest.capture.no_sensor": {
    en: "The sensor does not answer. “sekisho doctor” says why.",
    ja: "センサーが応答しません。「sekisho doctor」で原因を確認してください。",
  },
  "selftest.capture.unseen": {
    en: "The flow was sent, but the sensor has seen no packet at all. Check that the interface is up and has a link, and run “sekisho doctor”.",
    ja: "試験通信は送出されましたが、センサーは一つもパケットを受信していません。インターフェースが有効でリンクしているか確認し、「sekisho doctor」を実行してください。",
  },
  "selftest.capture.filter": {
    en: "The capture filter “{filter}” may leave the test flow (192.0.2.77, UDP port 53) out. Without capture.filter the test could tell.",
    ja: "受信フィルター「{filter}」により試験通信（192.0.2.77、UDP ポート 53）が除外された可能性があります。capture.filter を外せば確認できます。",
  },
  "selftest.detect.silent": {
    en: "Packets are seen, but the rule did not fire. Look for a pass rule on DNS, and for drops and overload in “sekisho status”; if there are none, restart the agent.",
    ja: "パケットは受信していますが、ルールが検知しませんでした。DNS の pass ルールの有無と、「sekisho status」の欠落・過負荷を確認してください。該当がなければエージェントを再起動してください。",
  },
  "selftest.store.failed": {
    en: "The incident was not committed to disk. Check the disk (full, read-only, broken) with “sekisho doctor”.",
    ja: "インシデントをディスクに保存できませんでした。「sekisho doctor」でディスク（空き容量・書き込み可否・故障）を確認してください。",
  },
  "selftest.send.none": {
    en: "No monitor is configured (uplink.url).",
    ja: "監視サーバーが設定されていません（uplink.url）。",
  },
  "selftest.send.away": {
    en: "There is no connection to the broker ({reason}). The incident waits on disk and will be sent. “sekisho doctor” goes the way step by step.",
    ja: "ブローカーに接続していません（{reason}）。インシデントはディスクに保存済みで、後で送信されます。「sekisho doctor」で経路を順に確認できます。",
  },
  "selftest.send.waits": {
    en: "Connected, but other messages wait before this one. It will be sent; see “sekisho status” for how many.",
    ja: "接続していますが、先に送信待ちのメッセージがあります。順に送信されます（件数は「sekisho status」）。",
  },
  "selftest.acknowledge.silent": {
    en: "It was sent, but the monitor does not acknowledge. Check that the monitor runs and may write to this device's topics on the broker (ACL).",
    ja: "送信しましたが、監視サーバーから受領の応答がありません。監視サーバーの稼働と、ブローカーの ACL（この機器のトピックへの書き込み権限）を確認してください。",
  },
} as const satisfies Record<string, Message>;
