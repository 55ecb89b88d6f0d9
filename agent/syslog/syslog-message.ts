/** What a line of another device's log becomes: its octets as they came, and what its header says. */

/**
 * How much of a header could be read. ok: priority and time (RFC 5424, RFC 3164 or a known format). partial: one of
 * them, or text that is not UTF-8 and no known encoding. none: nothing but text.
 */
export type ParseQuality = "ok" | "partial" | "none";

export interface SyslogHeader {
  readonly quality: ParseQuality;
  /** 0–23; undefined where the line has no priority. */
  readonly facility: number | undefined;
  /** 0 (emergency) – 7 (debug). */
  readonly severity: number | undefined;
  /** When the device says it was written, milliseconds since the Unix epoch. */
  readonly timeMs: number | undefined;
  /** Empty where the line names none. */
  readonly host: string;
  /** APP-NAME or the tag before a colon. */
  readonly application: string;
  readonly processId: string;
  readonly messageId: string;
  /** STRUCTURED-DATA of RFC 5424 as it stands; empty for the nil value. */
  readonly structuredData: string;
  /** Where the text begins in the line. */
  readonly textStart: number;
}

export interface SyslogMessage extends SyslogHeader {
  /** The line, decoded. */
  readonly line: string;
  /** What stands behind the header. */
  readonly text: string;
  /** Wall time of this box when it came. */
  readonly receivedMs: number;
}

/** A line with its header. Written out: a spread costs more than the reading of the header. */
export function messageOf(header: SyslogHeader, line: string, receivedMs: number): SyslogMessage {
  return {
    quality: header.quality,
    facility: header.facility,
    severity: header.severity,
    timeMs: header.timeMs,
    host: header.host,
    application: header.application,
    processId: header.processId,
    messageId: header.messageId,
    structuredData: header.structuredData,
    textStart: header.textStart,
    line,
    text: line.slice(header.textStart),
    receivedMs,
  };
}

/** Longest line that is kept; what is beyond is cut off and counted. RFC 5425 asks for 8 KiB at least. */
export const MAX_LINE_BYTES = 16 * 1024;
