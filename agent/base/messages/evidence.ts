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
    ja: "すでに {limit} 件の事案が保全指定されています。不要なものを解除してください: sekisho evidence hold 番号 --release",
  },
  "error.evidence.hold_room": {
    en: "The holds would need {needed} MiB, and evidence.hold_mib allows {room}. Export the incident, raise the limit, or release another hold.",
    ja: "保全指定には {needed} MiB 必要ですが、evidence.hold_mib の上限は {room} です。事案を書き出すか、上限を上げるか、ほかの指定を解除してください。",
  },
  "error.evidence.no_hold": {
    en: "Incident {id} is not held.",
    ja: "事案 {id} は保全指定されていません。",
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
} as const satisfies Record<string, Message>;
