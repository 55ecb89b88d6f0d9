import type { Message } from "./message.js";

/** How the engine reads a rule, and what came of it, in plain words. */
export const ruleMessages = {
  "rule.step.protocol": { en: "traffic of {protocol}", ja: "{protocol} の通信" },
  "rule.step.to_server": { en: "from client to server", ja: "クライアントからサーバーへ" },
  "rule.step.to_client": { en: "from server to client", ja: "サーバーからクライアントへ" },
  "rule.step.source": { en: "sent by {text}", ja: "送信元アドレスが {text}" },
  "rule.step.source_port": { en: "source port {text}", ja: "送信元ポートが {text}" },
  "rule.step.destination": { en: "sent to {text}", ja: "宛先アドレスが {text}" },
  "rule.step.destination_port": { en: "destination port {text}", ja: "宛先ポートが {text}" },
  "rule.step.flow": { en: "flow state: {name}", ja: "フローの状態：{name}" },
  "rule.step.number": { en: "{name} {comparison}", ja: "{name} {comparison}" },
  "rule.step.event": { en: "the parser has noted {name}", ja: "解析器が {name} を記録している" },
  "rule.step.bit_set": { en: "the mark {name} ({kind}) is set", ja: "印 {name}（{kind}）が付いている" },
  "rule.step.bit_not_set": {
    en: "the mark {name} ({kind}) is not set",
    ja: "印 {name}（{kind}）が付いていない",
  },
  "rule.step.reputation": { en: "the reputation holds: {text}", ja: "評判の条件：{text}" },
  "rule.step.flowint": { en: "the counter holds: {text}", ja: "カウンターの条件：{text}" },
  "rule.step.contains": { en: "{buffer} contains {pattern}", ja: "{buffer} に {pattern} を含む" },
  "rule.step.contains_not": {
    en: "{buffer} does not contain {pattern}",
    ja: "{buffer} に {pattern} を含まない",
  },
  "rule.step.begins": { en: "{buffer} begins with {pattern}", ja: "{buffer} が {pattern} で始まる" },
  "rule.step.begins_not": {
    en: "{buffer} does not begin with {pattern}",
    ja: "{buffer} が {pattern} で始まらない",
  },
  "rule.step.ends": { en: "{buffer} ends with {pattern}", ja: "{buffer} が {pattern} で終わる" },
  "rule.step.ends_not": {
    en: "{buffer} does not end with {pattern}",
    ja: "{buffer} が {pattern} で終わらない",
  },
  "rule.step.is": { en: "{buffer} is {pattern}", ja: "{buffer} が {pattern} と一致する" },
  "rule.step.is_not": { en: "{buffer} is not {pattern}", ja: "{buffer} が {pattern} と一致しない" },
  "rule.step.nocase": { en: "upper or lower case", ja: "大文字・小文字は区別しない" },
  "rule.step.offset": { en: "not before byte {count}", ja: "{count} バイト目以降" },
  "rule.step.depth": { en: "within {count} bytes from there", ja: "そこから {count} バイト以内" },
  "rule.step.behind": { en: "behind the match before", ja: "直前の一致より後" },
  "rule.step.distance": {
    en: "at least {count} bytes behind the match before",
    ja: "直前の一致から {count} バイト以上後",
  },
  "rule.step.within": {
    en: "within {count} bytes behind the match before",
    ja: "直前の一致から {count} バイト以内",
  },
  "rule.step.pcre": { en: "{buffer} matches {text}", ja: "{buffer} が {text} に一致する" },
  "rule.step.not_pcre": { en: "{buffer} does not match {text}", ja: "{buffer} が {text} に一致しない" },
  "rule.step.size": { en: "{buffer} has a length {text}", ja: "{buffer} の長さが {text}" },
  "rule.step.bytes": { en: "{buffer}: {text}", ja: "{buffer}：{text}" },
  "rule.joiner": { en: ", ", ja: "、" },

  "rule.explain.place": {
    en: "Rule {gid}:{sid} revision {rev}, {file}:{line}",
    ja: "ルール {gid}:{sid} 改訂 {rev}、{file}:{line}",
  },
  "rule.explain.class": {
    en: "Class: {classtype} ({category}), severity {severity}",
    ja: "分類：{classtype}（{category}）、重大度 {severity}",
  },
  "rule.explain.action": { en: "Action: {action}", ja: "動作：{action}" },
  "rule.explain.refused": {
    en: "Rule {sid} is refused: {reason}",
    ja: "ルール {sid} は拒否されました：{reason}",
  },
  "rule.explain.disabled": {
    en: "Rule {sid} is switched off at {file}:{line}",
    ja: "ルール {sid} は {file}:{line} で無効にされています",
  },
  "rule.explain.unknown": {
    en: "No rule {sid} stands in the rules that were named. Check the number and --rules.",
    ja: "指定されたルールに {sid} はありません。番号と --rules を確認してください。",
  },
  "rule.explain.conditions": { en: "It alerts on", ja: "次のすべてを満たすと検知します" },
  "rule.explain.marks": { en: "Then it", ja: "検知時の動作" },
  "rule.explain.sets": { en: "marks: {text}", ja: "印の操作：{text}" },
  "rule.explain.noalert": { en: "tells nothing itself (noalert)", ja: "自身は知らせない（noalert）" },
  "rule.explain.hidden": {
    en: "is hidden altogether by threshold.config",
    ja: "threshold.config により知らせない",
  },
  "rule.explain.threshold": { en: "is limited: {text}", ja: "回数の制限：{text}" },
  "rule.explain.suppression": {
    en: "is hidden for some addresses ({track})",
    ja: "一部のアドレスでは知らせない（{track}）",
  },
  "rule.explain.setters": { en: "The mark {name} is set by: {sids}", ja: "印 {name} を付けるルール：{sids}" },
  "rule.explain.no_setter": {
    en: "The mark {name} is set by no loaded rule: this one never alerts",
    ja: "印 {name} を付けるルールが読み込まれていないため、検知することはありません",
  },
  "rule.explain.readers": {
    en: "The mark {name} is waited for by: {sids}",
    ja: "印 {name} を待つルール：{sids}",
  },
  "rule.explain.filed": { en: "How the engine finds it", ja: "エンジンでの照合方法" },
  "rule.explain.on.packet": { en: "judged on every packet", ja: "パケットごとに判定" },
  "rule.explain.on.address": {
    en: "judged once a flow and direction, by address",
    ja: "フローの方向ごとに 1 度、アドレスで判定",
  },
  "rule.explain.on.stream": { en: "judged on streams", ja: "ストリームで判定" },
  "rule.explain.on.message": { en: "judged on messages", ja: "メッセージごとに判定" },
  "rule.explain.prefilter": {
    en: "waits for {literal} in {buffer}; other rules there: {others}",
    ja: "{buffer} に {literal} が現れたときだけ判定（同じ組に他 {others} 件）",
  },
  "rule.explain.always": {
    en: "has no literal to wait for: tried every time",
    ja: "手掛かりの文字列がないため、毎回判定",
  },
  "rule.explain.cost.low": { en: "Cost: low", ja: "負荷：小" },
  "rule.explain.cost.medium": { en: "Cost: medium", ja: "負荷：中" },
  "rule.explain.cost.high": { en: "Cost: high", ja: "負荷：大" },
  "rule.explain.references": { en: "References", ja: "参考情報" },
  "rule.explain.changes": { en: "Changed by", ja: "変更" },
  "rule.explain.notes": { en: "Notes", ja: "注記" },
  "rule.explain.warnings": { en: "Warnings", ja: "警告" },

  "rule.why.title": {
    en: "Rule {sid}: {alerted} of {flows} flows alert",
    ja: "ルール {sid}：{flows} フロー中 {alerted} フローで検知",
  },
  "rule.why.no_flow": {
    en: "The capture holds no traffic that this rule looks at ({protocol}).",
    ja: "このルールが対象とする通信（{protocol}）がキャプチャにありません。",
  },
  "rule.why.alerted": { en: "alerts ({count}×)", ja: "検知（{count} 回）" },
  "rule.why.stopped": {
    en: "stops at step {step} of {steps}: {words}",
    ja: "手順 {step}/{steps} で不成立：{words}",
  },
  "rule.why.seen": { en: "seen: {value}", ja: "実際の値：{value}" },
  "rule.why.nothing_seen": { en: "seen: nothing of the kind", ja: "実際の値：なし" },
  "rule.why.set_by": { en: "set by: {sids}", ja: "印を付けるルール：{sids}" },
  "rule.why.noalert": {
    en: "matches ({count}×), but the rule tells nothing itself (noalert)",
    ja: "一致（{count} 回）。ただしこのルールは自身では知らせません（noalert）",
  },
  "rule.why.suppressed": {
    en: "matches ({count}×), but threshold.config hides it",
    ja: "一致（{count} 回）。ただし threshold.config で抑制されています",
  },
  "rule.why.limited": {
    en: "matches ({count}×), but its thresholds hide it: {text}",
    ja: "一致（{count} 回）。ただし回数の制限により知らせません：{text}",
  },
  "rule.why.passed": {
    en: "matches ({count}×), but as a pass rule: the flow is let through",
    ja: "一致（{count} 回）。pass ルールのため、このフローは通過扱いです",
  },
  "rule.why.more": {
    en: "{count} more flows stop at the same steps or before",
    ja: "ほかに {count} フローが途中で不成立",
  },
  "rule.why.elsewhere": {
    en: "Without other rules it would alert: a pass or drop rule has ended the judging of the flow.",
    ja: "ほかのルールがなければ検知します。pass または drop ルールがこのフローの判定を終えています。",
  },

  "rule.warning.no_setter": {
    en: "never alerts: no loaded rule sets {name}",
    ja: "検知しません：{name} を設定するルールがありません",
  },
  "rule.warning.contradiction": {
    en: "never alerts: {first} and {second} exclude each other",
    ja: "検知しません：{first} と {second} は両立しません",
  },
  "rule.warning.too_long": {
    en: "never alerts: {content} does not fit into {size}",
    ja: "検知しません：{content} は {size} に収まりません",
  },
  "rule.warning.versions": {
    en: "never alerts: one end is IPv4 only, the other IPv6 only",
    ja: "検知しません：一方が IPv4 のみ、他方が IPv6 のみです",
  },
  "rule.warning.no_effect": {
    en: "does nothing: it tells nothing and marks nothing",
    ja: "効果がありません：知らせず、印も付けません",
  },
  "rule.warning.slow_packet": {
    en: "slow: no literal to wait for, tried on every packet",
    ja: "低速：手掛かりの文字列がなく、パケットごとに毎回判定されます",
  },
  "rule.warning.slow_stream": {
    en: "slow: no literal to wait for, tried on every piece of a stream",
    ja: "低速：手掛かりの文字列がなく、ストリームの断片ごとに毎回判定されます",
  },
  "rule.warning.slow_message": {
    en: "slow: no literal to wait for, tried on every message",
    ja: "低速：手掛かりの文字列がなく、メッセージごとに毎回判定されます",
  },
  "rule.warning.slow_short": {
    en: "slow: waits for one byte only ({literal})",
    ja: "低速：手掛かりが 1 バイト（{literal}）だけです",
  },
} as const satisfies Readonly<Record<string, Message>>;
