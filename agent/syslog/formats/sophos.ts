/** Sophos: XG/XGS (SFOS) and SG (UTM 9), key=value. Form: the SFOS log file guide, and UTM 9's packet filter and proxy logs. */
import { parseKeyValues } from "../key-values.js";
import {
  actionOf,
  address,
  byteCount,
  eventOf,
  type LogEvent,
  portNumber,
  protocolName,
  severityOf,
  textOf,
} from "../log-event.js";
import type { SyslogMessage } from "../syslog-message.js";

export function parseSophos({ line }: SyslogMessage): LogEvent | undefined {
  const isSfos = /\bdevice(?:_name)?="?[^"\s]{1,32}"? .{0,400}\blog_type="/.test(line);
  if (!isSfos && !/\bsys="Secure\w{1,8}" sub="/.test(line)) return undefined;
  const pairs = parseKeyValues(line);
  const get = (...keys: string[]): string | undefined =>
    keys.map((key) => textOf(pairs.get(key))).find((value) => value !== undefined);
  const about = {
    action: actionOf(get("log_subtype", "status", "action")),
    protocol: protocolName(get("protocol", "proto")),
    sourceAddress: address(get("src_ip", "srcip")),
    sourcePort: portNumber(get("src_port", "srcport")),
    destinationAddress: address(get("dst_ip", "dstip")),
    destinationPort: portNumber(get("dst_port", "dstport")),
  };
  const type = get("log_type", "sub") ?? "";
  if (/^(?:IDP|ATP|IPS|ips|Anti-Virus)/.test(type)) {
    return eventOf({
      kind: "ips",
      ...about,
      action: actionOf(get("log_subtype", "action")) ?? "allow",
      signatureId: get("signature_id", "sid"),
      signature: get("signature_msg", "threatname", "virus", "reason"),
      severity: severityOf(get("severity")),
    });
  }
  const url = get("url");
  if (url !== undefined)
    return eventOf({ kind: "http", ...about, name: get("domain"), url, method: get("method") });
  if (about.sourceAddress === undefined || type === "Event")
    return eventOf({ kind: "other", topic: get("log_component", "sub") });
  return eventOf({
    kind: "flow",
    ...about,
    bytesToServer: byteCount(get("bytes_sent", "sent_bytes")),
    bytesToClient: byteCount(get("bytes_received", "recv_bytes")),
  });
}
