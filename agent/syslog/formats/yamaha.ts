/**
 * Yamaha RTX, NVR and FWX: filter and inspection logs, DHCP server, links, PP, tunnels, IKE, log-ins. Form: the manuals' chapters on
 * `syslog notice on`, `ip … inspect`, and lines that RTX routers send.
 */

import { address, eventOf, type LogEvent, macOf, portNumber, protocolName } from "../log-event.js";
import type { SyslogMessage } from "../syslog-message.js";

const ENDS =
  /(TCP|UDP|ICMP|ICMPv6|ESP|GRE|\d{1,3}) ([0-9A-Fa-f.:]{2,45}?)(?::(\d{1,5}))? > ([0-9A-Fa-f.:]{2,45}?)(?::(\d{1,5}))?(?=[\s(,]|$)/;
const FILTER =
  /\b(?:PP|LAN|TUNNEL|WAN|BRIDGE|ONU)\S{0,16} (Rejected|Passed) at (?:IN|OUT)\((?:default|[0-9*]{1,10})\) filter: /;
const INSPECT = /\[INSPECT\] \S{2,16}\[(?:in|out)\]/;
const LEASE = /\[DHCPD\] \S{2,24} (Allocates|Extends|Releases) ([0-9.]{7,15}): ([0-9a-fA-F:]{17})/;
const OTHER =
  /(?:\[(IKE\d?|DHCPD|DHCPC|PPPOE|L2TP|SSHD|HTTPD|LUA|EMFS|SWCTL)\]|\b(IP Tunnel|LAN\d{1,2}: (?:PORT\d{1,2} )?link|PP\[\w{1,9}\] (?:IPCP|IPV6CP|PPP\/|PPPOE|Connected|Disconnected)|Login (?:succeeded|failed)|Logout from))/;

export function parseYamaha({ line }: SyslogMessage): LogEvent | undefined {
  const inspect = INSPECT.exec(line);
  const filter = inspect ? null : FILTER.exec(line);
  if (inspect || filter) {
    const ends = ENDS.exec(line.slice((inspect ?? filter)!.index));
    if (ends === null) return { kind: "other", topic: inspect ? "inspect" : "filter" };
    return eventOf({
      kind: "flow",
      action: filter?.[1] === "Rejected" ? "deny" : "allow",
      protocol: protocolName(ends[1]),
      sourceAddress: address(ends[2]),
      sourcePort: portNumber(ends[3]),
      destinationAddress: address(ends[4]),
      destinationPort: portNumber(ends[5]),
    });
  }
  const lease = LEASE.exec(line);
  if (lease) {
    if (lease[1] === "Releases") return { kind: "other", topic: "DHCPD" };
    return eventOf({ kind: "dhcp", sourceAddress: address(lease[2]), macAddress: macOf(lease[3]) });
  }
  const other = OTHER.exec(line);
  return other ? { kind: "other", topic: other[1] ?? other[2]! } : undefined;
}
