/**
 * What another device's log says of traffic, as records like those of a sensor: its own detections under its own numbers, and who has
 * which address. A detection's generator says which format it came by; its rule number is the device's own, or made of its text.
 */
import { crc32 } from "node:zlib";
import { FIRST_LOG_GENERATOR } from "./incident/same-event.js";
import type { Detection, Observation, SensorRecord } from "./sensor/detection.js";
import { FORMAT_NAMES } from "./syslog/log-formats.js";
import type { SourcedEvent } from "./syslog/thread-messages.js";

/** Of devices that do not say how severe it is: to be looked at. */
const DEFAULT_SEVERITY = 2;

/** The records of events that a sensor could have told of as well. */
export function recordsOfEvents(events: readonly SourcedEvent[], observedMs: number): SensorRecord[] {
  return events.flatMap((one) => recordOf(one, observedMs) ?? []);
}

function recordOf(sourced: SourcedEvent, observedMs: number): Detection | Observation | undefined {
  const { event, source, timeMs } = sourced;
  const address = event.sourceAddress;
  if (event.kind === "ips") return detectionOf(sourced, observedMs);
  if (event.kind !== "dhcp" || address === undefined) return undefined;
  const { macAddress = "", hostname } = event;
  const fields: Record<string, string> = hostname === undefined ? {} : { hostname };
  return {
    kind: "observation",
    timeUs: timeMs * 1000,
    interfaceName: source,
    event: "dhcp",
    address,
    macAddress,
    fields,
  };
}

function detectionOf(
  { event, source, format, timeMs }: SourcedEvent,
  observedMs: number,
): Detection | undefined {
  const { sourceAddress, destinationAddress, sourcePort = 0, destinationPort = 0, action } = event;
  if (sourceAddress === undefined || destinationAddress === undefined) return undefined;
  const { signature = "", signatureId = "", severity = DEFAULT_SEVERITY, protocol = "" } = event;
  return {
    kind: "detection",
    timeUs: timeMs * 1000,
    observedMs,
    interfaceName: source,
    signatureId: numberOf(signatureId, signature),
    generatorId: FIRST_LOG_GENERATOR + Math.max(0, FORMAT_NAMES.indexOf(format)),
    revision: 1,
    signature: `${source}: ${signature === "" ? signatureId : signature}`,
    classtype: "",
    category: "Detected by another device",
    severity,
    action: action === "deny" ? "drop" : "alert",
    protocol,
    sourceAddress,
    sourcePort,
    destinationAddress,
    destinationPort,
    direction: "to_server",
    clientAddress: sourceAddress,
    clientPort: sourcePort,
    serverAddress: destinationAddress,
    serverPort: destinationPort,
    isAnswered: action !== "deny",
    flowId: "",
    metadata: {},
    ruleMetadata: {},
  };
}

/** The device's own number; of `1:41944:2` the middle. */
function numberOf(id: string, signature: string): number {
  const [, middle, plain] = /^\d{1,9}:(\d{1,9}):\d{1,9}$|^(\d{1,9})$/.exec(id) ?? [];
  const number = middle ?? plain;
  return number === undefined ? crc32(`${id} ${signature}`) & 0x7fff_ffff : Number(number);
}
