/** Linux, OpenWrt and what is built on them: the LOG target of iptables and nftables. The rule's prefix says what was done. */
import { parseKeyValues } from "../key-values.js";
import { address, eventOf, type LogEvent, portNumber, protocolName } from "../log-event.js";
import type { SyslogMessage } from "../syslog-message.js";

export function parseNetfilter({ line }: SyslogMessage): LogEvent | undefined {
  const start = line.search(/\bIN=\S{0,16} OUT=/);
  if (start < 0) return undefined;
  const pairs = parseKeyValues(line, start);
  const prefix = line.slice(Math.max(0, start - 64), start);
  const isDenied = /\b(?:drop|reject|den[yi]|block|invalid)/i.test(prefix) || /-[DR](?:-|\])/.test(prefix);
  const isAllowed = /\b(?:accept|allow|pass|permit)/i.test(prefix) || /-A(?:-|\])/.test(prefix);
  return eventOf({
    kind: "flow",
    action: isDenied ? "deny" : isAllowed ? "allow" : undefined,
    protocol: protocolName(pairs.get("PROTO")),
    sourceAddress: address(pairs.get("SRC")),
    sourcePort: portNumber(pairs.get("SPT")),
    destinationAddress: address(pairs.get("DST")),
    destinationPort: portNumber(pairs.get("DPT")),
  });
}
