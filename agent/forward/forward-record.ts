/** What can be sent on: plain records, put into the form of a destination only when it is their turn. */
import type { PriorityClass } from "../base/outbox.js";
import type { Detection } from "../sensor/detection.js";

/** What a destination may ask for, as the configuration names it. */
export type RecordKind = "detections" | "incidents" | "agent" | "logs";

interface Common {
  readonly priority: PriorityClass;
  /** When it happened, milliseconds since the Unix epoch. */
  readonly timeMs: number;
  /** How much room it takes in a queue, estimated. */
  readonly bytes: number;
}

export interface ForwardDetection extends Common {
  readonly kind: "detections";
  readonly detection: Detection;
}

/** The record of an incident as it stands in the store. */
export interface ForwardIncident extends Common {
  readonly kind: "incidents";
  readonly incident: Readonly<Record<string, unknown>>;
}

/** What the agent says of itself: gaps, rules, seals of the evidence, actions. */
export interface ForwardAgentEvent extends Common {
  readonly kind: "agent";
  readonly topic: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A line of another device's log. */
export interface ForwardLogLine extends Common {
  readonly kind: "logs";
  readonly source: string;
  readonly line: string;
}

/** Lines that are kept as one block; taken apart when it is their turn. */
export interface ForwardLogBlock extends Common {
  readonly kind: "logs";
  readonly source: string;
  /** How many lines stand in it. */
  readonly count: number;
  readonly lines: () => readonly ForwardLogLine[];
}

/** What becomes one message. */
export type ForwardMessage = ForwardDetection | ForwardIncident | ForwardAgentEvent | ForwardLogLine;
export type ForwardRecord = ForwardDetection | ForwardIncident | ForwardAgentEvent | ForwardLogBlock;

/** Messages that a record becomes. */
export function messageCount(record: ForwardRecord): number {
  return record.kind === "logs" ? record.count : 1;
}

/** Who sends. */
export interface ForwardOrigin {
  readonly device: string;
  readonly version: string;
  /** Whether the clock is kept right by somebody; asked for each message. */
  readonly isSynchronized: () => boolean;
}
