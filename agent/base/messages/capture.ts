import type { Message } from "./message.js";

/** `sekisho capture`. */
export const captureMessages = {
  "cli.capture": {
    en: "Record the traffic of one device for a short time",
    ja: "一台の機器の通信を短時間記録する",
  },
  "cli.capture.device": {
    en: "Whose: address, MAC, name or card number",
    ja: "対象の機器（アドレス、MAC、名前、機器番号）",
  },
  "cli.capture.for": { en: "How long, 1s to 10m", ja: "記録する時間（1s〜10m）" },
  "cli.capture.max": {
    en: "Size at the most, 1M to 64M; the latest is kept",
    ja: "最大サイズ（1M〜64M、超えると古い部分から消える）",
  },
  "cli.capture.incident": { en: "Number of the incident it is made for", ja: "関連するインシデントの番号" },
  "cli.capture.interface": {
    en: "Where; by default the first that is listened to",
    ja: "インターフェース（省略時は監視中の最初のもの）",
  },
  "cli.capture.list": { en: "List the captures on the box", ja: "記録の一覧を表示する" },
  "cli.capture.export": {
    en: "Write this capture to --out, after its hash was checked",
    ja: "この記録を --out に書き出す（ハッシュを検証）",
  },
  "cli.capture.delete": { en: "Delete this capture", ja: "この記録を削除する" },
  "cli.capture.out": {
    en: "File to write; it must not exist",
    ja: "書き出すファイル（既存のファイルは不可）",
  },
  "cli.capture.yes": { en: "Do not ask", ja: "確認しない" },
  "cli.capture.example": {
    en: "A minute of a phone, for an incident",
    ja: "インシデントのスマートフォンを一分間記録する",
  },
  "cli.capture.warning": {
    en: "A capture holds what {device} sends and receives: secrecy of communications applies. It stays on this box, readable by its owner only, and is deleted after seven days.",
    ja: "この記録には {device} の通信の内容が含まれ、通信の秘密の対象になります。この機器の中だけに、管理者だけが読める形で保存され、七日後に削除されます。",
  },
  "cli.capture.ask": { en: "May it be made? [y/N]", ja: "記録してよろしいですか？ [y/N]" },
  "cli.capture.no": { en: "Nothing was recorded.", ja: "記録しませんでした。" },
  "cli.capture.running": {
    en: "Recording {interface} for {seconds} s: {filter}",
    ja: "{interface} を {seconds} 秒間記録中: {filter}",
  },
  "cli.capture.done": {
    en: "{id}: {frames} frames, {bytes} bytes, {lost} given up. SHA-256: {sha256}",
    ja: "{id}: {frames} フレーム、{bytes} バイト、破棄 {lost}。SHA-256: {sha256}",
  },
  "cli.capture.empty": {
    en: "No frame of this device came by. Is it on, and is its traffic seen here? (sekisho doctor)",
    ja: "この機器のフレームは届きませんでした。電源と、通信がここを通るかを確認してください（sekisho doctor）。",
  },
  "cli.capture.none": { en: "There is no capture on this box.", ja: "この機器に記録はありません。" },
  "cli.capture.exported": {
    en: "{file} was written. SHA-256: {sha256}",
    ja: "{file} を作成しました。SHA-256: {sha256}",
  },
  "cli.capture.deleted": { en: "{id} was deleted.", ja: "{id} を削除しました。" },
  "error.capture_command.what": {
    en: "Say what: --device X, --list, --export ID --out FILE, or --delete ID.",
    ja: "--device X、--list、--export ID --out ファイル、--delete ID のいずれかを指定してください。",
  },
  "error.capture_command.bounds": {
    en: "--for takes 1s to 10m, --max 1M to 64M.",
    ja: "--for は 1s〜10m、--max は 1M〜64M で指定してください。",
  },
  "error.capture_command.unasked": {
    en: "Nobody can be asked here: give --yes if the capture may be made.",
    ja: "確認できる端末がありません。記録してよい場合は --yes を指定してください。",
  },
  "error.capture_command.no_interface": {
    en: "No interface is configured: name one with --interface.",
    ja: "インターフェースが設定されていません。--interface で指定してください。",
  },
  "error.capture_command.unknown": {
    en: "There is no capture {id}. List them: sekisho capture --list",
    ja: "記録 {id} はありません。一覧を表示: sekisho capture --list",
  },
  "error.capture_command.nothing_to_go_by": {
    en: "Nothing is known of this device by which its traffic could be told apart.",
    ja: "この機器の通信を見分ける情報がありません。",
  },
  "error.capture_command.file": {
    en: "{file} cannot be read or written ({reason}).",
    ja: "{file} を読み書きできません（{reason}）。",
  },
} as const satisfies Record<string, Message>;
