/**
 * Owns the incident record: what the monitor receives, what the store keeps and what people are told about. Plain JSON,
 * bounded (below 16 KiB), never payload.
 */
import type { ClockQuality } from "../base/clock-quality.js";
import type { DeviceKind } from "../base/device-kind.js";
import type { PriorityClass } from "../base/outbox.js";
import type { Theme } from "./theme.js";

/** Who began, seen from the office: the flow's initiator decides, whichever packet matched. */
export type IncidentDirection = "outbound" | "inbound" | "lateral" | "transit";

/** What the office should make of it. */
export type Verdict = "act" | "watch" | "information";

/**
 * `pair`: one inside host and one remote. `many-remotes`: one inside host and many (a scan, a worm).
 * `many-inside-hosts`: one remote and many inside hosts.
 */
export type IncidentScope = "pair" | "many-remotes" | "many-inside-hosts";

export type IncidentState = "opened" | "updated" | "closed";

export type CloseReason =
  /** Nothing more was seen for the idle time. */
  | "idle"
  /** It is part of a larger incident now, `foldedInto`. */
  | "folded"
  /** Too many were open; the one longest quiet had to go. */
  | "evicted"
  /** The agent was stopped at the end of its input. */
  | "stopped";

export interface IncidentRule {
  readonly sid: number;
  readonly gid: number;
  readonly rev: number;
  readonly signature: string;
  /** Description of the rule's class, as Suricata writes it. */
  readonly category: string;
  /** 1 (most severe) to 255. */
  readonly severity: number;
  /** The rule's `metadata` keyword. */
  readonly metadata: Readonly<Record<string, readonly string[]>>;
}

export interface Device {
  readonly address: string;
  /** What a person called it, else the name it gave itself (DHCP, mDNS …), if it was heard. */
  readonly hostname?: string;
  readonly macAddress?: string;
  /** Id of its card, with which `sekisho device` shows all that is known. */
  readonly id?: string;
  readonly kind?: DeviceKind;
  /** Maker of its network interface. */
  readonly vendor?: string;
  /** What a person says of it. */
  readonly owner?: string;
  readonly room?: string;
  readonly port?: string;
}

/** Who is behind an address of the office, as far as that is known; at least the address. */
export interface DeviceDirectory {
  lookUp(address: string): Device;
}

export interface Remote {
  /** The name that was asked for (DNS, TLS server name, HTTP host), if there was one. */
  readonly name?: string;
  /** Absent where only a name was looked up. */
  readonly address?: string;
}

/** A set of which the first few are named and all are counted. */
export interface Peers<T> {
  readonly named: readonly T[];
  readonly count: number;
  /** Whether `count` is estimated (within about 5 %) rather than exact. */
  readonly isEstimate: boolean;
}

export type EvidenceKind =
  | "dns.rrname"
  | "dns.answer"
  | "tls.sni"
  | "tls.subject"
  | "tls.issuerdn"
  | "tls.fingerprint"
  | "tls.ja3"
  | "tls.ja3s"
  | "tls.ja4"
  | "http.url"
  | "http.user_agent"
  | "quic.sni"
  | "ssh.software"
  | "file.name"
  /** Rule by which the same event was seen in another way: by packets, or by another device's log. */
  | "also.detected";

export interface Evidence {
  readonly kind: EvidenceKind;
  /** At most 200 characters; a URL comes without its query. */
  readonly value: string;
  readonly count: number;
}

export interface Incident {
  /** Readable on the phone, with a check character: `K7-4F3-9M`. Stable for the life of the incident. */
  readonly id: string;
  readonly state: IncidentState;
  readonly rule: IncidentRule;
  readonly theme: Theme;
  readonly direction: IncidentDirection;
  readonly scope: IncidentScope;
  readonly verdict: Verdict;
  /** The device inside the office that this is about; of several the first. */
  readonly insideHost: Device;
  /** All of them; exactly one unless `scope` is `many-inside-hosts`. */
  readonly insideHosts: Peers<Device>;
  readonly remotes: Peers<Remote>;
  /** Transport protocol as Suricata names it, and the server's ports, at most eight. */
  readonly protocol: string;
  readonly ports: readonly number[];
  readonly applicationProtocol?: string;
  /** Whether any of the connections was answered. */
  readonly isAnswered: boolean;
  /** Packet time, ISO 8601 in UTC. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** Detections so far, those of incidents folded into this one included. */
  readonly count: number;
  /** Bytes of the largest connection when it was detected, by either side; absent where none is known. */
  readonly largestFlow?: { readonly bytesToServer: number; readonly bytesToClient: number };
  /** What was seen most, at most eight. */
  readonly evidence: readonly Evidence[];
  /** Present where the box's clock was not kept right by NTP when this was written. */
  readonly clock?: "unset" | "free";
  readonly closeReason?: CloseReason;
  /** Id of the incident that continues this one. */
  readonly foldedInto?: string;
  /** Ids of the incidents this one continues. */
  readonly foldedFrom?: readonly string[];
}

/** An incident that opened, grew or closed: to be stored and published together. */
export interface IncidentChange {
  readonly incident: Incident;
  readonly priority: PriorityClass;
}

/** Whether something read back from disk has what an incident needs to go on; an older agent may have written it. */
export function isIncident(value: unknown): value is Incident {
  if (typeof value !== "object" || value === null) return false;
  const incident = value as Partial<Incident>;
  const { id, state, direction, scope, rule, insideHost, insideHosts, remotes, evidence, ports } = incident;
  return (
    [id, state, direction, scope, rule?.signature, insideHost?.address].every(
      (text) => typeof text === "string",
    ) &&
    [rule?.sid, rule?.gid, rule?.severity, incident.count].every(Number.isFinite) &&
    [insideHosts?.named, remotes?.named, evidence, ports].every(Array.isArray) &&
    [incident.firstSeen, incident.lastSeen].every((time) => !Number.isNaN(Date.parse(String(time))))
  );
}

/** What the store keeps of a change and puts into the outbox; it has the shape of a `StoreEntry`. */
export interface IncidentEntry {
  readonly priority: PriorityClass;
  readonly incident: {
    readonly id: string;
    readonly isOpen: boolean;
    readonly updatedMs: number;
    readonly payload: string;
  };
  readonly message: { readonly topic: string; readonly payload: string };
}

/**
 * The entry for a change.
 *
 * @param wallMs wall time of the box, milliseconds since the Unix epoch
 * @param clock what that time is worth
 */
export function incidentEntry(
  { incident, priority }: IncidentChange,
  wallMs: number,
  clock: ClockQuality = "synchronized",
): IncidentEntry {
  const payload = JSON.stringify(clock === "synchronized" ? incident : { ...incident, clock });
  const isOpen = incident.state !== "closed";
  return {
    priority,
    incident: { id: incident.id, isOpen, updatedMs: wallMs, payload },
    message: { topic: "incident", payload },
  };
}
