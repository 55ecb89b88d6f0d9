/**
 * Owns which detections belong together. The first hit of (rule, inside host, remote, direction) opens an incident and
 * is told at once; repeats are counted and told at a pace that slows down; what has been quiet for the idle time is
 * closed with a last record.
 *
 * Many become one: beyond `foldAbove` remotes of one rule and one inside host (a scan), or as many inside hosts of
 * one rule and one remote, their incidents are folded into a single one that names the first and counts all.
 *
 * Pace and idleness go by the monotonic clock, times in the records by the packets: a clock that jumps neither
 * closes nor opens anything. Pure logic: what comes back is to be stored and published by the caller.
 *
 * Memory: `maxOpen` incidents; beyond it the one longest quiet is closed as `evicted` and counted.
 */
import type { Clock } from "../base/clock.js";
import type { Counters } from "../base/counters.js";
import { PRIORITY_CLASSES, type PriorityClass } from "../base/outbox.js";
import type { Detection } from "../sensor/detection.js";
import {
  type CloseReason,
  type DeviceDirectory,
  type IncidentChange,
  type IncidentScope,
  type IncidentState,
  isIncident,
} from "./incident.js";
import { incidentIdOf } from "./incident-id.js";
import { OpenIncident, type Pace } from "./open-incident.js";
import { SameEvent, sightingText } from "./same-event.js";
import { type IsInside, remoteKey, type Triage, triage } from "./triage.js";

export interface BookLimits extends Pace {
  readonly idleMs: number;
  readonly foldAbove: number;
  readonly maxOpen: number;
}

const MINUTE_MS = 60_000;
const DEFAULT_LIMITS: BookLimits = {
  stepsMs: [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS],
  everyMs: 60 * MINUTE_MS,
  idleMs: 30 * MINUTE_MS,
  foldAbove: 8,
  maxOpen: 2_048,
};

/** Ids given lately, so that two incidents people may talk about never share one. */
const REMEMBERED_IDS = 4_096;

export interface BookOptions {
  readonly clock: Clock;
  readonly isInside: IsInside;
  readonly devices: DeviceDirectory;
  readonly counters: Counters;
  readonly limits?: Partial<BookLimits>;
}

/** The keys under which a detection may be filed. */
interface Keys {
  readonly pair: string;
  readonly manyRemotes: string;
  readonly manyInsideHosts: string;
}

export class IncidentBook {
  readonly #options: BookOptions;
  readonly #limits: BookLimits;
  /** By key, the one longest quiet first. */
  readonly #open = new Map<string, OpenIncident>();
  /** Open pairs by each of the two keys they may be folded under. */
  readonly #foldable = new Map<string, Set<OpenIncident>>();
  readonly #ids = new Set<string>();
  readonly #sameEvent = new SameEvent((incident) => this.#open.get(incident.key) === incident);

  constructor(options: BookOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
  }

  get size(): number {
    return this.#open.size;
  }

  /** File a detection; `facts` where it was judged before. */
  observe(
    detection: Detection,
    facts: Triage = triage(detection, this.#options.isInside),
  ): readonly IncidentChange[] {
    const nowMs = this.#options.clock.monotonicMs();
    const keys = keysOf(detection.generatorId, detection.signatureId, facts);
    const known =
      this.#open.get(keys.pair) ?? this.#open.get(keys.manyRemotes) ?? this.#open.get(keys.manyInsideHosts);
    const twin = known ? undefined : this.#sameEvent.find(detection, keys.pair, nowMs);
    if (twin) return this.#join(twin, detection, facts, nowMs);
    if (!known) return this.#begin(detection, facts, keys, nowMs);
    const isGraver = known.add(detection, facts, nowMs);
    this.#sameEvent.note(detection, known, nowMs);
    this.#open.delete(known.key);
    this.#open.set(known.key, known);
    // What has become graver is news, and travels as an opening does.
    if (isGraver) return [{ ...this.#report(known, "updated", nowMs), priority: known.priority }];
    return known.isDue(nowMs) ? [this.#report(known, "updated", nowMs)] : [];
  }

  /** Close what has been idle and tell counts that have grown; to be called every second or so. */
  tick(): readonly IncidentChange[] {
    const nowMs = this.#options.clock.monotonicMs();
    const changes: IncidentChange[] = [];
    for (const incident of [...this.#open.values()]) {
      if (nowMs - incident.lastHitMs >= this.#limits.idleMs)
        changes.push(this.#close(incident, "idle", nowMs));
      else if (incident.isDue(nowMs)) changes.push(this.#report(incident, "updated", nowMs));
    }
    return changes;
  }

  /** Tell all counts that have grown, whatever the pace: before the agent stops, so that `resume` knows them. */
  settle(): readonly IncidentChange[] {
    const nowMs = this.#options.clock.monotonicMs();
    return [...this.#open.values()]
      .filter((incident) => incident.hasGrown)
      .map((incident) => this.#report(incident, "updated", nowMs));
  }

  /** Close everything, at the end of the input. */
  closeAll(reason: CloseReason = "stopped"): readonly IncidentChange[] {
    const nowMs = this.#options.clock.monotonicMs();
    return [...this.#open.values()].map((incident) => this.#close(incident, reason, nowMs));
  }

  /**
   * Open again what was open when the agent was stopped: parsed records, the longest quiet first. What is no
   * incident any more is left out.
   */
  resume(records: readonly unknown[]): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const record of records.filter(isIncident)) {
      const keys = keysOf(record.rule.gid, record.rule.sid, {
        direction: record.direction,
        insideAddress: record.insideHost.address,
        remote: record.remotes.named[0] ?? {},
      });
      const key = keyOfScope(keys, record.scope);
      if (record.state === "closed" || this.#open.has(key) || this.#open.size >= this.#limits.maxOpen)
        continue;
      const incident = OpenIncident.resume(key, record, nowMs, this.#limits);
      this.#file(incident, keys);
    }
  }

  /** The same event, told in another way: that is news the first time, unlike a repeat. */
  #join(twin: OpenIncident, detection: Detection, facts: Triage, nowMs: number): readonly IncidentChange[] {
    const isGraver = twin.add(detection, facts, nowMs);
    const isNew = twin.addSighting(sightingText(detection));
    this.#sameEvent.note(detection, twin, nowMs);
    if (isNew) this.#options.counters.add("incident.joined");
    const change = (): IncidentChange => this.#report(twin, "updated", nowMs);
    if (isGraver) return [{ ...change(), priority: twin.priority }];
    return isNew || twin.isDue(nowMs) ? [change()] : [];
  }

  #begin(detection: Detection, facts: Triage, keys: Keys, nowMs: number): readonly IncidentChange[] {
    const scope = this.#scopeFor(keys);
    const key = keyOfScope(keys, scope);
    const id = this.#newId(`${key} ${detection.timeUs}`);
    const incident = OpenIncident.begin(key, id, scope, detection, facts, nowMs, this.#limits);
    const changes: IncidentChange[] = [];
    // Absorb the parts first, so that the one that continues them names the device and the remote they began with.
    for (const part of scope === "pair" ? [] : [...(this.#foldable.get(key) ?? [])]) {
      incident.absorb(part);
      changes.push(this.#close(part, "folded", nowMs, id));
    }
    incident.add(detection, facts, nowMs);
    this.#sameEvent.note(detection, incident, nowMs);
    changes.unshift(this.#report(incident, "opened", nowMs));
    this.#file(incident, keys);
    changes.push(...this.#evictExcess(nowMs));
    return changes;
  }

  #scopeFor(keys: Keys): IncidentScope {
    const isFull = (key: string): boolean => (this.#foldable.get(key)?.size ?? 0) >= this.#limits.foldAbove;
    if (isFull(keys.manyRemotes)) return "many-remotes";
    return isFull(keys.manyInsideHosts) ? "many-inside-hosts" : "pair";
  }

  #file(incident: OpenIncident, keys: Keys): void {
    this.#open.set(incident.key, incident);
    this.#remember(incident.id);
    if (incident.scope !== "pair") return;
    incident.foldKeys = [keys.manyRemotes, keys.manyInsideHosts];
    for (const key of incident.foldKeys) {
      const parts = this.#foldable.get(key) ?? new Set();
      this.#foldable.set(key, parts.add(incident));
    }
  }

  #close(
    incident: OpenIncident,
    closeReason: CloseReason,
    nowMs: number,
    foldedInto?: string,
  ): IncidentChange {
    this.#open.delete(incident.key);
    for (const key of incident.foldKeys) {
      const parts = this.#foldable.get(key);
      parts?.delete(incident);
      if (parts?.size === 0) this.#foldable.delete(key);
    }
    return this.#report(incident, "closed", nowMs, {
      closeReason,
      ...(foldedInto !== undefined && { foldedInto }),
    });
  }

  #evictExcess(nowMs: number): readonly IncidentChange[] {
    const [quietest] = this.#open.values();
    if (this.#open.size <= this.#limits.maxOpen || !quietest) return [];
    this.#options.counters.add("incident.evicted");
    return [this.#close(quietest, "evicted", nowMs)];
  }

  #report(
    incident: OpenIncident,
    state: IncidentState,
    nowMs: number,
    end: { closeReason?: CloseReason; foldedInto?: string } = {},
  ): IncidentChange {
    this.#options.counters.add(`incident.${state}`);
    return {
      incident: incident.report(state, this.#options.devices, nowMs, this.#limits, end),
      priority: priorityFor(state, incident.priority),
    };
  }

  #newId(text: string): string {
    let salt = 0;
    while (this.#ids.has(incidentIdOf(text, salt))) salt += 1;
    return incidentIdOf(text, salt);
  }

  #remember(id: string): void {
    this.#ids.add(id);
    const [oldest] = this.#ids;
    if (this.#ids.size > REMEMBERED_IDS && oldest !== undefined) this.#ids.delete(oldest);
  }
}

function keysOf(
  gid: number,
  sid: number,
  facts: Pick<Triage, "direction" | "insideAddress" | "remote">,
): Keys {
  const { direction, insideAddress, remote } = facts;
  const rule = `${gid}:${sid} ${direction}`;
  return {
    pair: `${rule} ${insideAddress} ${remoteKey(remote)}`,
    manyRemotes: `${rule} ${insideAddress} *`,
    manyInsideHosts: `${rule} * ${remoteKey(remote)}`,
  };
}

function keyOfScope(keys: Keys, scope: IncidentScope): string {
  switch (scope) {
    case "pair":
      return keys.pair;
    case "many-remotes":
      return keys.manyRemotes;
    case "many-inside-hosts":
      return keys.manyInsideHosts;
  }
}

/** News overtakes what only continues it: an update travels at most as `high`, an end at most as `normal`. */
function priorityFor(state: IncidentState, priority: PriorityClass): PriorityClass {
  const highest = state === "opened" ? 0 : state === "updated" ? 1 : 2;
  return PRIORITY_CLASSES[Math.max(highest, PRIORITY_CLASSES.indexOf(priority))] ?? "low";
}
