/**
 * Owns SMTP (RFC 5321, BDAT of RFC 3030, STARTTLS of RFC 3207) in streams, as Suricata 7 reads it with its shipped
 * configuration: the dialogue, and the attachments of mails (mime-reader.ts).
 *
 * Messages of a mail: one with the envelope (STAGE_HEAD) when its transfer begins, one for each attachment
 * (STAGE_BODY, with the envelope again, FILE_NAME and FILE_DATA) when it is complete or its inspected prefix is
 * there. Malformations come with these, or in a message of their own without fields.
 *
 * What the client sends behind DATA and STARTTLS waits for the server's reply, so that it is known what it is.
 * After STARTTLS was agreed upon both directions are DONE with `state.isTunnel`: TLS follows.
 *
 * Memory: SmtpState per flow; attachments in the file pool.
 */

import { AppLayerEvent } from "../app-layer-events.js";
import { Field } from "../fields.js";
import type { FilePool } from "../file-pool.js";
import { lowerCase } from "../http/octet-class.js";
import { type MessageView, STAGE_BODY, STAGE_HEAD } from "../message-view.js";
import { asciiOctets, indexOfOctet } from "../octets.js";
import {
  Parsed,
  type ParsedCode,
  type ParserInput,
  Probe,
  type ProbeCode,
  type ProtocolParser,
} from "../parser.js";
import { type DirectionId, Protocol, TO_CLIENT, TO_SERVER } from "../protocols.js";
import { describeEmail, describeSmtp } from "./eve.js";
import { MimeReader } from "./mime-reader.js";
import { REPLY_CODES, ReplyCode, replyCodeOf } from "./reply-codes.js";
import { SmtpCommand, SmtpPhase, SmtpState } from "./state.js";

/** Longest command or reply (Suricata's limit). */
const MAX_LINE_OCTETS = 4096;
const LF = 0x0a;
const CR = 0x0d;
const DOT = 0x2e;
const SPACE = 0x20;
const HYPHEN = 0x2d;

const OPENINGS = ["ehlo", "helo", "quit"].map(asciiOctets);
const WELCOME = asciiOctets("220");
const EHLO = asciiOctets("ehlo");
const HELO = asciiOctets("helo");
const MAIL_FROM = asciiOctets("mail from");
const RCPT_TO = asciiOctets("rcpt to");
const RSET = asciiOctets("rset");
const DATA = asciiOctets("data");
const BDAT = asciiOctets("bdat");
const STARTTLS = asciiOctets("starttls");
const LAST = asciiOctets("last");

export class SmtpParser implements ProtocolParser<SmtpState> {
  readonly protocol = Protocol.SMTP;
  readonly #pool: FilePool;
  /** The line found last: `[offset, #lineEnd)` without its break, which is `#breakLength` long. */
  #lineEnd = 0;
  #breakLength = 0;

  constructor(pool: FilePool) {
    this.#pool = pool;
  }

  /** Suricata's: a client's first command; a server's greeting where nothing else fits its port. */
  probe(bytes: Uint8Array, offset: number, end: number, direction: DirectionId): ProbeCode {
    if (direction === TO_CLIENT) return probeGreeting(bytes, offset, end);
    let best: ProbeCode = Probe.NO;
    for (let i = 0; i < OPENINGS.length; i++) {
      const opening = OPENINGS[i]!;
      const length = Math.min(opening.length, end - offset);
      if (!hasWord(bytes, offset, offset + length, opening, length)) continue;
      if (length === opening.length) return Probe.YES;
      best = Probe.UNSURE;
    }
    return best;
  }

  createState(): SmtpState {
    return new SmtpState();
  }

  parse(state: SmtpState, input: ParserInput, message: MessageView): ParsedCode {
    if (state.isTunnel) return Parsed.DONE;
    const code =
      input.direction === TO_SERVER ? this.#client(state, input, message) : this.#server(state, input);
    if (code === Parsed.MESSAGE || state.eventCount === 0) return code;
    message.begin(this.protocol, input.direction, STAGE_HEAD, state.transaction);
    addEvents(state, message);
    return Parsed.MESSAGE;
  }

  describe(state: SmtpState): Readonly<Record<string, unknown>> {
    const smtp = describeSmtp(state);
    return state.mime === undefined ? { smtp } : { smtp, email: describeEmail(state.mime) };
  }

  #client(state: SmtpState, input: ParserInput, message: MessageView): ParsedCode {
    for (;;) {
      switch (state.phase) {
        case SmtpPhase.COMMANDS: {
          if (!this.#findLine(state, input, MAX_LINE_OCTETS)) return Parsed.NEED_MORE;
          const start = input.offset;
          input.offset = this.#lineEnd + this.#breakLength;
          if (this.#passLongLine(state, TO_SERVER)) break;
          if (this.#command(state, input.bytes, start, this.#lineEnd)) return this.#envelope(state, message);
          break;
        }
        case SmtpPhase.AWAIT_DATA:
        case SmtpPhase.AWAIT_TLS: {
          const mustGoOn = input.isFull || (input.isEnd && input.end > input.offset);
          if (!mustGoOn) return Parsed.NEED_MORE;
          const isData = state.phase === SmtpPhase.AWAIT_DATA;
          state.phase = isData ? SmtpPhase.MESSAGE : SmtpPhase.COMMANDS;
          break;
        }
        case SmtpPhase.CHUNK:
        case SmtpPhase.MESSAGE: {
          const hasFile = this.#transfer(state, input);
          if (hasFile === undefined) return Parsed.NEED_MORE;
          if (hasFile) return this.#attachment(state, message);
        }
      }
    }
  }

  /** One line of the message. True: an attachment is complete; undefined: nothing more is here. */
  #transfer(state: SmtpState, input: ParserInput): boolean | undefined {
    const mime = state.mime!;
    const isChunk = state.phase === SmtpPhase.CHUNK;
    if (isChunk && state.chunkLeft === 0) {
      state.phase = SmtpPhase.COMMANDS;
      return state.isLastChunk ? this.#endMail(state, mime) : false;
    }
    const hasLine = this.#findLine(state, input, isChunk ? state.chunkLeft - 1 : Number.MAX_SAFE_INTEGER);
    if (!hasLine) {
      if (!input.isEnd || input.offset < input.end) return undefined;
      return mime.file.isOpen ? mime.finish() : undefined;
    }
    const { bytes } = input;
    let start = input.offset;
    let next = this.#lineEnd + this.#breakLength;
    if (isChunk) {
      // A chunk may end within a line.
      next = Math.min(next, start + state.chunkLeft);
      this.#lineEnd = Math.min(this.#lineEnd, next);
      this.#breakLength = next - this.#lineEnd;
      state.chunkLeft -= next - start;
    } else {
      const isLineStart = state.isInLongLine[TO_SERVER] === 0;
      state.isInLongLine[TO_SERVER] = this.#breakLength === 0 ? 1 : 0;
      if (isLineStart && start < this.#lineEnd && bytes[start] === DOT) {
        if (this.#lineEnd - start === 1 && this.#breakLength > 0) {
          input.offset = next;
          state.phase = SmtpPhase.COMMANDS;
          return this.#endMail(state, mime);
        }
        start++;
      }
    }
    input.offset = next;
    return mime.line(bytes, start, this.#lineEnd, this.#breakLength, input.timeUs);
  }

  #endMail(state: SmtpState, mime: MimeReader): boolean {
    state.isInLongLine[TO_SERVER] = 0;
    state.isMailOver = true;
    return mime.finish();
  }

  /** True: the transfer of a mail begins. */
  #command(state: SmtpState, bytes: Uint8Array, start: number, end: number): boolean {
    if (state.isMailOver) state.endMail();
    const last = state.newestCommand;
    if (state.commandCount > 0 && (last === SmtpCommand.STARTTLS || last === SmtpCommand.DATA)) {
      state.addEvent(AppLayerEvent.SMTP_INVALID_PIPELINED_SEQUENCE);
    }
    if (hasWord(bytes, start, end, STARTTLS)) {
      state.pushCommand(SmtpCommand.STARTTLS);
      state.phase = SmtpPhase.AWAIT_TLS;
    } else if (hasWord(bytes, start, end, DATA)) {
      state.pushCommand(SmtpCommand.DATA);
      state.phase = SmtpPhase.AWAIT_DATA;
      this.#beginMessage(state);
      return true;
    } else if (hasWord(bytes, start, end, BDAT)) {
      return this.#chunk(state, bytes, start + BDAT.length, end);
    } else {
      this.#envelopeCommand(state, bytes, start, end);
    }
    return false;
  }

  #envelopeCommand(state: SmtpState, bytes: Uint8Array, start: number, end: number): void {
    const isExtended = hasWord(bytes, start, end, EHLO);
    state.pushCommand(isExtended ? SmtpCommand.EHLO : SmtpCommand.OTHER);
    if (isExtended || hasWord(bytes, start, end, HELO)) {
      if (state.hasHelo) state.addEvent(AppLayerEvent.SMTP_DUPLICATE_FIELDS);
      else {
        const from = skipSpace(bytes, start + HELO.length, end);
        state.helo.push(bytes, from, trimEnd(bytes, from, end) - from);
        state.hasHelo = true;
      }
    } else if (hasWord(bytes, start, end, MAIL_FROM)) {
      if (state.hasMailFrom) state.addEvent(AppLayerEvent.SMTP_DUPLICATE_FIELDS);
      else {
        const from = skipParameterStart(bytes, start + MAIL_FROM.length, end);
        state.mailFrom.push(bytes, from, trimEnd(bytes, from, end) - from);
        state.hasMailFrom = true;
      }
    } else if (hasWord(bytes, start, end, RCPT_TO)) {
      const from = skipParameterStart(bytes, start + RCPT_TO.length, end);
      state.addRecipient(bytes, from, trimEnd(bytes, from, end));
    } else if (hasWord(bytes, start, end, RSET)) {
      state.endMail();
    }
  }

  /** `BDAT size [LAST]`. True: it is the first chunk of a mail. */
  #chunk(state: SmtpState, bytes: Uint8Array, start: number, end: number): boolean {
    let at = skipSpace(bytes, start, end);
    let size = 0;
    const firstDigit = at;
    while (at < end && bytes[at]! >= 0x30 && bytes[at]! <= 0x39 && size <= 0xffff_ffff) {
      size = size * 10 + bytes[at++]! - 0x30;
    }
    state.pushCommand(SmtpCommand.BDAT);
    if (at === firstDigit || size > 0xffff_ffff) {
      state.addEvent(AppLayerEvent.SMTP_BDAT_CHUNK_LEN_EXCEEDED);
      return false;
    }
    const isFirst = state.mime === undefined || state.isLastChunk || !state.isInChunks;
    if (isFirst) this.#beginMessage(state);
    state.chunkLeft = size;
    state.isLastChunk = hasWord(bytes, skipSpace(bytes, at, end), end, LAST);
    state.isInChunks = !state.isLastChunk;
    state.phase = SmtpPhase.CHUNK;
    return isFirst;
  }

  #beginMessage(state: SmtpState): void {
    state.mime ??= new MimeReader(this.#pool, state);
    state.mime.begin();
  }

  #server(state: SmtpState, input: ParserInput): ParsedCode {
    while (this.#findLine(state, input, MAX_LINE_OCTETS)) {
      const start = input.offset;
      input.offset = this.#lineEnd + this.#breakLength;
      if (this.#passLongLine(state, TO_CLIENT)) continue;
      this.#reply(state, input.bytes, start, this.#lineEnd);
      if (state.isTunnel) return Parsed.DONE;
    }
    return Parsed.NEED_MORE;
  }

  #reply(state: SmtpState, bytes: Uint8Array, start: number, end: number): void {
    if (start === end) return;
    const code = replyCodeOf(bytes, start, end);
    const isKnown = REPLY_CODES.has(code);
    if (!isKnown) {
      if (!state.isMultilineReply || code >= 0) state.addEvent(AppLayerEvent.SMTP_INVALID_REPLY);
      return;
    }
    state.isMultilineReply = end - start > 3 && bytes[start + 3] === HYPHEN;
    if (state.isMultilineReply) return;
    if (!state.hasSeenReply) {
      state.hasSeenReply = true;
      if (code === ReplyCode.READY) return;
      state.addEvent(AppLayerEvent.SMTP_NO_SERVER_WELCOME_MESSAGE);
    }
    const command = state.oldestCommand;
    state.shiftCommand();
    if (command === SmtpCommand.STARTTLS) {
      if (code === ReplyCode.READY) state.isTunnel = true;
      else {
        state.addEvent(AppLayerEvent.SMTP_TLS_REJECTED);
        if (state.phase === SmtpPhase.AWAIT_TLS) state.phase = SmtpPhase.COMMANDS;
      }
    } else if (command === SmtpCommand.DATA) {
      const isAccepted = code === ReplyCode.START_MAIL;
      if (!isAccepted) state.addEvent(AppLayerEvent.SMTP_DATA_COMMAND_REJECTED);
      if (state.phase === SmtpPhase.AWAIT_DATA) {
        state.phase = isAccepted ? SmtpPhase.MESSAGE : SmtpPhase.COMMANDS;
      }
    }
  }

  /** The mail's transfer begins: who it is from and to. */
  #envelope(state: SmtpState, message: MessageView): ParsedCode {
    message.begin(this.protocol, TO_SERVER, STAGE_HEAD, state.transaction);
    addEnvelope(state, message);
    addEvents(state, message);
    return Parsed.MESSAGE;
  }

  #attachment(state: SmtpState, message: MessageView): ParsedCode {
    const { file, fileName } = state.mime!;
    const { length } = file;
    const data = file.close();
    message.begin(this.protocol, TO_SERVER, STAGE_BODY, state.transaction);
    addEnvelope(state, message);
    message.add(Field.FILE_NAME, fileName.bytes, 0, fileName.length);
    if (data !== null && length > 0) message.add(Field.FILE_DATA, data.bytes, 0, length);
    addEvents(state, message);
    return Parsed.MESSAGE;
  }

  /**
   * Find the line at `input.offset`; without its end where the line cannot become longer: at the end of the
   * input, with a full head, past `limit`.
   */
  #findLine(state: SmtpState, input: ParserInput, limit: number): boolean {
    const { bytes, offset, end, direction } = input;
    const feed = indexOfOctet(bytes, LF, offset + state.scanned[direction]!, end);
    if (feed >= 0) {
      state.scanned[direction] = 0;
      this.#lineEnd = feed > offset && bytes[feed - 1] === CR ? feed - 1 : feed;
      this.#breakLength = feed + 1 - this.#lineEnd;
      return true;
    }
    state.scanned[direction] = end - offset;
    const isCut = end > offset && (input.isEnd || input.isFull || end - offset > limit);
    if (!isCut) return false;
    state.scanned[direction] = 0;
    this.#lineEnd = end;
    this.#breakLength = 0;
    return true;
  }

  /** Whether the line found is (the rest of) one that is too long, and passed over. */
  #passLongLine(state: SmtpState, direction: DirectionId): boolean {
    const wasLong = state.isInLongLine[direction] === 1;
    const isCut = this.#breakLength === 0;
    state.isInLongLine[direction] = isCut ? 1 : 0;
    if (isCut && !wasLong) {
      state.addEvent(
        direction === TO_SERVER
          ? AppLayerEvent.SMTP_MAX_COMMAND_LINE_LEN_EXCEEDED
          : AppLayerEvent.SMTP_MAX_REPLY_LINE_LEN_EXCEEDED,
      );
    }
    return wasLong || isCut;
  }
}

function addEnvelope(state: SmtpState, message: MessageView): void {
  if (state.hasHelo) message.add(Field.SMTP_HELO, state.helo.bytes, 0, state.helo.length);
  if (state.hasMailFrom) message.add(Field.SMTP_MAIL_FROM, state.mailFrom.bytes, 0, state.mailFrom.length);
  let start = 0;
  for (let i = 0; i < state.recipientCount; i++) {
    const end = state.recipientEnd[i]!;
    message.add(Field.SMTP_RCPT_TO, state.recipients.bytes, start, end - start);
    start = end;
  }
}

function addEvents(state: SmtpState, message: MessageView): void {
  for (let i = 0; i < state.eventCount; i++) message.addEvent(state.event(i));
  state.clearEvents();
}

/** `220 host …`: FTP says the same, so only the port and a client that says nothing else decide. */
function probeGreeting(bytes: Uint8Array, offset: number, end: number): ProbeCode {
  for (let i = 0; i < WELCOME.length && offset + i < end; i++) {
    if (bytes[offset + i] !== WELCOME[i]) return Probe.NO;
  }
  if (end - offset < 4) return Probe.UNSURE;
  const separator = bytes[offset + 3];
  return separator === SPACE || separator === HYPHEN ? Probe.LIKELY : Probe.NO;
}

/** Whether `bytes[start, end)` begins with `word` (lower case), or its first `length` octets, in any case. */
function hasWord(
  bytes: Uint8Array,
  start: number,
  end: number,
  word: Uint8Array,
  length: number = word.length,
): boolean {
  if (end - start < length) return false;
  for (let i = 0; i < length; i++) {
    if (lowerCase(bytes[start + i]!) !== word[i]) return false;
  }
  return true;
}

function skipSpace(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] === SPACE) at++;
  return at;
}

/** Behind `:` and spaces. */
function skipParameterStart(bytes: Uint8Array, start: number, end: number): number {
  const at = skipSpace(bytes, start, end);
  return skipSpace(bytes, at < end && bytes[at] === 0x3a ? at + 1 : at, end);
}

function trimEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && bytes[at - 1] === SPACE) at--;
  return at;
}
