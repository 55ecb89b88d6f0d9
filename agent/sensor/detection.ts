/**
 * What crosses the border from the sensor thread to the main thread: small plain records that survive a
 * structured clone. Payload bytes never cross.
 */

/** Who sent the packets a rule looks at, seen from the flow: the initiator is the client. */
export type Direction = "to_server" | "to_client";

/** One rule matched once. Addresses and ports are those of the packet or message that matched. */
export interface Detection {
  readonly kind: "detection";
  /** Packet time in microseconds since the Unix epoch. */
  readonly timeUs: number;
  /** Wall time of the box when the sensor raised it, milliseconds since the Unix epoch. */
  readonly observedMs: number;
  readonly interfaceName: string;
  readonly signatureId: number;
  readonly generatorId: number;
  readonly revision: number;
  readonly signature: string;
  /** Short name of the rule's class as the rule writes it (`trojan-activity`); empty where it names none. */
  readonly classtype: string;
  /** Description of that class. */
  readonly category: string;
  /** 1 (most severe) to 255, from the rule's priority or its classtype. */
  readonly severity: number;
  readonly action: "alert" | "drop" | "reject" | "pass";
  /** Upper-case name as Suricata writes it: `TCP`, `UDP`, `ICMP`, `IPv6-ICMP`, `SCTP` … */
  readonly protocol: string;
  readonly sourceAddress: string;
  readonly sourcePort: number;
  readonly destinationAddress: string;
  readonly destinationPort: number;
  readonly direction: Direction;
  /** The flow's initiator and responder, whichever packet matched. */
  readonly clientAddress: string;
  readonly clientPort: number;
  readonly serverAddress: string;
  readonly serverPort: number;
  /** Whether the server has answered by then: false means the knock met silence. */
  readonly isAnswered: boolean;
  /** Bytes of the flow so far, with headers, by either side; absent where the packet belongs to no flow. */
  readonly flowBytes?: { readonly toServer: number; readonly toClient: number };
  /** Decimal text: flow ids are 64 bits wide. Empty where the packet belongs to no flow. */
  readonly flowId: string;
  /** Community ID of the flow; only from a sensor that also records traffic. */
  readonly communityId?: string;
  /** Suricata's name (`dns`, `tls`, `http` …); absent while unknown. */
  readonly applicationProtocol?: string;
  /** The metadata that matched, in Suricata's EVE shape: `{ dns: {…} }`, `{ tls: {…} }`, `{ http: {…} }`. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The rule's `metadata` keyword, `key` → values. */
  readonly ruleMetadata: Readonly<Record<string, readonly string[]>>;
}

/** Counters of one sensor, dotted as operators read them (`capture.kernel_drops`), monotonic since its start. */
export interface SensorStats {
  readonly kind: "stats";
  readonly interfaceName: string;
  readonly counters: Readonly<Record<string, number>>;
}

/** A thing seen that no rule asked for and that other parts learn from (a DHCP lease, a name). */
export interface Observation {
  readonly kind: "observation";
  readonly timeUs: number;
  readonly interfaceName: string;
  /** What was seen: `dhcp`, `arp`, `dns`, `tls`, `http` … */
  readonly event: string;
  readonly address: string;
  readonly macAddress: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** Records that were not handed over because there were too many in a second, since the last record of this kind. */
export interface Overflow {
  readonly kind: "overflow";
  readonly interfaceName: string;
  /** By class: `severity_1` … of detections, `observation`. */
  readonly shed: Readonly<Record<string, number>>;
}

export type SensorRecord = Detection | SensorStats | Observation | Overflow;
