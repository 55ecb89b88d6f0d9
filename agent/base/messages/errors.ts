import type { Message } from "./message.js";

/** Failures of the outside world: one sentence says what is wrong, one what to do. */
export const errorMessages = {
  "error.internal": {
    en: "Something unexpected failed: {reason}. Send the log to the maintainers.",
    ja: "予期しないエラーが発生しました: {reason}。ログを保守担当者に送ってください。",
  },
  "error.config.missing": {
    en: "There is no configuration file {file}. Check the path, or leave --config away to run with defaults.",
    ja: "設定ファイル {file} がありません。パスを確認するか、--config を省略して既定値で実行してください。",
  },
  "error.config.unreadable": {
    en: "The configuration file {file} cannot be read: {reason}. Check its owner and permissions.",
    ja: "設定ファイル {file} を読み込めません: {reason}。所有者とアクセス権を確認してください。",
  },
  "error.config.not_a_file": {
    en: "{file} is not a file. Name the configuration file itself, not its folder.",
    ja: "{file} はファイルではありません。フォルダーではなく設定ファイルそのものを指定してください。",
  },
  "error.config.too_large": {
    en: "{file} is larger than {limit} KiB, too large for a configuration file. Check the path.",
    ja: "{file} は {limit} KiB を超えており、設定ファイルとして大きすぎます。パスを確認してください。",
  },
  "error.config.invalid": {
    en: "The configuration ({source}) cannot be used. Correct the following and start again:\n{problems}",
    ja: "設定（{source}）に誤りがあります。次の箇所を修正して、もう一度起動してください。\n{problems}",
  },
  "error.config.problem.syntax": {
    en: "not valid YAML: {reason}",
    ja: "YAML として正しくありません: {reason}",
  },
  "error.config.problem.unknown_anchor": {
    en: "*{name} stands for nothing: there is no &{name} above it",
    ja: "*{name} の元になる &{name} がこの行より前にありません",
  },
  "error.config.problem.endless_alias": {
    en: "*{name} stands within what it stands for and would never end",
    ja: "*{name} が自分自身を含んでいるため展開できません",
  },
  "error.config.problem.merge_key": {
    en: "merge keys (<<) are not part of YAML 1.2; write the keys out",
    ja: "マージキー（<<）は YAML 1.2 では使えません。項目をそのまま書いてください",
  },
  "error.config.problem.too_many_values": {
    en: "aliases unfold to more than {limit} values",
    ja: "エイリアスを展開すると値が {limit} 個を超えます",
  },
  "error.config.problem.key_form": { en: "a key must be text", ja: "項目名は文字列でなければなりません" },
  "error.config.problem.too_deep": {
    en: "not valid YAML: nested too deeply",
    ja: "YAML として正しくありません: 入れ子が深すぎます",
  },
  "error.config.problem.unknown_key": { en: "unknown key {key}", ja: "{key} という設定項目はありません" },
  "error.config.problem.misspelt_key": {
    en: "unknown key {key}; did you mean {meant}?",
    ja: "{key} という設定項目はありません。{meant} の間違いではありませんか?",
  },
  "error.config.problem.not_text": { en: "{key} must be text", ja: "{key} には文字列を指定してください" },
  "error.config.problem.not_integer": {
    en: "{key} must be a whole number",
    ja: "{key} には整数を指定してください",
  },
  "error.config.problem.not_number": {
    en: "{key} must be a number",
    ja: "{key} には数値を指定してください",
  },
  "error.config.problem.not_boolean": {
    en: "{key} must be true or false",
    ja: "{key} には true か false を指定してください",
  },
  "error.config.problem.not_list": {
    en: "{key} must be a list (one item per line, each beginning with “- ”)",
    ja: "{key} にはリストを指定してください（1 行に 1 項目、行頭は「- 」）",
  },
  "error.config.problem.not_group": {
    en: "{key} must be a group of keys, indented below it",
    ja: "{key} の下には、字下げした設定項目を書いてください",
  },
  "error.config.problem.choice": {
    en: "{key} must be one of: {choices}",
    ja: "{key} に指定できる値は次のいずれかです: {choices}",
  },
  "error.config.problem.range": {
    en: "{key} must be from {minimum} to {maximum}",
    ja: "{key} には {minimum} から {maximum} までの値を指定してください",
  },
  "error.config.problem.empty": { en: "{key} must not be empty", ja: "{key} を空にすることはできません" },
  "error.config.problem.too_long": {
    en: "{key} is too long (at most {most})",
    ja: "{key} が長すぎます（上限は {most}）",
  },
  "error.config.problem.form": {
    en: "{key} cannot be “{value}”: characters that are not allowed here",
    ja: "{key} に「{value}」は指定できません（使用できない文字が含まれています）",
  },
  "error.config.problem.device_id": {
    en: "{key} “{value}” must be 1 to 64 letters, digits, dots, hyphens or underscores",
    ja: "{key}「{value}」は、英数字・ピリオド・ハイフン・アンダースコアを使い、1～64 文字で指定してください",
  },
  "error.config.problem.network": {
    en: "{key} “{value}” is not a network such as 192.168.0.0/16",
    ja: "{key}「{value}」は、192.168.0.0/16 のようなネットワークアドレスではありません",
  },
  "error.config.problem.url": {
    en: "{key} “{value}” is not a broker's address such as mqtts://monitor.example.jp:8883",
    ja: "{key}「{value}」は、mqtts://monitor.example.jp:8883 のようなブローカーのアドレスではありません",
  },
  "error.config.problem.url_secret": {
    en: "{key} must not contain a user name or password; use uplink.username and uplink.password_file",
    ja: "{key} にユーザー名やパスワードを含めることはできません。uplink.username と uplink.password_file を使ってください",
  },
  "error.config.problem.url_plain": {
    en: "{key} would send to {host} unencrypted and unchecked; use mqtts:// (mqtt:// is for this machine itself)",
    ja: "{key} では {host} へ暗号化も相手の確認もせずに送信することになります。mqtts:// を指定してください（mqtt:// はこの機器自身の中だけで使えます）",
  },
  "error.uplink.other_device": {
    en: "The certificate {file} is for “{name}”, but this device is “{device}”. Set device.id to that name, or issue a certificate with CN={device}.",
    ja: "証明書 {file} は「{name}」用ですが、この機器の ID は「{device}」です。device.id をその名前にするか、CN={device} の証明書を発行してください。",
  },
  "error.config.problem.needs": {
    en: "{key} has no effect without {other}",
    ja: "{key} を使うには {other} も指定してください",
  },
  "error.config.problem.shares": {
    en: "{key} adds up to {sharesPercent} percent; 100 is the most",
    ja: "{key} の合計が {sharesPercent}% です。100% 以下にしてください",
  },
  "error.config.problem.needs_tls": {
    en: "{key} has no effect with mqtt://; use mqtts:// in uplink.url",
    ja: "mqtt:// では {key} は使われません。uplink.url に mqtts:// を指定してください",
  },
  "error.control.in_use": {
    en: "Another agent already answers on {path}. Stop it first, or give this one another control.socket.",
    ja: "{path} では別のエージェントが動作中です。先に停止するか、control.socket に別のパスを指定してください。",
  },
  "error.control.unavailable": {
    en: "The control socket {path} cannot be made: {reason}. Check that its folder exists and belongs to the agent's user.",
    ja: "制御ソケット {path} を作成できません: {reason}。フォルダーの有無と所有者を確認してください。",
  },
  "error.control.no_agent": {
    en: "No running agent answers on {path} ({reason}). Start it (systemctl start sekisho), or name its socket with --socket.",
    ja: "{path} でエージェントが応答しません（{reason}）。起動するか（systemctl start sekisho）、--socket でソケットを指定してください。",
  },
  "error.control.forbidden": {
    en: "You may not ask the agent on {path}. Use sudo, or join the group sekisho.",
    ja: "{path} のエージェントに問い合わせる権限がありません。sudo を使うか、sekisho グループに加わってください。",
  },
  "error.metrics.unavailable": {
    en: "Metrics cannot be served on port {port}: {reason}. Choose another metrics.port.",
    ja: "ポート {port} でメトリクスを提供できません: {reason}。metrics.port を変更してください。",
  },
  "error.capture.not_open": {
    en: "Capturing on {interface} has not begun within {seconds} seconds ({driver}); it is tried again. If this goes on: systemctl restart sekisho sekisho-capture, or choose another capture.driver.",
    ja: "{interface} のキャプチャが {seconds} 秒以内に始まりませんでした ({driver})。再試行します。繰り返す場合は systemctl restart sekisho sekisho-capture を実行するか、capture.driver を変更してください。",
  },
  "error.capture.no_helper": {
    en: "The capture helper cannot be used on {path}: {reason}. Start it: systemctl enable --now sekisho-capture.socket",
    ja: "{path} の受信ヘルパーを使用できません: {reason}。起動してください: systemctl enable --now sekisho-capture.socket",
  },
  "error.page.unavailable": {
    en: "The box's page cannot be served on {interface}, port {port}: {reason}. Check page.interface and page.port.",
    ja: "{interface} のポート {port} でページを提供できません: {reason}。page.interface と page.port を確認してください。",
  },
  "error.secret.unreadable": {
    en: "The file {file} cannot be read: {reason}. Check the path, its owner and permissions.",
    ja: "ファイル {file} を読み込めません: {reason}。パス、所有者、アクセス権を確認してください。",
  },
  "error.secret.exposed": {
    en: "Every user of this machine may read the secret in {file}. Run: chmod o-rwx {file}",
    ja: "{file} の秘密情報を、この機器のすべての利用者が読める状態です。chmod o-rwx {file} を実行してください。",
  },
  "error.secret.not_usable": {
    en: "{file} is not a regular file of at most {limit} KiB. Check the path.",
    ja: "{file} は {limit} KiB 以下の通常のファイルではありません。パスを確認してください。",
  },
  "error.secret.empty": {
    en: "The first line of {file} is empty. Write the password there.",
    ja: "{file} の 1 行目が空です。1 行目にパスワードを書いてください。",
  },
  "error.capture.file_missing": {
    en: "The capture file {path} does not exist. Check the path.",
    ja: "キャプチャファイル {path} が見つかりません。パスを確認してください。",
  },
  "error.capture.file_directory": {
    en: "{path} is a directory, not a capture file. Give the path of a pcap or pcapng file.",
    ja: "{path} はディレクトリです。pcap または pcapng ファイルのパスを指定してください。",
  },
  "error.capture.file_unreadable": {
    en: "The capture file {path} cannot be read ({reason}). Check its permissions and the disk.",
    ja: "キャプチャファイル {path} を読み取れません ({reason})。アクセス権とディスクを確認してください。",
  },
  "error.capture.file_unknown": {
    en: "{path} is not a pcap or pcapng capture ({reason}). Give a file that tcpdump or Wireshark can open.",
    ja: "{path} は pcap または pcapng 形式のキャプチャではありません ({reason})。tcpdump や Wireshark で開けるファイルを指定してください。",
  },
  "error.capture.file_truncated": {
    en: "The capture {path} breaks off at byte {offset}; the {frames} frames before it were used. Copy or capture it again if the rest matters.",
    ja: "キャプチャ {path} は {offset} バイト目で途切れています。それより前の {frames} フレームを処理しました。残りが必要な場合は、コピーまたはキャプチャをやり直してください。",
  },
  "error.capture.file_damaged": {
    en: "The capture {path} is damaged from byte {offset} on ({reason}); the {frames} frames before it were used. Copy or capture it again if the rest matters.",
    ja: "キャプチャ {path} は {offset} バイト目以降が破損しています ({reason})。それより前の {frames} フレームを処理しました。残りが必要な場合は、コピーまたはキャプチャをやり直してください。",
  },
  "error.capture.no_interface": {
    en: "There is no network interface {interface}. Choose one of: {available}.",
    ja: "ネットワークインターフェース {interface} がありません。次の中から指定してください: {available}。",
  },
  "error.capture.interface_down": {
    en: "The network interface {interface} is down. Bring it up: ip link set {interface} up",
    ja: "ネットワークインターフェース {interface} が停止しています。次のコマンドで有効にしてください: ip link set {interface} up",
  },
  "error.capture.interface_lost": {
    en: "The network interface {interface} disappeared during the capture. Check the cable, adapter or connection; capture resumes when it is back.",
    ja: "キャプチャ中にネットワークインターフェース {interface} が失われました。ケーブル、アダプター、接続を確認してください。復旧するとキャプチャを再開します。",
  },
  "error.capture.permission": {
    en: "sekisho may not capture on {interface} ({reason}). Run it as root, or give it the capabilities CAP_NET_RAW and CAP_NET_ADMIN.",
    ja: "{interface} でキャプチャする権限がありません ({reason})。root で実行するか、CAP_NET_RAW と CAP_NET_ADMIN の権限を付与してください。",
  },
  "error.capture.filter": {
    en: "The capture filter '{filter}' is not valid ({reason}). Correct it in the configuration; its syntax is that of tcpdump.",
    ja: "キャプチャフィルター「{filter}」が正しくありません ({reason})。設定を修正してください。書式は tcpdump と同じです。",
  },
  "error.capture.broken": {
    en: "Capturing on {interface} with {driver} failed ({reason}). Check the interface, and that nothing ends the capture.",
    ja: "{interface} のキャプチャ ({driver}) に失敗しました ({reason})。インターフェースの状態と、キャプチャを終了させる要因がないか確認してください。",
  },
  "error.capture.no_node_pcap": {
    en: "node-pcap cannot be used ({reason}). Install it with npm install pcap (it needs libpcap-dev and a compiler), or set the capture driver to auto.",
    ja: "node-pcap を使用できません ({reason})。npm install pcap でインストールする (libpcap-dev とコンパイラーが必要) か、キャプチャドライバーを auto に設定してください。",
  },
  "error.capture.no_tcpdump": {
    en: "There is no way to capture: node-pcap is not in use and tcpdump is not installed. Install it: apt-get install tcpdump",
    ja: "キャプチャ手段がありません。node-pcap を使用しておらず、tcpdump もインストールされていません。次のコマンドでインストールしてください: apt-get install tcpdump",
  },
  "error.capture.tcpdump_failed": {
    en: "tcpdump cannot be started ({reason}). Check that it can be executed.",
    ja: "tcpdump を起動できません ({reason})。実行できる状態か確認してください。",
  },
  "error.store.locked": {
    en: "The store {path} is in use by another process ({reason}). Stop the other sekisho, then start again.",
    ja: "データベース {path} は別のプロセスが使用中です（{reason}）。ほかに動いている sekisho を停止してから、もう一度起動してください。",
  },
  "error.store.directory": {
    en: "The directory {path} cannot be created: {reason}. Create it, or set another path in the configuration.",
    ja: "ディレクトリ {path} を作成できません: {reason}。ディレクトリを作成するか、設定で別の場所を指定してください。",
  },
  "error.store.not_writable": {
    en: "The store {path} cannot be written: {reason}. Give the user that runs sekisho write permission, or set another path.",
    ja: "データベース {path} に書き込めません: {reason}。sekisho を実行するユーザーに書き込み権限を与えるか、設定で別の場所を指定してください。",
  },
  "error.store.disk_full": {
    en: "The disk that holds {path} is full ({reason}). Delete what is not needed; sekisho resumes by itself.",
    ja: "{path} を保存しているディスクの空き容量がありません（{reason}）。不要なファイルを削除してください。空きができると自動的に再開します。",
  },
  "error.store.read_only": {
    en: "The disk that holds {path} is read-only ({reason}). Check the disk for errors; sekisho resumes by itself once it can write.",
    ja: "{path} を保存しているディスクが読み取り専用になっています（{reason}）。ディスクの故障を確認してください。書き込めるようになると自動的に再開します。",
  },
  "error.store.corrupt": {
    en: "The store {path} is damaged ({reason}). sekisho sets it aside and carries over what is intact; if this happens again, replace the disk.",
    ja: "データベース {path} が破損しています（{reason}）。破損したファイルを退避し、無事なデータを引き継ぎます。繰り返し起きる場合はディスクを交換してください。",
  },
  "error.store.failing": {
    en: "The store {path} cannot be used: {reason}. sekisho keeps trying; if this lasts, check the disk.",
    ja: "データベース {path} を使用できません: {reason}。自動的に再試行します。続く場合はディスクを確認してください。",
  },
  "error.store.budget": {
    en: "A store of {bytes} bytes is too small. Set at least {minimum} bytes in the configuration.",
    ja: "データベースの容量 {bytes} バイトは小さすぎます。設定で {minimum} バイト以上を指定してください。",
  },
  "error.store.newer_schema": {
    en: "The store {path} was written by a newer sekisho (schema {found}, this one knows {known}). Install that version, or move the file away.",
    ja: "データベース {path} は新しいバージョンの sekisho で作成されています（スキーマ {found}、このバージョンの対応は {known} まで）。新しいバージョンをインストールするか、ファイルを別の場所に移してください。",
  },
  "error.store.driver_missing": {
    en: "The SQLite driver cannot be loaded: {reason}. Run the set-up again so that the package sqlite3 is built.",
    ja: "SQLite ドライバーを読み込めません: {reason}。セットアップをもう一度実行して、パッケージ sqlite3 をビルドしてください。",
  },
  "error.run.no_source": {
    en: "Nothing to listen to is configured. Set capture.interfaces to the interfaces of the LAN (or capture.file to a capture).",
    ja: "監視する対象が設定されていません。capture.interfaces に LAN 側のインターフェース名（または capture.file にキャプチャファイル）を指定してください。",
  },
  "error.sensor.stalled": {
    en: "The sensor on {interface} gave no sign of life for {seconds} seconds and was ended. It is started again; if this repeats, send the log to the maintainers.",
    ja: "{interface} のセンサーが {seconds} 秒間応答しなかったため終了させました。再起動します。繰り返す場合はログを開発元に送ってください。",
  },
  "error.sensor.ended": {
    en: "The sensor on {interface} ended without a reason. It is started again; if this repeats, send the log to the maintainers.",
    ja: "{interface} のセンサーが理由不明で終了しました。自動で再起動します。繰り返す場合はログを保守担当者に送ってください。",
  },
  "error.rules.missing": {
    en: "There is no rule file or folder {path}. Check the path.",
    ja: "ルールファイルまたはフォルダー {path} がありません。パスを確認してください。",
  },
  "error.rules.unreadable": {
    en: "The rules {path} cannot be read: {reason}. Check owner and permissions.",
    ja: "ルール {path} を読み込めません: {reason}。所有者とアクセス権を確認してください。",
  },
  "error.rules.empty_folder": {
    en: "The folder {path} holds no *.rules file. Put rules there or name another folder.",
    ja: "フォルダー {path} に *.rules ファイルがありません。ルールを置くか、別のフォルダーを指定してください。",
  },
  "error.rules.too_large": {
    en: "The rule file {path} is larger than {limit} MiB. Check that it really holds rules.",
    ja: "ルールファイル {path} が {limit} MiB を超えています。ルールのファイルかどうか確認してください。",
  },
  "error.rules.too_many": {
    en: "More than {limit} rule files are named. Put the rules into fewer files.",
    ja: "ルールファイルが {limit} 個を超えています。ファイルをまとめてください。",
  },
  "error.rules.too_slow": {
    en: "Compiling the rules took longer than {seconds} seconds. Take rule files away until you find the one that costs so much.",
    ja: "ルールのコンパイルが {seconds} 秒で終わりませんでした。ルールファイルを減らし、原因となっているファイルを特定してください。",
  },
  "error.rules.too_heavy": {
    en: "Compiling the rules needed more than {limit} MiB of memory. Load fewer rules, or find the file that costs so much by taking files away.",
    ja: "ルールのコンパイルに {limit} MiB を超えるメモリが必要でした。読み込むルールを減らすか、ファイルを減らして原因を特定してください。",
  },
  "error.rules.none_loaded": {
    en: "No rule could be loaded ({refused} refused), so nothing would be detected. Run 'sekisho rules check' on the rules to see why.",
    ja: "読み込めたルールが 1 つもないため（拒否 {refused} 件）、何も検知できません。「sekisho rules check」で原因を確認してください。",
  },
  "error.variables.unreadable": {
    en: "The variables file {path} cannot be read: {reason}. It must be JSON.",
    ja: "変数ファイル {path} を読み込めません: {reason}。JSON 形式で記述してください。",
  },
  "error.variables.form": {
    en: 'The variables file {path} must hold {"address-groups": {…}, "port-groups": {…}} with text values.',
    ja: '変数ファイル {path} は {"address-groups": {…}, "port-groups": {…}} の形で、値を文字列にしてください。',
  },
  "error.output.unwritable": {
    en: "The output {path} cannot be written: {reason}. Check the folder and the free space.",
    ja: "出力先 {path} に書き込めません: {reason}。フォルダーと空き容量を確認してください。",
  },
  "error.batch.unreadable": {
    en: "The batch list {path} cannot be read: {reason}. Check the path.",
    ja: "バッチ一覧 {path} を読み込めません: {reason}。パスを確認してください。",
  },
  "error.batch.line": {
    en: 'Line {line} of the batch list {path} is not "capture<TAB>output" or "capture<TAB>output<TAB>rules".',
    ja: "バッチ一覧 {path} の {line} 行目が「キャプチャ<TAB>出力」または「キャプチャ<TAB>出力<TAB>ルール」の形ではありません。",
  },
  "error.broker.listen": {
    en: "The broker cannot listen on port {port}: {reason}. Choose another one with --port.",
    ja: "ブローカーがポート {port} で待ち受けできません: {reason}。--port で別のポートを指定してください。",
  },
  "error.monitor.expected": {
    en: "Expected {expected} incidents, but only {incidents} arrived. Check that the agent runs and reaches the broker.",
    ja: "{expected} 件の検知を待ちましたが、{incidents} 件しか届きませんでした。エージェントの動作とブローカーへの接続を確認してください。",
  },
  "error.monitor.broker": {
    en: "The broker {host}:{port} does not serve the monitor: {reason}. Check address, certificates, user name and the broker's access list.",
    ja: "ブローカー {host}:{port} を利用できません: {reason}。アドレス、証明書、ユーザー名、ブローカーのアクセス制御を確認してください。",
  },
  "error.monitor.unknown_device": {
    en: "No device named {device} has announced itself at this broker. Check the name (device.id on the box) and the broker.",
    ja: "{device} という機器はこのブローカーに接続したことがありません。名前（機器側の device.id）とブローカーを確認してください。",
  },
  "error.monitor.device_away": {
    en: "{device} is not connected (last state: {status}). Check its power and its line, then try again.",
    ja: "{device} は接続していません（最後の状態: {status}）。電源と回線を確認してから、もう一度実行してください。",
  },
  "error.monitor.not_listening": {
    en: "{device} is connected, but does not hear commands. Let it read its own 'down' topics in the broker's access list.",
    ja: "{device} は接続していますが、コマンドを受信できません。ブローカーのアクセス制御で、機器自身の down トピックの読み取りを許可してください。",
  },
  "error.monitor.may_not_send": {
    en: "The broker does not let this monitor send commands to {device}. Let it write 'down' topics in the broker's access list.",
    ja: "ブローカーがこの監視側から {device} へのコマンド送信を許可していません。アクセス制御で down トピックへの書き込みを許可してください。",
  },
  "error.monitor.no_answer": {
    en: "{device} has not answered within {seconds} s. It may be reconnecting or sending a backlog; try again with a longer --timeout.",
    ja: "{device} が {seconds} 秒以内に応答しませんでした。再接続中か、未送信データの送信中の可能性があります。--timeout を長くしてもう一度実行してください。",
  },
  "error.monitor.unknown_command": {
    en: "{device} does not know the command {command}. Its agent is older than this monitor; update it.",
    ja: "{device} はコマンド {command} に対応していません。エージェントが古いため、更新してください。",
  },
  "error.monitor.command_failed": {
    en: "{device} could not do {command}: {reason}. Look at its log.",
    ja: "{device} で {command} に失敗しました: {reason}。機器のログを確認してください。",
  },
  "error.monitor.database": {
    en: "The monitor's database {file} cannot be used: {reason}. Choose another file with --db.",
    ja: "監視用データベース {file} を使用できません: {reason}。--db で別のファイルを指定してください。",
  },
  "error.syslog.listen": {
    en: "The {transport} port {port} for syslog cannot be opened: {reason}. Look who has it (ss -lnp), or choose another under syslog.",
    ja: "syslog 用の {transport} ポート {port} を開けません: {reason}。使用中のプログラムを確認（ss -lnp）するか、syslog の設定で別のポートを指定してください。",
  },
  "error.config.problem.twice": {
    en: "{key}: the name {value} is given twice",
    ja: "{key}: {value} という名前が重複しています",
  },
} as const satisfies Record<string, Message>;
