import type { Message } from "./message.js";

/** What an incident means and what to do about it. `{device}` names the device and its address. */
export const incidentMessages = {
  "incident.direction.outbound": { en: "inside → outside", ja: "社内 → 社外" },
  "incident.direction.inbound": { en: "outside → inside", ja: "社外 → 社内" },
  "incident.direction.lateral": { en: "inside → inside", ja: "社内 → 社内" },
  "incident.direction.transit": { en: "outside → outside", ja: "社外 → 社外" },

  "incident.verdict.act": { en: "Action needed", ja: "要対応" },
  "incident.verdict.watch": { en: "Keep an eye on it", ja: "要注意" },
  "incident.verdict.information": { en: "For information", ja: "参考情報" },

  "incident.device": { en: "{hostname} ({address})", ja: "{hostname} ({address})" },
  "incident.number.about": { en: "about {number}", ja: "約 {number}" },
  "incident.list.separator": { en: ", ", ja: "、" },
  "incident.list.more": { en: "{names} and {number} more", ja: "{names} ほか {number} 件" },
  "incident.when.once": { en: "{first}", ja: "{first}" },
  "incident.when.span": { en: "{first} to {last}", ja: "{first} ～ {last}" },

  "incident.title.command.contact": {
    en: "{device} contacted a command server of malware",
    ja: "{device} がマルウェアの指令サーバーに接続しました",
  },
  "incident.title.command.lookup": {
    en: "{device} looked up the address of a command server of malware",
    ja: "{device} がマルウェアの指令サーバーの名前を検索しました",
  },
  "incident.title.command.inbound": {
    en: "Traffic of a malware command server reached {device}",
    ja: "{device} にマルウェアの指令サーバーからとみられる通信が届きました",
  },
  "incident.title.malware.contact": {
    en: "{device} behaves like a device infected with malware",
    ja: "{device} がマルウェアに感染した機器に特有の通信をしています",
  },
  "incident.title.malware.lookup": {
    en: "{device} looked up a name used by malware",
    ja: "{device} がマルウェアの使うサイト名を検索しました",
  },
  "incident.title.malware.web": {
    en: "{device} made a web request typical of malware",
    ja: "{device} がマルウェアに特有の Web アクセスをしました",
  },
  "incident.title.malware.inbound": {
    en: "Malware traffic reached {device} from the Internet",
    ja: "インターネットから {device} へ、マルウェアに関係する通信がありました",
  },
  "incident.title.malware.lateral": {
    en: "{device} sends malware traffic to other devices in the office",
    ja: "{device} が社内のほかの機器へ、マルウェアに関係する通信をしています",
  },
  "incident.title.phishing": {
    en: "{device} opened a page made to steal passwords",
    ja: "{device} がパスワードを盗み取る偽サイト（フィッシングサイト）にアクセスしました",
  },
  "incident.title.mining": {
    en: "{device} is mining cryptocurrency",
    ja: "{device} が暗号資産の採掘（マイニング）をしています",
  },
  "incident.title.unwanted": {
    en: "{device} runs a program that is probably unwanted",
    ja: "{device} で、アドウェアなど望ましくないソフトウェアが動いている可能性があります",
  },
  "incident.title.intrusion": {
    en: "An attack on {device} may have succeeded",
    ja: "{device} への攻撃が成功した可能性があります",
  },
  "incident.title.attack.outbound": {
    en: "{device} attacks a system on the Internet",
    ja: "{device} がインターネット上のシステムを攻撃しています",
  },
  "incident.title.attack.inbound": {
    en: "{remote} on the Internet tried to break into {device}",
    ja: "インターネット側の {remote} が {device} への侵入を試みました",
  },
  "incident.title.attack.lateral": {
    en: "{device} attacks other devices in the office",
    ja: "{device} が社内のほかの機器を攻撃しています",
  },
  "incident.title.scan.outbound": {
    en: "{device} is scanning systems on the Internet",
    ja: "{device} がインターネット上の機器を探索（スキャン）しています",
  },
  "incident.title.scan.inbound": {
    en: "{remote} on the Internet scanned {device}",
    ja: "インターネット側の {remote} が {device} を探索（スキャン）しました",
  },
  "incident.title.scan.lateral": {
    en: "{device} is scanning other devices in the office",
    ja: "{device} が社内のほかの機器を探索（スキャン）しています",
  },
  "incident.title.overload.outbound": {
    en: "{device} takes part in a denial-of-service attack",
    ja: "{device} がサービス妨害（DoS）攻撃に加わっている可能性があります",
  },
  "incident.title.overload.inbound": {
    en: "{device} is the target of a denial-of-service attack",
    ja: "{device} がサービス妨害（DoS）攻撃を受けています",
  },
  "incident.title.overload.lateral": {
    en: "{device} is overloading other devices in the office",
    ja: "{device} が社内の機器にサービス妨害（DoS）攻撃をしている可能性があります",
  },
  "incident.title.policy": {
    en: "{device} uses a service that may be against your rules",
    ja: "{device} が、社内ルールに反する可能性のあるサービスを利用しています",
  },
  "incident.title.suspicious.outbound": {
    en: "{device} made a suspicious connection",
    ja: "{device} が不審な通信をしました",
  },
  "incident.title.suspicious.lookup": {
    en: "{device} looked up a suspicious name",
    ja: "{device} が不審なサイト名を検索しました",
  },
  "incident.title.suspicious.inbound": {
    en: "Suspicious traffic reached {device} from the Internet",
    ja: "インターネットから {device} に不審な通信がありました",
  },
  "incident.title.suspicious.lateral": {
    en: "{device} made a suspicious connection to another device in the office",
    ja: "{device} が社内のほかの機器に不審な通信をしました",
  },
  "incident.title.information": {
    en: "{device}: traffic recorded for information",
    ja: "{device} の通信を参考情報として記録しました",
  },
  "incident.title.transit": {
    en: "Suspicious traffic between {device} and {remote}, both outside the office",
    ja: "社外どうし（{device} と {remote}）の不審な通信を検出しました",
  },

  "incident.seen.lookup": {
    en: "It looked up {remotes} (seen {count}×).",
    ja: "{remotes} の名前検索（DNS）を {count} 回検出しました。",
  },
  "incident.seen.tls": {
    en: "It opened encrypted connections (TLS) to {remotes} (seen {count}×).",
    ja: "{remotes} への暗号化通信（TLS）を {count} 回検出しました。",
  },
  "incident.seen.http": {
    en: "It requested {urls} (seen {count}×).",
    ja: "{urls} への Web アクセスを {count} 回検出しました。",
  },
  "incident.seen.connection": {
    en: "It connected to {remotes}, port {ports} (seen {count}×).",
    ja: "{remotes}（ポート {ports}）への通信を {count} 回検出しました。",
  },
  "incident.seen.exchange": {
    en: "It exchanged data with {remotes} (seen {count}×).",
    ja: "{remotes} との通信を {count} 回検出しました。",
  },
  "incident.seen.many": {
    en: "It contacted {number} different addresses, port {ports}: {remotes} (seen {count}×).",
    ja: "{number} 件の宛先（{remotes}、ポート {ports}）への通信を {count} 回検出しました。",
  },
  "incident.seen.refused": {
    en: "{remotes} tried to reach port {ports} (seen {count}×). The device did not answer.",
    ja: "{remotes} からポート {ports} への接続の試みを {count} 回検出しました。機器の応答は確認されていません。",
  },
  "incident.seen.answered": {
    en: "{remotes} reached port {ports} (seen {count}×). The device answered.",
    ja: "{remotes} からポート {ports} への通信を {count} 回検出しました。機器は応答しています。",
  },
  "incident.seen.hosts": {
    en: "{number} devices in the office are concerned: {devices}.",
    ja: "社内の {number} 台の機器が該当します（{devices}）。",
  },

  "incident.meaning.command": {
    en: "Programs that have taken over a device fetch their orders from such a server. The device is probably infected, and strangers may be able to control it.",
    ja: "機器を乗っ取るプログラム（マルウェア）は、この種のサーバーに接続して攻撃者の指示を受け取ります。この機器は感染している可能性が高く、外部から操作されるおそれがあります。",
  },
  "incident.meaning.malware": {
    en: "The traffic follows a pattern known from malware. The device may be infected.",
    ja: "マルウェアに特有の通信パターンと一致しました。この機器は感染している可能性があります。",
  },
  "incident.meaning.phishing": {
    en: "Somebody may have typed a password or a card number into a page that belongs to thieves.",
    ja: "偽のページに、ID・パスワードやカード番号を入力してしまった可能性があります。",
  },
  "incident.meaning.mining": {
    en: "The computing power of the device is being used to make money. Either somebody installed this on purpose, or malware did.",
    ja: "機器の計算能力が暗号資産の採掘に使われています。利用者が導入したか、マルウェアが勝手に動かしている可能性があります。",
  },
  "incident.meaning.unwanted": {
    en: "Such programs show advertisements, collect data and let worse ones in. They often come along with another program.",
    ja: "広告の表示や情報の収集を行うソフトウェアです。ほかのソフトウェアと一緒に入り込むことが多く、より危険なものを呼び込むことがあります。",
  },
  "incident.meaning.attack": {
    en: "Either somebody runs an attack tool on this device, or malware on it is trying to spread.",
    ja: "この機器で攻撃ツールが使われているか、マルウェアが感染を広げようとしている可能性があります。",
  },
  "incident.meaning.lateral": {
    en: "Ordinary work does not look like this. Malware searches for its next victims in this way before it steals data or encrypts files.",
    ja: "通常の業務では起こらない通信です。マルウェアは、情報を盗んだりファイルを暗号化したりする前に、このようにして次の標的を探します。",
  },
  "incident.meaning.intrusion": {
    en: "The traffic looks like the answer of a device that somebody has taken over.",
    ja: "乗っ取られた機器の応答とみられる通信を検出しました。",
  },
  "incident.meaning.refused": {
    en: "Such attempts reach every address on the Internet all day. No answer of the device was seen, so this one very probably failed.",
    ja: "このような試みは、インターネット上のあらゆるアドレスに日常的に届きます。機器の応答は確認されておらず、試みは失敗したとみられます。",
  },
  "incident.meaning.answered": {
    en: "The device can be reached from the Internet and answered. Whether the attempt succeeded cannot be told from the traffic alone.",
    ja: "この機器はインターネットから接続できる状態にあり、応答しています。攻撃が成功したかどうかは、通信だけでは判断できません。",
  },
  "incident.meaning.overload.outbound": {
    en: "The device, which may be infected, is being used to overload others.",
    ja: "この機器は感染しており、ほかの機器に負荷をかける攻撃に使われている可能性があります。",
  },
  "incident.meaning.overload.inbound": {
    en: "Somebody sends so much traffic that the device or the Internet connection becomes unusable.",
    ja: "大量の通信によって、機器やインターネット回線を使えなくする攻撃です。",
  },
  "incident.meaning.policy": {
    en: "This is not an attack. Many offices forbid such services, because data leaves the office by them or they take up the connection.",
    ja: "攻撃ではありません。情報の持ち出しや回線の圧迫につながるため、社内での利用を禁止することの多いサービスです。",
  },
  "incident.meaning.suspicious": {
    en: "This is unusual, but often harmless. It matters if it goes on, or if the same device shows other incidents.",
    ja: "通常とは異なる通信ですが、問題のない場合もあります。繰り返す場合や、同じ機器でほかのインシデントが起きている場合は注意が必要です。",
  },
  "incident.meaning.information": {
    en: "This was recorded for completeness and is no sign of an attack by itself.",
    ja: "記録のための情報です。これだけで攻撃を示すものではありません。",
  },
  "incident.meaning.transit": {
    en: "Neither address belongs to the office as it is configured. If one of them does, the setting of the office network is wrong.",
    ja: "どちらのアドレスも、設定されている社内ネットワークに含まれていません。社内のアドレスが含まれている場合は、社内ネットワークの設定が誤っています。",
  },

  "incident.action.find": {
    en: "Find out which device it is: IP address {address}.",
    ja: "どの機器かを特定してください（IP アドレス {address}）。",
  },
  "incident.action.find.mac": {
    en: "Find out which device it is: IP address {address}, MAC address {mac}.",
    ja: "どの機器かを特定してください（IP アドレス {address}、MAC アドレス {mac}）。",
  },
  "incident.action.disconnect": {
    en: "Disconnect {device} from the network at once: pull out the network cable, turn Wi-Fi off.",
    ja: "{device} をただちにネットワークから切り離してください（LAN ケーブルを抜く、Wi-Fi を切る）。",
  },
  "incident.action.keep_power": {
    en: "Do not switch it off and do not restart it: traces needed for the investigation would be lost.",
    ja: "電源は切らず、再起動もしないでください。調査に必要な痕跡が失われます。",
  },
  "incident.action.call": {
    en: "Call your IT support and tell them the incident number {id}.",
    ja: "システム担当者または保守窓口に連絡し、インシデント番号 {id} を伝えてください。",
  },
  "incident.action.no_passwords": {
    en: "Do not type passwords on this device until it has been checked.",
    ja: "確認が終わるまで、この機器ではパスワードを入力しないでください。",
  },
  "incident.action.others": {
    en: "Tell them as well which devices it tried to reach: {remotes}.",
    ja: "通信先となった機器（{remotes}）についても、あわせて伝えてください。",
  },
  "incident.action.ask_page": {
    en: "Ask the user of the device whether anything was typed into the page.",
    ja: "機器の利用者に、そのページで何か入力したかどうかを確認してください。",
  },
  "incident.action.change_passwords": {
    en: "Change every password that was typed there, using another device.",
    ja: "入力したパスワードは、別の機器からすべて変更してください。",
  },
  "incident.action.ask_user": {
    en: "Ask the user of the device whether this was done on purpose.",
    ja: "機器の利用者に、心当たりがあるかどうかを確認してください。",
  },
  "incident.action.virus_scan": {
    en: "Run a full virus scan on it.",
    ja: "ウイルス対策ソフトで、この機器全体を検査してください。",
  },
  "incident.action.remove_program": {
    en: "Remove programs that nobody needs.",
    ja: "不要なソフトウェアを削除してください。",
  },
  "incident.action.stop_service": {
    en: "If your rules do not allow it, have it stopped.",
    ja: "社内ルールで認められていない場合は、利用をやめてもらってください。",
  },
  "incident.action.close_port": {
    en: "Check whether the device has to be reachable from the Internet; if not, close the port on the router.",
    ja: "この機器をインターネットに公開する必要があるか確認し、不要であればルーターでポートを閉じてください。",
  },
  "incident.action.update": {
    en: "Install the latest updates on it.",
    ja: "この機器に最新の更新プログラムを適用してください。",
  },
  "incident.action.provider": {
    en: "If the Internet connection becomes unusable, call your provider.",
    ja: "インターネットが使えない状態が続く場合は、回線事業者に連絡してください。",
  },
  "incident.action.office_network": {
    en: "Have the setting of the office network checked.",
    ja: "社内ネットワークの設定を確認してもらってください。",
  },
  "incident.action.watch": {
    en: "Nothing has to be done at once. If it happens again, tell your IT support the incident number {id}.",
    ja: "すぐに対応する必要はありません。繰り返す場合は、システム担当者にインシデント番号 {id} を伝えてください。",
  },
  "incident.action.none": {
    en: "Nothing has to be done.",
    ja: "対応は不要です。",
  },
} as const satisfies Record<string, Message>;
