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
    en: "The signed document ({kind}) bears a signature of the key {key}…, which is not trusted. Have it signed by the keys of the root only.",
    ja: "署名付き文書（{kind}）に、信頼していない鍵 {key}… の署名があります。ルートに登録された鍵だけで署名し直してください。",
  },
  "error.bundle.signature": {
    en: "The signature of the key {key}… does not fit the {kind} of the bundle: it was changed after signing. Do not use it; get it again from where it was made.",
    ja: "鍵 {key}… の署名がバンドルの内容（{kind}）と一致しません。署名後に変更されています。使用せず、作成元から取得し直してください。",
  },
  "error.bundle.threshold": {
    en: "The signed document ({kind}) has {valid} of {threshold} signatures that are needed. Have the others sign it.",
    ja: "署名付き文書（{kind}）の署名が不足しています（{valid}/{threshold}）。残りの署名者に署名を依頼してください。",
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
  "error.rule_sets.no_root": {
    en: "No root of trust is pinned, so no rule set can be verified. Put the operator's file of roots in place and name it in rule_sets.root_file.",
    ja: "信頼の起点（ルート）が登録されていないため、ルールセットを検証できません。運用者のルートファイルを配置し、rule_sets.root_file に指定してください。",
  },
  "error.rule_sets.root_unreadable": {
    en: "The operator's file of roots {path} (rule_sets.root_file) cannot be read: {reason}. Put it in place: scripts/install --rules-root FILE.",
    ja: "運用者のルートファイル {path}（rule_sets.root_file）を読み込めません: {reason}。scripts/install --rules-root FILE で配置してください。",
  },
  "error.rule_sets.bad_before": {
    en: "Version {version} of the layer {layer} has failed on this device or was taken back ({at}: {reason}) and is not tried again. Correct it and build a newer version.",
    ja: "{layer} のバージョン {version} は、この機器で以前失敗したか取り消されたため再試行しません（{at}: {reason}）。修正して新しいバージョンを作成してください。",
  },
  "error.rule_sets.disk": {
    en: "The rule sets cannot be kept in {path}: {reason}. Check owner, permissions and free space.",
    ja: "ルールセットを {path} に保存できません: {reason}。所有者、アクセス権、空き容量を確認してください。",
  },
  "error.rule_sets.damaged": {
    en: "The rule set in {path} is not what was signed: {reason}. Install it again; if this repeats, replace the disk.",
    ja: "{path} のルールセットが署名時の内容と異なります: {reason}。もう一度インストールしてください。繰り返す場合はディスクを交換してください。",
  },
  "error.rule_sets.nothing_before": {
    en: "There is no earlier rule set to go back to.",
    ja: "戻せる以前のルールセットがありません。",
  },
  "error.rule_sets.trial": {
    en: "{failed} of {total} tests of the rule set failed on this device, first {test}: {problem}. Correct the rules or the test and build a newer version.",
    ja: "ルールセットのテスト {total} 件中 {failed} 件がこの機器で失敗しました。最初の失敗は {test}: {problem}。ルールまたはテストを修正し、新しいバージョンを作成してください。",
  },
  "error.rule_sets.trial_limits": {
    en: "The tests of the rule set took more than {seconds} seconds or {limit} MiB. Take tests or rules away and build a newer version.",
    ja: "ルールセットのテストが {seconds} 秒または {limit} MiB の制限を超えました。テストまたはルールを減らして、新しいバージョンを作成してください。",
  },
  "error.rule_sets.shadow": {
    en: "The rule set did badly beside the one in force: {reason}. Correct it and build a newer version.",
    ja: "並行試験でルールセットに問題が見つかりました: {reason}。修正して新しいバージョンを作成してください。",
  },
  "error.download.broken": {
    en: "The download of the rule set broke off; it goes on by itself.",
    ja: "ルールセットのダウンロードが中断しました。自動的に再開します。",
  },
  "error.download.slow": {
    en: "The rule set comes more slowly than any line is. Check broker or web server; it goes on by itself.",
    ja: "ルールセットのダウンロードが極端に遅くなっています。ブローカーまたは Web サーバーを確認してください。自動的に再開します。",
  },
  "error.download.other": {
    en: "What was downloaded is not the bundle {bundle}… that was announced. Publish it again.",
    ja: "ダウンロードした内容が、予告されたバンドル {bundle}… と異なります。もう一度公開してください。",
  },
  "error.rule_sets.locked": {
    en: "Another command is changing the rule sets (process {pid}). Wait until it has ended.",
    ja: "別のコマンドがルールセットを変更中です（プロセス {pid}）。終了するまでお待ちください。",
  },
  "cli.rule_sets.install": {
    en: "Verify, try and use a signed rule set from a file",
    ja: "署名付きルールセットのファイルを検証・試験して適用する",
  },
  "cli.rule_sets.file": { en: "Bundle of the operator", ja: "運用者が作成したバンドル" },
  "cli.rule_sets.example.install": {
    en: "From a USB stick, without network",
    ja: "USB メモリーから、ネットワークなしで適用する",
  },
  "cli.rule_sets.rollback": { en: "Go back to the rule sets before", ja: "一つ前のルールセットに戻す" },
  "cli.rule_sets.reason": { en: "Why, for the record", ja: "理由（記録用）" },
  "cli.rule_sets.example.rollback": {
    en: "The newest set alerts too much",
    ja: "新しいルールセットの検知が多すぎる場合",
  },
  "cli.rule_sets.history": {
    en: "Who changed the rule sets when, and how",
    ja: "ルールセットの変更履歴（日時・実行者・内容）を表示する",
  },
  "cli.rule_sets.status": {
    en: "Which rule sets are in force, and how they do",
    ja: "使用中のルールセットと状態を表示する",
  },
  "cli.rule_sets.installed": {
    en: "{name} {version} is in force ({layer}); it is confirmed once it has proved itself.",
    ja: "{name} {version}（{layer}）を適用しました。問題がなければ自動的に確定します。",
  },
  "cli.rule_sets.known": {
    en: "{name} {version} is in force already ({layer}).",
    ja: "{name} {version}（{layer}）はすでに使用中です。",
  },
  "cli.rule_sets.rolled_back": {
    en: "The rule sets before are in force again.",
    ja: "一つ前のルールセットに戻しました。",
  },
  "cli.rule_sets.activity.verifying": { en: "verifying …", ja: "検証中…" },
  "cli.rule_sets.activity.compiling": { en: "compiling …", ja: "コンパイル中…" },
  "cli.rule_sets.activity.testing": { en: "running its tests …", ja: "付属テストを実行中…" },
  "cli.rule_sets.activity.shadowing": {
    en: "running beside the set in force for {minutes} minutes; the agent goes on without this command …",
    ja: "使用中のルールと並行して {minutes} 分間試験中です。このコマンドを終了しても継続します…",
  },
  "cli.rule_sets.activity.activating": { en: "putting it in force …", ja: "適用中…" },
  "cli.rule_sets.status.no_root": {
    en: "No root of trust: no rule set is taken (rule_sets.root_file).",
    ja: "信頼の起点が未登録のため、ルールセットを受け入れません（rule_sets.root_file）。",
  },
  "cli.rule_sets.status.root": {
    en: "Root of trust: version {version}",
    ja: "信頼の起点: バージョン {version}",
  },
  "cli.rule_sets.status.confirming": {
    en: "The newest set has to prove itself; else it is taken back.",
    ja: "最新のルールセットを確認中です。問題があれば自動的に元へ戻します。",
  },
  "cli.rule_sets.status.steady": { en: "Confirmed and in force:", ja: "確定済み・使用中:" },
  "cli.rule_sets.status.none.vendor": {
    en: "the rules that came with the agent",
    ja: "エージェント付属のルール",
  },
  "cli.rule_sets.status.none.site": { en: "none", ja: "なし" },
  "cli.rule_sets.status.set": {
    en: "{name} {version}, made {created}, valid until {expires}",
    ja: "{name} {version}（作成 {created}、有効期限 {expires}）",
  },
  "cli.rule_sets.status.expired": {
    en: "The set of the layer {layer} is past its date: nothing newer has come. Ask the operator.",
    ja: "{layer} のルールセットは有効期限切れです。新しいものが届いていません。運用者に連絡してください。",
  },
  "cli.rule_sets.status.loaded": {
    en: "Rules: {loaded} loaded, none refused.",
    ja: "ルール {loaded} 件を使用中、拒否 0 件。",
  },
  "cli.rule_sets.status.refused": {
    en: "Rules: {loaded} loaded, {refused} refused (sekisho rules check PATH says why).",
    ja: "ルール {loaded} 件を使用中、拒否 {refused} 件。理由は sekisho rules check PATH で確認できます。",
  },
  "cli.rule_sets.status.previous": { en: "before: {set}", ja: "一つ前: {set}" },
  "cli.rule_sets.status.candidate": { en: "On trial ({activity}): {set}", ja: "試験中（{activity}）: {set}" },
  "cli.rule_sets.doing.idle": { en: "waiting for the agent", ja: "エージェントの起動待ち" },
  "cli.rule_sets.doing.verifying": { en: "is being verified", ja: "検証中" },
  "cli.rule_sets.doing.compiling": { en: "is being compiled", ja: "コンパイル中" },
  "cli.rule_sets.doing.testing": { en: "its tests are running", ja: "付属テスト実行中" },
  "cli.rule_sets.doing.shadowing": { en: "beside the set in force", ja: "使用中のルールと並行" },
  "cli.rule_sets.doing.activating": { en: "is being put in force", ja: "適用中" },
  "cli.rule_sets.status.bad": { en: "Not tried again:", ja: "再試行しないもの:" },
  "cli.rule_sets.history.none": { en: "Nothing has been changed yet.", ja: "変更履歴はありません。" },
  "cli.rule_sets.change.accepted": { en: "verified", ja: "検証済み" },
  "cli.rule_sets.change.refused": { en: "refused", ja: "拒否" },
  "cli.rule_sets.change.activated": { en: "put in force", ja: "適用" },
  "cli.rule_sets.change.confirmed": { en: "confirmed", ja: "確定" },
  "cli.rule_sets.change.taken_back": { en: "taken back", ja: "自動で取り消し" },
  "cli.rule_sets.change.rolled_back": { en: "rolled back", ja: "手動で取り消し" },
  "cli.rule_sets.change.withdrawn": { en: "withdrawn by its signers", ja: "署名者による取り下げ" },
  "cli.rule_sets.change.damaged": { en: "found damaged", ja: "破損を検出" },
} as const satisfies Record<string, Message>;
