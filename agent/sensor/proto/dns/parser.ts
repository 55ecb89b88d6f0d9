/**
 * Owns DNS on the wire: datagrams (DNS, mDNS, LLMNR) and DNS over TCP, where each message has its length in front
 * (RFC 1035 4.2.2, RFC 7766: several per segment, split anywhere). Requests go to the server, responses to the
 * client, each a message of its own, as in Suricata.
 *
 * A datagram flow may begin with an answer whose query was not seen. Until a message agrees with its direction, the QR
 * bit tells which way it goes; from then on it must agree (`not_request`, `not_response`).
 *
 * What is wrong with a message is told, as in Suricata, with the message before it: of datagrams that one has been
 * judged by then, and rules never hear of it; of a stream where the other side had sent it, or both came at once.
 *
 * Suricata looks for DNS on UDP and TCP port 53 only, and not for mDNS (5353) and LLMNR (5355). Memory: a few small
 * numbers per flow; name scratch per parser.
 */

import { readUint16 } from "../../wire/big-endian.js";
import { AppLayerEvent } from "../app-layer-events.js";
import type { MessageView } from "../message-view.js";
import { STAGE_HEAD } from "../message-view.js";
import {
  Parsed,
  type ParsedCode,
  type ParserInput,
  Probe,
  type ProbeCode,
  type ProtocolParser,
} from "../parser.js";
import { type DirectionId, Protocol, TO_CLIENT, TO_SERVER } from "../protocols.js";
import { DnsDescriber } from "./eve.js";
import { DNS_HEADER_BYTES, DnsMessageReader, isPlausibleHeader, isResponse } from "./message.js";

const LENGTH_BYTES = 2;

export class DnsState {
  requests = 0;
  responses = 0;
  /** Bits of the directions (of a stream one for both) in which a message has travelled the way its QR bit says. */
  oriented = 0;
  /** Of the message before: which way it went, and whether it was read from the same bytes as what follows. */
  lastDirection: DirectionId | -1 = -1;
  isLastFresh = false;
  /** The event of the message that is read next has been told. */
  isNotResponseTold = false;
  /** The stream is not DNS any more; nothing of it is read. */
  isBroken = false;
}

/** What came of reading a message: its event comes first and it is to be read again; it is malformed; it is one. */
const EVENT = 0;
const BROKEN = 1;
const SOUND = 2;
type Outcome = typeof EVENT | typeof BROKEN | typeof SOUND;

type DatagramProtocol = typeof Protocol.DNS | typeof Protocol.MDNS | typeof Protocol.LLMNR;

abstract class DnsParserBase {
  protected readonly reader: DnsMessageReader;
  readonly #describer = new DnsDescriber();

  constructor(
    readonly protocol: DatagramProtocol,
    protected readonly isStream: boolean,
  ) {
    this.reader = new DnsMessageReader(protocol === Protocol.MDNS);
  }

  createState(): DnsState {
    return new DnsState();
  }

  describe(state: DnsState, message: MessageView): Readonly<Record<string, unknown>> {
    const { bytes, start, end } = this.reader;
    const transactionId = state.requests + state.responses - 1;
    return { dns: this.#describer.describe(bytes, start, end, message, transactionId) };
  }

  /** Whether a message of `length` bytes begins at `start`. */
  protected probeMessage(bytes: Uint8Array, start: number, end: number, length: number): ProbeCode {
    const isMessage = this.reader.isMessage(bytes, start, end, length);
    if (isMessage === undefined) return Probe.UNSURE;
    return isMessage ? Probe.YES : Probe.NO;
  }

  /** Read the message `[start, end)`, whose header is plausible. */
  protected readMessage(
    state: DnsState,
    input: ParserInput,
    start: number,
    end: number,
    isCut: boolean,
    message: MessageView,
  ): Outcome {
    let direction: DirectionId = isResponse(input.bytes, start) ? TO_CLIENT : TO_SERVER;
    const bit = this.isStream ? 1 : 1 << input.direction;
    if (direction === input.direction) state.oriented |= bit;
    else if ((state.oriented & bit) !== 0 && this.protocol === Protocol.DNS) direction = input.direction;
    const transaction = direction === TO_SERVER ? state.requests : state.responses;
    message.begin(this.protocol, direction, STAGE_HEAD, transaction);
    const isSound = this.reader.read(input.bytes, start, end, isCut, message);
    const isAsked = direction === TO_CLIENT && !isResponse(input.bytes, start);
    if (isSound && isAsked && !state.isNotResponseTold) {
      state.isNotResponseTold = true;
      message.begin(this.protocol, direction, STAGE_HEAD, transaction);
      message.isStepAlone = true;
      message.addEvent(AppLayerEvent.DNS_NOT_RESPONSE);
      this.#tellWithLast(state, message);
      return EVENT;
    }
    if (direction === TO_SERVER) state.requests++;
    else state.responses++;
    state.isNotResponseTold = false;
    if (!isSound) {
      this.#tellWithLast(state, message);
      return BROKEN;
    }
    state.lastDirection = direction;
    state.isLastFresh = true;
    return SOUND;
  }

  #tellWithLast(state: DnsState, message: MessageView): void {
    const { lastDirection, isLastFresh } = state;
    const isJudged = lastDirection === message.direction && !isLastFresh;
    if (!this.isStream || lastDirection < 0 || isJudged) message.isHiddenFromRules = true;
    else message.direction = lastDirection as DirectionId;
  }
}

/** DNS, mDNS or LLMNR in datagrams: one message each. */
export class DnsDatagramParser extends DnsParserBase implements ProtocolParser<DnsState> {
  constructor(protocol: DatagramProtocol) {
    super(protocol, false);
  }

  /** As for Suricata, a message that is cut off is still one on its port. */
  probe(bytes: Uint8Array, offset: number, end: number): ProbeCode {
    const answer = this.probeMessage(bytes, offset, end, end - offset);
    if (answer !== Probe.NO) return answer;
    return this.reader.isCutMessage(bytes, offset, end) ? Probe.ON_PORT : Probe.NO;
  }

  parse(state: DnsState, input: ParserInput, message: MessageView): ParsedCode {
    const { offset: start, end } = input;
    const length = end - start;
    const isHere = length >= DNS_HEADER_BYTES && isPlausibleHeader(input.bytes, start, length);
    const isRead = isHere && this.readMessage(state, input, start, end, false, message) !== EVENT;
    if (isRead || !isHere) input.offset = end;
    return isHere ? Parsed.MESSAGE : Parsed.NEED_MORE;
  }
}

/** DNS over TCP. */
export class DnsStreamParser extends DnsParserBase implements ProtocolParser<DnsState> {
  constructor() {
    super(Protocol.DNS, true);
  }

  probe(bytes: Uint8Array, offset: number, end: number): ProbeCode {
    if (end - offset < LENGTH_BYTES) return Probe.UNSURE;
    const start = offset + LENGTH_BYTES;
    const length = readUint16(bytes, offset);
    return this.probeMessage(bytes, start, Math.min(end, start + length), length);
  }

  parse(state: DnsState, input: ParserInput, message: MessageView): ParsedCode {
    if (state.isBroken) return Parsed.FAILED;
    const { bytes, end } = input;
    while (end - input.offset >= LENGTH_BYTES) {
      const length = readUint16(bytes, input.offset);
      if (length === 0) {
        input.offset += LENGTH_BYTES;
        continue;
      }
      const start = input.offset + LENGTH_BYTES;
      const isCut = start + length > end;
      if (isCut && !input.isFull) break;
      if (Math.min(length, end - start) < DNS_HEADER_BYTES || !isPlausibleHeader(bytes, start, length)) {
        state.isBroken = true;
        return Parsed.FAILED;
      }
      const messageEnd = isCut ? end : start + length;
      const outcome = this.readMessage(state, input, start, messageEnd, isCut, message);
      if (outcome === EVENT) return Parsed.MESSAGE;
      state.isBroken = outcome === BROKEN;
      input.offset = messageEnd;
      if (isCut) input.skipBytes = start + length - end;
      input.inspectBehind(start + length);
      return Parsed.MESSAGE;
    }
    state.isLastFresh = false;
    return Parsed.NEED_MORE;
  }
}
