/**
 * Owns the control connection of FTP (RFC 959, AUTH TLS of RFC 4217) in streams: one message a command, one a
 * reply line, and the data connections they announce, which go into `ExpectedTransfers`.
 *
 * As in Suricata only RETR and STOR announce one. A line longer than MAX_LINE_OCTETS is an event and is read as far
 * as that. Records and alerts name the command PASS without its argument: a password stays in the box; rules match it
 * all the same. After 234 both directions are DONE with `state.isTunnel`. Memory: FtpState per flow.
 */

import { AppLayerEvent } from "../app-layer-events.js";
import { probeOpenings, replyCodeOf } from "../dialogue.js";
import { eveText } from "../eve-text.js";
import { Field, NumberField } from "../fields.js";
import { commonWord, LineFinder, startsWithWord } from "../line-finder.js";
import { type MessageView, STAGE_HEAD } from "../message-view.js";
import { asciiOctets, hasPrefix } from "../octets.js";
import {
  Parsed,
  type ParsedCode,
  type ParserInput,
  Probe,
  type ProbeCode,
  type ProtocolParser,
} from "../parser.js";
import { type DirectionId, Protocol, TO_CLIENT, TO_SERVER } from "../protocols.js";
import { HIDDEN_TEXT } from "../secret-header.js";
import { HostPort, readExtendedPort } from "./data-ports.js";
import { type ExpectedTransfers, FtpTransfer } from "./expected-transfers.js";
import { FtpState } from "./state.js";

/** Suricata's limit. */
const MAX_LINE_OCTETS = 4096;
const SPACE = 0x20;
const HYPHEN = 0x2d;

const OPENINGS = ["user ", "pass ", "port ", "feat"].map(asciiOctets);
/** What vsftpd says. */
const SURE_GREETING = asciiOctets("220 (");
const RETR = asciiOctets("retr");
const STOR = asciiOctets("stor");
const PORT = asciiOctets("port");
const EPRT = asciiOctets("eprt");
const AUTH = asciiOctets("auth tls");
const PASS = asciiOctets("pass");
const PORT_COMMANDS = [PORT, EPRT, asciiOctets("pasv"), asciiOctets("epsv")];

export class FtpParser implements ProtocolParser<FtpState> {
  readonly protocol = Protocol.FTP;
  readonly stateBytes = 1536;
  readonly #expected: ExpectedTransfers;
  readonly #line = new LineFinder();
  readonly #hostPort = new HostPort();

  constructor(expected: ExpectedTransfers) {
    this.#expected = expected;
  }

  /** Suricata's: a client's first command; a server's greeting where nothing else fits its port. */
  probe(bytes: Uint8Array, offset: number, end: number, direction: DirectionId): ProbeCode {
    if (direction === TO_CLIENT) return probeGreeting(bytes, offset, end);
    return probeOpenings(bytes, offset, end, OPENINGS);
  }

  addCounters(counters: Record<string, number>): void {
    counters["proto.ftp_transfers_evicted"] = this.#expected.evictions;
  }

  createState(): FtpState {
    return new FtpState();
  }

  parse(state: FtpState, input: ParserInput, message: MessageView): ParsedCode {
    if (state.isTunnel) return Parsed.DONE;
    const line = this.#line;
    const isCommand = input.direction === TO_SERVER;
    const cursor = isCommand ? state.clientLine : state.serverLine;
    while (line.find(cursor, input, MAX_LINE_OCTETS)) {
      line.take(cursor, input);
      if (line.isRest || line.end === line.start) continue;
      const { start } = line;
      const end = Math.min(line.end, start + MAX_LINE_OCTETS);
      if (isCommand) this.#command(state, input, start, end, message);
      else this.#reply(state, input.bytes, start, end, message);
      if (line.breakLength === 0 && !input.isEnd) {
        message.addEvent(
          isCommand
            ? AppLayerEvent.FTP_REQUEST_COMMAND_TOO_LONG
            : AppLayerEvent.FTP_RESPONSE_COMMAND_TOO_LONG,
        );
      }
      return Parsed.MESSAGE;
    }
    return Parsed.NEED_MORE;
  }

  describe(state: FtpState): Readonly<Record<string, unknown>> {
    const ftp: Record<string, unknown> = {};
    const { command, commandData, reply } = state;
    // Also where no space follows.
    const isPassword = startsWithWord(command.bytes, 0, command.length, PASS);
    if (isPassword) ftp.command = "PASS";
    else if (command.length > 0) ftp.command = eveText(command.bytes, 0, command.length).toUpperCase();
    if (commandData.length > 0) {
      ftp.command_data = isPassword
        ? HIDDEN_TEXT
        : eveText(commandData.bytes, 0, commandData.length).trimEnd();
    }
    if (state.hasReply) {
      if (state.replyCode > 0) ftp.completion_code = [String(state.replyCode)];
      ftp.reply = [eveText(reply.bytes, 0, reply.length).trimEnd()];
    }
    if (state.dynamicPort > 0 && isPortCommand(state.command.bytes, state.command.length)) {
      ftp.dynamic_port = state.dynamicPort;
      ftp.mode = state.isActive ? "active" : "passive";
    }
    ftp.reply_received = state.hasReply ? "yes" : "no";
    return { ftp };
  }

  describeRecord(state: FtpState): Readonly<Record<string, unknown>> {
    const { ftp } = this.describe(state);
    const isTruncated = state.commandData.isTruncated;
    return {
      ftp: {
        ...(ftp as object),
        ...(state.commandData.length > 0 ? { command_truncated: isTruncated } : {}),
        reply_truncated: state.reply.isTruncated,
      },
    };
  }

  #command(state: FtpState, input: ParserInput, start: number, end: number, message: MessageView): void {
    const { bytes } = input;
    let commandEnd = start;
    while (commandEnd < end && bytes[commandEnd] !== SPACE) commandEnd++;
    let data = commandEnd;
    while (data < end && bytes[data] === SPACE) data++;
    state.transaction++;
    state.command.clear();
    state.command.push(bytes, start, commandEnd - start);
    state.commandData.clear();
    state.commandData.push(bytes, data, end - data);
    state.hasReply = false;
    state.replyCode = 0;
    state.isAwaitingTls = startsWithWord(bytes, start, end, AUTH);
    message.begin(this.protocol, TO_SERVER, STAGE_HEAD, state.transaction);
    message.add(Field.FTP_COMMAND, bytes, start, commandEnd - start);
    if (end > data) message.add(Field.FTP_COMMAND_DATA, bytes, data, end - data);
    if (startsWithWord(bytes, start, commandEnd, PORT)) {
      if (!this.#hostPort.read(bytes, data, end)) return;
      const clientWord = input.clientAddresses[input.addressOffset + 3];
      message.setNumber(NumberField.FTP_BOUNCE, this.#hostPort.address === clientWord ? 0 : 1);
      this.#setPort(state, this.#hostPort.port, true, message);
    } else if (startsWithWord(bytes, start, commandEnd, EPRT)) {
      this.#setPort(state, readExtendedPort(bytes, data, end), true, message);
    } else if (state.dynamicPort > 0 && end > data) {
      const isRetr = startsWithWord(bytes, start, commandEnd, RETR);
      if (!isRetr && !startsWithWord(bytes, start, commandEnd, STOR)) return;
      const { commandData, dynamicPort, isActive } = state;
      const transfer = isRetr ? FtpTransfer.RETR : FtpTransfer.STOR;
      this.#expected.add(input, isActive, dynamicPort, transfer, commandData.bytes, commandData.length);
      message.setNumber(NumberField.FTP_DYNAMIC_PORT, dynamicPort);
    }
  }

  #reply(state: FtpState, bytes: Uint8Array, start: number, end: number, message: MessageView): void {
    const code = Math.max(replyCodeOf(bytes, start, end), 0);
    const separator = bytes[start + 3];
    const hasCode = code > 0 && (end - start === 3 || separator === SPACE || separator === HYPHEN);
    const text = hasCode ? Math.min(start + 4, end) : start;
    message.begin(this.protocol, TO_CLIENT, STAGE_HEAD, Math.max(state.transaction, 0));
    message.add(Field.FTP_REPLY, bytes, text, end - text);
    state.hasReply = true;
    state.replyCode = hasCode ? code : 0;
    state.reply.clear();
    state.reply.push(bytes, text, end - text);
    if (!hasCode) return;
    if (code === 227 && this.#hostPort.read(bytes, text, end)) {
      this.#setPort(state, this.#hostPort.port, false, message);
    } else if (code === 229) {
      let open = text;
      while (open < end && bytes[open] !== 0x28) open++;
      this.#setPort(state, readExtendedPort(bytes, open, end), false, message);
    } else if (code === 234 && state.isAwaitingTls) {
      state.isTunnel = true;
    }
  }

  #setPort(state: FtpState, port: number, isActive: boolean, message: MessageView): void {
    if (port === 0) return;
    state.dynamicPort = port;
    state.isActive = isActive;
    message.setNumber(NumberField.FTP_DYNAMIC_PORT, port);
  }
}

/** `220 host …`: SMTP says the same, so that the client decides; as in Suricata where it says nothing known, it is neither. */
function probeGreeting(bytes: Uint8Array, offset: number, end: number): ProbeCode {
  if (hasPrefix(bytes, offset, end, SURE_GREETING)) return Probe.YES;
  const length = commonWord(bytes, offset, Math.min(end, offset + 3), SURE_GREETING);
  if (offset + length < Math.min(end, offset + 3)) return Probe.NO;
  if (end - offset < 5) return Probe.UNSURE;
  return bytes[offset + 3] === SPACE || bytes[offset + 3] === HYPHEN ? Probe.UNSURE : Probe.NO;
}

/** Whether the command is about where the data connection goes. */
function isPortCommand(bytes: Uint8Array, length: number): boolean {
  return PORT_COMMANDS.some((command) => startsWithWord(bytes, 0, length, command));
}
