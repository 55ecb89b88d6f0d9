/**
 * Owns SIP over UDP and TCP (RFC 3261): requests and responses, each a transaction of its own as in Suricata. Its
 * direction is the flow's: a request that goes to the client (a call that comes in) has the fields of a request, but
 * rules look for those in messages to the server only.
 *
 * Suricata 7 knows SIP over UDP only, on ports 5060 and 5061. Over TCP messages are told apart by their
 * Content-Length, and blank lines between them (keep-alive) are passed over. Memory: a counter per flow.
 */

import { AppLayerEvent } from "../app-layer-events.js";
import { eveText } from "../eve-text.js";
import { Field } from "../fields.js";
import { type MessageView, STAGE_HEAD } from "../message-view.js";
import {
  Parsed,
  type ParsedCode,
  type ParserInput,
  Probe,
  type ProbeCode,
  type ProtocolParser,
} from "../parser.js";
import { type DirectionId, Protocol, TO_CLIENT } from "../protocols.js";
import { SipMessage, SipRead, type SipReadCode } from "./message.js";

const CR = 0x0d;
const LF = 0x0a;
const NUL = 0;

export class SipState {
  messages = 0;
  /** Octets of an unfinished message, by direction, in which its end was looked for in vain. */
  readonly scanned: [number, number] = [0, 0];
}

abstract class SipParserBase {
  readonly protocol = Protocol.SIP;
  protected readonly sip = new SipMessage();

  createState(): SipState {
    return new SipState();
  }

  describe(_state: SipState, message: MessageView): Readonly<Record<string, unknown>> {
    const { sip } = this;
    const { bytes } = sip;
    if (message.entryCount === 0) return { sip: {} };
    const version = eveText(bytes, sip.versionOffset, sip.versionLength);
    const line = eveText(bytes, sip.lineOffset, sip.lineLength);
    if (sip.isResponse) {
      const code = eveText(bytes, sip.codeOffset, 3);
      const reason = eveText(bytes, sip.reasonOffset, sip.reasonLength);
      return { sip: { version, code, reason, response_line: line } };
    }
    const method = eveText(bytes, sip.lineOffset, sip.methodLength);
    const uri = eveText(bytes, sip.uriOffset, sip.uriLength);
    return { sip: { method, uri, version, request_line: line } };
  }

  /** Line and header of the message at `start`. */
  protected readMessage(bytes: Uint8Array, start: number, end: number): SipReadCode {
    const line = this.sip.readLine(bytes, start, end);
    return line === SipRead.OK ? this.sip.readHeader(end) : line;
  }

  protected addFields(message: MessageView): void {
    const { sip } = this;
    const { bytes } = sip;
    message.add(Field.SIP_PROTOCOL, bytes, sip.versionOffset, sip.versionLength);
    if (sip.isResponse) {
      message.add(Field.SIP_STAT_CODE, bytes, sip.codeOffset, 3);
      message.add(Field.SIP_STAT_MSG, bytes, sip.reasonOffset, sip.reasonLength);
      message.add(Field.SIP_RESPONSE_LINE, bytes, sip.lineOffset, sip.lineLength);
    } else {
      message.add(Field.SIP_METHOD, bytes, sip.lineOffset, sip.methodLength);
      message.add(Field.SIP_URI, bytes, sip.uriOffset, sip.uriLength);
      message.add(Field.SIP_REQUEST_LINE, bytes, sip.lineOffset, sip.lineLength);
    }
  }
}

/** SIP in datagrams. */
export class SipDatagramParser extends SipParserBase implements ProtocolParser<SipState> {
  probe(bytes: Uint8Array, offset: number, end: number, direction: DirectionId): ProbeCode {
    if (this.readMessage(bytes, offset, end) !== SipRead.OK) return Probe.NO;
    return this.sip.isResponse === (direction === TO_CLIENT) ? Probe.YES : Probe.NO;
  }

  parse(state: SipState, input: ParserInput, message: MessageView): ParsedCode {
    const { bytes, offset: start, end } = input;
    input.offset = end;
    if (isKeepAlive(bytes, start, end)) return Parsed.NEED_MORE;
    const code = this.readMessage(bytes, start, end);
    message.begin(this.protocol, input.direction, STAGE_HEAD, state.messages++);
    if (code === SipRead.OK) this.addFields(message);
    else if (code === SipRead.INCOMPLETE) message.addEvent(AppLayerEvent.SIP_INCOMPLETE_DATA);
    else message.addEvent(AppLayerEvent.SIP_INVALID_DATA);
    return Parsed.MESSAGE;
  }
}

/** SIP over TCP. */
export class SipStreamParser extends SipParserBase implements ProtocolParser<SipState> {
  probe(bytes: Uint8Array, offset: number, end: number): ProbeCode {
    const line = this.sip.readLine(bytes, offset, end);
    if (line === SipRead.OK) return Probe.YES;
    return line === SipRead.INCOMPLETE ? Probe.UNSURE : Probe.NO;
  }

  parse(state: SipState, input: ParserInput, message: MessageView): ParsedCode {
    const { bytes, end } = input;
    let start = input.offset;
    while (start < end && (bytes[start] === CR || bytes[start] === LF)) start++;
    input.offset = start;
    if (start === end) return Parsed.NEED_MORE;
    const { scanned } = state;
    const known = scanned[input.direction];
    // A header that comes octet by octet is read once, when its empty line has come.
    scanned[input.direction] = end - start;
    if (known > 0 && !input.isFull && !hasEmptyLine(bytes, start, start + known, end))
      return Parsed.NEED_MORE;
    const code = this.readMessage(bytes, start, end);
    if (code === SipRead.INCOMPLETE && !input.isFull) return Parsed.NEED_MORE;
    scanned[input.direction] = 0;
    if (code !== SipRead.OK) return Parsed.FAILED;
    message.begin(this.protocol, input.direction, STAGE_HEAD, state.messages++);
    this.addFields(message);
    const messageEnd = this.sip.bodyOffset + this.sip.bodyLength;
    input.offset = Math.min(messageEnd, end);
    if (messageEnd > end) input.skipBytes = messageEnd - end;
    return Parsed.MESSAGE;
  }
}

/** Whether one of the line feeds in [from, end) ends an empty line of a message that begins at `start`. */
function hasEmptyLine(bytes: Uint8Array, start: number, from: number, end: number): boolean {
  for (let at = from; at < end; at++) {
    if (bytes[at] !== LF) continue;
    const before = at > start && bytes[at - 1] === CR ? at - 2 : at - 1;
    if (before >= start && bytes[before] === LF) return true;
  }
  return false;
}

/** Blank lines, or zero octets: what phones send to keep a NAT binding. */
function isKeepAlive(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const octet = bytes[at];
    if (octet !== CR && octet !== LF && octet !== NUL) return false;
  }
  return true;
}
