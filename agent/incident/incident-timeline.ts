/**
 * Owns what happened in an incident, in its order: when it was hit and by what, how dense, and what else the same device did around
 * it. Made from the detections that the store still holds.
 *
 * Memory: at most MAX_SPANS spans with MAX_NAMES names each, MAX_OTHERS other incidents.
 */
import { endText } from "../base/address.js";
import { type Language, type MessageKey, translate } from "../base/language.js";
import { localTime } from "../base/local-time.js";
import type { Detection } from "../sensor/detection.js";
import { evidenceOf } from "./evidence.js";
import { explain, remoteText } from "./explanation.js";
import type { Incident } from "./incident.js";
import { remoteKey, triage } from "./triage.js";

const MAX_SPANS = 12;
const MAX_NAMES = 3;
const MAX_OTHERS = 8;
const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
/** Hits this close together are one line; the first with which MAX_SPANS are enough. */
const STEPS_MS = [1, 10, 60, 600, 3_600, 6 * 3_600, 86_400, 7 * 86_400].map((seconds) => seconds * SECOND_MS);
/** Incidents of the same device this long before and after belong to the story. */
const AROUND_MS = HOUR_MS;

export interface TimelineLine {
  /** Local time of the box; the date only where it changes. */
  readonly when: string;
  readonly text: string;
  /** Another incident of the same device. */
  readonly incidentId?: string;
}

interface Span {
  firstMs: number;
  count: number;
  readonly names: Map<string, number>;
}

export class IncidentTimeline {
  readonly #incident: Incident;
  readonly #spans = new Map<number, Span>();
  readonly #others = new Map<string, Incident>();
  readonly #firstMs: number;
  readonly #lastMs: number;
  readonly #stepMs: number;
  readonly #insideAddresses: ReadonlySet<string>;
  #count = 0;

  constructor(incident: Incident) {
    this.#incident = incident;
    this.#firstMs = Date.parse(incident.firstSeen);
    this.#lastMs = Date.parse(incident.lastSeen);
    const lengthMs = this.#lastMs - this.#firstMs;
    this.#stepMs =
      STEPS_MS.find((stepMs) => lengthMs / stepMs < MAX_SPANS) ?? Math.ceil(lengthMs / (MAX_SPANS - 1));
    this.#insideAddresses = new Set(incident.insideHosts.named.map(({ address }) => address));
  }

  /** Take a stored detection, if it is one of this incident. */
  add(detection: Detection): void {
    if (!this.#isOwn(detection)) return;
    this.#count++;
    const timeMs = detection.timeUs / 1000;
    const index = Math.floor((timeMs - this.#firstMs) / this.#stepMs);
    let span = this.#spans.get(index);
    if (span === undefined) {
      span = { firstMs: timeMs, count: 0, names: new Map() };
      this.#spans.set(index, span);
    }
    span.firstMs = Math.min(span.firstMs, timeMs);
    span.count++;
    const name = nameOf(detection);
    const known = span.names.get(name);
    if (known !== undefined || span.names.size < MAX_NAMES + 1) span.names.set(name, (known ?? 0) + 1);
  }

  /** Take another incident, if it is of the same device and near in time. */
  addOther(other: Incident): void {
    const { id, insideHost, firstSeen, lastSeen } = other;
    const own = this.#incident;
    const isSame =
      insideHost.address === own.insideHost.address ||
      (insideHost.id !== undefined && insideHost.id === own.insideHost.id);
    const isNear =
      Date.parse(lastSeen) >= this.#firstMs - AROUND_MS && Date.parse(firstSeen) <= this.#lastMs + AROUND_MS;
    if (id !== own.id && isSame && isNear && other.foldedInto === undefined && this.#others.size < MAX_OTHERS)
      this.#others.set(id, other);
  }

  /** In the order of time. */
  lines(language: Language, timeZone?: string): readonly TimelineLine[] {
    const say = (key: MessageKey, params: Record<string, string | number>): string =>
      translate(language, key, params);
    const told: { timeMs: number; text: string; incidentId?: string }[] = [];
    for (const { firstMs, count, names } of this.#spans.values()) {
      const listed = [...names].sort(([, a], [, b]) => b - a).map(([name]) => name);
      const what = `${listed.slice(0, MAX_NAMES).join(", ")}${listed.length > MAX_NAMES ? ", …" : ""}`;
      told.push({
        timeMs: firstMs,
        text: say(count === 1 ? "incident.timeline.hit" : "incident.timeline.hits", { count, what }),
      });
    }
    if (this.#spans.size === 0) {
      const what = this.#incident.remotes.named.slice(0, MAX_NAMES).map(remoteText).join(", ");
      told.push({ timeMs: this.#firstMs, text: say("incident.timeline.first", { what }) });
      if (this.#lastMs > this.#firstMs)
        told.push({
          timeMs: this.#lastMs,
          text: say("incident.timeline.last", { count: this.#incident.count }),
        });
    }
    for (const other of this.#others.values()) {
      const { title } = explain(other, language, timeZone);
      told.push({
        timeMs: Date.parse(other.firstSeen),
        text: say("incident.timeline.other", { id: other.id, title }),
        incidentId: other.id,
      });
    }
    if (this.#incident.state === "closed" && this.#incident.foldedInto === undefined)
      told.push({ timeMs: this.#lastMs, text: say("incident.timeline.quiet", {}) });
    told.sort((one, other) => one.timeMs - other.timeMs);
    let day = "";
    const lines = told.map(({ timeMs, ...line }) => {
      const [date = "", time = ""] = localTime(timeMs, language, timeZone).split(" ");
      const when = date === day ? time : `${date} ${time}`;
      day = date;
      return { when, ...line };
    });
    const lost = this.#incident.count - this.#count;
    return this.#spans.size > 0 && lost > 0
      ? [...lines, { when: "", text: say("incident.timeline.lost", { lost }) }]
      : lines;
  }

  #isOwn(detection: Detection): boolean {
    const { rule, scope, remotes } = this.#incident;
    const { signatureId, generatorId, timeUs } = detection;
    if (signatureId !== rule.sid || generatorId !== rule.gid) return false;
    const timeMs = timeUs / 1000;
    if (timeMs < this.#firstMs - SECOND_MS || timeMs > this.#lastMs + SECOND_MS) return false;
    const { insideAddress, remote } = triage(detection, (address) => this.#insideAddresses.has(address));
    if (!this.#insideAddresses.has(insideAddress)) return false;
    const [first] = remotes.named;
    return scope !== "pair" || first === undefined || remoteKey(first) === remoteKey(remote);
  }
}

/** What a detection was about: the name or address that was asked for. */
function nameOf({ metadata, serverAddress, serverPort }: Detection): string {
  const [first] = evidenceOf(metadata).filter(
    ([kind]) => kind === "http.url" || kind === "dns.rrname" || kind === "tls.sni",
  );
  if (first !== undefined) return first[1];
  return endText(serverAddress, serverPort);
}
