/** NEC UNIVERGE IX: lines that begin with a message's module and number (`FLT.031:`); of those of the filter, who and where to. */

import { actionOf, address, eventOf, type LogEvent, portNumber, protocolName } from "../log-event.js";
import type { SyslogMessage } from "../syslog-message.js";

const MESSAGE = /(?:^|[ %>])([A-Z][A-Z0-9]{1,7})\.(\d{3}): /;
const FILTERED =
  /\b(BLOCK|PERMIT|PASS|DENY)\w* (tcp|udp|icmpv?6?|esp|gre|\d{1,3}) ([0-9a-fA-F.:]{2,45}?)(?::(\d{1,5}))? -?> ([0-9a-fA-F.:]{2,45}?)(?::(\d{1,5}))?(?=[\s,]|$)/i;

export function parseNecIx({ line }: SyslogMessage): LogEvent | undefined {
  const message = MESSAGE.exec(line);
  if (message === null) return undefined;
  const filtered = message[1] === "FLT" ? FILTERED.exec(line) : null;
  if (filtered === null) return { kind: "other", topic: `${message[1]}.${message[2]}` };
  return eventOf({
    kind: "flow",
    action: actionOf(filtered[1]),
    protocol: protocolName(filtered[2]),
    sourceAddress: address(filtered[3]),
    sourcePort: portNumber(filtered[4]),
    destinationAddress: address(filtered[5]),
    destinationPort: portNumber(filtered[6]),
  });
}
