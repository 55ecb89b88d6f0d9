/** WatchGuard Fireware: packet filter, proxies, IPS; the layout before 12.10 and the one since. Form: "Read a Log Message". */
import { parseKeyValues } from "../key-values.js";
import { actionOf, address, eventOf, type LogEvent, portNumber, protocolName, textOf } from "../log-event.js";
import type { SyslogMessage } from "../syslog-message.js";

/** Interfaces may hold spaces, so the addresses are looked for. */
const OLD =
  /msg_id="[0-9A-F]{4}-[0-9A-F]{4}" (Allow|Deny)\b.{0,120}? (tcp|udp|icmp|icmpv6|igmp|gre|esp)(?: \d{1,5} \d{1,3})? ([0-9a-fA-F.:]{3,45}) ([0-9a-fA-F.:]{3,45})(?: (\d{1,5}) (\d{1,5}))?/;
const NEW =
  /\b(Allow|Deny) ([0-9a-fA-F.:]{3,45}) ([0-9a-fA-F.:]{3,45}) (?:[\w.-]{1,32}\/)?(tcp|udp|icmp|icmpv6|igmp|gre|esp)(?: (\d{1,5}) (\d{1,5}))? .{0,1000}\bproc_id="/;

export function parseWatchguard({ line }: SyslogMessage): LogEvent | undefined {
  if (!line.includes('msg_id="')) return undefined;
  const old = OLD.exec(line);
  const recent = old ? null : NEW.exec(line);
  const pairs = parseKeyValues(line);
  const get = (key: string): string | undefined => textOf(pairs.get(key));
  if (old === null && recent === null) return eventOf({ kind: "other", topic: get("msg_id") });
  const [action, protocol, source, destination, sourcePort, destinationPort] = old
    ? [old[1], old[2], old[3], old[4], old[5], old[6]]
    : [recent![1], recent![4], recent![2], recent![3], recent![5], recent![6]];
  const isIcmp = protocol!.startsWith("icmp");
  const about = {
    action: actionOf(action),
    protocol: protocolName(protocol),
    sourceAddress: address(source),
    sourcePort: isIcmp ? undefined : portNumber(sourcePort),
    destinationAddress: address(destination),
    destinationPort: isIcmp ? undefined : portNumber(destinationPort),
  };
  if (get("signature_id") !== undefined)
    return eventOf({
      kind: "ips",
      ...about,
      signatureId: get("signature_id"),
      signature: get("signature_name"),
    });
  if (get("dstname") !== undefined)
    return eventOf({ kind: "http", ...about, name: get("dstname"), url: get("arg"), method: get("op") });
  const question = get("question") ?? get("query_name");
  return question === undefined
    ? eventOf({ kind: "flow", ...about })
    : eventOf({ kind: "dns", ...about, name: question });
}
