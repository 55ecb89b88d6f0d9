/**
 * Owns what a record of the chain is: one line of JSON, hashed together with all before it.
 *
 *     link(n) = SHA-256(link(n − 1) ‖ SHA-256(JSON of record n)),   link(0) = 32 zero octets
 *
 * On disk a record is `HINT JSON\n`; the hint is the first eight octets of its link in hexadecimal. It names the record that does
 * not hold; what proves is the whole link, which seals carry. A record of which only the digest may be shown is
 * `HINT #DIGEST\n`, and the chain holds over it all the same.
 */
import { createHash } from "node:crypto";

export const RECORD_KINDS = [
  "start",
  "stop",
  "gap",
  "detection",
  "incident",
  "log",
  "message",
  "rules",
  "action",
  "health",
  "hold",
  "export",
  "retention",
] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];

export interface EvidenceRecord {
  /** 1, 2, 3 … */
  readonly n: number;
  /** Wall time of the box, milliseconds since the Unix epoch. */
  readonly at: number;
  /** Present where that time was not kept right by NTP. */
  readonly clock?: "unset" | "free";
  readonly kind: RecordKind;
  readonly data: unknown;
}

/** The link before the first record. */
export const ORIGIN: Buffer = Buffer.alloc(32);
const HINT_LENGTH = 16;
const LINE = /^([0-9a-f]{16}) (?:#([0-9a-f]{64})|(\{.*\}))$/s;

export function digestOf(json: string): Buffer {
  return createHash("sha256").update(json).digest();
}

export function linkOf(previous: Uint8Array, digest: Uint8Array): Buffer {
  return createHash("sha256").update(previous).update(digest).digest();
}

function hintOf(link: Buffer): string {
  return link.toString("hex", 0, HINT_LENGTH / 2);
}

/** The record as a line, its end included. */
export function lineOf(link: Buffer, json: string): string {
  return `${hintOf(link)} ${json}\n`;
}

/** The line of a record whose content is not shown. */
export function digestLineOf(link: Buffer, digest: Buffer): string {
  return `${hintOf(link)} #${digest.toString("hex")}\n`;
}

export interface RecordLine {
  readonly hint: string;
  readonly digest: Buffer;
  /** Absent where only the digest is shown. */
  readonly json?: string;
}

/** @param line without its end */
export function parseLine(line: string): RecordLine | undefined {
  const [, hint, digest, json] = LINE.exec(line) ?? [];
  if (hint === undefined) return undefined;
  if (json === undefined) return { hint, digest: Buffer.from(digest!, "hex") };
  return { hint, digest: digestOf(json), json };
}

/** Whether the hint of a line is that of its link. */
export function isHintOf({ hint }: RecordLine, link: Buffer): boolean {
  return hint === hintOf(link);
}

/** The record in a line's JSON; undefined where it is none, or not the one with this number. */
export function recordOf(json: string, n: number): EvidenceRecord | undefined {
  try {
    const record = JSON.parse(json) as EvidenceRecord;
    return record.n === n && Number.isFinite(record.at) && typeof record.kind === "string"
      ? record
      : undefined;
  } catch {
    return undefined;
  }
}
