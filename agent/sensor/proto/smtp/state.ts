/**
 * What a flow remembers of SMTP: the dialogue (which commands await a reply, the envelope of the mail) and the
 * message that is being transferred.
 *
 * Bound: 4 KiB, from the first mail on 8 KiB more (mime-reader.ts); attachments stand in the file pool.
 */

import { LineCursor } from "../line-finder.js";
import { TextBuffer } from "../text-buffer.js";
import { CountedChunks } from "./counted-chunks.js";
import type { MimeReader } from "./mime-reader.js";

/** What the client's bytes are. */
export const SmtpPhase = {
  COMMANDS: 0,
  /** Something that nobody can tell. */
  PASSED_OVER: 1,
  MESSAGE: 2,
  /** In a BDAT chunk (RFC 3030). */
  CHUNK: 3,
  /** After STARTTLS, until its reply. */
  AWAIT_TLS: 4,
  /** In a BDAT chunk that is counted and not read. */
  COUNTED_CHUNK: 5,
  /** Nothing more is read of the flow. */
  GIVEN_UP: 6,
} as const;
export type SmtpPhaseId = (typeof SmtpPhase)[keyof typeof SmtpPhase];

/** Commands whose replies mean something. */
export const SmtpCommand = { OTHER: 0, STARTTLS: 1, DATA: 2, BDAT: 3, EHLO: 4 } as const;
export type SmtpCommandId = (typeof SmtpCommand)[keyof typeof SmtpCommand];

/** Recipients that are kept, and all octets of them. */
const MAX_RECIPIENTS = 32;
const MAX_RECIPIENT_OCTETS = 2048;
const MAX_ADDRESS_OCTETS = 512;
/** Commands without a reply that are told apart; more count as one. */
const MAX_WAITING_COMMANDS = 64;
const MAX_WAITING_EVENTS = 8;

export class SmtpState {
  phase: SmtpPhaseId = SmtpPhase.COMMANDS;
  /** STARTTLS was agreed upon: what follows in both directions is another protocol. */
  isTunnel = false;
  /** Number of the mail. */
  transaction = 0;
  /** The mail was transferred: the next command belongs to another one. */
  isMailOver = false;
  /** Its transfer was asked for. */
  isData = false;
  hasHelo = false;
  hasMailFrom = false;
  readonly helo = new TextBuffer(MAX_ADDRESS_OCTETS);
  readonly mailFrom = new TextBuffer(MAX_ADDRESS_OCTETS);
  readonly recipients = new TextBuffer(MAX_RECIPIENT_OCTETS);
  recipientCount = 0;
  /** Where each recipient ends. */
  readonly recipientEnd = new Uint16Array(MAX_RECIPIENTS);
  /** Octets left of a BDAT chunk, and whether it is the last. */
  chunkLeft = 0;
  isLastChunk = false;
  /** The same as Suricata counts. */
  readonly countedChunks = new CountedChunks();
  /** A mail is being transferred in chunks and its last one has not come. */
  isInChunks = false;
  /** Made with the first mail, if the parser has room for it. */
  mime: MimeReader | undefined;
  readonly clientLine = new LineCursor();
  readonly serverLine = new LineCursor();
  /** A reply has come for which no command waited: the server's greeting. */
  hasSeenReply = false;
  /** The server has said that commands may be sent without waiting for replies. */
  hasPipelining = false;
  /** The client's last command, replied to or not. */
  lastCommand: SmtpCommandId = SmtpCommand.OTHER;
  hasCommand = false;
  isMultilineReply = false;
  readonly #commands = new Uint8Array(MAX_WAITING_COMMANDS);
  #firstCommand = 0;
  commandCount = 0;
  readonly #events = new Uint16Array(MAX_WAITING_EVENTS);
  #eventCount = 0;

  /** A command was sent that will be replied to. */
  pushCommand(command: SmtpCommandId): void {
    this.lastCommand = command;
    this.hasCommand = true;
    this.awaitReply(command);
  }

  /** Something was sent that will be replied to like `command`. */
  awaitReply(command: SmtpCommandId): void {
    if (this.commandCount === MAX_WAITING_COMMANDS) return;
    this.#commands[(this.#firstCommand + this.commandCount++) % MAX_WAITING_COMMANDS] = command;
  }

  /** The command the next reply is for; OTHER where none waits. */
  get oldestCommand(): number {
    return this.commandCount === 0 ? SmtpCommand.OTHER : this.#commands[this.#firstCommand]!;
  }

  get newestCommand(): number {
    if (this.commandCount === 0) return SmtpCommand.OTHER;
    return this.#commands[(this.#firstCommand + this.commandCount - 1) % MAX_WAITING_COMMANDS]!;
  }

  shiftCommand(): void {
    if (this.commandCount === 0) return;
    this.#firstCommand = (this.#firstCommand + 1) % MAX_WAITING_COMMANDS;
    this.commandCount--;
  }

  addRecipient(bytes: Uint8Array, start: number, end: number): void {
    if (this.recipientCount === MAX_RECIPIENTS) return;
    this.recipients.push(bytes, start, Math.min(end - start, MAX_ADDRESS_OCTETS));
    this.recipientEnd[this.recipientCount++] = this.recipients.length;
  }

  /** The EVE object of the mail's record, kept up to date until the next mail begins. */
  recordedEmail: Record<string, unknown> | undefined;

  /** The next command begins another mail. */
  endMail(): void {
    this.transaction++;
    this.isMailOver = false;
    this.isData = false;
    this.hasMailFrom = false;
    this.mailFrom.clear();
    this.recipients.clear();
    this.recipientCount = 0;
  }

  /** Note a malformation for the next message. */
  addEvent(event: number): void {
    if (this.#eventCount < MAX_WAITING_EVENTS) this.#events[this.#eventCount++] = event;
  }

  get eventCount(): number {
    return this.#eventCount;
  }

  event(index: number): number {
    return this.#events[index]!;
  }

  clearEvents(): void {
    this.#eventCount = 0;
  }
}
