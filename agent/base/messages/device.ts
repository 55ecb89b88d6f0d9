import type { Message } from "./message.js";

/** Devices: their cards, and `sekisho devices` and `sekisho device`. */
export const deviceMessages = {
  "device.kind.computer": { en: "computer", ja: "パソコン" },
  "device.kind.phone": { en: "phone", ja: "スマートフォン" },
  "device.kind.tablet": { en: "tablet", ja: "タブレット" },
  "device.kind.printer": { en: "printer", ja: "プリンター・複合機" },
  "device.kind.camera": { en: "camera", ja: "カメラ" },
  "device.kind.storage": { en: "network storage", ja: "NAS" },
  "device.kind.network": { en: "network device", ja: "ネットワーク機器" },
  "device.kind.media": { en: "TV or media player", ja: "テレビ・映像機器" },
  "device.kind.voip": { en: "IP phone", ja: "IP 電話" },
  "device.kind.console": { en: "game console", ja: "ゲーム機" },
  "device.kind.unknown": { en: "unknown kind", ja: "種類不明" },
  "device.fact.mac": { en: "MAC", ja: "MAC アドレス" },
  "device.fact.mac.private": {
    en: "{mac} (private: made up by the device, not on a label; see its Wi-Fi settings)",
    ja: "{mac}（プライベート アドレス。本体のラベルではなく Wi-Fi 設定で確認）",
  },
  "device.fact.kind": { en: "Kind", ja: "種類" },
  "device.fact.vendor": { en: "Maker", ja: "メーカー" },
  "device.fact.owner": { en: "Owner", ja: "使用者" },
  "device.fact.room": { en: "Room", ja: "場所" },
  "device.fact.port": { en: "Port", ja: "ポート" },
  "device.fact.id": { en: "Card", ja: "機器番号" },
  "device.fact.name": { en: "Name", ja: "名前" },
  "device.fact.names": { en: "Calls itself", ja: "自称する名前" },
  "device.fact.addresses": { en: "Addresses", ja: "アドレス" },
  "device.fact.macs": { en: "Earlier MACs", ja: "以前の MAC" },
  "device.fact.dhcp": { en: "DHCP", ja: "DHCP" },
  "device.fact.model": { en: "Model", ja: "機種" },
  "device.fact.agents": { en: "Programs", ja: "プログラム" },
  "device.fact.services": { en: "Offers", ja: "提供サービス" },
  "device.fact.peers": { en: "Talks to", ja: "接続先" },
  "device.fact.first": { en: "First seen", ja: "初検出" },
  "device.fact.last": { en: "Last seen", ja: "最終検出" },
  "device.fact.incidents": { en: "Incidents", ja: "インシデント" },
  "device.unnamed": { en: "(no name)", ja: "（名前なし）" },
  "device.private": { en: "private MAC", ja: "プライベート MAC" },
  "cli.devices": {
    en: "List the devices of the office, the last seen first",
    ja: "社内の機器を最近検出した順に一覧表示する",
  },
  "cli.devices.limit": { en: "How many at the most", ja: "最大件数" },
  "cli.devices.since": {
    en: "Only those first seen within this time, such as 24h or 7d",
    ja: "この期間内に初めて検出した機器だけ（例: 24h、7d）",
  },
  "cli.devices.example": {
    en: "What has come to the network since yesterday",
    ja: "昨日から新しく現れた機器",
  },
  "cli.devices.none": {
    en: "No device is known yet that fits.",
    ja: "該当する機器はまだ見つかっていません。",
  },
  "cli.devices.more": {
    en: "{more} more; --limit shows them.",
    ja: "ほかに {more} 台あります（--limit で表示）。",
  },
  "cli.devices.stored": {
    en: "The agent does not answer: this is what it last stored, up to an hour old.",
    ja: "エージェントが応答しないため、最後に保存された内容（最大 1 時間前）を表示します。",
  },
  "cli.device": {
    en: "Show all that is known of a device, or label it",
    ja: "機器についてわかっていることを表示する・ラベルを付ける",
  },
  "cli.device.who": {
    en: "Its address, MAC, name or a part of it, or card number",
    ja: "アドレス、MAC アドレス、名前（一部でも可）、または機器番号",
  },
  "cli.device.label": {
    en: "What you know of it: name=, owner=, room= or port=; nothing behind = takes it back",
    ja: "この機器について: name=（名前）、owner=（使用者）、room=（場所）、port=（ポート）。= の後を空にすると消える",
  },
  "cli.device.example": { en: "By its address", ja: "アドレスで探す" },
  "cli.device.example.label": { en: "Say whose it is and where it stands", ja: "使用者と場所を登録する" },
  "cli.device.labelled": { en: "Noted.", ja: "登録しました。" },
  "error.device.unknown": {
    en: "No device fits “{text}”. List those known: sekisho devices",
    ja: "「{text}」に該当する機器がありません。一覧を表示: sekisho devices",
  },
  "error.device.several": {
    en: "{count} devices fit “{text}”: {names}. Give the address or the card number.",
    ja: "「{text}」に該当する機器が {count} 台あります: {names}。アドレスか機器番号を指定してください。",
  },
  "error.device.label": {
    en: "“{text}” is no label: write name=…, owner=…, room=… or port=…, of at most 64 characters.",
    ja: "「{text}」はラベルの形式ではありません。name=…、owner=…、room=…、port=… の形（64 文字以内）で指定してください。",
  },
  "error.device.span": {
    en: "“{text}” is no time: give a number and s, m, h or d, such as 24h.",
    ja: "「{text}」は期間の形式ではありません。数字と s・m・h・d で指定してください（例: 24h）。",
  },
} as const satisfies Record<string, Message>;
