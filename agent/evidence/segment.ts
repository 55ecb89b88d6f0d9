/**
 * Owns the files in which the chain lies. `FIRST.open` grows: a header line, then records. Once it is large or old it is sealed to
 * its end and becomes `FIRST-LAST-FROM-TO.br`, the same text compressed with Brotli; FROM and TO are the times of its records.
 * Every file says where it stands in the chain, so each can be read alone. Those that a hold keeps lie in `held/`.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";

export interface SegmentHeader {
  readonly chain: string;
  /** Number of its first record. */
  readonly first: number;
  /** Link of the record before that, in hexadecimal. */
  readonly previous: string;
}

export interface SegmentFile {
  readonly path: string;
  readonly name: string;
  readonly first: number;
  /** undefined: it still grows, or is not compressed yet. */
  readonly closed: { readonly last: number; readonly fromMs: number; readonly toMs: number } | undefined;
  readonly bytes: number;
  readonly isHeld: boolean;
}

export const HELD_FOLDER = "held";
/** A segment is closed at a few MiB; a hostile one must not fill the memory. */
const MAX_SEGMENT_BYTES = 64 * 1024 * 1024;
const OPEN_NAME = /^(\d{15})\.open$/;
const CLOSED_NAME = /^(\d{15})-(\d{15})-(\d{15})-(\d{15})\.br$/;

export function openName(first: number): string {
  return `${pad(first)}.open`;
}

export function closedName(first: number, last: number, fromMs: number, toMs: number): string {
  return `${[first, last, Math.max(0, fromMs), Math.max(0, toMs)].map(pad).join("-")}.br`;
}

export function headerLine(header: SegmentHeader): string {
  return `${JSON.stringify(header)}\n`;
}

export function parseHeader(line: string): SegmentHeader | undefined {
  try {
    const { chain, first, previous } = JSON.parse(line) as SegmentHeader;
    const isHeader =
      typeof chain === "string" && Number.isSafeInteger(first) && /^[0-9a-f]{64}$/.test(previous);
    return isHeader ? { chain, first, previous } : undefined;
  } catch {
    return undefined;
  }
}

/** All segments of a folder, held ones included, in the order of their records. */
export function listSegments(folder: string): SegmentFile[] {
  const files = [...listOf(folder, false), ...listOf(join(folder, HELD_FOLDER), true)];
  return files.sort((one, other) => one.first - other.first || (one.closed ? -1 : 1));
}

/**
 * The text of a segment: its header line, then its records.
 *
 * @throws the system's error where it cannot be read or decompressed
 */
export function readSegment({ path, closed }: SegmentFile): string {
  const bytes = readFileSync(path);
  const text = closed ? brotliDecompressSync(bytes, { maxOutputLength: MAX_SEGMENT_BYTES }) : bytes;
  return text.toString("utf8");
}

function listOf(folder: string, isHeld: boolean): SegmentFile[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const open = OPEN_NAME.exec(name);
    const closed = CLOSED_NAME.exec(name);
    if (open === null && closed === null) return [];
    const path = join(folder, name);
    const bytes = statSync(path, { throwIfNoEntry: false })?.size;
    if (bytes === undefined) return [];
    const numbers = (closed ?? open)!.slice(1).map(Number);
    const [first = 0, last = 0, fromMs = 0, toMs = 0] = numbers;
    return [{ path, name, first, bytes, isHeld, closed: closed ? { last, fromMs, toMs } : undefined }];
  });
}

function pad(value: number): string {
  return String(Math.trunc(value)).padStart(15, "0");
}
