/** What CEF and LEEF events say of traffic once their attributes are read: the two share most names. */
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

export interface ExtendedEvent {
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly severity: number | undefined;
  /** Value of the first of these attributes that is there. */
  readonly get: (...names: readonly string[]) => string | undefined;
}

export function eventOfFields({ id, name, severity, get }: ExtendedEvent): LogEvent {
  const about = {
    action: actionOf(get("act", "action")),
    protocol: protocolName(get("proto")),
    sourceAddress: address(get("src", "c6a2")),
    sourcePort: portNumber(get("spt", "srcPort")),
    destinationAddress: address(get("dst", "c6a3")),
    destinationPort: portNumber(get("dpt", "dstPort")),
  };
  const category = `${get("cat") ?? ""} ${name ?? ""} ${id ?? ""}`;
  if (/\b(?:ips|ids|intrusion|threat|exploit|virus|malware|attack|spyware)\b/i.test(category))
    return eventOf({ kind: "ips", ...about, signatureId: textOf(id), signature: textOf(name), severity });
  const url = textOf(get("request", "url"));
  if (url !== undefined)
    return eventOf({
      kind: "http",
      ...about,
      name: textOf(get("dhost")),
      url,
      method: textOf(get("requestMethod")),
    });
  if (about.sourceAddress === undefined || about.destinationAddress === undefined)
    return eventOf({ kind: "other", topic: textOf(name) ?? textOf(id) });
  return eventOf({
    kind: "flow",
    ...about,
    bytesToServer: byteCount(get("out", "srcBytes")),
    bytesToClient: byteCount(get("in", "dstBytes")),
    name: textOf(get("dhost")),
    macAddress: macOf(get("smac", "srcMAC")),
  });
}
