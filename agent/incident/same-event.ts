/**
 * Owns the question whether two detections are one event seen twice: in packets by this box, and by another device whose log says so.
 * They are where both ends, protocol and the server's port agree as far as both know them, and no more than WINDOW_MS lies between.
 * From then on the second way of telling it belongs to the incident of the first, for as long as that is open.
 *
 * Memory: MAX_PAIRS pairs of ends and as many joined keys; the oldest leave.
 */
import type { Detection } from "../sensor/detection.js";
import type { OpenIncident } from "./open-incident.js";

/** Generators of other devices' detections begin here, far from Suricata's and Snort's. */
export const FIRST_LOG_GENERATOR = 9000;
/** A device's clock, and the way of its line. */
const WINDOW_MS = 120_000;
const MAX_PAIRS = 4096;

interface Sighting {
  readonly incident: OpenIncident;
  readonly protocol: string;
  readonly serverPort: number;
  readonly atMs: number;
}

/** The last of either kind between two ends. */
type Sightings = { packets?: Sighting; logs?: Sighting };

export class SameEvent {
  readonly #pairs = new Map<string, Sightings>();
  readonly #joined = new Map<string, OpenIncident>();
  readonly #isOpen: (incident: OpenIncident) => boolean;

  /** @param isOpen whether an incident still goes on */
  constructor(isOpen: (incident: OpenIncident) => boolean) {
    this.#isOpen = isOpen;
  }

  /** A detection has been filed. @param nowMs monotonic */
  note(detection: Detection, incident: OpenIncident, nowMs: number): void {
    const key = endsOf(detection);
    const sightings = this.#pairs.get(key) ?? {};
    const { protocol, serverPort } = detection;
    sightings[isOfLog(detection) ? "logs" : "packets"] = { incident, protocol, serverPort, atMs: nowMs };
    // The one used last is the last to leave.
    this.#pairs.delete(key);
    keepBounded(this.#pairs.set(key, sightings));
  }

  /**
   * The open incident that tells of the same event in the other way.
   *
   * @param ruleKey the detection's own rule and ends
   */
  find(detection: Detection, ruleKey: string, nowMs: number): OpenIncident | undefined {
    const joined = this.#joined.get(ruleKey);
    if (joined && this.#isOpen(joined)) return joined;
    const other = this.#pairs.get(endsOf(detection))?.[isOfLog(detection) ? "packets" : "logs"];
    if (other === undefined || nowMs - other.atMs > WINDOW_MS || !this.#isOpen(other.incident))
      return undefined;
    const { protocol, serverPort } = detection;
    const isSameProtocol = [protocol, other.protocol].includes("") || protocol === other.protocol;
    const isSamePort = [serverPort, other.serverPort].includes(0) || serverPort === other.serverPort;
    if (!isSameProtocol || !isSamePort) return undefined;
    keepBounded(this.#joined.set(ruleKey, other.incident));
    return other.incident;
  }
}

/** What an incident says of a detection that came the other way. */
export function sightingText({ generatorId, signatureId, signature }: Detection): string {
  return `${generatorId}:${signatureId} ${signature}`.slice(0, 200);
}

function isOfLog({ generatorId }: Detection): boolean {
  return generatorId >= FIRST_LOG_GENERATOR;
}

/** Whoever began, and whichever side the device names first. */
function endsOf({ clientAddress, serverAddress }: Detection): string {
  return clientAddress < serverAddress
    ? `${clientAddress} ${serverAddress}`
    : `${serverAddress} ${clientAddress}`;
}

function keepBounded<K, V>(map: Map<K, V>): void {
  if (map.size <= MAX_PAIRS) return;
  const [oldest] = map.keys();
  map.delete(oldest!);
}
