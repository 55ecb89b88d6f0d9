/**
 * Owns DNS on the wire: datagrams (DNS, mDNS, LLMNR) and DNS over TCP, where each message has its length in front
 * (RFC 1035 4.2.2, RFC 7766: several per segment, split anywhere). Requests go to the server, responses to the
 * client, each a message of its own, as in Suricata.
 *
 * A datagram flow may begin with an answer whose query was not seen. Until a message agrees with the direction of
 * the flow, the QR bit tells the direction; from then on it must agree (`not_request`, `not_response`).
 *
 * Suricata looks for DNS on UDP and TCP port 53 only, and not for mDNS (5353) and LLMNR (5355). Memory: a few small
 * numbers per flow; name scratch per parser.
 */

import { readUint16 } from "../../wire/big-endian.js";
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
  /** A message has travelled the way its QR bit says. */
  isOriented = false;
  /** The stream is not DNS any more; nothing of it is read. */
  isBroken = false;
}

type DatagramProtocol = typeof Protocol.DNS | typeof Protocol.MDNS | typeof Protocol.LLMNR;

abstract class DnsParserBase {
  protected readonly reader: DnsMessageReader;
  readonly #describer = new DnsDescriber();

  constructor(readonly protocol: DatagramProtocol) {
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

  /** Read the message `[start, end)`, whose header is plausible; false where it is malformed. */
  protected readMessage(
    state: DnsState,
    input: ParserInput,
    start: number,
    end: number,
    isCut: boolean,
    message: MessageView,
  ): boolean {
    let direction: DirectionId = isResponse(input.bytes, start) ? TO_CLIENT : TO_SERVER;
    if (direction === input.direction) state.isOriented = true;
    else if (state.isOriented && this.protocol === Protocol.DNS) direction = input.direction;
    const transaction = direction === TO_SERVER ? state.requests++ : state.responses++;
    message.begin(this.protocol, direction, STAGE_HEAD, transaction);
    return this.reader.read(input.bytes, start, end, isCut, message);
  }
}

/** DNS, mDNS or LLMNR in datagrams: one message each. */
export class DnsDatagramParser extends DnsParserBase implements ProtocolParser<DnsState> {
  /** As for Suricata, a message that is cut off is still one on its port. */
  probe(bytes: Uint8Array, offset: number, end: number): ProbeCode {
    const answer = this.probeMessage(bytes, offset, end, end - offset);
    if (answer !== Probe.NO) return answer;
    return this.reader.isCutMessage(bytes, offset, end) ? Probe.ON_PORT : Probe.NO;
  }

  parse(state: DnsState, input: ParserInput, message: MessageView): ParsedCode {
    const start = input.offset;
    const end = input.end;
    input.offset = end;
    const length = end - start;
    if (length < DNS_HEADER_BYTES || !isPlausibleHeader(input.bytes, start, length)) return Parsed.NEED_MORE;
    this.readMessage(state, input, start, end, false, message);
    return Parsed.MESSAGE;
  }
}

/** DNS over TCP. */
export class DnsStreamParser extends DnsParserBase implements ProtocolParser<DnsState> {
  constructor() {
    super(Protocol.DNS);
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
      if (isCut && !input.isFull) return Parsed.NEED_MORE;
      if (Math.min(length, end - start) < DNS_HEADER_BYTES || !isPlausibleHeader(bytes, start, length)) {
        state.isBroken = true;
        return Parsed.FAILED;
      }
      const messageEnd = isCut ? end : start + length;
      state.isBroken = !this.readMessage(state, input, start, messageEnd, isCut, message);
      input.offset = messageEnd;
      if (isCut) input.skipBytes = start + length - end;
      input.inspectBehind(start + length);
      return Parsed.MESSAGE;
    }
    return Parsed.NEED_MORE;
  }
}
