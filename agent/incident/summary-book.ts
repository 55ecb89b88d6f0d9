/**
 * Owns the hourly and daily summaries: counts what happens, asks whether everything worked, and ends a period in one
 * transaction with the message about it, so that no crash can double or lose one.
 *
 * A day is made of the hours that ended in it: their numbers are added to it when they end. What the agent was off is
 * a gap of the period in which it came back. Pure logic: what comes back is to be stored by the caller; a tally
 * outlives the agent there and is given back to `resume`.
 *
 * Memory: two tallies (see there).
 */
import type { Clock } from "../base/clock.js";
import type { ClockWatch } from "../base/clock-quality.js";
import type { PriorityClass } from "../base/outbox.js";
import type { Detection } from "../sensor/detection.js";
import { type Gap, GapWatch, type HealthSample } from "./gap-watch.js";
import type { Verdict } from "./incident.js";
import { PERIOD_MS, type PeriodKind, periodEndMs } from "./period-end.js";
import { qualityRank, type Summary, summarize } from "./summary.js";
import { Tally, type TallyAmount, type TallyChange, type TallyKey } from "./tally.js";
import type { Triage } from "./triage.js";

/** What is to be stored: numbers, and at the end of a period the message about it. */
export interface SummaryEntry {
  readonly priority: PriorityClass;
  readonly message?: { readonly topic: string; readonly payload: string };
  readonly tally: TallyChange;
}

export interface SummaryBookOptions {
  readonly clock: Clock;
  readonly watch: ClockWatch;
}

/** Numbers go to disk at least so often: what a crash takes of uptime and traffic at most. */
const SAVE_MS = 60_000;
/** Names of rules kept for a period. */
const NAMED_RULES = 256;
const NAME_CHARACTERS = 160;
/** Gaps kept apart in a period; further ones are added to the last. */
const GAPS = 64;
/** Under this name stands which periods are running. */
const RUNNING = "";
/** Numbers of an hour that are added up in its day. */
const SUMS = [
  "hit",
  "hidden",
  "suppression",
  "opened",
  "clock",
  "up",
  "down",
  "packets",
  "drops",
  "jumps",
  "folded",
];
const KINDS = ["hour", "day"] as const;
const PRIORITY: Readonly<Record<PeriodKind, PriorityClass>> = { hour: "normal", day: "high" };

export class SummaryBook {
  readonly #clock: Clock;
  readonly #watch: ClockWatch;
  readonly #gaps: GapWatch;
  /** 0: it is not known yet which periods are running. */
  #index: Record<PeriodKind, number> = { hour: 0, day: 0 };
  #tally: Record<PeriodKind, Tally> = { hour: new Tally("hour/0"), day: new Tally("day/0") };
  #endMs: Record<PeriodKind, number> = { hour: Number.POSITIVE_INFINITY, day: Number.POSITIVE_INFINITY };
  #savedMs: number;
  #jumps = 0;

  constructor({ clock, watch }: SummaryBookOptions) {
    this.#clock = clock;
    this.#watch = watch;
    this.#gaps = new GapWatch(clock);
    this.#savedMs = clock.monotonicMs();
  }

  /** Whether the store's numbers have been read. */
  get isResumed(): boolean {
    return this.#index.hour > 0;
  }

  /**
   * Go on where the store's numbers say the last run was, or begin. What was counted before, while the store could
   * not be read, belongs to the running period.
   *
   * @returns what is to be stored
   */
  resume(amounts: readonly TallyAmount[]): SummaryEntry {
    const early = this.#tally.hour;
    const running = new Map(amounts.filter(([period]) => period === RUNNING).map(([, key, n]) => [key, n]));
    for (const kind of KINDS) {
      this.#index[kind] = running.get(kind) ?? 1;
      this.#tally[kind] = new Tally(`${kind}/${this.#index[kind]}`);
      for (const [period, key, amount] of amounts) {
        // A later period was begun by an entry that never reached the disk: its numbers are of this one.
        const [name, number] = period.split("/");
        if (name === kind && Number(number) >= this.#index[kind]) this.#tally[kind].restore(key, amount);
      }
    }
    const { hour, day } = this.#tally;
    const isKnown = hour.has("start");
    const wallMs = this.#clock.wallMs();
    for (const tally of [hour, day]) if (!tally.has("start")) tally.set(["start"], wallMs);
    if (isKnown) this.#noteAbsence(hour.get("alive") || hour.get("start"));
    for (const [, key, amount] of early.all()) hour.restore(key, amount);
    hour.set(["alive"], wallMs);
    this.#noteClock();
    const elapsedMs = hour.get("up") + hour.get("down");
    const quality = this.#watch.quality;
    this.#endMs.hour = periodEndMs("hour", this.#clock, quality, elapsedMs);
    this.#endMs.day = periodEndMs("day", this.#clock, quality, elapsedMs + day.get("up") + day.get("down"));
    const drop = new Set(amounts.map(([period]) => period)).add(early.period);
    const set = [
      ...KINDS.map((kind): TallyAmount => [RUNNING, kind, this.#index[kind]]),
      ...hour.all(),
      ...day.all(),
    ];
    return { priority: "high", tally: { drop: [...drop], set } };
  }

  /** Count a detection that is told. */
  count(detection: Detection, facts: Triage): TallyChange {
    return { add: [this.#tally.hour.add(keyOf("hit", detection, facts))], set: this.#name(detection) };
  }

  /** Count a detection that a suppression hides. */
  countHidden(detection: Detection, facts: Triage, suppressionId: string): TallyChange {
    const { hour } = this.#tally;
    const add = [hour.add(keyOf("hidden", detection, facts)), hour.add(["suppression", suppressionId])];
    return { add, set: this.#name(detection) };
  }

  /** Count an incident that was opened. */
  countOpened(verdict: Verdict): TallyAmount {
    return this.#tally.hour.add(["opened", verdict]);
  }

  /** Count a message that is kept back. */
  countFolded(): TallyAmount {
    return this.#tally.hour.add(["folded"]);
  }

  /** To be called every second with how the parts stand. */
  tick(sample: HealthSample): readonly SummaryEntry[] {
    this.#watch.tick();
    const nowMs = this.#clock.monotonicMs();
    const ended = this.#gaps.observe(sample).map((gap) => this.#noteGap(this.#tally.hour, gap));
    if (nowMs >= this.#endMs.hour) return this.#endHour(sample);
    if (ended.length === 0 && nowMs - this.#savedMs < SAVE_MS) return [];
    const { add, set = [] } = this.#save();
    return [{ priority: "normal", tally: { ...(add && { add }), set: [...ended, ...set] } }];
  }

  /** What is to be stored before the agent ends. */
  settle(): SummaryEntry {
    return { priority: "normal", tally: this.#save() };
  }

  #endHour(sample: HealthSample): readonly SummaryEntry[] {
    this.#save();
    this.#gaps.cut();
    const { hour, day } = this.#tally;
    const entry = this.#end("hour", sample);
    const add = day.merge(hour, SUMS);
    const set = hour
      .of("rule")
      .flatMap(([[gid = 0, sid = 0, name = ""]]) => this.#noteName(day, gid, sid, name));
    for (const [[name, subject, from], durationMs] of hour.of("gap")) {
      const gap = { name: String(name), subject: String(subject), fromMs: Number(from), durationMs };
      set.push(this.#noteGap(day, gap));
    }
    const { tally } = entry;
    const merged = { ...tally, add, set: [...(tally.set ?? []), ...set] };
    const isDayOver = this.#clock.monotonicMs() >= this.#endMs.day - PERIOD_MS.hour / 2;
    return [{ ...entry, tally: merged }, ...(isDayOver ? [this.#end("day", sample)] : [])];
  }

  /** The message about a period and the beginning of the next, in one entry. */
  #end(kind: PeriodKind, sample: HealthSample): SummaryEntry {
    const wallMs = this.#clock.wallMs();
    const old = this.#tally[kind];
    const summary = summarize(kind, this.#index[kind], old, wallMs, sample.rules);
    this.#index[kind] += 1;
    const next = new Tally(`${kind}/${this.#index[kind]}`);
    this.#tally[kind] = next;
    this.#endMs[kind] = periodEndMs(kind, this.#clock, this.#watch.quality);
    next.set(["start"], wallMs);
    if (kind === "hour") {
      next.set(["alive"], wallMs);
      this.#noteClock();
    }
    const set: TallyAmount[] = [[RUNNING, kind, this.#index[kind]], ...next.all()];
    return { ...summaryMessage(summary), tally: { drop: [old.period], set } };
  }

  /** Uptime, traffic and open gaps as of now. */
  #save(): TallyChange {
    const nowMs = this.#clock.monotonicMs();
    const { hour } = this.#tally;
    const { packets, drops } = this.#gaps.takeTraffic();
    const add = [
      hour.add(["up"], Math.round(nowMs - this.#savedMs)),
      hour.add(["packets"], packets),
      hour.add(["drops"], drops),
      hour.add(["jumps"], this.#watch.jumps - this.#jumps),
      this.#noteClock(),
    ];
    this.#jumps = this.#watch.jumps;
    this.#savedMs = nowMs;
    const gaps = this.#gaps.openGaps().map((gap) => this.#noteGap(hour, gap));
    return { add, set: [...gaps, hour.set(["alive"], this.#clock.wallMs())] };
  }

  #noteClock(): TallyAmount {
    return this.#tally.hour.add(["clock", qualityRank(this.#watch.quality)]);
  }

  #noteGap(tally: Tally, { name, subject, fromMs, durationMs }: Gap): TallyAmount {
    const key = ["gap", name, subject, Math.round(fromMs)] as const;
    if (tally.has(...key) || tally.count("gap") < GAPS) return tally.set(key, Math.round(durationMs));
    const rest = ["gap", name, "", 0] as const;
    return tally.set(rest, tally.get(...rest) + Math.max(0, Math.round(durationMs)));
  }

  /** The time the agent was off, as far as the clock can tell. */
  #noteAbsence(aliveMs: number): void {
    const { hour } = this.#tally;
    const wallMs = this.#clock.wallMs();
    const isTrusted = this.#watch.quality !== "unset" && !hour.has("clock", qualityRank("unset"));
    const durationMs = isTrusted && wallMs >= aliveMs ? Math.round(wallMs - aliveMs) : -1;
    this.#noteGap(hour, { name: "agent.stopped", subject: "", fromMs: aliveMs, durationMs });
    if (durationMs > 0) hour.add(["down"], durationMs);
  }

  #name({ generatorId, signatureId, signature }: Detection): TallyAmount[] {
    return this.#noteName(this.#tally.hour, generatorId, signatureId, signature.slice(0, NAME_CHARACTERS));
  }

  #noteName(tally: Tally, gid: number | string, sid: number | string, name: number | string): TallyAmount[] {
    const key = ["rule", gid, sid, name] as const;
    return tally.has(...key) || tally.count("rule") >= NAMED_RULES ? [] : [tally.set(key, 0)];
  }
}

function keyOf(kind: "hit" | "hidden", detection: Detection, { direction, insideAddress }: Triage): TallyKey {
  return [kind, detection.generatorId, detection.signatureId, direction, insideAddress];
}

function summaryMessage(summary: Summary): Pick<SummaryEntry, "priority" | "message"> {
  return {
    priority: PRIORITY[summary.period],
    message: { topic: "summary", payload: JSON.stringify(summary) },
  };
}
