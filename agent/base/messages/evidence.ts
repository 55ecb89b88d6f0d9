import type { Message } from "./message.js";

/** The chain of evidence: on the box, at the monitor, and `sekisho evidence`. */
export const evidenceMessages = {
  "error.evidence.locked": {
    en: "Another process works on the evidence (process {pid}). Wait until it has ended.",
    ja: "別のプロセスが証跡を処理中です（プロセス {pid}）。終了するまでお待ちください。",
  },
  "error.evidence.disk": {
    en: "The evidence in {path} cannot be read or written: {reason}. Check the disk, and run commands with sudo.",
    ja: "{path} の証跡を読み書きできません: {reason}。ディスクを確認し、コマンドは sudo で実行してください。",
  },
  "error.evidence.not_kept": {
    en: "No evidence is kept here. Check evidence.enabled in the configuration, and sekisho status.",
    ja: "この機器では証跡を保全していません。設定の evidence.enabled と sekisho status を確認してください。",
  },
  "error.evidence.holds": {
    en: "{limit} incidents are held already. Release one: sekisho evidence hold ID --release",
    ja: "すでに {limit} 件のインシデントが保全指定されています。不要なものを解除してください: sekisho evidence hold 番号 --release",
  },
  "error.evidence.hold_room": {
    en: "The holds would need {needed} MiB, and evidence.hold_mib allows {room}. Export the incident, raise the limit, or release another hold.",
    ja: "保全指定には {needed} MiB 必要ですが、evidence.hold_mib の上限は {room} です。インシデントを書き出すか、上限を上げるか、ほかの指定を解除してください。",
  },
  "error.evidence.no_hold": {
    en: "Incident {id} is not held.",
    ja: "インシデント {id} は保全指定されていません。",
  },
  "monitor.checkpoint.first": {
    en: "{device}: the key of its chain of evidence is known from now on.",
    ja: "{device}: 証跡の鍵を登録しました。",
  },
  "monitor.checkpoint.gap": {
    en: "{device}: checkpoints of its evidence before number {epoch} have not come yet.",
    ja: "{device}: 証跡の封印 {epoch} 番より前のものがまだ届いていません。",
  },
  "monitor.checkpoint.other_chain": {
    en: "{device}: ITS EVIDENCE BEGAN ANEW. Either the box was set up again, or somebody hides its past. Ask the technician.",
    ja: "{device}: 証跡が新しく始まりました。機器を再設定したのでなければ、過去が隠された可能性があります。担当者に確認してください。",
  },
  "monitor.checkpoint.fork": {
    en: "{device}: ITS EVIDENCE CONTRADICTS CHECKPOINT {epoch} KEPT HERE. The box was put back to an earlier state, or its past was rewritten.",
    ja: "{device}: 証跡が、保管済みの封印 {epoch} 番と矛盾しています。機器が過去の状態に戻されたか、記録が書き換えられています。",
  },
  "monitor.checkpoint.forged": {
    en: "{device}: A CHECKPOINT OF ITS EVIDENCE IS NOT SIGNED AS IT MUST BE. Somebody speaks in its name.",
    ja: "{device}: 証跡の封印の署名が正しくありません。なりすましの可能性があります。",
  },
  "error.evidence.nothing": {
    en: "The chain holds nothing of that time. sekisho evidence status says how far it reaches back.",
    ja: "その期間の証跡はありません。保全されている範囲は sekisho evidence status で確認できます。",
  },
  "error.evidence.export": {
    en: "{file} cannot be read or written: {reason}. Name another with --output, or remove it first.",
    ja: "{file} を読み書きできません: {reason}。--output で別の名前を指定するか、先に削除してください。",
  },
  "error.evidence.period": {
    en: "Give --incident, or --from and --to as 2026-11-27T09:00 with --from first.",
    ja: "--incident、または --from と --to（例: 2026-11-27T09:00、--from が先）を指定してください。",
  },
  "error.evidence.key": {
    en: "“{key}” is no public key: 64 hexadecimal digits, or a file with them. The monitor keeps it; on the box: sekisho evidence status",
    ja: "「{key}」は公開鍵ではありません。16 進数 64 桁、またはそれを書いたファイルを指定してください。監視先で保管されています（機器では sekisho evidence status）。",
  },
  "error.evidence.checkpoint": {
    en: "“{text}” is no checkpoint: write EPOCH:DIGEST, or the seal as the monitor keeps it.",
    ja: "「{text}」は封印ではありません。番号:ダイジェスト、または監視先で保管された封印を指定してください。",
  },
  "cli.evidence": {
    en: "What stands as evidence: export, verify, hold",
    ja: "証跡の書き出し・検証・保全指定",
  },
  "cli.evidence.export": {
    en: "Write one archive: records, incident, signatures, an index to read",
    ja: "記録・インシデント・署名・索引を 1 つのファイルに書き出す",
  },
  "cli.evidence.verify": {
    en: "Check an archive, on any machine, by the public key alone",
    ja: "書き出したファイルを公開鍵だけで検証する（どの PC でも可）",
  },
  "cli.evidence.hold": {
    en: "Keep what belongs to an incident, however old it grows",
    ja: "インシデントに関する記録を、期限を過ぎても残す",
  },
  "cli.evidence.status": {
    en: "How far the chain reaches, its public key, what is held",
    ja: "保全範囲・公開鍵・保全指定を表示する",
  },
  "cli.evidence.by": { en: "Who does it (default: this user)", ja: "実施者（省略時は現在のユーザー）" },
  "cli.evidence.purpose": { en: "What for; it is recorded", ja: "目的（記録に残ります）" },
  "cli.evidence.from": {
    en: "Beginning of the time, as 2026-11-27T09:00",
    ja: "期間の始まり（例: 2026-11-27T09:00）",
  },
  "cli.evidence.to": { en: "Its end (default: now)", ja: "期間の終わり（省略時は現在）" },
  "cli.evidence.recipient": { en: "Who gets it; it is recorded", ja: "渡す相手（記録に残ります）" },
  "cli.evidence.attach": {
    en: "A further file, such as a capture",
    ja: "添付するファイル（キャプチャーなど）",
  },
  "cli.evidence.captures": {
    en: "With the captures that were made for the incident; they hold content (--no-captures leaves them out)",
    ja: "インシデントのために採取したキャプチャーも含める（通信内容を含みます。--no-captures で除外）",
  },
  "cli.evidence.output": { en: "Name of the archive", ja: "書き出すファイル名" },
  "cli.evidence.file": { en: "The archive", ja: "書き出したファイル" },
  "cli.evidence.key": {
    en: "Public key of the chain: 64 hexadecimal digits, or a file with them",
    ja: "証跡の公開鍵（16 進数 64 桁、またはそれを書いたファイル）",
  },
  "cli.evidence.checkpoint": {
    en: "A checkpoint the monitor has kept: EPOCH:DIGEST or the seal itself; more than once",
    ja: "監視先で保管された封印（番号:ダイジェスト、または封印そのもの。複数指定可）",
  },
  "cli.evidence.release": { en: "Let it go again", ja: "保全指定を解除する" },
  "cli.evidence.example.export": { en: "An incident, for the police", ja: "インシデントを警察に提出する" },
  "cli.evidence.example.time": { en: "Everything of a day's work", ja: "ある日の業務時間すべて" },
  "cli.evidence.example.verify": { en: "Without box and agent", ja: "機器もエージェントも不要" },
  "cli.evidence.exported": {
    en: "{output}: {count} records ({hidden} further ones as digests only). The hand-over is recorded and sealed. Public key: {key}",
    ja: "{output}: {count} 件の記録（ほか {hidden} 件はダイジェストのみ）。引き渡しを記録し、封印しました。公開鍵: {key}",
  },
  "cli.evidence.holds": {
    en: "{file} HOLDS: {records} records of {device}, unchanged since they were sealed. Handed over by {by} to {to}, {at}.",
    ja: "{file} は正しい証跡です。{device} の記録 {records} 件は封印後に変更されていません。引き渡し: {by} から {to} へ、{at}。",
  },
  "cli.evidence.no_checkpoint": {
    en: "Whether the box was put back to an earlier state shows only against the monitor's checkpoints (--checkpoint).",
    ja: "機器が過去の状態に戻されていないかは、監視先の封印（--checkpoint）との照合で確認できます。",
  },
  "cli.evidence.held": {
    en: "What belongs to {id} stays until it is released.",
    ja: "{id} の記録を、解除するまで保全します。",
  },
  "cli.evidence.released": { en: "{id} is not held any more.", ja: "{id} の保全指定を解除しました。" },
  "cli.evidence.facts": {
    en: "Records {first}–{last}, {mib} MiB; seal {epoch} of {at}.\nPublic key: {key}",
    ja: "記録 {first}～{last}、{mib} MiB。封印 {epoch} 番（{at}）。\n公開鍵: {key}",
  },
  "cli.evidence.held_by": { en: "Held: {id}, by {by}: {reason}", ja: "保全指定: {id}、{by}: {reason}" },
  "evidence.index.title": { en: "Evidence of {device} {subject}", ja: "{device} の証跡 {subject}" },
  "evidence.index.period": { en: "Time: {from} to {to}", ja: "期間: {from} ～ {to}" },
  "evidence.index.custody": {
    en: "Exported by {by}, for {to}. Purpose: {purpose}",
    ja: "書き出し: {by}、提出先: {to}、目的: {purpose}",
  },
  "evidence.index.seals": {
    en: "Records {first} to {last} of the chain, up to seal {epoch}.",
    ja: "連鎖の記録 {first} ～ {last}、封印 {epoch} 番まで。",
  },
  "evidence.index.hidden": {
    en: "{hidden} records do not belong to this and are there as digests only; the proof holds over them.",
    ja: "関係のない記録 {hidden} 件は内容を含まず、ダイジェストだけを収めています（証明には影響しません）。",
  },
  "evidence.index.notable": {
    en: "How the box did in that time (starts, gaps, health, rules in force, actions):",
    ja: "期間中の機器の状態（起動・欠落・健全性・適用ルール・操作）:",
  },
  "evidence.index.files": {
    en: "chain/ holds the records, one JSON line each, and the seals; device.*.txt the card of the device, rules/ the text of the rules that fired, captures/ what was captured for it, where there is any; manifest.json the digest of every file; custody/ the proof of this hand-over.",
    ja: "chain/ に記録（1 行 1 件の JSON）と封印、device.*.txt に端末カード、rules/ に検知したルールの本文、captures/ に採取したキャプチャー（あれば）、manifest.json に全ファイルのダイジェスト、custody/ に引き渡しの証明があります。",
  },
  "evidence.index.verify": {
    en: "To verify: sekisho evidence verify FILE --key PUBLIC_KEY. Take the key from the monitor, not from this archive.",
    ja: "検証: sekisho evidence verify ファイル --key 公開鍵。公開鍵は、このファイルではなく監視先から入手してください。",
  },
  "evidence.problem.archive": {
    en: "DOES NOT HOLD: no whole archive of evidence ({reason}).",
    ja: "証跡として成立しません: ファイルが壊れているか不完全です（{reason}）。",
  },
  "evidence.problem.custody": {
    en: "DOES NOT HOLD: the manifest is not the one whose hand-over stands in the chain.",
    ja: "証跡として成立しません: manifest.json が、記録された引き渡しと一致しません。",
  },
  "evidence.problem.file.digest": {
    en: "DOES NOT HOLD: {file} was changed.",
    ja: "証跡として成立しません: {file} が変更されています。",
  },
  "evidence.problem.file.missing": {
    en: "DOES NOT HOLD: {file} is missing.",
    ja: "証跡として成立しません: {file} がありません。",
  },
  "evidence.problem.file.unknown": {
    en: "DOES NOT HOLD: {file} was added, or is there twice.",
    ja: "証跡として成立しません: {file} が追加されたか、重複しています。",
  },
  "evidence.problem.seal.form": {
    en: "DOES NOT HOLD: seal {epoch} in {file} cannot be read.",
    ja: "証跡として成立しません: {file} の封印 {epoch} 番を読めません。",
  },
  "evidence.problem.seal.signature": {
    en: "DOES NOT HOLD: seal {epoch} in {file} is not signed by its key.",
    ja: "証跡として成立しません: {file} の封印 {epoch} 番の署名が正しくありません。",
  },
  "evidence.problem.seal.order": {
    en: "DOES NOT HOLD: seal {epoch} in {file} is out of order.",
    ja: "証跡として成立しません: {file} の封印 {epoch} 番の順序が正しくありません。",
  },
  "evidence.problem.seal.link": {
    en: "DOES NOT HOLD: seal {epoch} in {file} does not follow from the one before.",
    ja: "証跡として成立しません: {file} の封印 {epoch} 番が前の封印につながりません。",
  },
  "evidence.problem.seal.key": {
    en: "DOES NOT HOLD: seal {epoch} in {file} is of another key.",
    ja: "証跡として成立しません: {file} の封印 {epoch} 番の鍵が違います。",
  },
  "evidence.problem.seal.chain": {
    en: "DOES NOT HOLD: seal {epoch} in {file} is of another chain or device.",
    ja: "証跡として成立しません: {file} の封印 {epoch} 番が別の機器のものです。",
  },
  "evidence.problem.seal.checkpoint": {
    en: "DOES NOT HOLD: seal {epoch} in {file} is not the one the monitor has kept: the past was rewritten.",
    ja: "証跡として成立しません: {file} の封印 {epoch} 番が監視先で保管されたものと異なります（過去が書き換えられています）。",
  },
  "evidence.problem.seal.missing": {
    en: "DOES NOT HOLD: seal {epoch} in {file} is missing: the end was cut off, or the box was put back.",
    ja: "証跡として成立しません: {file} の封印 {epoch} 番がありません（末尾が切り取られたか、機器が過去の状態に戻されています）。",
  },
  "evidence.problem.record.form": {
    en: "DOES NOT HOLD: record {n} in {file} cannot be read.",
    ja: "証跡として成立しません: {file} の記録 {n} を読めません。",
  },
  "evidence.problem.record.hash": {
    en: "DOES NOT HOLD: record {n} in {file} was changed, or one before it is missing.",
    ja: "証跡として成立しません: {file} の記録 {n} が変更されたか、その前の記録が抜けています。",
  },
  "evidence.problem.record.number": {
    en: "DOES NOT HOLD: record {n} in {file} has another number.",
    ja: "証跡として成立しません: {file} の記録 {n} の番号が違います。",
  },
  "evidence.problem.record.seal": {
    en: "DOES NOT HOLD: record {n} in {file} or one behind it was changed: the seal over them does not hold.",
    ja: "証跡として成立しません: {file} の記録 {n} 以降が変更されています（封印と一致しません）。",
  },
  "evidence.problem.record.unsealed": {
    en: "DOES NOT HOLD: record {n} in {file} and those behind it are not sealed.",
    ja: "証跡として成立しません: {file} の記録 {n} 以降が封印されていません。",
  },
  "evidence.problem.record.missing": {
    en: "DOES NOT HOLD: record {n} in {file} is missing.",
    ja: "証跡として成立しません: {file} の記録 {n} がありません。",
  },
  "evidence.problem.record.order": {
    en: "DOES NOT HOLD: record {n} in {file} is out of order.",
    ja: "証跡として成立しません: {file} の記録 {n} の順序が正しくありません。",
  },
} as const satisfies Record<string, Message>;
