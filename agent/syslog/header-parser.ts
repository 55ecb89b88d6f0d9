/**
 * Owns the header of a syslog line: RFC 5424, RFC 3164, and what devices really send instead: no priority, a sequence
 * number before the time, a version before an epoch time, no host, no tag, nothing at all. Never refuses: what cannot be
 * read is text. Every expression is anchored and bounded, so a line is read in linear time.
 */
import { MessageTime } from "./message-time.js";
import type { ParseQuality, SyslogHeader } from "./syslog-message.js";

const PRIORITY = /<(\d{1,3})>/y;
const MAX_PRIORITY = 191;
/** HOSTNAME, APP-NAME, PROCID and MSGID with the bounds of RFC 5424, 6, the host's generous. */
const FIELDS_5424 = /([!-~]{1,255}) ([!-~]{1,128}) ([!-~]{1,128}) ([!-~]{1,64}) /y;
/** Cisco and others number their lines, and mark a clock that is not set. */
const SEQUENCE = /(?:\d{1,10}: )?(?:[*.](?=[A-Z]))?/y;
const HOST = /([0-9A-Za-z][0-9A-Za-z._:-]{0,254}) (?=\S)/y;
const TAG = /([A-Za-z0-9_./()-]{1,64})(?:\[([0-9A-Za-z._-]{1,32})\])?: ?/y;
const BYTE_ORDER_MARK = "\u{feff}";

interface Found {
  facility?: number;
  severity?: number;
  timeMs?: number;
  host?: string;
  application?: string;
  processId?: string;
  messageId?: string;
  structuredData?: string;
  textStart: number;
}

export class HeaderParser {
  readonly #time = new MessageTime();

  /**
   * @param receivedMs gives the year to times that have none
   * @param offsetMin minutes east of UTC of a clock that names no zone; undefined: as this box
   */
  parse(line: string, receivedMs: number, offsetMin?: number): SyslogHeader {
    const found: Found = { textStart: 0 };
    PRIORITY.lastIndex = line.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
    const start = PRIORITY.lastIndex;
    const priority = PRIORITY.exec(line);
    const value = priority === null ? MAX_PRIORITY + 1 : Number(priority[1]);
    if (value <= MAX_PRIORITY) {
      found.facility = value >>> 3;
      found.severity = value & 7;
      found.textStart = PRIORITY.lastIndex;
    } else found.textStart = start;
    const isVersion1 = line.startsWith("1 ", found.textStart);
    if (!(isVersion1 && this.#parse5424(line, receivedMs, offsetMin, found)))
      this.#parse3164(line, receivedMs, offsetMin, found, isVersion1);
    return headerOf(found);
  }

  /** RFC 5424, 6: behind "1 ". False leaves `found` as it was. */
  #parse5424(line: string, receivedMs: number, offsetMin: number | undefined, found: Found): boolean {
    let at = found.textStart + 2;
    let timeMs: number | undefined;
    if (line.startsWith("- ", at)) at += 2;
    else {
      if (!this.#time.find(line, at, receivedMs, offsetMin) || line[this.#time.end] !== " ") return false;
      timeMs = this.#time.timeMs;
      at = this.#time.end + 1;
    }
    FIELDS_5424.lastIndex = at;
    const fields = FIELDS_5424.exec(line);
    if (fields === null) return false;
    const dataStart = FIELDS_5424.lastIndex;
    const dataEnd = structuredDataEnd(line, dataStart);
    if (dataEnd < 0) return false;
    const [, host, application, processId, messageId] = fields;
    found.timeMs = timeMs!;
    found.host = nil(host!);
    found.application = nil(application!);
    found.processId = nil(processId!);
    found.messageId = nil(messageId!);
    found.structuredData = nil(line.slice(dataStart, dataEnd));
    found.textStart = line[dataEnd] === " " ? dataEnd + 1 : dataEnd;
    if (line[found.textStart] === BYTE_ORDER_MARK) found.textStart++;
    return true;
  }

  #parse3164(
    line: string,
    receivedMs: number,
    offsetMin: number | undefined,
    found: Found,
    isVersion1: boolean,
  ): void {
    SEQUENCE.lastIndex = found.textStart;
    SEQUENCE.exec(line);
    const behindSequence = SEQUENCE.lastIndex || found.textStart;
    for (const at of [found.textStart, behindSequence, isVersion1 ? found.textStart + 2 : -1]) {
      if (at < 0 || !this.#time.find(line, at, receivedMs, offsetMin)) continue;
      found.timeMs = this.#time.timeMs;
      let end = this.#time.end;
      while (line[end] === ":" || line[end] === " ") end++;
      found.textStart = end;
      this.#hostAndTag(line, found);
      return;
    }
    if (found.facility === undefined) return;
    // No time: a host could be any word; a tag is known by its colon.
    this.#tag(line, found);
  }

  #hostAndTag(line: string, found: Found): void {
    if (this.#tag(line, found)) return;
    HOST.lastIndex = found.textStart;
    const host = HOST.exec(line);
    if (host === null || host[1]!.endsWith(":")) return;
    found.host = host[1]!;
    found.textStart = HOST.lastIndex;
    this.#tag(line, found);
  }

  #tag(line: string, found: Found): boolean {
    TAG.lastIndex = found.textStart;
    const tag = TAG.exec(line);
    if (tag === null) return false;
    found.application = tag[1]!;
    found.processId = tag[2] ?? "";
    found.textStart = TAG.lastIndex;
    return true;
  }
}

function headerOf(found: Found): SyslogHeader {
  const known = (found.facility === undefined ? 0 : 1) + (found.timeMs === undefined ? 0 : 1);
  const quality: ParseQuality = known === 2 ? "ok" : known === 1 ? "partial" : "none";
  return {
    quality,
    facility: found.facility,
    severity: found.severity,
    timeMs: found.timeMs,
    host: found.host ?? "",
    application: found.application ?? "",
    processId: found.processId ?? "",
    messageId: found.messageId ?? "",
    structuredData: found.structuredData ?? "",
    textStart: found.textStart,
  };
}

/** First character behind the structured data (RFC 5424, 6.3), −1 where there is none. */
function structuredDataEnd(line: string, start: number): number {
  if (line[start] === "-") return line.length === start + 1 || line[start + 1] === " " ? start + 1 : -1;
  let at = start;
  while (line[at] === "[") {
    let isQuoted = false;
    for (at++; at < line.length; at++) {
      const letter = line[at];
      if (isQuoted && letter === "\\") at++;
      else if (letter === '"') isQuoted = !isQuoted;
      else if (letter === "]" && !isQuoted) break;
    }
    if (at >= line.length) return -1;
    at++;
  }
  return at > start ? at : -1;
}

function nil(value: string): string {
  return value === "-" ? "" : value;
}
