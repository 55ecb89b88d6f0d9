import type { Message } from "./message.js";

/** What the monitor and the demo print. */
export const monitorMessages = {
  "monitor.selftest": {
    en: "{device}: a self-test has arrived; its incident is none.",
    ja: "{device}: 自己診断を受信しました（実際のインシデントではありません）。",
  },
  "monitor.ready": {
    en: "Monitor ready, waiting for incidents. (MQTT {protocol})",
    ja: "監視を開始しました。検知を待っています。（MQTT {protocol}）",
  },
  "monitor.down": {
    en: "No connection to the broker: {reason}. Trying again.",
    ja: "ブローカーに接続できません: {reason}。再接続を試みています。",
  },
  "monitor.device.online": { en: "{device} is connected.", ja: "{device} が接続しました。" },
  "monitor.device.stopped": { en: "{device} was stopped in order.", ja: "{device} は正常に停止しました。" },
  "monitor.device.lost": {
    en: "{device} has lost its connection. Check its power and its line.",
    ja: "{device} との接続が切れました。電源と回線を確認してください。",
  },
  "monitor.device.silent": {
    en: "{device} counts as connected, but has said nothing for three minutes. Check the device.",
    ja: "{device} は接続中のはずですが、3 分間応答がありません。機器を確認してください。",
  },
  "monitor.gap": {
    en: "{device}: {count} messages did not arrive and will not be sent again (numbers {ranges}).",
    ja: "{device}: {count} 件のメッセージが届かず、再送もされません（番号 {ranges}）。",
  },
  "monitor.label.device": { en: "Device", ja: "機器" },
  "monitor.label.seen": { en: "Seen", ja: "内容" },
  "monitor.label.when": { en: "When", ja: "日時" },
  "monitor.label.rule": { en: "Rule", ja: "ルール" },
  "monitor.label.meaning": { en: "Meaning", ja: "意味" },
  "monitor.label.action": { en: "To do", ja: "対処" },
  "monitor.late": { en: "{when} (delivered late)", ja: "{when}（遅れて届きました）" },
  "monitor.updated": {
    en: "{id} goes on: {count} hits so far.",
    ja: "{id} 継続中: これまでに検知 {count} 回",
  },
  "monitor.closed": { en: "{id} is over: {count} hits.", ja: "{id} 終息: 検知は合計 {count} 回" },
  "monitor.folded": {
    en: "{id} is part of {larger} now.",
    ja: "{id} は {larger} にまとめられました。",
  },
  "monitor.summary.head": { en: "{device} {from} – {to}: ", ja: "{device} {from}～{to}: " },
  "monitor.summary.nothing_happened": {
    en: "nothing happened, and everything worked the whole time.",
    ja: "異常はありませんでした。監視は全時間、正常に動作していました。",
  },
  "monitor.summary.unproven": {
    en: "nothing was found, but something may have been missed.",
    ja: "検知はありませんでしたが、監視できていない時間がありました。",
  },
  "monitor.summary.activity": {
    en: "{detections} detections, new incidents: to act on {act}, to watch {watch}, for information {information}.",
    ja: "検知 {detections} 回。新しいインシデント: 要対応 {act} 件、要注意 {watch} 件、参考 {information} 件。",
  },
  "monitor.summary.hidden": {
    en: "{hidden} further detections were hidden by suppressions.",
    ja: "ほかに {hidden} 回の検知が非表示設定の対象でした。",
  },
  "monitor.summary.gaps": { en: "Not working: {gaps}.", ja: "監視できなかった時間: {gaps}。" },
  "monitor.summary.clock": {
    en: "The device's clock is not set, so the times mean nothing.",
    ja: "機器の時計が未設定のため、時刻は正しくありません。",
  },
  "monitor.summary.basis": {
    en: "({packets} packets, {drops} dropped, {rules} rules, version {version})",
    ja: "（パケット {packets} 個、取りこぼし {drops} 個、ルール {rules} 件、版 {version}）",
  },
  "monitor.query": {
    en: "Ask the file: incidents as they stand, summaries, gaps",
    ja: "保存済みの検知・集計・欠落を表示する",
  },
  "monitor.query.what": { en: "what to show", ja: "表示する内容" },
  "monitor.query.device": { en: "only of this device", ja: "この機器だけ" },
  "monitor.query.verdict": { en: "only incidents of this verdict", ja: "この判定の検知だけ" },
  "monitor.query.sid": { en: "only incidents of this rule", ja: "このルールの検知だけ" },
  "monitor.query.since": {
    en: "only what was written since then (2026-11-28T00:00:00Z)",
    ja: "この日時以降だけ（例: 2026-11-28T00:00:00Z）",
  },
  "monitor.query.limit": { en: "so many at most", ja: "最大件数" },
  "monitor.send": {
    en: "Ask a device for something and wait for its answer",
    ja: "機器に問い合わせて応答を待つ",
  },
  "monitor.send.what": {
    en: "health: how it does now; rules: which rules are in force",
    ja: "health: 現在の状態 / rules: 適用中のルール",
  },
  "monitor.send.device": { en: "name of the device", ja: "機器の名前" },
  "monitor.send.timeout": { en: "seconds to wait for the answer", ja: "応答を待つ秒数" },
  "monitor.send.example.health": { en: "how it does now", ja: "現在の状態を表示する" },
  "monitor.send.example.rules": { en: "the rules in force, as JSON", ja: "適用中のルールを JSON で表示する" },
  "monitor.send.done": { en: "{device}: {command} is done.", ja: "{device}: {command} を実行しました。" },
  "monitor.send.health": {
    en: "{device}: {verdict}. Up for {uptime} s, {packets} packets, {drops} dropped, {rules} rules, {waiting} messages waiting, clock {clock}.",
    ja: "{device}: {verdict}。稼働 {uptime} 秒、パケット {packets} 個、取りこぼし {drops} 個、ルール {rules} 件、送信待ち {waiting} 件、時計 {clock}。",
  },
  "monitor.send.condition": { en: "{level}: {name}{subject}", ja: "{level}: {name}{subject}" },
  "monitor.send.rules": {
    en: "{device}: {loaded} rules in force, version {version}, {refused} refused, newest file {newest}.",
    ja: "{device}: 適用中のルール {loaded} 件、版 {version}、読み込めないもの {refused} 件、最新ファイル {newest}。",
  },
  "monitor.totals": {
    en: "Devices: {devices}. Incidents: {incidents} (to act on {act}, to watch {watch}, for information {information}).",
    ja: "受信結果: {devices} 台の機器から {incidents} 件の検知（要対応 {act} 件、要注意 {watch} 件、参考 {information} 件）",
  },
  "monitor.totals.messages": {
    en: "Messages: {stored} stored, {repeats} repeats ignored, {lost} lost, {missing} still missing.",
    ja: "メッセージ: 保存 {stored} 件、重複除外 {repeats} 件、欠落 {lost} 件、未着 {missing} 件",
  },
  "monitor.option.url": {
    en: "the broker: mqtt://host:port or mqtts://host:port",
    ja: "ブローカー: mqtt://host:port または mqtts://host:port",
  },
  "monitor.option.db": {
    en: "SQLite file that keeps every message",
    ja: "すべてのメッセージを保存する SQLite ファイル",
  },
  "monitor.option.group": {
    en: "share the work with other monitors of this group (each has its own file)",
    ja: "同じグループの監視プロセスと分担して受信する（保存先は別々）",
  },
  "monitor.option.expect": {
    en: "end after so many incidents",
    ja: "指定した件数の検知を受信したら終了する",
  },
  "monitor.option.idle": {
    en: "end after so many seconds without a message",
    ja: "指定した秒数の間、受信がなければ終了する",
  },
  "monitor.option.json": { en: "one JSON object per line", ja: "1 行に 1 つの JSON オブジェクトで出力する" },
  "monitor.option.lang": { en: "language", ja: "表示言語" },
  "monitor.option.username": { en: "user name at the broker", ja: "ブローカーのユーザー名" },
  "monitor.option.password_file": {
    en: "file whose first line is the password",
    ja: "1 行目にパスワードを書いたファイル",
  },
  "monitor.option.ca_file": { en: "certificates to trust (PEM)", ja: "信頼する証明書（PEM）" },
  "monitor.option.cert_file": { en: "client certificate (PEM)", ja: "クライアント証明書（PEM）" },
  "monitor.option.key_file": { en: "its key (PEM)", ja: "クライアント証明書の秘密鍵（PEM）" },
} as const satisfies Record<string, Message>;
