/**
 * Reads a list of indicators: one value a line. `#` begins a comment, `#! key: value` a line of the header, which stands before
 * the first value. Plain lists need no header: the name of the file says their kind. In hosts files (`0.0.0.0 name`) the name
 * counts; in tables (`.csv`) the first field of a line that is a value of the kind.
 *
 * Lines that cannot be read are refused by number, MAX_PROBLEMS of them by themselves and the others together.
 */
import { latin1Text } from "../../base/latin1.js";
import { hashBytes } from "../data-set.js";
import { RuleError } from "../rule-error.js";
import type { IndicatorHash } from "./indicator-hash.js";
import { type IndicatorKind, indicatorKindNamed, parseIndicatorFileName } from "./indicator-kind.js";
import { hashIndicator, type PrefixLengths } from "./indicator-value.js";

/** A list as it lies on disk. */
export interface IndicatorFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface IndicatorProblem {
  readonly line: number;
  readonly reason: string;
}

/** What a list says about itself. */
export interface IndicatorHeader {
  readonly name: string;
  readonly kind: IndicatorKind;
  readonly message: string;
  readonly classtype: string;
  /** 1 (most severe) to 255. */
  readonly severity: number;
  /** Percent; 0: not given. */
  readonly confidence: number;
  readonly sid: number;
  readonly rev: number;
  /** Names mean everything below them as well. */
  readonly isTree: boolean;
}

export interface IndicatorListReport {
  readonly header: IndicatorHeader | undefined;
  readonly lineCount: number;
  readonly valueCount: number;
  readonly problems: readonly IndicatorProblem[];
}

const MAX_PROBLEMS = 100;
const MAX_LINE = 16 * 1024;
const MAX_HEADER_TEXT = 256;
const DEFAULT_SEVERITY = 2;
const DEFAULT_CLASSTYPE = "trojan-activity";
const KEYS = ["name", "kind", "message", "classtype", "severity", "confidence", "sid", "rev", "subdomains"];
const HASH = 0x23;
const LF = 0x0a;
const DOT = 0x2e;

/**
 * Read a list; `take` is given the line of each value, hashed in `hash`.
 *
 * @param maxValues values beyond are refused
 */
export function readIndicatorList(
  { path, bytes }: IndicatorFile,
  maxValues: number,
  hash: IndicatorHash,
  prefixes: PrefixLengths,
  take: (space: number, line: number) => void,
): IndicatorListReport {
  const problems = new ProblemList();
  const written = new Map<string, string>();
  const fileName = parseIndicatorFileName(path.slice(path.lastIndexOf("/") + 1));
  let header: IndicatorHeader | undefined;
  let line = 0;
  let valueCount = 0;
  for (let at = 0; at < bytes.length; ) {
    line++;
    const next = bytes.indexOf(LF, at);
    const lineEnd = next < 0 ? bytes.length : next;
    const start = skipBlanks(bytes, at, lineEnd);
    const end = trimEnd(bytes, start, lineEnd);
    at = lineEnd + 1;
    if (start === end) continue;
    try {
      if (end - start > MAX_LINE) throw new RuleError("the line is too long");
      if (bytes[start] === HASH) {
        if (bytes[start + 1] === 0x21) readHeaderLine(latin1Text(bytes, start, end - start), header, written);
        continue;
      }
      header ??= completeHeader(written, fileName?.name ?? path, fileName?.kind);
      if (valueCount >= maxValues) throw new RuleError(`more values than all lists together may have`);
      const isTable = fileName?.isTable === true;
      const space = isTable
        ? hashTableLine(header, bytes, start, end, hash, prefixes)
        : hashPlainLine(header, bytes, start, end, hash, prefixes);
      valueCount++;
      take(space, line);
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      problems.add(line, error.message);
      // Without a kind no line can be read.
      if (header === undefined && bytes[start] !== HASH) break;
    }
  }
  return { header, lineCount: line, valueCount, problems: problems.close() };
}

class ProblemList {
  readonly #problems: IndicatorProblem[] = [];
  #moreCount = 0;
  #lastLine = 0;

  add(line: number, reason: string): void {
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push({ line, reason });
    else {
      this.#moreCount++;
      this.#lastLine = line;
    }
  }

  close(): IndicatorProblem[] {
    if (this.#moreCount > 0) {
      const reason = `${this.#moreCount} further lines up to this one cannot be read`;
      this.#problems.push({ line: this.#lastLine, reason });
    }
    return this.#problems;
  }
}

function readHeaderLine(
  text: string,
  header: IndicatorHeader | undefined,
  written: Map<string, string>,
): void {
  const match = /^#!\s*([A-Za-z]+)\s*:\s*(.*)$/.exec(text);
  const key = match?.[1]?.toLowerCase() ?? "";
  if (!match || !KEYS.includes(key))
    throw new RuleError(`a header line is "#! key: value", key one of ${KEYS.join(", ")}`);
  if (header !== undefined) throw new RuleError("a header line stands before the first value");
  written.set(key, Buffer.from(match[2]!, "latin1").toString().slice(0, MAX_HEADER_TEXT));
}

function completeHeader(
  written: ReadonlyMap<string, string>,
  fileName: string,
  fileKind: IndicatorKind | undefined,
): IndicatorHeader {
  const kindWord = written.get("kind");
  const kind = kindWord === undefined ? fileKind : indicatorKindNamed(kindWord);
  if (kind === undefined) {
    throw new RuleError(
      'the kind of the list is missing: "#! kind: domain", ip, url, ja3, ja4 or certificate',
    );
  }
  const name = written.get("name") || fileName;
  return {
    name,
    kind,
    message: written.get("message") || `Listed ${kind}`,
    classtype: written.get("classtype") || DEFAULT_CLASSTYPE,
    severity: headerNumber(written, "severity", 1, 255) ?? DEFAULT_SEVERITY,
    confidence: headerNumber(written, "confidence", 0, 100) ?? 0,
    sid: headerNumber(written, "sid", 1, 0xffff_ffff) ?? sidOfName(name),
    rev: headerNumber(written, "rev", 0, 0xffff_ffff) ?? 1,
    isTree: /^(?:yes|true|1)$/i.test(written.get("subdomains") ?? ""),
  };
}

function headerNumber(
  written: ReadonlyMap<string, string>,
  key: string,
  min: number,
  max: number,
): number | undefined {
  const text = written.get(key);
  if (text === undefined) return undefined;
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= min && number <= max)) throw new RuleError(`${key} is a number from ${min} to ${max}`);
  return number;
}

/** The same for the same name on every box: monitors compare by it. */
function sidOfName(name: string): number {
  const bytes = new TextEncoder().encode(name);
  return 1_000_000_000 + (hashBytes(bytes, 0, bytes.length) % 1_000_000_000);
}

function hashPlainLine(
  { kind, isTree }: IndicatorHeader,
  bytes: Uint8Array,
  start: number,
  end: number,
  hash: IndicatorHash,
  prefixes: PrefixLengths,
): number {
  let [from, to] = [start, end];
  const blank = wordEnd(bytes, start, end);
  if (blank < end) {
    const rest = skipBlanks(bytes, blank, end);
    if (bytes[rest] === HASH) to = blank;
    else if (kind === "domain" && isHostsAddress(latin1Text(bytes, start, blank - start))) {
      from = rest;
      to = wordEnd(bytes, rest, end);
      if (!bytes.subarray(from, to).includes(DOT)) throw new RuleError("a name of this machine");
    } else throw new RuleError("more than one value in a line");
  }
  return hashIndicator(kind, bytes, from, to, isTree, hash, prefixes);
}

/** The addresses under which hosts files list names to be blocked. */
function isHostsAddress(text: string): boolean {
  return text === "0.0.0.0" || text === "127.0.0.1" || text === "::" || text === "::1";
}

function hashTableLine(
  { kind, isTree }: IndicatorHeader,
  bytes: Uint8Array,
  start: number,
  end: number,
  hash: IndicatorHash,
  prefixes: PrefixLengths,
): number {
  const line = latin1Text(bytes, start, end - start);
  for (const [, quoted, bare] of line.matchAll(/(?:"([^"]*)"|([^",]+))\s*(?:,|$)/g)) {
    const field = (quoted ?? bare ?? "").trim();
    if (kind === "domain" && !field.includes(".")) continue;
    try {
      const value = Buffer.from(field, "latin1");
      return hashIndicator(kind, value, 0, value.length, isTree, hash, prefixes);
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
    }
  }
  throw new RuleError(`no field of the line is a value of kind ${kind}`);
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d;
}

function skipBlanks(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && isBlank(bytes[at]!)) at++;
  return at;
}

function wordEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && !isBlank(bytes[at]!)) at++;
  return at;
}

function trimEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && isBlank(bytes[at - 1]!)) at--;
  return at;
}
