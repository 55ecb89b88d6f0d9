import type { Message } from "./message.js";

/** What the demo says around the monitor's own output. */
export const demoMessages = {
  "demo.title": {
    en: "A morning in a small office, fifteen minutes in about twenty seconds.",
    ja: "ある小さな会社の朝。15 分間の通信を約 20 秒で再生します。",
  },
  "demo.parts": {
    en: "Three processes: the agent ({frames} packets of ordinary traffic and one guest too many), an embedded MQTT broker, and the monitor below.",
    ja: "3 つのプロセスを動かします: エージェント（普段の通信に招かれざる客が混じった {frames} パケットを再生）、組み込みの MQTT ブローカー、そして以下に表示する監視プログラムです。",
  },
  "demo.cable_pulled": {
    en: ">>> The broker is killed: the cable is out. The agent keeps everything. <<<",
    ja: ">>> ブローカーを強制終了しました（ケーブルが抜けた状態）。エージェントはすべて保持します。 <<<",
  },
  "demo.cable_back": {
    en: ">>> The broker is back, with nothing remembered. <<<",
    ja: ">>> ブローカーが記憶のない状態で復帰しました。 <<<",
  },
  "demo.result": { en: "What happened, in plain words", ja: "何が起きたのか" },
  "demo.result.device": {
    en: "The device to look for: {name} ({address}, MAC {mac}).",
    ja: "確認すべき機器: {name}（{address}、MAC {mac}）",
  },
  "demo.result.private_mac": {
    en: "Its MAC address is a private one, as phones make them up for each Wi-Fi: this is somebody's own phone, not one of the office's PCs.",
    ja: "MAC アドレスはスマートフォンなどが Wi-Fi ごとに作る「プライベートアドレス」です。会社の PC ではなく、個人の端末とみられます。",
  },
  "demo.result.incident": { en: "- {title} ({count} times)", ja: "・{title}（{count} 回）" },
  "demo.result.innocent": {
    en: "Of the office's other {count} devices nothing suspicious was seen.",
    ja: "社内のほかの {count} 台からは、不審な通信は見つかりませんでした。",
  },
  "demo.result.complete": {
    en: "The agent's outbox is empty: the monitor has acknowledged all {messages} messages. Nothing was lost.",
    ja: "エージェントの送信箱は空です。監視側は {messages} 件のメッセージをすべて受領済みで、欠落はありません。",
  },
  "demo.kept": { en: "Everything is kept in {folder}.", ja: "記録は {folder} に残しています。" },
  "demo.option.pull_cable": {
    en: "Kill the broker in the middle and start it again",
    ja: "途中でブローカーを強制終了し、再起動する",
  },
  "demo.option.keep": {
    en: "Folder in which capture, databases and logs are kept",
    ja: "キャプチャ、データベース、ログを残すフォルダー",
  },
  "demo.option.speed": {
    en: "How many times as fast as recorded the capture is played",
    ja: "キャプチャの再生速度（記録時の何倍か）",
  },
  "demo.example.plain": { en: "See the product work", ja: "製品の動作を確認する" },
  "demo.example.cable": {
    en: "The same with the broker killed, in Japanese",
    ja: "ブローカーの停止を含めて、日本語で確認する",
  },
} as const satisfies Record<string, Message>;
