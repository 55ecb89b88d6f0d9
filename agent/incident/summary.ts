/**
 * Owns the summary record: what a period held by rule, device and direction, and whether "nothing happened" may be
 * believed. Plain JSON below 16 KiB, never payload.
 */
import type { ClockQuality } from "../base/clock-quality.js";
import type { HealthSample } from "./gap-watch.js";
import type { IncidentDirection, Verdict } from "./incident.js";
import type { PeriodKind } from "./period-end.js";
import type { Tally } from "./tally.js";

/**
 * `nothing_happened`: no detection, and everything worked the whole time: signed off. `activity`: detections.
 * `unproven`: no detection, but something did not work for a while, so there may have been some.
 */
export type Statement = "nothing_happened" | "activity" | "unproven";

export interface SummaryGap {
  /** Name of the condition that could have hidden a detection, or `agent.stopped`. */
  readonly name: string;
  /** The interface it is about. */
  readonly subject?: string;
  /** ISO 8601 in UTC, by the box's clock. */
  readonly from: string;
  /** Null where it is not known: the clock was set meanwhile, or never. */
  readonly durationS: number | null;
}

export interface SummaryRow {
  readonly gid: number;
  readonly sid: number;
  readonly signature: string;
  readonly direction: IncidentDirection;
  /** Address of the device inside. */
  readonly device: string;
  readonly count: number;
  /** Of further detections hidden by a suppression. */
  readonly hidden: number;
}

export interface Summary {
  readonly period: PeriodKind;
  /** Rises by one with every period of its kind: none is missing, none comes twice. */
  readonly index: number;
  /** ISO 8601 in UTC, by the box's clock; the end of one period is the beginning of the next. */
  readonly from: string;
  readonly to: string;
  /** By the monotonic clock, and what the agent was off where that is known. */
  readonly durationS: number;
  readonly uptimeS: number;
  /** The worst of the period. `from` and `to` are to be trusted only where it is not `unset` and nothing jumped. */
  readonly clock: ClockQuality;
  readonly clockJumps: number;
  readonly statement: Statement;
  /** Whether everything worked the whole time. */
  readonly signedOff: boolean;
  readonly gaps: readonly SummaryGap[];
  /** Gaps that are not listed, and how long they were together. */
  readonly moreGaps?: { readonly count: number; readonly durationS: number };
  readonly packets: number;
  readonly drops: number;
  readonly rules: HealthSample["rules"];
  readonly detections: number;
  readonly hidden: number;
  /** Incidents opened. */
  readonly incidents: Readonly<Record<Verdict, number>>;
  /** Messages about incidents that were kept back to stay within the uplink's budget. */
  readonly folded: number;
  readonly byDirection: Readonly<Record<IncidentDirection, number>>;
  /** The most frequent, and how many detections are in none of the rows. */
  readonly rows: readonly SummaryRow[];
  readonly otherDetections: number;
  /** What each suppression has hidden. */
  readonly suppressions: readonly { readonly id: string; readonly count: number }[];
}

const ROWS = 24;
const GAPS = 16;
const SUPPRESSIONS = 32;
const QUALITIES: readonly ClockQuality[] = ["synchronized", "free", "unset"];
const DIRECTIONS: readonly IncidentDirection[] = ["outbound", "inbound", "lateral", "transit"];

export function qualityRank(quality: ClockQuality): number {
  return QUALITIES.indexOf(quality);
}

/**
 * The summary of a tally. Its kinds: `hit` and `hidden` by rule, direction and device, `rule` with the rule's name,
 * `suppression` by id, `opened` by verdict, `gap` by name, subject and wall time, `clock` by rank; `start` and `alive`
 * are wall times; `up`, `down`, `packets`, `drops`, `jumps`, `folded` are sums.
 *
 * @param toMs wall time of the end, milliseconds since the Unix epoch
 */
export function summarize(
  kind: PeriodKind,
  index: number,
  tally: Tally,
  toMs: number,
  rules: HealthSample["rules"],
): Summary {
  const detections = sum(tally, "hit");
  const gaps = gapsOf(tally);
  const signedOff = gaps.length === 0;
  const uptimeMs = tally.get("up");
  const clockRank = Math.max(0, ...tally.of("clock").map(([[rank]]) => Number(rank)));
  const rows = rowsOf(tally);
  const listed = rows.slice(0, ROWS);
  return {
    period: kind,
    index,
    from: iso(tally.get("start")),
    to: iso(toMs),
    durationS: Math.round((uptimeMs + tally.get("down")) / 1000),
    uptimeS: Math.round(uptimeMs / 1000),
    clock: QUALITIES[clockRank] ?? "unset",
    clockJumps: tally.get("jumps"),
    statement: detections > 0 ? "activity" : signedOff ? "nothing_happened" : "unproven",
    signedOff,
    gaps: gaps.slice(0, GAPS),
    ...(gaps.length > GAPS && {
      moreGaps: {
        count: gaps.length - GAPS,
        durationS: gaps.slice(GAPS).reduce((total, { durationS }) => total + (durationS ?? 0), 0),
      },
    }),
    packets: tally.get("packets"),
    drops: tally.get("drops"),
    rules,
    detections,
    hidden: sum(tally, "hidden"),
    incidents: {
      act: tally.get("opened", "act"),
      watch: tally.get("opened", "watch"),
      information: tally.get("opened", "information"),
    },
    folded: tally.get("folded"),
    byDirection: directionsOf(tally),
    rows: listed,
    otherDetections: detections - listed.reduce((total, { count }) => total + count, 0),
    suppressions: tally
      .of("suppression")
      .map(([[id], count]) => ({ id: String(id), count }))
      .sort((a, b) => b.count - a.count)
      .slice(0, SUPPRESSIONS),
  };
}

function sum(tally: Tally, kind: string): number {
  return tally.of(kind).reduce((total, [, amount]) => total + amount, 0);
}

function rowsOf(tally: Tally): SummaryRow[] {
  const names = new Map(tally.of("rule").map(([[gid, sid, name]]) => [`${gid}:${sid}`, String(name)]));
  const rows = new Map<string, SummaryRow>();
  for (const kind of ["hit", "hidden"] as const) {
    for (const [parts, amount] of tally.of(kind)) {
      const [gid, sid, direction, device] = parts;
      if (device === undefined) continue;
      const key = parts.join(" ");
      const row = rows.get(key) ?? {
        gid: Number(gid),
        sid: Number(sid),
        signature: names.get(`${gid}:${sid}`) ?? "",
        direction: direction as IncidentDirection,
        device: String(device),
        count: 0,
        hidden: 0,
      };
      rows.set(key, { ...row, [kind === "hit" ? "count" : "hidden"]: amount });
    }
  }
  return [...rows.values()].sort((a, b) => b.count + b.hidden - (a.count + a.hidden));
}

function directionsOf(tally: Tally): Record<IncidentDirection, number> {
  const counts = { outbound: 0, inbound: 0, lateral: 0, transit: 0 };
  for (const [[, , direction], amount] of tally.of("hit")) {
    const known = DIRECTIONS.find((name) => name === direction);
    if (known) counts[known] += amount;
  }
  return counts;
}

function gapsOf(tally: Tally): SummaryGap[] {
  return tally
    .of("gap")
    .map(([[name, subject, fromMs], durationMs]) => ({
      name: String(name),
      ...(subject !== "" && subject !== undefined && { subject: String(subject) }),
      from: iso(Number(fromMs ?? 0)),
      durationS: durationMs < 0 ? null : Math.round(durationMs / 1000),
    }))
    .sort((a, b) => (b.durationS ?? Number.MAX_SAFE_INTEGER) - (a.durationS ?? Number.MAX_SAFE_INTEGER));
}

function iso(ms: number): string {
  const limitMs = 8.64e15;
  return new Date(Math.max(-limitMs, Math.min(limitMs, ms))).toISOString();
}
