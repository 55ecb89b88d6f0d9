import type { Message } from "./message.js";

/** What `sekisho suppress` says. */
export const suppressionMessages = {
  "cli.suppress": {
    en: "Hide detections that are known to be harmless",
    ja: "無害と分かっている検知を非表示にする",
  },
  "cli.suppress.add": { en: "Begin to hide one rule's detections", ja: "ルールの検知を非表示にする" },
  "cli.suppress.list": { en: "Say what is hidden, why and until when", ja: "非表示の一覧を表示する" },
  "cli.suppress.remove": { en: "Show again what was hidden", ja: "非表示を取り消す" },
  "cli.suppress.preview": {
    en: "Say which stored detections a suppression would have hidden",
    ja: "保存済みの検知のうち、どれが非表示になるかを事前に確認する",
  },
  "cli.suppress.rule": {
    en: "Rule: sid, or gid:sid",
    ja: "ルール番号（sid または gid:sid）",
  },
  "cli.suppress.source": {
    en: "Who begins the connection: address, network (CIDR) or any",
    ja: "通信の開始側: アドレス、ネットワーク（CIDR）、any のいずれか",
  },
  "cli.suppress.destination": {
    en: "Other side: address, network, name, *.name or any",
    ja: "通信の相手側: アドレス、ネットワーク、ドメイン名、*.ドメイン名、any のいずれか",
  },
  "cli.suppress.reason": { en: "Why it is harmless", ja: "無害と判断した理由" },
  "cli.suppress.author": {
    en: "Who decides it; default: the user who is logged in",
    ja: "判断した人（省略時はログイン中のユーザー）",
  },
  "cli.suppress.for": {
    en: "For how long: 12h, 30d, 26w; at most 366d",
    ja: "期間: 12h、30d、26w など（最長 366d）",
  },
  "cli.suppress.id": { en: "Number from the list", ja: "一覧に表示される番号" },
  "cli.suppress.example.add": {
    en: "One rule, one PC, for thirty days",
    ja: "1 台の PC について、1 つのルールを 30 日間非表示にする",
  },
  "cli.suppress.example.preview": {
    en: "Before that: what would it hide?",
    ja: "追加する前に対象を確認する",
  },
  "cli.suppress.added": {
    en: "{id}: rule {rule} from {source} to {destination} is hidden until {until}. Detections are still stored and counted.",
    ja: "{id}: ルール {rule}（{source} → {destination}）を {until} まで非表示にします。検知の保存と集計は続きます。",
  },
  "cli.suppress.everywhere": {
    en: "This hides the rule for every device and every other side. Prefer --source or --destination.",
    ja: "すべての機器と通信相手について非表示になります。できるだけ --source か --destination で範囲を絞ってください。",
  },
  "cli.suppress.removed": {
    en: "{id} is removed; rule {rule} is shown again.",
    ja: "{id} を取り消しました。ルール {rule} は再び表示されます。",
  },
  "cli.suppress.none": { en: "Nothing is hidden.", ja: "非表示の設定はありません。" },
  "cli.suppress.entry": {
    en: "{id}  rule {rule}  {source} → {destination}  until {until}{expired}",
    ja: "{id}  ルール {rule}  {source} → {destination}  {until} まで{expired}",
  },
  "cli.suppress.expired": { en: "  (over)", ja: "（期限切れ）" },
  "cli.suppress.why": { en: "    {reason} ({author}, {created})", ja: "    {reason}（{author}、{created}）" },
  "cli.suppress.preview.total": {
    en: "Of {stored} stored detections ({from} – {to}) {hidden} would have been hidden, {rule} are of this rule.",
    ja: "保存済みの検知 {stored} 件（{from}～{to}）のうち、このルールの検知は {rule} 件、非表示になるのは {hidden} 件です。",
  },
  "cli.suppress.preview.nothing": {
    en: "No detection is stored yet, so nothing can be said.",
    ja: "保存済みの検知がまだないため、確認できません。",
  },
  "cli.suppress.preview.row": {
    en: "  {count} × {source} → {destination}",
    ja: "  {source} → {destination}: {count} 件",
  },
  "cli.suppress.preview.partial": {
    en: "The store could not be read to its end in time; there may be more.",
    ja: "時間内に保存データを最後まで読めませんでした。実際はこれより多い可能性があります。",
  },
  "error.suppressions.unreadable": {
    en: "The suppressions {file} cannot be read: {reason}. Check owner and permissions.",
    ja: "非表示設定 {file} を読み込めません: {reason}。所有者とアクセス権を確認してください。",
  },
  "error.suppressions.form": {
    en: "The suppressions {file} are not what 'sekisho suppress' writes. Restore the file, or remove it and add them again.",
    ja: "非表示設定 {file} の内容が正しくありません。ファイルを復元するか、削除して「sekisho suppress add」で登録し直してください。",
  },
  "error.suppressions.unwritable": {
    en: "The suppressions {file} cannot be written: {reason}. Run the command as root or as the agent's user.",
    ja: "非表示設定 {file} に書き込めません: {reason}。root またはエージェントのユーザーで実行してください。",
  },
  "error.suppressions.many": {
    en: "There are {limit} suppressions already. Remove some that are over ('sekisho suppress list').",
    ja: "非表示設定が上限の {limit} 件に達しています。期限切れのものを取り消してください（「sekisho suppress list」で確認）。",
  },
  "error.suppressions.unknown": {
    en: "There is no suppression {id}. 'sekisho suppress list' shows them.",
    ja: "非表示設定 {id} はありません。「sekisho suppress list」で確認してください。",
  },
  "error.suppressions.rule": {
    en: "--rule cannot be {value}. Give the sid as the incident shows it (2024001), or gid:sid.",
    ja: "--rule に {value} は指定できません。検知に表示された sid（例: 2024001）か gid:sid を指定してください。",
  },
  "error.suppressions.source": {
    en: "--source cannot be {value}. Give an address (192.168.1.20), a network (192.168.1.0/24) or any.",
    ja: "--source に {value} は指定できません。アドレス（192.168.1.20）、ネットワーク（192.168.1.0/24）、any のいずれかを指定してください。",
  },
  "error.suppressions.destination": {
    en: "--destination cannot be {value}. Give an address, a network, a name (cdn.example.com, *.example.com) or any.",
    ja: "--destination に {value} は指定できません。アドレス、ネットワーク、ドメイン名（cdn.example.com、*.example.com）、any のいずれかを指定してください。",
  },
  "error.suppressions.for": {
    en: "--for cannot be {value}. Give hours, days or weeks (12h, 30d, 26w), at most 366d.",
    ja: "--for に {value} は指定できません。12h、30d、26w のように時間・日・週で指定してください（最長 366d）。",
  },
  "error.suppressions.empty": {
    en: "--{option} must not be empty.",
    ja: "--{option} を空にすることはできません。",
  },
  "error.suppressions.store": {
    en: "The store {file} cannot be read: {reason}. Check the path in the configuration and the permissions.",
    ja: "保存データ {file} を読み込めません: {reason}。設定のパスとアクセス権を確認してください。",
  },
} as const satisfies Record<string, Message>;
