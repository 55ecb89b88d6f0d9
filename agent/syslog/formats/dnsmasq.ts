/** dnsmasq (OpenWrt, Pi-hole, many routers): what was asked for, by whom, and who got which address. `log-queries`, also `=extra`. */
import { address, eventOf, type LogEvent, macOf, textOf } from "../log-event.js";
import type { SyslogMessage } from "../syslog-message.js";

const QUERY = /\bquery\[([A-Za-z0-9=]{1,12})\] (\S{1,255}) from ([0-9a-fA-F.:]{2,45})/;
const LEASE = /\bDHCPACK\(\S{1,20}\) ([0-9a-fA-F.:]{2,45}) ([0-9a-fA-F:]{17})(?: (\S{1,64}))?/;
const OTHER = /\b(?:forwarded|reply|cached|config|DHCP[A-Z]{3,12}|gravity blocked|read|using nameserver)\b/;

export function parseDnsmasq({ application, text }: SyslogMessage): LogEvent | undefined {
  if (!application.startsWith("dnsmasq")) return undefined;
  const query = QUERY.exec(text);
  if (query) {
    const sourceAddress = address(query[3]);
    return eventOf({
      kind: "dns",
      protocol: "UDP",
      destinationPort: 53,
      sourceAddress,
      name: textOf(query[2]),
    });
  }
  const lease = LEASE.exec(text);
  if (lease)
    return eventOf({
      kind: "dhcp",
      sourceAddress: address(lease[1]),
      macAddress: macOf(lease[2]),
      hostname: textOf(lease[3]),
    });
  const other = OTHER.exec(text);
  return other ? { kind: "other", topic: other[0] } : undefined;
}
