/** SonicWall SonicOS, enhanced syslog: `id=firewall sn=… m=… src=ADDRESS:PORT:INTERFACE`. Form: the SonicOS log event reference. */
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
  textOf,
} from "../log-event.js";
import type { SyslogMessage } from "../syslog-message.js";

/** Of priorities 1 (high) to 3 (low). */
const IPS_SEVERITY: Readonly<Record<string, number>> = { "1": 1, "2": 2, "3": 3 };

export function parseSonicwall({ line }: SyslogMessage): LogEvent | undefined {
  if (!/\bid=\S{1,64} sn=[0-9A-Fa-f]{6,}/.test(line)) return undefined;
  const pairs = parseKeyValues(line);
  const get = (key: string): string | undefined => textOf(pairs.get(key));
  const [source, sourcePort] = ends(get("src"), get("srcV6"));
  const [destination, destinationPort] = ends(get("dst"), get("dstV6"));
  const message = get("msg");
  const about = {
    action:
      actionOf(get("fw_action")) ?? actionOf(/denied|dropped|blocked/i.exec(message ?? "")?.[0]) ?? "allow",
    protocol: protocolName(get("proto")),
    sourceAddress: source,
    sourcePort,
    destinationAddress: destination,
    destinationPort,
  } as const;
  if (get("sid") !== undefined && get("ipscat") !== undefined) {
    const severity = IPS_SEVERITY[get("ipspri") ?? ""];
    return eventOf({ kind: "ips", ...about, signatureId: get("sid"), signature: message, severity });
  }
  if (get("dstname") !== undefined || get("arg") !== undefined)
    return eventOf({ kind: "http", ...about, name: get("dstname"), url: get("arg") });
  if (source === undefined || destination === undefined) return eventOf({ kind: "other", topic: message });
  return eventOf({
    kind: "flow",
    ...about,
    bytesToServer: byteCount(get("sent")),
    bytesToClient: byteCount(get("rcvd")),
    macAddress: macOf(get("srcMac")),
  });
}

/** `192.0.2.1:80:X1`; of IPv6 the address stands apart. */
function ends(text: string | undefined, v6: string | undefined): [string | undefined, number | undefined] {
  const [host, port] = (text ?? "").split(":", 2);
  return [address(v6 ?? host), portNumber(port)];
}
