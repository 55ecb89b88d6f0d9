/**
 * Owns one incident while it is open: what it has gathered, and when it is to be heard of again.
 *
 * Memory: 32 names per side, 128 hashes, 32 candidates of evidence, eight ports.
 */
import type { PriorityClass } from "../base/outbox.js";
import type { Detection } from "../sensor/detection.js";
import { EvidenceTally, evidenceOf } from "./evidence.js";
import type {
  CloseReason,
  DeviceDirectory,
  Incident,
  IncidentDirection,
  IncidentRule,
  IncidentScope,
  IncidentState,
  Remote,
  Verdict,
} from "./incident.js";
import { PeerSet } from "./peer-set.js";
import type { Theme } from "./theme.js";
import { isGraver, priorityOf, remoteKey, type Triage } from "./triage.js";

/** Counts are reported after these times from the opening, then at the last interval. */
export interface Pace {
  readonly stepsMs: readonly number[];
  readonly everyMs: number;
}

const PORTS = 8;

export class OpenIncident {
  readonly key: string;
  readonly id: string;
  readonly scope: IncidentScope;
  readonly direction: IncidentDirection;
  readonly rule: IncidentRule;
  readonly theme: Theme;
  readonly insideAddresses = new PeerSet<string>((address) => address);
  readonly remotes = new PeerSet<Remote>(remoteKey);
  /** Keys under which it can be folded; empty for one that is folded already. */
  foldKeys: readonly string[] = [];
  readonly #evidence = new EvidenceTally();
  readonly #ports = new Set<number>();
  readonly #protocol: string;
  readonly #applicationProtocol: string | undefined;
  readonly #openedMs: number;
  #lastHitMs: number;
  #firstUs: number;
  #lastUs: number;
  #count = 0;
  #reportedCount = 0;
  #isAnswered = false;
  #largestFlow: Incident["largestFlow"];
  #verdict: Verdict;
  #priority: PriorityClass;
  #nextReportMs: number;
  #foldedFrom: readonly string[] = [];

  private constructor(
    key: string,
    id: string,
    scope: IncidentScope,
    origin: Pick<Incident, "direction" | "rule" | "theme" | "verdict" | "protocol" | "applicationProtocol">,
    timeUs: number,
    nowMs: number,
    pace: Pace,
  ) {
    this.key = key;
    this.id = id;
    this.scope = scope;
    this.direction = origin.direction;
    this.rule = origin.rule;
    this.theme = origin.theme;
    this.#verdict = origin.verdict;
    this.#protocol = origin.protocol;
    this.#applicationProtocol = origin.applicationProtocol;
    this.#priority = priorityOf(origin.verdict, origin.rule.severity);
    this.#firstUs = timeUs;
    this.#lastUs = timeUs;
    this.#openedMs = nowMs;
    this.#lastHitMs = nowMs;
    this.#nextReportMs = nextReport(nowMs, nowMs, pace);
  }

  /** The incident a detection opens; the detection itself is yet to be added. */
  static begin(
    key: string,
    id: string,
    scope: IncidentScope,
    detection: Detection,
    triage: Triage,
    nowMs: number,
    pace: Pace,
  ): OpenIncident {
    const { protocol, applicationProtocol, timeUs } = detection;
    const origin = {
      ...triage,
      rule: ruleOf(detection),
      protocol,
      ...(applicationProtocol !== undefined && { applicationProtocol }),
    };
    return new OpenIncident(key, id, scope, origin, timeUs, nowMs, pace);
  }

  /** The incident a record describes, open again after a restart of the agent. */
  static resume(key: string, record: Incident, nowMs: number, pace: Pace): OpenIncident {
    const firstUs = Date.parse(record.firstSeen) * 1000;
    const open = new OpenIncident(key, record.id, record.scope, record, firstUs, nowMs, pace);
    open.#lastUs = Date.parse(record.lastSeen) * 1000;
    open.#count = record.count;
    open.#reportedCount = record.count;
    open.#isAnswered = record.isAnswered;
    open.#largestFlow = record.largestFlow;
    open.#foldedFrom = record.foldedFrom ?? [];
    for (const { address } of record.insideHosts.named) open.insideAddresses.add(address);
    for (const remote of record.remotes.named) open.remotes.add(remote);
    open.insideAddresses.raise(record.insideHosts.count);
    open.remotes.raise(record.remotes.count);
    for (const { kind, value, count } of record.evidence) open.#evidence.add(kind, value, count);
    for (const port of record.ports) open.#ports.add(port);
    return open;
  }

  get priority(): PriorityClass {
    return this.#priority;
  }

  /** Monotonic time of the last hit. */
  get lastHitMs(): number {
    return this.#lastHitMs;
  }

  /** Whether there are detections that no report has told of. */
  get hasGrown(): boolean {
    return this.#count > this.#reportedCount;
  }

  /** Whether there is news, and it is time for it. */
  isDue(nowMs: number): boolean {
    return this.hasGrown && nowMs >= this.#nextReportMs;
  }

  /**
   * Count a detection.
   *
   * @returns whether the incident has become graver by it.
   */
  add(detection: Detection, triage: Triage, nowMs: number): boolean {
    this.#count += 1;
    this.#lastHitMs = nowMs;
    this.#firstUs = Math.min(this.#firstUs, detection.timeUs);
    this.#lastUs = Math.max(this.#lastUs, detection.timeUs);
    this.#isAnswered ||= detection.isAnswered;
    const { flowBytes } = detection;
    if (flowBytes) this.#noteFlow({ bytesToServer: flowBytes.toServer, bytesToClient: flowBytes.toClient });
    this.insideAddresses.add(triage.insideAddress);
    this.remotes.add(triage.remote);
    if (detection.serverPort > 0 && this.#ports.size < PORTS) this.#ports.add(detection.serverPort);
    for (const [kind, value] of evidenceOf(detection.metadata)) this.#evidence.add(kind, value);
    if (!isGraver(triage.verdict, this.#verdict)) return false;
    this.#verdict = triage.verdict;
    this.#priority = triage.priority;
    return true;
  }

  /** Another device, or this one, has told of the same event. @returns whether that was not known */
  addSighting(text: string): boolean {
    return this.#evidence.add("also.detected", text);
  }

  #noteFlow(flow: NonNullable<Incident["largestFlow"]>): void {
    const size = ({ bytesToServer, bytesToClient }: typeof flow): number => bytesToServer + bytesToClient;
    if (this.#largestFlow === undefined || size(flow) > size(this.#largestFlow)) this.#largestFlow = flow;
  }

  /** Take over everything another incident has gathered. */
  absorb(other: OpenIncident): void {
    this.#count += other.#count;
    this.#firstUs = Math.min(this.#firstUs, other.#firstUs);
    this.#lastUs = Math.max(this.#lastUs, other.#lastUs);
    this.#isAnswered ||= other.#isAnswered;
    if (other.#largestFlow) this.#noteFlow(other.#largestFlow);
    this.insideAddresses.merge(other.insideAddresses);
    this.remotes.merge(other.remotes);
    for (const port of other.#ports) if (this.#ports.size < PORTS) this.#ports.add(port);
    this.#evidence.merge(other.#evidence);
    this.#foldedFrom = [...this.#foldedFrom, other.id];
    if (isGraver(other.#verdict, this.#verdict)) {
      this.#verdict = other.#verdict;
      this.#priority = other.#priority;
    }
  }

  /** The record as of now; what it says counts as reported. */
  report(
    state: IncidentState,
    devices: DeviceDirectory,
    nowMs: number,
    pace: Pace,
    end: { closeReason?: CloseReason; foldedInto?: string } = {},
  ): Incident {
    this.#reportedCount = this.#count;
    this.#nextReportMs = nextReport(this.#openedMs, nowMs, pace);
    const insideHosts = this.insideAddresses.named.map((address) => devices.lookUp(address));
    return {
      id: this.id,
      state,
      rule: this.rule,
      theme: this.theme,
      direction: this.direction,
      scope: this.scope,
      verdict: this.#verdict,
      insideHost: insideHosts[0] ?? { address: "" },
      insideHosts: {
        named: insideHosts,
        count: this.insideAddresses.count,
        isEstimate: this.insideAddresses.isEstimate,
      },
      remotes: { named: this.remotes.named, count: this.remotes.count, isEstimate: this.remotes.isEstimate },
      protocol: this.#protocol,
      ports: [...this.#ports],
      ...(this.#applicationProtocol !== undefined && { applicationProtocol: this.#applicationProtocol }),
      isAnswered: this.#isAnswered,
      firstSeen: isoTime(this.#firstUs),
      lastSeen: isoTime(this.#lastUs),
      count: this.#count,
      ...(this.#largestFlow && { largestFlow: this.#largestFlow }),
      evidence: this.#evidence.shown,
      ...end,
      ...(this.#foldedFrom.length > 0 && { foldedFrom: this.#foldedFrom }),
    };
  }
}

/** The first moment of the pace after `nowMs`. */
function nextReport(openedMs: number, nowMs: number, pace: Pace): number {
  const ageMs = nowMs - openedMs;
  const stepMs = pace.stepsMs.find((step) => step > ageMs);
  return openedMs + (stepMs ?? (Math.floor(ageMs / pace.everyMs) + 1) * pace.everyMs);
}

/** ISO 8601 in UTC, to the millisecond; a time beyond what a date can be becomes its limit. */
function isoTime(timeUs: number): string {
  const limitMs = 8_640_000_000_000_000;
  return new Date(Math.max(-limitMs, Math.min(limitMs, Math.floor(timeUs / 1000)))).toISOString();
}

const METADATA_KEYS = 16;
const METADATA_CHARACTERS = 128;

/** The rule as the record names it, with texts clipped: rule files are not all ours. */
function ruleOf(detection: Detection): IncidentRule {
  const metadata = Object.entries(detection.ruleMetadata)
    .slice(0, METADATA_KEYS)
    .map(([key, values]) => [
      key.slice(0, METADATA_CHARACTERS),
      values.slice(0, 8).map((value) => value.slice(0, METADATA_CHARACTERS)),
    ]);
  return {
    sid: detection.signatureId,
    gid: detection.generatorId,
    rev: detection.revision,
    signature: detection.signature.slice(0, 512),
    category: detection.category.slice(0, METADATA_CHARACTERS),
    severity: detection.severity,
    metadata: Object.fromEntries(metadata) as IncidentRule["metadata"],
  };
}
