/**
 * Owns what the store keeps: the entries it is given, the rows they become, and the checksum each row carries.
 *
 * A checksum makes a row self-proving: SQLite has none of its own, so a flipped bit inside a payload would
 * otherwise be published, and salvage could not tell a row from debris. CRC-32 as in zlib.
 */
import { crc32 } from "node:zlib";
import type { PriorityClass } from "../base/outbox.js";
import { PRIORITY_CLASSES } from "../base/outbox.js";
import type { Detection } from "../sensor/detection.js";
import { chargeOf } from "./budget.js";
import type { TallyChange } from "./tally.js";

/** An incident as the store keeps it: the last state replaces the one before. */
export interface IncidentRecord {
  readonly id: string;
  readonly isOpen: boolean;
  /** Wall time of the box, milliseconds since the Unix epoch. */
  readonly updatedMs: number;
  /** JSON text. */
  readonly payload: string;
}

/** A message for the outbox; its sequence number is given in the transaction that stores it. */
export interface MessageDraft {
  /** Last levels of the topic below `up/`: `incident`, `summary`, `info` … */
  readonly topic: string;
  /** JSON text. */
  readonly payload: string;
}

/** A line of somebody's log: another device's syslog, this one's own. */
export interface LogRecord {
  /** When it was written, by whatever clock; milliseconds since the Unix epoch. */
  readonly timeMs: number;
  /** Who wrote it: an address or a name. */
  readonly source: string;
  /** JSON text. */
  readonly payload: string;
}

/** What is known of a device inside; the last state replaces the one before. */
export interface DeviceDraft {
  readonly id: string;
  /** Wall time of the box, milliseconds since the Unix epoch. */
  readonly updatedMs: number;
  /** JSON text; undefined where the device is to be forgotten. */
  readonly payload: string | undefined;
}

/** What is stored in one transaction or not at all. */
export interface StoreEntry {
  readonly priority: PriorityClass;
  readonly log?: LogRecord;
  readonly detection?: Detection;
  readonly incident?: IncidentRecord;
  readonly message?: MessageDraft;
  readonly device?: DeviceDraft;
  /** Numbers that change together with it. */
  readonly tally?: TallyChange;
}

/** An entry measured and serialised, as it waits in the queue. */
export interface PreparedEntry {
  readonly classIndex: number;
  readonly detection: { timeUs: number; signatureId: number; payload: string; bytes: number } | undefined;
  readonly incident: (IncidentRecord & { bytes: number }) | undefined;
  readonly message: (MessageDraft & { bytes: number }) | undefined;
  readonly log: (LogRecord & { bytes: number }) | undefined;
  readonly device: DeviceDraft | undefined;
  readonly tally: TallyChange | undefined;
  /** Detection, incident, message and log line count one each; numbers alone count one. */
  readonly records: number;
  /** What its rows are charged. */
  readonly bytes: number;
}

/** Largest payload of a row. Incidents are bounded far below it by their makers. */
export const MAX_PAYLOAD_BYTES = 64 * 1024;

/** Longest name of a log's source that is kept. */
const MAX_SOURCE_LENGTH = 256;

/** Position of a class in the order of importance, 0 the first; what the tables hold. */
export function classIndexOf(priority: PriorityClass): number {
  return PRIORITY_CLASSES.indexOf(priority);
}

/** The class of a table's `class` column. */
export function priorityOf(classIndex: number): PriorityClass {
  return PRIORITY_CLASSES[classIndex] ?? "low";
}

/**
 * Serialise and measure an entry.
 *
 * A detection whose metadata is larger than a row may be is kept without it.
 *
 * @throws RangeError where an incident or a message is larger than `MAX_PAYLOAD_BYTES`: its maker has no bound.
 */
export function prepareEntry(entry: StoreEntry): PreparedEntry {
  const detection = entry.detection && prepareDetection(entry.detection);
  const incident = entry.incident && prepareIncident(entry.incident);
  const message = entry.message && { ...entry.message, bytes: measure(entry.message.payload) };
  const log = entry.log && prepareLog(entry.log);
  const deviceBytes = entry.device?.payload === undefined ? 0 : measure(entry.device.payload);
  return {
    classIndex: classIndexOf(entry.priority),
    detection,
    incident,
    message,
    log,
    device: entry.device,
    tally: entry.tally,
    records: Math.max(1, [detection, incident, message, log].filter((part) => part !== undefined).length),
    bytes:
      (detection?.bytes ?? 0) +
      (incident?.bytes ?? 0) +
      (message?.bytes ?? 0) +
      (log?.bytes ?? 0) +
      deviceBytes,
  };
}

function prepareDetection(detection: Detection): NonNullable<PreparedEntry["detection"]> {
  let payload = JSON.stringify(detection);
  if (Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES)
    payload = JSON.stringify({ ...detection, metadata: {} });
  const { timeUs, signatureId } = detection;
  return { timeUs: wholeNumber(timeUs), signatureId, payload, bytes: measure(payload) };
}

function prepareIncident(incident: IncidentRecord): NonNullable<PreparedEntry["incident"]> {
  return { ...incident, updatedMs: wholeNumber(incident.updatedMs), bytes: measure(incident.payload) };
}

function prepareLog(log: LogRecord): NonNullable<PreparedEntry["log"]> {
  const source = log.source.slice(0, MAX_SOURCE_LENGTH);
  return { timeMs: wholeNumber(log.timeMs), source, payload: log.payload, bytes: measure(log.payload) };
}

/** Beyond it a `Date` has no text. */
const LATEST_MS = 8.64e15;

/** A time as a column and a file's name take it: a hostile capture or a broken clock may say anything. */
export function wholeNumber(value: number): number {
  const whole = Math.trunc(value);
  return Math.abs(whole) <= LATEST_MS ? whole : 0;
}

function measure(payload: string): number {
  const bytes = Buffer.byteLength(payload);
  if (bytes > MAX_PAYLOAD_BYTES) throw new RangeError(`a record of ${bytes} bytes is beyond the bound`);
  return chargeOf(bytes);
}

/** Rows in column order without their checksum; the first column is the rowid. */
export type DetectionColumns = readonly [
  id: number,
  classIndex: number,
  timeUs: number,
  signatureId: number,
  bytes: number,
  payload: string,
];
export type IncidentColumns = readonly [
  version: number,
  classIndex: number,
  id: string,
  isOpen: number,
  updatedMs: number,
  bytes: number,
  payload: string,
];
export type MessageColumns = readonly [
  sequence: number,
  classIndex: number,
  topic: string,
  committedMs: number,
  bytes: number,
  payload: string,
];
export type LogColumns = readonly [
  id: number,
  classIndex: number,
  timeMs: number,
  source: string,
  bytes: number,
  payload: string,
];
/** A mark of the timeline; its columns as `timeline.ts` orders them. */
export type MarkColumns = readonly number[];
export type DeviceColumns = readonly [id: string, updatedMs: number, payload: string];
export type LedgerColumns = readonly [name: string, value: number | string];

/** Tables whose rows carry a checksum. */
export type CheckedTable =
  | "detections"
  | "incidents"
  | "outbox"
  | "logs"
  | "tally"
  | "devices"
  | "timeline"
  | "sequence"
  | "meta";

/** CRC-32 over the table's name and every column but the checksum itself. */
export function checksumOf(table: CheckedTable, columns: readonly (string | number)[]): number {
  let sum = crc32(table);
  for (const column of columns) sum = crc32(`\u0000${column}`, sum);
  return sum;
}
