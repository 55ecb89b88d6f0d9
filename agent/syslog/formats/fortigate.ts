/** Fortinet FortiGate, key=value: traffic, utm (web filter, DNS, IPS, antivirus), event. Form: the FortiOS log message reference. */
import { parseKeyValues } from "../key-values.js";
import {
  actionOf,
  address,
  byteCount,
  eventOf,
  type LogEvent,
  macOf,
  portNumber,
  protocolName,
  severityOf,
  textOf,
} from "../log-event.js";
import type { SyslogMessage } from "../syslog-message.js";

export function parseFortigate({ line }: SyslogMessage): LogEvent | undefined {
  if (!/\b(?:devid|devname|logid)=/.test(line) || !/\btype="?(?:traffic|utm|event|anomaly)/.test(line))
    return undefined;
  const pairs = parseKeyValues(line);
  const get = (key: string): string | undefined => textOf(pairs.get(key));
  const ends = {
    action: actionOf(get("action")),
    protocol: protocolName(get("proto")),
    sourceAddress: address(get("srcip")),
    sourcePort: portNumber(get("srcport")),
    destinationAddress: address(get("dstip")),
    destinationPort: portNumber(get("dstport")),
  };
  const subtype = get("subtype");
  if (get("attack") !== undefined || subtype === "virus") {
    return eventOf({
      kind: "ips",
      ...ends,
      signatureId: get("attackid") ?? get("virusid"),
      signature: get("attack") ?? get("virus"),
      severity: severityOf(get("severity") ?? get("crlevel")),
    });
  }
  if (subtype === "webfilter" || get("url") !== undefined)
    return eventOf({ kind: "http", ...ends, name: get("hostname"), url: get("url"), method: get("reqtype") });
  if (subtype === "dns") return eventOf({ kind: "dns", ...ends, name: get("qname") });
  if (get("dhcp_msg") !== undefined) {
    const lease = {
      sourceAddress: address(get("ip")),
      macAddress: macOf(get("mac")),
      hostname: get("hostname"),
    };
    return /ack/i.test(get("dhcp_msg")!)
      ? eventOf({ kind: "dhcp", ...lease })
      : { kind: "other", topic: "dhcp" };
  }
  if (ends.sourceAddress === undefined || get("type") === "event")
    return eventOf({ kind: "other", topic: get("logdesc") ?? subtype });
  return eventOf({
    kind: "flow",
    ...ends,
    bytesToServer: byteCount(get("sentbyte")),
    bytesToClient: byteCount(get("rcvdbyte")),
    name: get("hostname"),
  });
}
