import type { Message } from "./message.js";

/** Rule sets from afar: why one is refused, and what the commands say. */
export const updateMessages = {
  "error.bundle.form": {
    en: "This is no whole bundle of rules ({reason}). Copy or download it again.",
    ja: "完全なルールバンドルではありません（{reason}）。もう一度コピーまたはダウンロードしてください。",
  },
  "error.bundle.unreadable": {
    en: "The bundle {path} cannot be read: {reason}. Check the path and the medium.",
    ja: "バンドル {path} を読み込めません: {reason}。パスと記憶媒体を確認してください。",
  },
  "error.bundle.unknown_key": {
    en: "The {kind} of the bundle is signed with the key {key}…, which this device does not trust. Have it signed by the keys of the root.",
    ja: "バンドルの署名（{kind}）に、この機器が信頼していない鍵 {key}… が使われています。ルートに登録された鍵で署名し直してください。",
  },
  "error.bundle.signature": {
    en: "The signature of the key {key}… does not fit the {kind} of the bundle: it was changed after signing. Do not use it; get it again from where it was made.",
    ja: "鍵 {key}… の署名がバンドルの内容（{kind}）と一致しません。署名後に変更されています。使用せず、作成元から取得し直してください。",
  },
  "error.bundle.threshold": {
    en: "The {kind} of the bundle has {valid} of {threshold} signatures that are needed. Have the others sign it.",
    ja: "バンドル（{kind}）の署名が不足しています（{valid}/{threshold}）。残りの署名者に署名を依頼してください。",
  },
  "error.bundle.root_order": {
    en: "The bundle brings root {version} where root {expected} has to follow. Build it with all roots since the one of this device.",
    ja: "バンドルのルートはバージョン {version} ですが、次に必要なのは {expected} です。途中のルートをすべて含めて作成し直してください。",
  },
  "error.bundle.expired": {
    en: "The bundle ({kind}) was valid until {expires}. Get a newer one; if this is wrong, set the clock of this device.",
    ja: "バンドル（{kind}）の有効期限は {expires} でした。新しいバンドルを入手してください。誤りの場合はこの機器の時計を合わせてください。",
  },
  "error.bundle.rollback": {
    en: "Version {version} of the layer {layer} is not newer than version {highest}, which this device has had. Build a bundle with a higher version.",
    ja: "{layer} のバージョン {version} は、この機器が受け入れ済みのバージョン {highest} より新しくありません。より大きいバージョンで作成してください。",
  },
  "error.bundle.target": {
    en: "The bundle is for other devices than {device}. Add the device or its group to the targets, or take the bundle that is meant.",
    ja: "このバンドルは {device} 向けではありません。対象に機器またはグループを追加するか、正しいバンドルを使ってください。",
  },
  "error.bundle.agent": {
    en: "The bundle needs sekisho {minimum} or newer; this is {version}. Upgrade the agent first.",
    ja: "このバンドルには sekisho {minimum} 以降が必要です（現在 {version}）。先にエージェントを更新してください。",
  },
  "error.bundle.part": {
    en: "The part {part} of the bundle is not what was signed. Copy or download the bundle again.",
    ja: "バンドル内の {part} が署名時の内容と異なります。もう一度コピーまたはダウンロードしてください。",
  },
} as const satisfies Record<string, Message>;
