/**
 * Owns the judgement of health: from figures taken once a second to named conditions.
 *
 * Shares (drops, undecodable packets) are judged over whole windows, so that one bad second is no condition and a bad
 * minute is. Durations run on the monotonic clock. Memory: a few numbers an interface.
 */

import { RecentChange } from "../base/recent-change.js";
import { CONDITION_LEVELS, type Condition, type ConditionName } from "./condition.js";

/** What the parts of the agent say of themselves at one moment; counts rise since the start of the sensor. */
export interface HealthFacts {
  readonly nowMs: number;
  readonly isClockUnset: boolean;
  readonly sensors: readonly SensorFacts[];
  readonly rules: { readonly loaded: number; readonly ageDays: number };
  /** What the rule sets say of themselves. */
  readonly ruleSets: readonly RuleSetFact[];
  /** What is wrong with the logs of other devices; absent where none are taken in. */
  readonly logs?: readonly PartFact[];
  readonly store: { readonly isWriting: boolean; readonly shed: number };
  readonly uplink: {
    readonly isConfigured: boolean;
    readonly isConnected: boolean;
    readonly isMonitorSilent: boolean;
  };
  readonly hasControl: boolean;
}

/** A condition that a part of the agent has judged itself. */
export interface PartFact {
  readonly name: ConditionName;
  /** Empty where it is about the whole part. */
  readonly subject: string;
  readonly params: Readonly<Record<string, string | number>>;
}

export interface RuleSetFact extends PartFact {
  readonly name: "rules.expired" | "rules.taken_back" | "rules.damaged";
}

export interface SensorFacts {
  readonly interfaceName: string;
  readonly isAlive: boolean;
  /** A file that came to its end is done, not silent. */
  readonly hasFinished: boolean;
  /** false: no carrier. undefined: not a network interface, or not told. */
  readonly isLinkUp: boolean | undefined;
  readonly packets: number;
  readonly drops: number;
  /** Packets without a readable network layer. */
  readonly undecodable: number;
  /** Detections beyond the bound per second. */
  readonly shed: number;
  /** Octets of payload not looked into for lack of time. */
  readonly givenUpBytes: number;
}

export interface HealthLimits {
  /** A link that is up is called silent after this long without a packet. */
  readonly silenceMs: number;
  readonly rulesMaxAgeDays: number;
  /** A broker that is away this long is said; shorter losses are daily life. */
  readonly uplinkPatienceMs: number;
}

const WINDOW_MS = 60_000;
/** Shares of few packets mean nothing. */
const FEWEST_PACKETS = 100;
const MOST_UNDECODABLE = 0.5;
const MOST_DROPPED = 0.01;
const BYTES_PER_MB = 1_000_000;

/** Keeps what the conditions need of the past. Call `observe` about once a second. */
export class HealthWatch {
  readonly #limits: HealthLimits;
  readonly #sensors = new Map<string, SensorWatch>();
  readonly #storeShed = new RecentChange(WINDOW_MS);
  #uplinkSeenMs: number;
  #conditions: readonly Condition[] = [];

  constructor(limits: HealthLimits, nowMs: number) {
    this.#limits = limits;
    this.#uplinkSeenMs = nowMs;
  }

  /** What is wrong as of the last `observe`; empty where all is well. */
  get conditions(): readonly Condition[] {
    return this.#conditions;
  }

  /** @returns what is wrong now */
  observe(facts: HealthFacts): readonly Condition[] {
    const found: Condition[] = [];
    const add = (
      name: ConditionName,
      params: Readonly<Record<string, string | number>> = {},
      subject?: string,
    ): void => {
      found.push({ name, level: CONDITION_LEVELS[name], params, ...(subject !== undefined && { subject }) });
    };
    if (facts.rules.loaded === 0) add("rules.none");
    else if (facts.rules.ageDays > this.#limits.rulesMaxAgeDays) {
      add("rules.stale", { days: Math.floor(facts.rules.ageDays) });
    }
    for (const { name, params, subject } of [...facts.ruleSets, ...(facts.logs ?? [])]) {
      add(name, params, subject === "" ? undefined : subject);
    }
    for (const sensor of facts.sensors) this.#judgeSensor(sensor, facts.nowMs, add);
    if (!facts.store.isWriting) add("store.cannot_write");
    const shed = this.#storeShed.observe(facts.nowMs, facts.store.shed);
    if (shed > 0) add("store.shedding", { count: shed });
    this.#judgeUplink(facts, add);
    if (facts.isClockUnset) add("clock.unset");
    if (!facts.hasControl) add("control.unavailable");
    this.#conditions = found;
    return found;
  }

  #judgeSensor(sensor: SensorFacts, nowMs: number, add: AddCondition): void {
    const { interfaceName: subject } = sensor;
    let watch = this.#sensors.get(subject);
    if (watch === undefined) {
      watch = new SensorWatch(nowMs);
      this.#sensors.set(subject, watch);
    }
    watch.observe(sensor, nowMs);
    if (sensor.hasFinished) return;
    if (!sensor.isAlive) {
      add("sensor.stalled", {}, subject);
      return;
    }
    if (sensor.isLinkUp === false) add("capture.link_down", {}, subject);
    else if (watch.silentMs(nowMs) >= this.#limits.silenceMs) {
      add("capture.silent", { minutes: Math.floor(watch.silentMs(nowMs) / 60_000) }, subject);
    }
    const { undecodableShare, dropShare, shed } = watch;
    if (undecodableShare > MOST_UNDECODABLE) {
      add("capture.undecodable", { percent: Math.round(undecodableShare * 100) }, subject);
    }
    if (dropShare > MOST_DROPPED) add("capture.drops", { percent: Math.ceil(dropShare * 100) }, subject);
    if (watch.givenUpBytes > 0) {
      add("sensor.overloaded", { megabytes: Math.ceil(watch.givenUpBytes / BYTES_PER_MB) }, subject);
    }
    if (shed > 0) add("sensor.shedding", { count: shed }, subject);
  }

  #judgeUplink({ nowMs, uplink }: HealthFacts, add: AddCondition): void {
    if (!uplink.isConfigured || uplink.isConnected) this.#uplinkSeenMs = nowMs;
    const awayMs = nowMs - this.#uplinkSeenMs;
    if (awayMs >= this.#limits.uplinkPatienceMs) {
      add("uplink.down", { minutes: Math.floor(awayMs / 60_000) });
    }
    if (uplink.isConnected && uplink.isMonitorSilent) add("monitor.silent");
  }
}

type AddCondition = (
  name: ConditionName,
  params?: Readonly<Record<string, string | number>>,
  subject?: string,
) => void;

/** The past of one interface. */
class SensorWatch {
  readonly #packets = new RecentChange(WINDOW_MS);
  readonly #drops = new RecentChange(WINDOW_MS);
  readonly #undecodable = new RecentChange(WINDOW_MS);
  readonly #shed = new RecentChange(WINDOW_MS);
  readonly #givenUp = new RecentChange(WINDOW_MS);
  #lastPackets = -1;
  #lastPacketMs: number;
  undecodableShare = 0;
  dropShare = 0;
  shed = 0;
  givenUpBytes = 0;

  constructor(nowMs: number) {
    this.#lastPacketMs = nowMs;
  }

  observe(sensor: SensorFacts, nowMs: number): void {
    if (sensor.packets !== this.#lastPackets && sensor.packets > 0) this.#lastPacketMs = nowMs;
    this.#lastPackets = sensor.packets;
    const packets = this.#packets.observe(nowMs, sensor.packets);
    const drops = this.#drops.observe(nowMs, sensor.drops);
    const undecodable = this.#undecodable.observe(nowMs, sensor.undecodable);
    this.shed = this.#shed.observe(nowMs, sensor.shed);
    this.givenUpBytes = this.#givenUp.observe(nowMs, sensor.givenUpBytes);
    this.undecodableShare = packets >= FEWEST_PACKETS ? undecodable / packets : 0;
    this.dropShare = packets + drops >= FEWEST_PACKETS ? drops / (packets + drops) : 0;
  }

  silentMs(nowMs: number): number {
    return nowMs - this.#lastPacketMs;
  }
}
