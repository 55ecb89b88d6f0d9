/** What is said of sending records on to collectors. */
import type { Message } from "./message.js";

export const forwardMessages = {
  "error.config.problem.forward_to": {
    en: "{key} “{value}” is no destination such as tls://siem.example.jp:6514, udp://192.168.10.9:514, file:///var/log/sekisho/eve.json or unix:///run/collector.sock",
    ja: "{key}「{value}」は、tls://siem.example.jp:6514、udp://192.168.10.9:514、file:///var/log/sekisho/eve.json、unix:///run/collector.sock のような転送先ではありません",
  },
  "error.config.problem.forward_key": {
    en: "{key} has no effect with {scheme}://; it goes with {wanted}",
    ja: "{scheme}:// では {key} は使われません（{wanted} で使います）",
  },
  "condition.forward.down": {
    en: "Nothing has reached the collector {subject} for {minutes} minutes ({reason}). Detection goes on and everything is kept here; check the collector, the address in forward, and the certificates.",
    ja: "収集先 {subject} に {minutes} 分間送信できていません（{reason}）。検知と記録は続いています。収集先の稼働、forward の宛先、証明書を確認してください。",
  },
  "condition.forward.dropping": {
    en: "The collector {subject} takes less than there is: {count} messages were not sent to it (they are kept here). Send it fewer records, or raise queue_kib.",
    ja: "収集先 {subject} の受信が追いつかず、{count} 件を送信しませんでした（この機器には残っています）。送る記録の種類（records）を減らすか、queue_kib を増やしてください。",
  },
  "status.row.forward": { en: "To {name}", ja: "転送 {name}" },
  "status.forward.open": {
    en: "connected; {sent} sent, {dropped} dropped, {waiting} waiting",
    ja: "接続中。送信 {sent} 件、破棄 {dropped} 件、待ち {waiting} 件",
  },
  "status.forward.away": {
    en: "not reached ({reason}); {waiting} waiting, {dropped} dropped",
    ja: "接続できません（{reason}）。待ち {waiting} 件、破棄 {dropped} 件",
  },
} as const satisfies Record<string, Message>;
