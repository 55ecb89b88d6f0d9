/**
 * Owns SMTP (RFC 5321, BDAT of RFC 3030, STARTTLS of RFC 3207) in streams, as Suricata 7 reads it with its shipped
 * configuration: the dialogue, and the attachments of mails (mime-reader.ts).
 *
 * Messages of a mail: one with the envelope (STAGE_HEAD) when its transfer begins, one for each attachment
 * (STAGE_BODY, with the envelope again, FILE_NAME and FILE_DATA) when it is complete or its inspected prefix is
 * there. Malformations come with these, or in a message of their own without fields.
 *
 * As in Suricata what the client sends behind DATA is a mail once the server has replied to it, at once where the server has
 * announced PIPELINING; until then it is taken for commands, and where there are any, nobody can tell what follows the reply.
 * What stands behind STARTTLS waits for the reply. After STARTTLS was agreed upon both directions are DONE with `state.isTunnel`: TLS follows.
 *
 * Memory: SmtpState per flow, a MimeReader for some of them; attachments in the file pool.
 */

import { AppLayerEvent } from "../app-layer-events.js";
import { probeOpenings, replyCodeOf } from "../dialogue.js";
import { Field } from "../fields.js";
import type { FilePool } from "../file-pool.js";
import { LineFinder, startsWithWord } from "../line-finder.js";
import { type MessageView, STAGE_BODY, STAGE_HEAD } from "../message-view.js";
import { asciiOctets } from "../octets.js";
import {
  Parsed,
  type ParsedCode,
  type ParserInput,
  Probe,
  type ProbeCode,
  type ProtocolParser,
} from "../parser.js";
import { type DirectionId, Protocol, TO_CLIENT, TO_SERVER } from "../protocols.js";
import { SharedBudget } from "../shared-budget.js";
import { pathEnd, skipParameterStart, skipSpace, trimEnd } from "./command-text.js";
import { Counted } from "./counted-chunks.js";
import { addEnvelope, addEvents } from "./envelope.js";
import { describeEmail, describeSmtp } from "./eve.js";
import { MimeReader } from "./mime-reader.js";
import { REPLY_CODES, ReplyCode } from "./reply-codes.js";
import { SmtpCommand, SmtpPhase, SmtpState } from "./state.js";

/** Flows whose mails are looked into at the same time: 8 MiB. Mails of more are passed over. */
const MAX_MIME_READERS = 1024;
/** Longest command or reply (Suricata's limit). */
const MAX_LINE_OCTETS = 4096;
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
const PIPELINING = asciiOctets("pipelining");

export class SmtpParser implements ProtocolParser<SmtpState> {
  readonly protocol = Protocol.SMTP;
  readonly stateBytes = 4608;
  readonly #pool: FilePool;
  readonly #readsChunks: boolean;
  readonly #mimeBudget = new SharedBudget(MAX_MIME_READERS);
  readonly #line = new LineFinder();

  /** @param readsChunks look into mails that come in chunks (BDAT), which Suricata 7 does not */
  constructor(pool: FilePool, readsChunks = true) {
    this.#pool = pool;
    this.#readsChunks = readsChunks;
  }

  /** Suricata's: a client's first command. */
  probe(bytes: Uint8Array, offset: number, end: number, direction: DirectionId): ProbeCode {
    if (direction === TO_CLIENT) return probeGreeting(bytes, offset, end);
    return probeOpenings(bytes, offset, end, OPENINGS);
  }

  addCounters(counters: Record<string, number>): void {
    this.#pool.addCounters(counters);
    counters["proto.mime_readers_used"] = this.#mimeBudget.taken;
    counters["proto.mime_readers_refused"] = this.#mimeBudget.refused;
  }

  createState(): SmtpState {
    return new SmtpState();
  }

  release(state: SmtpState): void {
    if (state.mime === undefined) return;
    state.mime.file.close();
    this.#mimeBudget.giveBack(1);
    state.mime = undefined;
  }

  parse(state: SmtpState, input: ParserInput, message: MessageView): ParsedCode {
    if (state.isTunnel) return Parsed.DONE;
    const code =
      input.direction === TO_SERVER ? this.#client(state, input, message) : this.#server(state, input);
    updateRecord(state);
    if (code === Parsed.MESSAGE || state.eventCount === 0) return code;
    message.begin(this.protocol, input.direction, STAGE_HEAD, state.transaction);
    addEvents(state, message);
    return Parsed.MESSAGE;
  }

  describe(state: SmtpState): Readonly<Record<string, unknown>> {
    const smtp = describeSmtp(state);
    return state.mime === undefined ? { smtp } : { smtp, email: describeEmail(state.mime) };
  }

  /** The record of a mail: what its header says comes after the envelope, and is added to it. */
  describeRecord(state: SmtpState): Readonly<Record<string, unknown>> {
    const record = this.describe(state);
    state.recordedEmail = record.email as Record<string, unknown> | undefined;
    return record;
  }

  #client(state: SmtpState, input: ParserInput, message: MessageView): ParsedCode {
    for (;;) {
      switch (state.phase) {
        case SmtpPhase.COMMANDS: {
          const line = this.#line;
          if (!line.find(state.clientLine, input, MAX_LINE_OCTETS)) return Parsed.NEED_MORE;
          line.take(state.clientLine, input);
          if (this.#isLongLine(state)) break;
          if (this.#command(state, input.bytes, line.start, line.end)) return this.#envelope(state, message);
          break;
        }
        case SmtpPhase.AWAIT_TLS: {
          const mustGoOn = input.isFull || (input.isEnd && input.end > input.offset);
          if (!mustGoOn) return Parsed.NEED_MORE;
          state.phase = SmtpPhase.COMMANDS;
          break;
        }
        case SmtpPhase.COUNTED_CHUNK:
          if (!this.#countChunk(state, input)) return Parsed.NEED_MORE;
          break;
        case SmtpPhase.GIVEN_UP:
          return state.eventCount > 0 ? Parsed.NEED_MORE : Parsed.FAILED;
        case SmtpPhase.PASSED_OVER:
          input.offset = input.end;
          return Parsed.NEED_MORE;
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
    const { mime } = state;
    const isChunk = state.phase === SmtpPhase.CHUNK;
    if (isChunk && state.chunkLeft === 0) {
      state.phase = SmtpPhase.COMMANDS;
      return state.isLastChunk ? this.#endMail(state) : false;
    }
    const line = this.#line;
    if (!line.find(state.clientLine, input, isChunk ? state.chunkLeft - 1 : Number.MAX_SAFE_INTEGER)) {
      if (!input.isEnd || input.offset < input.end) return undefined;
      return mime?.file.isOpen === true ? mime.finish() : undefined;
    }
    let { start } = line;
    if (isChunk) {
      line.endBefore(start + state.chunkLeft);
      state.chunkLeft -= line.end + line.breakLength - start;
    }
    line.take(state.clientLine, input);
    if (isChunk) state.clientLine.isCut = false;
    else if (!line.isRest && start < line.end && input.bytes[start] === DOT) {
      start++;
      if (start === line.end && line.breakLength > 0) {
        state.phase = SmtpPhase.COMMANDS;
        notePipelining(state);
        state.awaitReply(SmtpCommand.OTHER);
        input.inspectBehind(input.offset);
        return this.#endMail(state);
      }
    }
    return mime?.line(input.bytes, start, line.end, line.breakLength, input.timeUs) ?? false;
  }

  /** One line of a chunk that is not read. False: nothing more is here. */
  #countChunk(state: SmtpState, input: ParserInput): boolean {
    const line = this.#line;
    if (!line.find(state.clientLine, input, Number.MAX_SAFE_INTEGER)) return false;
    line.take(state.clientLine, input);
    const counted = state.countedChunks.take(line.end + line.breakLength - line.start);
    if (counted === Counted.OVER) state.phase = SmtpPhase.COMMANDS;
    else if (counted === Counted.EXCEEDED) {
      state.addEvent(AppLayerEvent.SMTP_BDAT_CHUNK_LEN_EXCEEDED);
      state.phase = SmtpPhase.GIVEN_UP;
    }
    return true;
  }

  #endMail(state: SmtpState): boolean {
    state.clientLine.isCut = false;
    state.isMailOver = true;
    return state.mime?.finish() ?? false;
  }

  /** True: the transfer of a mail begins. */
  #command(state: SmtpState, bytes: Uint8Array, start: number, end: number): boolean {
    if (state.isMailOver) state.endMail();
    if (!state.hasSeenReply) state.addEvent(AppLayerEvent.SMTP_NO_SERVER_WELCOME_MESSAGE);
    if (state.isData && startsWithWord(bytes, start, end, DATA)) {
      state.lastCommand = SmtpCommand.DATA;
      state.addEvent(AppLayerEvent.SMTP_UNPARSABLE_CONTENT);
      return false;
    }
    notePipelining(state);
    if (startsWithWord(bytes, start, end, STARTTLS)) {
      state.pushCommand(SmtpCommand.STARTTLS);
      state.phase = SmtpPhase.AWAIT_TLS;
    } else if (startsWithWord(bytes, start, end, DATA)) {
      state.pushCommand(SmtpCommand.DATA);
      state.isData = true;
      if (state.hasPipelining) state.phase = SmtpPhase.MESSAGE;
      this.#beginMessage(state);
      return true;
    } else if (startsWithWord(bytes, start, end, BDAT)) {
      return this.#chunk(state, bytes, start + BDAT.length, end);
    } else {
      this.#envelopeCommand(state, bytes, start, end);
    }
    return false;
  }

  #envelopeCommand(state: SmtpState, bytes: Uint8Array, start: number, end: number): void {
    const isExtended = startsWithWord(bytes, start, end, EHLO);
    state.pushCommand(isExtended ? SmtpCommand.EHLO : SmtpCommand.OTHER);
    if (isExtended || startsWithWord(bytes, start, end, HELO)) {
      if (state.hasHelo) state.addEvent(AppLayerEvent.SMTP_DUPLICATE_FIELDS);
      else {
        const from = skipSpace(bytes, start + HELO.length, end);
        state.helo.push(bytes, from, trimEnd(bytes, from, end) - from);
        state.hasHelo = true;
      }
    } else if (startsWithWord(bytes, start, end, MAIL_FROM)) {
      if (state.hasMailFrom) state.addEvent(AppLayerEvent.SMTP_DUPLICATE_FIELDS);
      else {
        const from = skipParameterStart(bytes, start + MAIL_FROM.length, end);
        state.mailFrom.push(bytes, from, pathEnd(bytes, from, end) - from);
        state.hasMailFrom = true;
      }
    } else if (startsWithWord(bytes, start, end, RCPT_TO)) {
      const from = skipParameterStart(bytes, start + RCPT_TO.length, end);
      state.addRecipient(bytes, from, pathEnd(bytes, from, end));
    } else if (startsWithWord(bytes, start, end, RSET)) {
      state.endMail();
      state.countedChunks.clear();
    }
  }

  /** `BDAT size [LAST]`. True: it is the first chunk of a mail. */
  #chunk(state: SmtpState, bytes: Uint8Array, start: number, end: number): boolean {
    if (!this.#readsChunks) {
      state.pushCommand(SmtpCommand.BDAT);
      const isRead = state.countedChunks.begin(bytes, start, end);
      state.phase = isRead ? SmtpPhase.COUNTED_CHUNK : SmtpPhase.GIVEN_UP;
      return false;
    }
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
    const isFirst = !state.isInChunks;
    if (isFirst) this.#beginMessage(state);
    state.chunkLeft = size;
    state.isLastChunk = startsWithWord(bytes, skipSpace(bytes, at, end), end, LAST);
    state.isInChunks = !state.isLastChunk;
    state.phase = SmtpPhase.CHUNK;
    return isFirst;
  }

  #beginMessage(state: SmtpState): void {
    updateRecord(state);
    state.recordedEmail = undefined;
    if (state.mime === undefined && this.#mimeBudget.take()) state.mime = new MimeReader(this.#pool, state);
    state.mime?.begin();
  }

  #server(state: SmtpState, input: ParserInput): ParsedCode {
    const line = this.#line;
    while (line.find(state.serverLine, input, MAX_LINE_OCTETS)) {
      line.take(state.serverLine, input);
      if (this.#isLongLine(state)) continue;
      this.#reply(state, input.bytes, line.start, line.end);
      if (state.isTunnel) return Parsed.DONE;
    }
    return Parsed.NEED_MORE;
  }

  #reply(state: SmtpState, bytes: Uint8Array, start: number, end: number): void {
    const code = replyCodeOf(bytes, start, end);
    // Suricata gives up here; a server that says 535 has not gone mad.
    const isKnown = REPLY_CODES.has(code);
    if (!isKnown) state.addEvent(AppLayerEvent.SMTP_INVALID_REPLY);
    if (code < 0) return;
    const command = state.oldestCommand;
    state.isMultilineReply = end - start > 3 && bytes[start + 3] === HYPHEN;
    if (state.isMultilineReply) {
      if (startsWithWord(bytes, start + 4, end, PIPELINING))
        state.hasPipelining ||= command === SmtpCommand.EHLO;
      return;
    }
    if (state.commandCount === 0 && !state.hasSeenReply) {
      state.hasSeenReply = true;
      if (state.hasCommand && code !== ReplyCode.READY) state.addEvent(AppLayerEvent.SMTP_INVALID_REPLY);
    }
    state.shiftCommand();
    if (command === SmtpCommand.STARTTLS) {
      if (code === ReplyCode.READY) state.isTunnel = true;
      else {
        if (isKnown) state.addEvent(AppLayerEvent.SMTP_TLS_REJECTED);
        if (state.phase === SmtpPhase.AWAIT_TLS) state.phase = SmtpPhase.COMMANDS;
      }
    } else if (command === SmtpCommand.DATA) {
      if (code === ReplyCode.START_MAIL) this.#acceptMail(state);
      else if (isKnown) state.addEvent(AppLayerEvent.SMTP_DATA_COMMAND_REJECTED);
    }
  }

  #acceptMail(state: SmtpState): void {
    if (state.phase !== SmtpPhase.COMMANDS) return;
    state.phase = state.lastCommand === SmtpCommand.DATA ? SmtpPhase.MESSAGE : SmtpPhase.PASSED_OVER;
  }

  /** Whether the line found is part of one that is too long, and passed over. */
  #isLongLine(state: SmtpState): boolean {
    if (this.#line.isPart && !this.#line.isRest) state.addEvent(AppLayerEvent.SMTP_TRUNCATED_LINE);
    return this.#line.isPart;
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
    const { length, isFull } = file;
    const data = file.close();
    message.begin(this.protocol, TO_SERVER, STAGE_BODY, state.transaction);
    addEnvelope(state, message);
    message.add(Field.FILE_NAME, fileName.bytes, 0, fileName.length);
    if (data !== null && length > 0) message.add(Field.FILE_DATA, data.bytes, 0, length);
    if (data !== null) message.addFileSize(length, isFull);
    addEvents(state, message);
    return Parsed.MESSAGE;
  }
}

/** Where a record was asked for: what the mail says by now. */
function updateRecord(state: SmtpState): void {
  const { mime, recordedEmail } = state;
  if (mime !== undefined && recordedEmail !== undefined) Object.assign(recordedEmail, describeEmail(mime));
}

/** Something comes before the reply to a command that has to be the last of those sent together. */
function notePipelining(state: SmtpState): void {
  const last = state.newestCommand;
  if (last === SmtpCommand.STARTTLS || last === SmtpCommand.DATA)
    state.addEvent(AppLayerEvent.SMTP_INVALID_PIPELINED_SEQUENCE);
}

/** `220 host …`: FTP says the same, so that the client decides; as in Suricata where it says nothing known, it is neither. */
function probeGreeting(bytes: Uint8Array, offset: number, end: number): ProbeCode {
  for (let i = 0; i < WELCOME.length && offset + i < end; i++) {
    if (bytes[offset + i] !== WELCOME[i]) return Probe.NO;
  }
  if (end - offset < 4) return Probe.UNSURE;
  const separator = bytes[offset + 3];
  return separator === SPACE || separator === HYPHEN ? Probe.UNSURE : Probe.NO;
}
