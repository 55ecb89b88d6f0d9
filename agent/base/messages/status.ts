import type { Message } from "./message.js";

/** `sekisho status`: what a technician reads first, and what each condition means. */
export const statusMessages = {
  "cli.status": { en: "Say how the running agent does", ja: "動作中のエージェントの状態を表示する" },
  "cli.status.socket": { en: "Control socket of the agent", ja: "エージェントの制御ソケット" },
  "cli.status.check": {
    en: "Say it by exit code: 0 ok, 1 failing or not running, 3 degraded",
    ja: "終了コードで答える（0 正常、1 異常または停止中、3 注意）",
  },
  "cli.status.example": { en: "Is it working?", ja: "正常に動いているか" },
  "cli.status.example.check": {
    en: "For a monitoring system: the exit code answers",
    ja: "監視システム向け（終了コードで判定）",
  },
  "status.verdict.ok": { en: "working", ja: "正常" },
  "status.verdict.degraded": { en: "working, but not as it should", ja: "動作中（注意あり）" },
  "status.verdict.failing": { en: "NOT PROTECTING", ja: "異常（検知できていません）" },
  "status.title": {
    en: "sekisho {version} on {device}: {verdict}",
    ja: "sekisho {version}（{device}）: {verdict}",
  },
  "status.row.running": { en: "Running", ja: "稼働" },
  "status.row.rules": { en: "Rules", ja: "ルール" },
  "status.row.store": { en: "Store", ja: "保存" },
  "status.row.uplink": { en: "Monitor", ja: "監視先" },
  "status.running": { en: "for {time}, {megabytes} MB of memory", ja: "{time}、メモリー {megabytes} MB" },
  "status.sensor.alive": {
    en: "{packets} packets seen, {drops} lost ({driver})",
    ja: "パケット {packets} 個を確認、取りこぼし {drops} 個（{driver}）",
  },
  "status.sensor.finished": {
    en: "the capture file has been read to its end, {packets} packets",
    ja: "キャプチャファイルの終わりまで読みました（パケット {packets} 個）",
  },
  "status.sensor.starting": { en: "is about to listen", ja: "受信を開始しています" },
  "status.sensor.dead": { en: "does not listen", ja: "受信していません" },
  "status.rules": {
    en: "{loaded} in force, {refused} refused, newest file {days} days old",
    ja: "有効 {loaded} 件、読み込み不可 {refused} 件、最終更新 {days} 日前",
  },
  "status.store": { en: "{used} of {budget} MB used", ja: "{budget} MB 中 {used} MB 使用" },
  "status.uplink.connected": {
    en: "connected, {messages} messages wait",
    ja: "接続中、未送信 {messages} 件",
  },
  "status.uplink.away": {
    en: "not connected ({reason}), {messages} messages wait",
    ja: "未接続（{reason}）、未送信 {messages} 件",
  },
  "status.uplink.none": { en: "none is configured", ja: "設定されていません" },
  "status.time.days": { en: "{days} days {hours} hours", ja: "{days} 日 {hours} 時間" },
  "status.time.hours": { en: "{hours} hours {minutes} minutes", ja: "{hours} 時間 {minutes} 分" },
  "status.time.minutes": { en: "{minutes} minutes", ja: "{minutes} 分" },
  "status.wrong": { en: "What is wrong, and what to do:", ja: "問題点と対処:" },
  "condition.rules.none": {
    en: "No rule is in force, so nothing can be detected. Run “sekisho rules check” on the rules and correct them.",
    ja: "有効なルールがなく、何も検知できません。「sekisho rules check」でルールを確認し、修正してください。",
  },
  "condition.rules.stale": {
    en: "The rules are {days} days old; new threats are not known to them. Install a current rule set.",
    ja: "ルールが {days} 日前のままで、新しい脅威に対応していません。最新のルールを導入してください。",
  },
  "condition.rules.expired": {
    en: "The rule set of the layer {subject} was valid until {expires} and nothing newer has come: new threats are not known. Look at uplink and operator; sekisho rules status",
    ja: "{subject} のルールセットの有効期限（{expires}）が切れ、新しいものが届いていません。新しい脅威を検知できない可能性があります。回線と運用者を確認してください（sekisho rules status）",
  },
  "condition.rules.taken_back": {
    en: "Version {version} of the rule set {subject} was taken back: {reason}. Tell the operator; sekisho rules history",
    ja: "{subject} のルールセット バージョン {version} を元に戻しました: {reason}。運用者に連絡してください（sekisho rules history）",
  },
  "condition.rules.damaged": {
    en: "The disk has changed the rule set {subject}; the one before is used. Have it installed again; if this repeats, replace the disk.",
    ja: "ディスク上のルールセット {subject} が破損したため、一つ前のものを使用しています。再インストールしてください。繰り返す場合はディスクを交換してください。",
  },
  "condition.sensor.stalled": {
    en: "The sensor of {subject} has stopped and is being started again. If this stays, look into the log and restart the service.",
    ja: "{subject} のセンサーが停止し、再起動を試みています。続く場合はログを確認し、サービスを再起動してください。",
  },
  "condition.capture.link_down": {
    en: "{subject} has no link. Check the cable and the switch port.",
    ja: "{subject} がリンクダウンしています。ケーブルとスイッチのポートを確認してください。",
  },
  "condition.capture.silent": {
    en: "{subject} has a link, but no packet came for {minutes} minutes. Check the mirror port setting, or whether this is the right interface.",
    ja: "{subject} はリンクしていますが、{minutes} 分間パケットが届いていません。ミラーポートの設定と、インターフェースの指定を確認してください。",
  },
  "condition.capture.undecodable": {
    en: "{percent} % of the packets on {subject} cannot be read. Check what the port mirrors, and capture.snaplen.",
    ja: "{subject} のパケットの {percent} % を解読できません。ミラー元と capture.snaplen を確認してください。",
  },
  "condition.capture.drops": {
    en: "{subject} loses {percent} % of the packets: the box is overloaded. Narrow capture.filter, or use a faster box.",
    ja: "{subject} でパケットの {percent} % を取りこぼしています（負荷超過）。capture.filter で対象を絞るか、より高性能な機器にしてください。",
  },
  "condition.sensor.overloaded": {
    en: "{subject} brings more than this box can look into: in the last minute {megabytes} MB of the bulk of connections were passed over. Their first packets and all names are still seen. Narrow capture.filter, or use a faster box.",
    ja: "{subject} の通信が処理能力を超え、直近 1 分間に接続の後半部分 {megabytes} MB を検査対象から外しました。接続の先頭部分と名前解決は引き続き検査しています。capture.filter で対象を絞るか、より高性能な機器にしてください。",
  },
  "condition.sensor.shedding": {
    en: "{subject} detects more than can be kept; {count} detections were only counted. Look which rule fires so often, and suppress it if it is noise.",
    ja: "{subject} の検知が多すぎ、{count} 件は件数だけを記録しました。頻発しているルールを確認し、不要なら抑止してください。",
  },
  "condition.store.cannot_write": {
    en: "The store cannot write; new detections wait in memory only. Check that the disk is neither full nor broken.",
    ja: "保存先に書き込めません。新しい検知はメモリーにだけあります。ディスクの空きと故障を確認してください。",
  },
  "condition.store.shedding": {
    en: "{count} records could not be kept because they came faster than the disk takes them.",
    ja: "ディスクの書き込みが追いつかず、記録 {count} 件を残せませんでした。",
  },
  "condition.syslog.down": {
    en: "No logs of other devices are taken in: the receiver does not run. The agent's log says why; often the port is taken, or below 1024 without the right to it.",
    ja: "他の機器のログを受信していません（受信処理が停止中）。理由はエージェントのログを確認してください。ポートが使用中か、1024 未満で権限がないことがよくあります。",
  },
  "condition.syslog.silent": {
    en: "{subject} has sent no log for {minutes} minutes. Check that it runs, and its syslog setting: address and port of this box.",
    ja: "{subject} からのログが {minutes} 分間届いていません。機器の稼働と、syslog の送信先（この機器のアドレスとポート）の設定を確認してください。",
  },
  "condition.syslog.unparsable": {
    en: "{percent} % of the lines of {subject} cannot be read. They are kept as they are; check the log format set on the device (its firmware may have changed it).",
    ja: "{subject} のログの {percent} % を解釈できません。原文は保存しています。機器のログ形式の設定（ファームウェア更新で変わることがあります）を確認してください。",
  },
  "condition.syslog.flooded": {
    en: "{subject} sends more lines than it may; {count} were only counted. Lower its log level, or raise max_per_s of the source.",
    ja: "{subject} からのログが上限を超え、{count} 行は件数だけを記録しました。機器のログレベルを下げるか、送信元の max_per_s を上げてください。",
  },
  "condition.syslog.lost": {
    en: "{count} log lines were lost on the way: they came faster than the box takes them. Raise net.core.rmem_max, or have devices send less.",
    ja: "ログの受信が追いつかず、{count} 行を失いました。net.core.rmem_max を上げるか、機器のログを減らしてください。",
  },
  "condition.evidence.cannot_write": {
    en: "The chain of evidence (log preservation) cannot be written; detection goes on. Check the folder evidence beside the store, and that the disk is neither full nor broken.",
    ja: "ログ保全の記録に書き込めません（検知は続いています）。保存先の隣の evidence フォルダー、ディスクの空きと故障を確認してください。",
  },
  "condition.uplink.down": {
    en: "The monitor has not been reached for {minutes} minutes. Everything is kept and sent later; check the line, the address and the certificates.",
    ja: "{minutes} 分間、監視先に接続できていません。記録は保存され、後で送信されます。回線・接続先・証明書を確認してください。",
  },
  "condition.monitor.silent": {
    en: "The broker is reached, but the monitor does not confirm what it was sent. Tell the monitoring centre.",
    ja: "ブローカーには接続していますが、監視側の受領確認がありません。監視センターに連絡してください。",
  },
  "condition.control.unavailable": {
    en: "The control socket, the metrics port or the box's page could not be opened. The log says why.",
    ja: "制御ソケット・メトリクスのポート・機器のページのいずれかを開けません。理由はログを確認してください。",
  },
  "condition.clock.unset": {
    en: "The clock was never set; times in reports are wrong. Check NTP.",
    ja: "時計が設定されておらず、報告の時刻が正しくありません。NTP を確認してください。",
  },
} as const satisfies Record<string, Message>;
