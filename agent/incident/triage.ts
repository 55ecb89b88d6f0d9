/**
 * Owns the first judgement over a detection: who is the office's own device, who is the other, who began, and how
 * much it matters.
 *
 * Inside → outside is something to act on: a device of the office did it. Outside → inside that met silence is
 * information: the Internet knocks all day. Inside → inside is something to act on: nothing in an office scans its
 * neighbours. A name looked up counts as outbound wherever the resolver stands.
 */
import type { PriorityClass } from "../base/outbox.js";
import type { Detection } from "../sensor/detection.js";
import { queriedNameOf, serverNameOf } from "./evidence.js";
import type { IncidentDirection, Remote, Verdict } from "./incident.js";
import { type Theme, themeOf } from "./theme.js";

export interface Triage {
  readonly direction: IncidentDirection;
  /** Address of the device inside; of two strangers the one that began. */
  readonly insideAddress: string;
  readonly remote: Remote;
  readonly theme: Theme;
  readonly verdict: Verdict;
  readonly priority: PriorityClass;
}

/** Whether an address belongs to the office: `home_net`. */
export type IsInside = (address: string) => boolean;

export function triage(detection: Detection, isInside: IsInside): Triage {
  const { clientAddress, serverAddress, metadata, severity } = detection;
  const isClientInside = isInside(clientAddress) || isLinkScope(clientAddress);
  const isServerInside = isInside(serverAddress) || isLinkScope(serverAddress);
  const queriedName = isClientInside ? queriedNameOf(metadata) : undefined;
  const direction = directionOf(isClientInside, isServerInside, queriedName !== undefined);
  const theme = themeOf(detection.classtype, detection.category);
  const isInformational = isRuleInformational(detection.ruleMetadata);
  const verdict = verdictOf(direction, theme, severity, detection.isAnswered, isInformational);
  return {
    direction,
    insideAddress: direction === "inbound" ? serverAddress : clientAddress,
    remote: remoteOf(detection, direction, queriedName),
    theme,
    verdict,
    priority: priorityOf(verdict, severity),
  };
}

function directionOf(isClientInside: boolean, isServerInside: boolean, isLookup: boolean): IncidentDirection {
  if (isClientInside) return isServerInside && !isLookup ? "lateral" : "outbound";
  return isServerInside ? "inbound" : "transit";
}

function remoteOf(
  { clientAddress, serverAddress, metadata }: Detection,
  direction: IncidentDirection,
  queriedName: string | undefined,
): Remote {
  if (queriedName !== undefined) return { name: queriedName };
  if (direction === "inbound") return { address: clientAddress };
  const name = direction === "outbound" ? serverNameOf(metadata) : undefined;
  return name === undefined || name === serverAddress
    ? { address: serverAddress }
    : { name, address: serverAddress };
}

/** What tells one remote from another: its name if it has one, for addresses behind a name come and go. */
export function remoteKey(remote: Remote): string {
  return remote.name ?? remote.address ?? "";
}

/**
 * Addresses that never leave the wire they are on: unspecified, link-local, multicast and broadcast, loopback.
 *
 * @param address text as the sensor writes it (RFC 5952 for IPv6)
 */
function isLinkScope(address: string): boolean {
  if (address.includes(":")) return /^(::1?$|fe[89ab]|ff)/.test(address);
  const first = Number.parseInt(address, 10);
  return first === 0 || first === 127 || first >= 224 || address.startsWith("169.254.");
}

/** Emerging Threats marks rules that only inform. */
function isRuleInformational(metadata: Detection["ruleMetadata"]): boolean {
  return metadata.signature_severity?.some((value) => value.toLowerCase() === "informational") ?? false;
}

function verdictOf(
  direction: IncidentDirection,
  theme: Theme,
  severity: number,
  isAnswered: boolean,
  isInformational: boolean,
): Verdict {
  if (severity >= 4 || theme === "information") return severity <= 1 ? "watch" : "information";
  switch (direction) {
    case "inbound":
      if (!isAnswered || isInformational || severity >= 3) return "information";
      return theme === "intrusion" ? "act" : "watch";
    case "transit":
      return severity <= 2 && !isInformational ? "watch" : "information";
    default:
      return insideVerdict(theme, severity, isInformational);
  }
}

/** For what a device of the office began. */
function insideVerdict(theme: Theme, severity: number, isInformational: boolean): Verdict {
  if (isInformational) return severity <= 2 ? "watch" : "information";
  switch (theme) {
    case "policy":
    case "unwanted-program":
    case "suspicious":
      return "watch";
    case "unclassified":
      return severity <= 2 ? "act" : "watch";
    default:
      return "act";
  }
}

/** The class in which an incident of this verdict is kept and sent. */
export function priorityOf(verdict: Verdict, severity: number): PriorityClass {
  if (verdict === "act") return severity <= 1 ? "critical" : "high";
  return verdict === "watch" ? "normal" : "low";
}

const VERDICTS: readonly Verdict[] = ["information", "watch", "act"];

/** Whether `next` asks for more than `verdict`. */
export function isGraver(next: Verdict, verdict: Verdict): boolean {
  return VERDICTS.indexOf(next) > VERDICTS.indexOf(verdict);
}
