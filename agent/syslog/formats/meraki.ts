/** Cisco Meraki MX and MR: flows, firewall rules, URLs, IDS, DHCP. Form: "Syslog Event Types and Log Samples". */
import { parseKeyValues } from "../key-values.js";
import {
  actionOf,
  address,
  eventOf,
  type LogEvent,
  macOf,
  portNumber,
  protocolName,
  textOf,
} from "../log-event.js";
import type { SyslogMessage } from "../syslog-message.js";

const TYPE =
  /(?:^|\s)(flows|ip_flow_start|ip_flow_end|firewall|vpn_firewall|cellular_firewall|bridge_anyconnect_client_vpn_firewall|urls|ids-alerts|security_event|events|airmarshal_events|security_filtering_\w{1,32})\s(?=\S)/;
const LEASE = /dhcp lease of ip ([0-9.]{7,15}) .{0,80}?(?:client|for client) mac ([0-9A-Fa-f:]{17})/;

export function parseMeraki({ line }: SyslogMessage): LogEvent | undefined {
  const type = TYPE.exec(line);
  if (type === null) return undefined;
  const pairs = parseKeyValues(line, type.index);
  const get = (key: string): string | undefined => textOf(pairs.get(key));
  const isTraffic = get("src") !== undefined || get("dst") !== undefined;
  if (!isTraffic) {
    const lease = LEASE.exec(line);
    if (lease)
      return eventOf({ kind: "dhcp", sourceAddress: address(lease[1]), macAddress: macOf(lease[2]) });
    return type[1]!.endsWith("events")
      ? eventOf({ kind: "other", topic: get("type") ?? type[1] })
      : undefined;
  }
  const [source, sourcePort] = ends(get("src"));
  const [destination, destinationPort] = ends(get("dst"));
  const behind = line.slice(type.index + type[0].length);
  const about = {
    action:
      actionOf(/(?:^|pattern: ?)(allow|deny|disallow)\b/.exec(behind)?.[1]) ?? actionOf(get("decision")),
    protocol: protocolName(get("protocol")),
    sourceAddress: source,
    sourcePort: sourcePort ?? portNumber(get("sport")),
    destinationAddress: destination,
    destinationPort: destinationPort ?? portNumber(get("dport")),
  };
  const signature = get("signature");
  if (signature !== undefined) {
    const text = /message: ?(.{1,256})/.exec(behind)?.[1];
    return eventOf({
      kind: "ips",
      ...about,
      signatureId: signature,
      signature: text,
      severity: Number(get("priority")) || undefined,
    });
  }
  if (type[1] === "urls" || get("url") !== undefined) {
    const request = /request: (\w{1,16}) (\S{1,512})/.exec(behind);
    return eventOf({
      kind: "http",
      ...about,
      method: request?.[1],
      url: request?.[2] ?? get("url"),
      macAddress: macOf(get("mac")),
    });
  }
  return eventOf({ kind: "flow", ...about, macAddress: macOf(get("mac")) });
}

function ends(text: string | undefined): [string | undefined, number | undefined] {
  const [, host, port] = /^([0-9.]{7,15}|\[?[0-9a-fA-F:]{2,45}?\]?)(?::(\d{1,5}))?$/.exec(text ?? "") ?? [];
  return [address(host?.replace(/[[\]]/g, "")), portNumber(port)];
}
