/**
 * What the box's own page shows, as plain data: whoever joins the parts of the agent supplies it, so that the page knows
 * neither store nor incidents. Every answer is bounded by who gives it.
 */
import type { DeviceFact } from "../../base/device-facts.js";
import type { Language } from "../../base/language.js";
import type { Status } from "../status.js";
import type { TrafficHistory } from "../traffic-history.js";

export type IncidentFilter = "act" | "watch" | "information" | "all";
export const INCIDENT_FILTERS: readonly IncidentFilter[] = ["act", "watch", "information", "all"];

export interface IncidentQuery {
  readonly filter: IncidentFilter;
  /** Only incidents stored before this number; undefined begins with the newest. */
  readonly before: number | undefined;
  readonly limit: number;
  readonly language: Language;
}

/** One line of the list of incidents, in the reader's language. */
export interface IncidentRow {
  /** Rises with each change of an incident: where the next page begins. */
  readonly number: number;
  readonly id: string;
  readonly verdict: "act" | "watch" | "information";
  readonly isOpen: boolean;
  readonly title: string;
  readonly device: string;
  /** Local time of the box. */
  readonly when: string;
  readonly count: number;
}

export interface IncidentPage {
  readonly rows: readonly IncidentRow[];
  /** Give it as `before` for the next page; undefined at the end. */
  readonly next: number | undefined;
}

/** All that a person is told of one incident. */
export interface IncidentSheet extends IncidentRow {
  readonly verdictText: string;
  readonly direction: string;
  readonly seen: string;
  readonly meaning: string;
  /** What to do, the first thing first. */
  readonly actions: readonly string[];
  readonly rule: { readonly sid: number; readonly signature: string; readonly category: string };
  readonly remotes: readonly string[];
  readonly evidence: readonly { readonly kind: string; readonly value: string; readonly count: number }[];
  /** What happened, in its order, with what else the device did. */
  readonly timeline: readonly {
    readonly when: string;
    readonly text: string;
    readonly incidentId?: string;
  }[];
  /** What is known of the device, name and value, in the reader's language. */
  readonly deviceFacts: readonly DeviceFact[];
}

/** One device of the office. */
export interface DeviceRow {
  readonly name: string;
  readonly address: string;
  /** Kind, maker, owner, room, MAC, in the reader's language. */
  readonly facts: readonly DeviceFact[];
  /** Local time of the box. */
  readonly lastSeen: string;
}

/** A check that a person has begun, in the reader's language. */
export interface CheckRun {
  readonly isRunning: boolean;
  /** 0 to 1. */
  readonly progress: number;
  /** Local time of the box. */
  readonly started: string;
  readonly verdict: "ok" | "degraded" | "failing";
  readonly summary: string;
  readonly lines: readonly CheckLine[];
}

export interface CheckLine {
  readonly level: "ok" | "degraded" | "failing" | "pending";
  /** The level in words. */
  readonly state: string;
  readonly text: string;
  /** Why, and what to do. */
  readonly reason?: string;
  readonly time?: string;
}

export const CHECKS = ["selftest", "doctor"] as const;
export type CheckName = (typeof CHECKS)[number];

export interface PageSource {
  status(): Status;
  history(): TrafficHistory;
  incidents(query: IncidentQuery): Promise<IncidentPage>;
  /** The last seen first. */
  devices(language: Language): readonly DeviceRow[];
  /** The last run of a check; undefined where there was none. */
  check(name: CheckName, language: Language): CheckRun | undefined;
  /** Begin a check; one that is under way goes on. */
  beginCheck(name: CheckName, language: Language): void;
  incident(id: string, language: Language): Promise<IncidentSheet | undefined>;
}
