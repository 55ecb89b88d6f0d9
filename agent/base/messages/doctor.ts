import type { Message } from "./message.js";

/** `sekisho doctor`: each finding says what is the case and what to do. */
export const doctorMessages = {
  "cli.doctor": {
    en: "Look for what is wrong on this box, the cause first, with what to do",
    ja: "この機器の問題を調べ、原因から順に対処を示す",
  },
  "cli.doctor.seconds": {
    en: "How long to look at the traffic of each interface",
    ja: "各インターフェースの通信を確認する秒数",
  },
  "cli.doctor.example": { en: "What is wrong here?", ja: "何が問題か" },
  "cli.doctor.example.json": { en: "For a support ticket", ja: "サポートへの連絡用" },
  "doctor.looking": {
    en: "Looking at {interface} for {seconds} s …",
    ja: "{interface} を {seconds} 秒間確認中…",
  },
  "doctor.well": {
    en: "Nothing is wrong: {count} checks.",
    ja: "問題は見つかりませんでした（確認 {count} 項目）。",
  },
  "doctor.faults": {
    en: "Faults: {faults}, warnings: {warnings}; the first is the one to begin with.",
    ja: "異常 {faults} 件、注意 {warnings} 件。上から順に対処してください。",
  },
  "doctor.level.fault": { en: "FAULT", ja: "異常" },
  "doctor.level.warning": { en: "warning", ja: "注意" },
  "doctor.config.invalid": {
    en: "The configuration cannot be used: {reason}",
    ja: "設定を使用できません: {reason}",
  },
  "doctor.service.not_running": {
    en: "The agent does not run (nothing answers on {socket}). Start it with “systemctl start sekisho”; if it ends again, “journalctl -u sekisho” says why in its last line.",
    ja: "エージェントが動作していません（{socket} に応答なし）。「systemctl start sekisho」で起動してください。すぐ終了する場合は「journalctl -u sekisho」の最後の行に理由があります。",
  },
  "doctor.service.forbidden": {
    en: "This user may not ask the agent ({socket}). Run the command with sudo.",
    ja: "このユーザーにはエージェントへの問い合わせ権限がありません（{socket}）。sudo を付けて実行してください。",
  },
  "doctor.service.stranger": {
    en: "Something else than sekisho answers on {socket}. Stop it, or set control.socket to another path.",
    ja: "{socket} で別のプログラムが応答しています。停止するか、control.socket を変更してください。",
  },
  "doctor.service.restarting": {
    en: "systemd had to start the agent again {count} times. “journalctl -u sekisho -p err” says why.",
    ja: "エージェントが {count} 回再起動されています。「journalctl -u sekisho -p err」で理由を確認してください。",
  },
  "doctor.capture.nothing": {
    en: "No interface is configured. Set capture.interfaces; this box has {present}.",
    ja: "監視するインターフェースが設定されていません。capture.interfaces に指定してください（この機器には {present} があります）。",
  },
  "doctor.capture.forbidden": {
    en: "This user may not capture on {subject}. Run the command with sudo.",
    ja: "このユーザーには {subject} の受信権限がありません。sudo を付けて実行してください。",
  },
  "doctor.capture.failed": {
    en: "{subject} cannot be read: {reason}",
    ja: "{subject} を受信できません: {reason}",
  },
  "doctor.interface.missing": {
    en: "There is no interface {subject}. Correct capture.interfaces; this box has {present}.",
    ja: "インターフェース {subject} がありません。capture.interfaces を修正してください（この機器には {present} があります）。",
  },
  "doctor.interface.off": {
    en: "{subject} is switched off. Switch it on: “ip link set {subject} up”, and make that permanent.",
    ja: "{subject} が無効です。「ip link set {subject} up」で有効にし、恒久設定にも反映してください。",
  },
  "doctor.interface.no_link": {
    en: "{subject} has no link. Check the cable, the switch port and the other end.",
    ja: "{subject} がリンクダウンしています。ケーブル・スイッチのポート・対向機器を確認してください。",
  },
  "doctor.traffic.silent": {
    en: "{subject} has a link, but not one packet came in {seconds} s. Check the mirror port of the switch, or whether this is the right interface.",
    ja: "{subject} はリンクしていますが、{seconds} 秒間パケットが届きませんでした。スイッチのミラーポート設定と、インターフェースの指定を確認してください。",
  },
  "doctor.traffic.broadcast_only": {
    en: "{subject} sees only broadcast and multicast: it hangs on an ordinary port of the switch, not on a mirror port. Set the port up as a mirror (SPAN) of the router's port.",
    ja: "{subject} にはブロードキャストとマルチキャストしか届いていません。通常のポートに接続されています。ルーター側ポートのミラー（SPAN）に設定してください。",
  },
  "doctor.traffic.one_way": {
    en: "{subject} sees only one direction ({direction}). Mirror both directions (rx and tx) of the router's port.",
    ja: "{subject} には片方向（{direction}）の通信しか届いていません。ルーター側ポートの送信・受信の両方をミラーしてください。",
  },
  "doctor.traffic.direction.outbound": { en: "from the office", ja: "社内から外へ" },
  "doctor.traffic.direction.inbound": { en: "to the office", ja: "外から社内へ" },
  "doctor.traffic.home_net": {
    en: "{percent} % of the traffic on {subject} has no address of home_net on either side. Seen were {networks}; set home_net to the networks of the office.",
    ja: "{subject} の通信の {percent} % は、どちらの側も home_net に含まれません。実際の通信: {networks}。home_net を社内ネットワークに合わせてください。",
  },
  "doctor.traffic.unreadable": {
    en: "{percent} % of the frames on {subject} are no IP that can be read. Check what the port mirrors (a tunnel, an encrypted link?).",
    ja: "{subject} のフレームの {percent} % は IP として読めません。ミラー元（トンネルや暗号化された回線ではないか）を確認してください。",
  },
  "doctor.traffic.cut": {
    en: "{percent} % of the frames on {subject} are cut: capture.snaplen is {snaplen}. Set it to 65535.",
    ja: "{subject} のフレームの {percent} % が途中で切れています（capture.snaplen が {snaplen}）。65535 にしてください。",
  },
  "doctor.traffic.joined": {
    en: "{subject} hands over frames joined by the network card ({bytes} bytes). Times and sizes are less exact; switch it off with “ethtool -K {subject} gro off lro off”.",
    ja: "{subject} でネットワークカードが結合したフレーム（{bytes} バイト）を受け取っています。時刻と長さが不正確になります。「ethtool -K {subject} gro off lro off」で無効にしてください。",
  },
  "doctor.rules.missing": {
    en: "There are no rules at {path}. Correct “rules”, or remove it to use those that are shipped.",
    ja: "{path} にルールがありません。rules の指定を修正するか、削除して付属のルールを使用してください。",
  },
  "doctor.store.missing": {
    en: "The folder {path} for the store is not there. Create it, owned by the agent's user.",
    ja: "保存先のフォルダー {path} がありません。エージェントのユーザーを所有者として作成してください。",
  },
  "doctor.store.read_only": {
    en: "The file system of {path} is read-only, often because the disk fails. Look at “dmesg”, mount it for writing, or replace the disk.",
    ja: "{path} のファイルシステムが読み取り専用です（ディスク故障の可能性）。「dmesg」を確認し、書き込み可能にするかディスクを交換してください。",
  },
  "doctor.store.forbidden": {
    en: "{path} may not be written by its user {owner}. Give it back: “chown {owner} {path}”.",
    ja: "{path} にユーザー {owner} が書き込めません。「chown {owner} {path}」で所有者を戻してください。",
  },
  "doctor.store.full": {
    en: "The disk of {path} is full ({free} MB free). Find what fills it (“du -x / | sort -n | tail”) and make room.",
    ja: "{path} のディスクに空きがありません（残り {free} MB）。「du -x / | sort -n | tail」で容量を使っているものを調べ、空きを作ってください。",
  },
  "doctor.store.tight": {
    en: "The store may grow to {budget} MB, but the disk of {path} has room for {free} MB. Lower store.budget_mib or make room.",
    ja: "保存容量の上限は {budget} MB ですが、{path} のディスクの空きは {free} MB です。store.budget_mib を下げるか空きを作ってください。",
  },
  "doctor.disk.worn": {
    en: "The flash memory {subject} has used {percent} % of its life. Replace it soon.",
    ja: "フラッシュメモリー {subject} の寿命の {percent} % を消費しています。早めに交換してください。",
  },
  "doctor.clock.unset": {
    en: "The clock stands at {time} and was never set. Check NTP and the clock's battery.",
    ja: "時計が {time} を指しており、設定されていません。NTP と時計用電池を確認してください。",
  },
  "doctor.clock.free": {
    en: "Nothing keeps the clock right. Switch NTP on: “timedatectl set-ntp true”.",
    ja: "時刻が同期されていません。「timedatectl set-ntp true」で NTP を有効にしてください。",
  },
  "doctor.memory.low": {
    en: "Only {free} MB of memory are left. Find what takes it with “ps aux --sort=-rss | head”.",
    ja: "メモリーの空きが {free} MB しかありません。「ps aux --sort=-rss | head」で使用元を調べてください。",
  },
  "doctor.uplink.none": {
    en: "No monitor is configured: what is found stays on this box. Set uplink.url.",
    ja: "監視先が設定されておらず、検知結果はこの機器にだけ残ります。uplink.url を設定してください。",
  },
  "doctor.uplink.files": {
    en: "The credentials cannot be used: {reason}",
    ja: "認証情報を使用できません: {reason}",
  },
  "doctor.uplink.key_mismatch": {
    en: "uplink.key_file does not belong to the certificate in {file}. Install the pair that was issued together.",
    ja: "uplink.key_file が {file} の証明書と対になっていません。一緒に発行された組を配置してください。",
  },
  "doctor.uplink.expired": {
    en: "The certificate of this box ended on {date} ({file}). Install a new one.",
    ja: "この機器の証明書は {date} に期限切れです（{file}）。新しい証明書を配置してください。",
  },
  "doctor.uplink.expires": {
    en: "The certificate of this box ends on {date} ({file}). Order a new one.",
    ja: "この機器の証明書は {date} に期限が切れます（{file}）。更新を手配してください。",
  },
  "doctor.uplink.name": {
    en: "The name {host} cannot be looked up ({reason}). Check the DNS server in /etc/resolv.conf and the line to the Internet.",
    ja: "{host} の名前解決ができません（{reason}）。/etc/resolv.conf の DNS サーバーとインターネット回線を確認してください。",
  },
  "doctor.uplink.refused": {
    en: "{host} refuses connections on port {port}. Check the port in uplink.url, and with the monitoring centre whether the broker runs.",
    ja: "{host} のポート {port} で接続を拒否されました。uplink.url のポートと、ブローカーの稼働を監視センターに確認してください。",
  },
  "doctor.uplink.unreachable": {
    en: "{host} port {port} does not answer ({reason}). Check the line, the gateway and whether a firewall blocks the port.",
    ja: "{host} のポート {port} に応答がありません（{reason}）。回線・ゲートウェイ・ファイアウォールを確認してください。",
  },
  "doctor.uplink.untrusted": {
    en: "The broker {host} shows a certificate that this box does not trust ({reason}). Check uplink.ca_file; if it is right, somebody stands in between.",
    ja: "ブローカー {host} の証明書を信頼できません（{reason}）。uplink.ca_file を確認してください。正しい場合は通信が中継されている可能性があります。",
  },
  "doctor.uplink.other_name": {
    en: "The broker's certificate is not for {host} ({reason}). Use the name that stands in it in uplink.url.",
    ja: "ブローカーの証明書が {host} のものではありません（{reason}）。証明書にある名前を uplink.url に指定してください。",
  },
  "doctor.uplink.server_expired": {
    en: "The broker's certificate is not valid at the time of this box ({reason}). Check the clock first; else tell the monitoring centre.",
    ja: "この機器の時刻では、ブローカーの証明書は有効期間外です（{reason}）。まず時計を確認し、正しければ監視センターに連絡してください。",
  },
  "doctor.uplink.no_tls": {
    en: "What answers at {host} port {port} does not speak TLS ({reason}). Check the port: MQTT over TLS is usually 8883.",
    ja: "{host} のポート {port} は TLS で応答しません（{reason}）。ポートを確認してください（通常は 8883）。",
  },
  "doctor.uplink.denied": {
    en: "The broker does not let this box in ({reason}). Check its certificate, user name and password with the monitoring centre.",
    ja: "ブローカーに接続を拒否されました（{reason}）。証明書・ユーザー名・パスワードを監視センターに確認してください。",
  },
  "doctor.uplink.no_mqtt": {
    en: "What answers at {host} port {port} is no MQTT broker ({reason}). Check uplink.url.",
    ja: "{host} のポート {port} は MQTT ブローカーではありません（{reason}）。uplink.url を確認してください。",
  },
  "doctor.uplink.may_not_read": {
    en: "The broker lets this box in, but not read {topic}. The monitoring centre has to correct its ACL file.",
    ja: "ブローカーには接続できますが、{topic} を読む権限がありません。監視センターで ACL を修正してもらってください。",
  },
  "doctor.uplink.may_not_write": {
    en: "The broker lets this box in, but not write {topic}. The monitoring centre has to correct its ACL file.",
    ja: "ブローカーには接続できますが、{topic} に書く権限がありません。監視センターで ACL を修正してもらってください。",
  },
} as const satisfies Record<string, Message>;
