import type { Message } from "./message.js";

/** `sekisho incidents` and `sekisho incident`. */
export const incidentCommandMessages = {
  "cli.incidents": {
    en: "List what was found, the latest first",
    ja: "検知したインシデントを新しい順に一覧表示する",
  },
  "cli.incidents.device": {
    en: "Only those of this device: address, network card (MAC) or a part of its name",
    ja: "この機器のインシデントだけ（アドレス、MAC アドレス、または名前の一部）",
  },
  "cli.incidents.verdict": { en: "Only those with this verdict", ja: "この判定のインシデントだけ" },
  "cli.incidents.rule": {
    en: "Only those of this rule: SID or GID:SID",
    ja: "このルールのインシデントだけ（SID または GID:SID）",
  },
  "cli.incidents.open": { en: "Only those that still go on", ja: "継続中のインシデントだけ" },
  "cli.incidents.limit": { en: "How many at the most", ja: "最大件数" },
  "cli.incidents.example": { en: "What has to be acted on", ja: "対処が必要なインシデント" },
  "cli.incidents.example.device": { en: "What one device did", ja: "ある機器のインシデント" },
  "cli.incidents.none": {
    en: "No incident is stored that fits.",
    ja: "該当するインシデントは保存されていません。",
  },
  "cli.incidents.more": {
    en: "{more} more; --limit shows them.",
    ja: "ほかに {more} 件あります（--limit で表示）。",
  },
  "cli.incidents.partial": {
    en: "The store is large and was not read to its end: some incidents are missing.",
    ja: "保存データが大きいため、最後まで読めませんでした。表示されていないインシデントがあります。",
  },
  "cli.incident": { en: "Explain one incident", ja: "インシデントを 1 件くわしく説明する" },
  "cli.incident.id": { en: "Its number, such as K7-4F3-9M", ja: "インシデント番号（例: K7-4F3-9M）" },
  "cli.incident.example": {
    en: "Hyphens and capitals do not matter",
    ja: "ハイフンや大文字・小文字は問わない",
  },
  "cli.incident.brief.act": { en: "ACT", ja: "要対応" },
  "cli.incident.brief.watch": { en: "watch", ja: "要注意" },
  "cli.incident.brief.information": { en: "info", ja: "参考" },
  "cli.incident.label.verdict": { en: "Verdict", ja: "判定" },
  "cli.incident.label.device": { en: "Device", ja: "機器" },
  "cli.incident.label.way": { en: "Way", ja: "方向" },
  "cli.incident.label.seen": { en: "Seen", ja: "内容" },
  "cli.incident.label.when": { en: "When", ja: "日時" },
  "cli.incident.label.state": { en: "State", ja: "状態" },
  "cli.incident.label.remote": { en: "Remote", ja: "相手" },
  "cli.incident.label.rule": { en: "Rule", ja: "ルール" },
  "cli.incident.label.matched": { en: "Matched", ja: "一致" },
  "cli.incident.label.looks_for": { en: "Looks for", ja: "検知条件" },
  "cli.incident.label.timeline": { en: "Timeline", ja: "経過" },
  "incident.timeline.hit": { en: "hit: {what}", ja: "検知: {what}" },
  "incident.timeline.hits": { en: "{count} hits: {what}", ja: "検知 {count} 回: {what}" },
  "incident.timeline.first": { en: "first hit: {what}", ja: "最初の検知: {what}" },
  "incident.timeline.last": { en: "last of {count} hits", ja: "最後の検知（合計 {count} 回）" },
  "incident.timeline.other": { en: "also {id}: {title}", ja: "同じ機器の別のインシデント {id}: {title}" },
  "incident.timeline.quiet": { en: "quiet since then", ja: "以後、検知なし" },
  "incident.timeline.lost": {
    en: "{lost} more hits are counted, but not kept one by one.",
    ja: "ほかに {lost} 回の検知がありますが、個別の記録は残っていません。",
  },
  "cli.incident.label.meaning": { en: "Meaning", ja: "意味" },
  "cli.incident.label.action": { en: "To do", ja: "対処" },
  "cli.incident.open": { en: "goes on, {count} hits so far", ja: "継続中、これまでに {count} 回" },
  "cli.incident.closed": { en: "over, {count} hits", ja: "終息、合計 {count} 回" },
  "cli.incident.folded": {
    en: "part of {id} now, {count} hits",
    ja: "{id} にまとめられました、{count} 回",
  },
  "cli.incident.more": { en: "and {more} more", ja: "ほか {more} 件" },
  "cli.incident.hits": { en: "{value} ({count}×)", ja: "{value}（{count} 回）" },
  "error.incident.misread": {
    en: "“{id}” is no incident number: a character is missing or was misheard. Have it read out again (form: K7-4F3-9M), or list them: sekisho incidents",
    ja: "「{id}」はインシデント番号として正しくありません。文字の抜けか聞き違いがあります。もう一度確認するか（形式: K7-4F3-9M）、sekisho incidents で一覧を表示してください。",
  },
  "error.incident.unknown": {
    en: "Incident {id} is not stored here. The number is well formed: perhaps it is of another box, or too old.",
    ja: "インシデント {id} はこの機器に保存されていません。番号の形式は正しいので、別の機器のインシデントか、古くて削除された可能性があります。",
  },
  "error.incident.rule": {
    en: "“{rule}” is no rule: give its number (SID), or GID:SID.",
    ja: "「{rule}」はルール番号ではありません。SID または GID:SID を指定してください。",
  },
  "error.incident.store": {
    en: "The store {file} cannot be read ({reason}). Run it with sudo, or name the configuration with --config.",
    ja: "保存データ {file} を読めません（{reason}）。sudo で実行するか、--config で設定ファイルを指定してください。",
  },
} as const satisfies Record<string, Message>;
