/**
 * Owns the judgement of a rule set by what it does on live traffic: first unheard beside the set in force (shadow), then in force
 * until it is confirmed. Figures come once a second; what they are held against is the minute before.
 *
 * In force a set is judged over windows of WINDOW_MS; two bad ones in a row are enough, so the way back is taken well within a
 * minute, and one bad moment is none. Where nothing was known before (a set that was installed while no agent ran) only storms
 * and restarts count.
 */

/** What the agent does at one moment; counts rise since its start. */
export interface Figures {
  readonly monotonicMs: number;
  readonly packets: number;
  readonly drops: number;
  /** Alerts of the rules in force. */
  readonly alerts: number;
  /** Processor time of the whole process. */
  readonly cpuMs: number;
  readonly rssBytes: number;
  /** Sensors started again. */
  readonly restarts: number;
  /** undefined: no uplink is configured. */
  readonly isConnected: boolean | undefined;
}

/** What a candidate beside the rules in force does; counts since the shadow began. */
export interface ShadowFigures {
  readonly alerts: number;
  readonly frames: number;
  readonly frameUs: number;
  readonly activeUs: number;
  readonly candidateUs: number;
  readonly failures: number;
}

export interface ProbationLimits {
  readonly alertsFactor: number;
  readonly costFactor: number;
}

/** How an agent does by itself, per second or packet. */
export interface Baseline {
  readonly alertsPerS: number;
  readonly dropShare: number;
  /** undefined where there was too little to see. */
  readonly cpuMsPerPacket: number | undefined;
  readonly rssBytes: number;
  readonly restarts: number;
  readonly isConnected: boolean | undefined;
}

export const WINDOW_MS = 5_000;
/** What is as usual: at most and at least so long. */
const BASELINE_MS = 60_000;
const SHORTEST_BASELINE_MS = 5_000;
/** Alerts that nobody calls a storm: so many, and so many a second. */
const QUIET_ALERTS = 50;
const QUIET_ALERTS_PER_S = 2;
/** Fewer packets say nothing about cost, drops mean nothing. */
const FEWEST_PACKETS = 2_000;
const FEWEST_FRAMES = 500;
const MOST_DROPPED = 0.01;
/** An agent that is hardly busy may cost more without harm. */
const QUIET_CPU_SHARE = 0.15;
const MEMORY_FACTOR = 1.5;
const MEMORY_SPARE_BYTES = 64 * 1024 * 1024;
const BAD_WINDOWS = 2;
/** An uplink that was there and is away for so long is lost. */
const UPLINK_AWAY_MS = 30_000;

/** The last minute, for whoever asks how things were. */
export class RecentFigures {
  readonly #kept: Figures[] = [];

  add(figures: Figures): void {
    this.#kept.push(figures);
    while (this.#kept.length > 2 && figures.monotonicMs - this.#kept[1]!.monotonicMs >= BASELINE_MS) {
      this.#kept.shift();
    }
  }

  baseline(): Baseline | undefined {
    const [first, last] = [this.#kept[0], this.#kept.at(-1)];
    if (!first || !last || last.monotonicMs - first.monotonicMs < SHORTEST_BASELINE_MS) return undefined;
    const { seconds, packets, alerts, dropShare, cpuMs } = change(first, last);
    return {
      alertsPerS: alerts / seconds,
      dropShare,
      cpuMsPerPacket: packets < FEWEST_PACKETS ? undefined : cpuMs / packets,
      rssBytes: last.rssBytes,
      restarts: last.restarts,
      isConnected: last.isConnected,
    };
  }
}

/**
 * Why a candidate must not come into force; undefined where nothing speaks against it so far.
 *
 * @param start figures when the shadow began
 */
export function shadowFault(
  shadow: ShadowFigures,
  baseline: Baseline | undefined,
  start: Figures,
  now: Figures,
  limits: ProbationLimits,
): string | undefined {
  if (shadow.failures > 0) return "its rules end in an error";
  if (now.restarts > start.restarts) return "a sensor ended under it";
  const seconds = Math.max(1, (now.monotonicMs - start.monotonicMs) / 1000);
  // What the rules in force say meanwhile is what the traffic is like.
  const meanwhile = limits.alertsFactor * Math.max(0, now.alerts - start.alerts);
  const allowed = allowedAlerts(baseline, seconds, limits) + meanwhile;
  if (shadow.alerts > allowed) {
    return `an alert storm: ${shadow.alerts} alerts in ${Math.round(seconds)} s, ${Math.round(allowed)} are the most`;
  }
  if (shadow.frames >= FEWEST_FRAMES) {
    const activeUs = shadow.frameUs - shadow.candidateUs;
    const factor = (shadow.frameUs - shadow.activeUs) / Math.max(1, activeUs);
    if (factor > limits.costFactor)
      return `${factor.toFixed(1)} times the time a packet, ${limits.costFactor} is the most`;
  }
  if (baseline && now.rssBytes > memoryLimit(baseline)) return memoryText(now.rssBytes);
  return undefined;
}

/** Watches a set in force until it is confirmed. */
export class Probation {
  readonly #baseline: Baseline | undefined;
  readonly #limits: ProbationLimits;
  #windowStart: Figures;
  #badWindows = 0;
  #awaySinceMs: number | undefined;

  constructor(baseline: Baseline | undefined, limits: ProbationLimits, now: Figures) {
    this.#baseline = baseline;
    this.#limits = limits;
    this.#windowStart = now;
  }

  /** Take figures; call about once a second. @returns why the set must be taken back, if it must */
  observe(now: Figures): string | undefined {
    const restarts = this.#baseline?.restarts ?? this.#windowStart.restarts;
    if (now.restarts > restarts) return "a sensor ended under it";
    const away = this.#uplinkAwayMs(now);
    if (away >= UPLINK_AWAY_MS) return "the uplink was lost";
    if (now.monotonicMs - this.#windowStart.monotonicMs < WINDOW_MS) return undefined;
    const fault = this.#windowFault(now);
    this.#windowStart = now;
    this.#badWindows = fault === undefined ? 0 : this.#badWindows + 1;
    return this.#badWindows >= BAD_WINDOWS ? fault : undefined;
  }

  #windowFault(now: Figures): string | undefined {
    const baseline = this.#baseline;
    const { seconds, packets, alerts, drops, dropShare, cpuMs } = change(this.#windowStart, now);
    const allowed = allowedAlerts(baseline, seconds, this.#limits);
    if (alerts > allowed) {
      return `an alert storm: ${alerts} alerts in ${Math.round(seconds)} s, ${Math.round(allowed)} are the most`;
    }
    if (
      packets + drops >= FEWEST_PACKETS &&
      dropShare > Math.max(MOST_DROPPED, 3 * (baseline?.dropShare ?? 0))
    ) {
      return `${Math.ceil(dropShare * 100)} % of the packets are lost`;
    }
    if (baseline?.cpuMsPerPacket !== undefined && packets >= FEWEST_PACKETS) {
      const factor = cpuMs / packets / baseline.cpuMsPerPacket;
      const isBusy = cpuMs / 1000 / seconds > QUIET_CPU_SHARE;
      if (isBusy && factor > this.#limits.costFactor) return `${factor.toFixed(1)} times the time a packet`;
    }
    if (baseline && now.rssBytes > memoryLimit(baseline)) return memoryText(now.rssBytes);
    return undefined;
  }

  #uplinkAwayMs({ isConnected, monotonicMs }: Figures): number {
    if (this.#baseline?.isConnected !== true || isConnected === true) this.#awaySinceMs = undefined;
    else this.#awaySinceMs ??= monotonicMs;
    return this.#awaySinceMs === undefined ? 0 : monotonicMs - this.#awaySinceMs;
  }
}

function change(from: Figures, to: Figures) {
  const packets = Math.max(0, to.packets - from.packets);
  const drops = Math.max(0, to.drops - from.drops);
  return {
    seconds: Math.max(0.001, (to.monotonicMs - from.monotonicMs) / 1000),
    packets,
    drops,
    dropShare: packets + drops === 0 ? 0 : drops / (packets + drops),
    alerts: Math.max(0, to.alerts - from.alerts),
    cpuMs: to.cpuMs - from.cpuMs,
  };
}

function allowedAlerts(
  baseline: Baseline | undefined,
  seconds: number,
  { alertsFactor }: ProbationLimits,
): number {
  const usual = Math.max(QUIET_ALERTS_PER_S, (baseline?.alertsPerS ?? 0) * alertsFactor);
  return QUIET_ALERTS + usual * seconds;
}

function memoryLimit({ rssBytes }: Baseline): number {
  return Math.max(rssBytes * MEMORY_FACTOR, rssBytes + MEMORY_SPARE_BYTES);
}

function memoryText(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB of memory`;
}
