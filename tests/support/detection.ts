import type { Device, DeviceDirectory } from "../../agent/incident/incident.js";
import type { Detection, Observation } from "../../agent/sensor/detection.js";

/** A detection of a DNS lookup from a PC of the office, changed where a test needs something else. */
export function makeDetection(changes: Partial<Detection> = {}): Detection {
  const client = changes.clientAddress ?? "192.168.1.20";
  const server = changes.serverAddress ?? "203.0.113.9";
  return {
    kind: "detection",
    timeUs: 1_790_000_000_000_000,
    observedMs: 1_790_000_000_100,
    interfaceName: "eth0",
    signatureId: 2_000_001,
    generatorId: 1,
    revision: 3,
    signature: "TEST something bad",
    classtype: "",
    category: "A Network Trojan was detected",
    severity: 1,
    action: "alert",
    protocol: "TCP",
    sourceAddress: client,
    sourcePort: 50_000,
    destinationAddress: server,
    destinationPort: 443,
    direction: "to_server",
    clientAddress: client,
    clientPort: 50_000,
    serverAddress: server,
    serverPort: 443,
    isAnswered: true,
    flowId: "1",
    metadata: {},
    ruleMetadata: {},
    ...changes,
  };
}

export function makeObservation(changes: Partial<Observation> = {}): Observation {
  return {
    kind: "observation",
    timeUs: 1_790_000_000_000_000,
    interfaceName: "eth0",
    event: "dhcp",
    address: "192.168.1.20",
    macAddress: "02:00:00:00:00:20",
    fields: {},
    ...changes,
  };
}

/** Who is behind an address, as a test says it. */
export function directoryOf(devices: readonly Device[] = []): DeviceDirectory {
  const byAddress = new Map(devices.map((device) => [device.address, device]));
  return { lookUp: (address) => byAddress.get(address) ?? { address } };
}

/** The office network of the tests: RFC 1918 and ULA. */
export function isInside(address: string): boolean {
  return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|f[cd])/.test(address);
}
