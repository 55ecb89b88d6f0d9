/** pfSense and OPNsense: filterlog, comma-separated. Form: "Raw Filter Log Format" of Netgate's documentation. */
import { actionOf, address, eventOf, type LogEvent, portNumber, protocolName } from "../log-event.js";
import type { SyslogMessage } from "../syslog-message.js";

/** rule, sub rule, anchor, tracker, interface, reason, action, direction, IP version */
const ACTION = 6;
const VERSION = 8;
/** Behind the version, by version: protocol, source, destination, source port, destination port. */
const COLUMNS: Readonly<Record<string, readonly [number, number, number, number, number]>> = {
  "4": [16, 18, 19, 20, 21],
  "6": [12, 15, 16, 17, 18],
};

export function parsePfsense({ application, text, line }: SyslogMessage): LogEvent | undefined {
  if (application !== "filterlog" && !line.includes("filterlog")) return undefined;
  const start = text.search(/\d{1,6},/);
  const fields = start < 0 ? [] : text.slice(start).split(",", 40);
  const columns = COLUMNS[fields[VERSION] ?? ""];
  if (columns === undefined) return undefined;
  const [protocol, source, destination, sourcePort, destinationPort] = columns.map(
    (column) => fields[column],
  );
  const name = protocolName(protocol);
  const hasPorts = name === "TCP" || name === "UDP" || name === "SCTP";
  return eventOf({
    kind: "flow",
    action: actionOf(fields[ACTION]),
    protocol: name,
    sourceAddress: address(source),
    sourcePort: hasPorts ? portNumber(sourcePort) : undefined,
    destinationAddress: address(destination),
    destinationPort: hasPorts ? portNumber(destinationPort) : undefined,
  });
}
