/**
 * Owns TLS 1.0 to 1.3 and SSL 3 over a stream, and recognises SSLv2 hellos: the record layer (RFC 5246, 6.2) and
 * the handshake as far as it is in clear. What it finds is what Suricata 7.0.10 finds with JA3 and JA4 on, events
 * included; but a message whose header is split over records is reported and read, where Suricata gives up.
 *
 * A direction is DONE as soon as it is encrypted: the stream is released, heartbeats behind that are not judged.
 * Bodies nobody needs are skipped, not collected. Refuses: unknown record types, records that are empty or too
 * long; they end the flow with an event.
 *
 * Memory: `TlsState` for each flow; the buffers of gatherer and messages (under 1 MiB) once.
 */
import { readUint16 } from "../../wire/big-endian.js";
import { AppLayerEvent, type AppLayerEventId } from "../app-layer-events.js";
import type { MessageView } from "../message-view.js";
import {
  Parsed,
  type ParsedCode,
  type ParserInput,
  Probe,
  type ProbeCode,
  type ProtocolParser,
} from "../parser.js";
import { type DirectionId, Protocol, TO_CLIENT, TO_SERVER } from "../protocols.js";
import { StateMemories } from "../state-memories.js";
import { HandshakeGatherer, isHeaderSplit, MAX_GATHERED_BYTES } from "./handshake-gatherer.js";
import { encryptedHeartbeatProblem, HEARTBEAT_HEADER_BYTES, heartbeatProblem } from "./heartbeat.js";
import { isSslv2Record, Sslv2Header } from "./sslv2.js";
import {
  HANDSHAKE_HEADER_BYTES,
  HandshakeType,
  isKnownMessage,
  isKnownVersion,
  MAX_RECORD_BYTES,
  RECORD_HEADER_BYTES,
  RecordType,
  SSL_2,
  Sslv2Type,
  TLS_1_0,
  TLS_1_1,
  TlsStep,
} from "./tls-constants.js";
import { describeTls } from "./tls-eve.js";
import { TlsMessages } from "./tls-messages.js";
import { probeTls } from "./tls-probe.js";
import {
  isHandshakeAwaited,
  isMessageOfInterest,
  MEMORY_BYTES,
  stepOf,
  type TlsSide,
  TlsState,
} from "./tls-state.js";
import { CONTINUE, type Step, skip } from "./tls-step.js";

/** A direction that does not begin like TLS, though the other does, is not judged before this many bytes (Suricata). */
const JUDGED_BYTES = 8;
/** More SSLv2 records in one direction than this are not looked at. */
const MAX_SSLV2_RECORDS = 16;

export class TlsParser implements ProtocolParser<TlsState> {
  readonly protocol = Protocol.TLS;
  readonly stateBytes = 1536;
  /** Hellos and certificate chains of which only the beginning was read, because the stream head was full. */
  cutMessages = 0;
  readonly #memories = new StateMemories(MEMORY_BYTES);
  readonly #gatherer = new HandshakeGatherer();
  readonly #messages = new TlsMessages();
  readonly #sslv2 = new Sslv2Header();

  probe(bytes: Uint8Array, offset: number, end: number, direction: DirectionId): ProbeCode {
    return probeTls(bytes, offset, end, direction);
  }

  addCounters(counters: Record<string, number>): void {
    counters["proto.tls_messages_cut"] = this.cutMessages;
  }

  createState(): TlsState {
    return new TlsState(this.#memories.take());
  }

  release(state: TlsState): void {
    this.#memories.giveBack(state.memory);
  }

  parse(state: TlsState, input: ParserInput, message: MessageView): ParsedCode {
    const { direction, tellsSteps, timeUs } = input;
    if (tellsSteps && timeUs !== state.stepUs && this.#messages.step(state, direction, message))
      return Parsed.MESSAGE;
    const { step } = state;
    const code = this.#parseRecords(state, input, message);
    if (state.step !== step) state.stepUs = timeUs;
    if (!tellsSteps || code === Parsed.MESSAGE || code === Parsed.FAILED) return code;
    if (state.hasApplicationData && this.#messages.missingChain(state, message)) return Parsed.MESSAGE;
    const peer = direction === TO_SERVER ? TO_CLIENT : TO_SERVER;
    return this.#messages.step(state, peer, message) ? Parsed.MESSAGE : code;
  }

  finish(state: TlsState, input: ParserInput, message: MessageView): boolean {
    return input.tellsSteps && this.#messages.missingChain(state, message);
  }

  #parseRecords(state: TlsState, input: ParserInput, message: MessageView): ParsedCode {
    const side = input.direction === TO_SERVER ? state.client : state.server;
    for (;;) {
      if (state.isFailed) return Parsed.FAILED;
      if (side.isDone) {
        input.offset = input.end;
        return Parsed.DONE;
      }
      const step = side.recordRemaining === 0 ? this.#beginRecord(state, side, input, message) : CONTINUE;
      if (step !== CONTINUE) return step;
      if (side.recordRemaining === 0) continue;
      const bodyStep =
        side.recordType === RecordType.HANDSHAKE
          ? this.#readHandshake(state, side, input, message)
          : skip(side, input, side.recordRemaining);
      if (bodyStep !== CONTINUE) return bodyStep;
    }
  }

  describe(state: TlsState, message: MessageView): Readonly<Record<string, unknown>> {
    this.#messages.complete(state, message);
    return describeTls(state, message);
  }

  /** Take in a record header and what follows from it alone. */
  #beginRecord(state: TlsState, side: TlsSide, input: ParserInput, message: MessageView): Step {
    const { bytes, offset, end } = input;
    if (offset >= end) return input.isEnd ? Parsed.DONE : Parsed.NEED_MORE;
    if (!side.hasRecord && end - offset < JUDGED_BYTES) {
      const isTls = probeTls(bytes, offset, end, input.direction) === Probe.YES;
      if (!isTls) return input.isEnd ? Parsed.DONE : Parsed.NEED_MORE;
    }
    const type = bytes[offset]!;
    if (isSslv2Record(type)) return this.#readSslv2(state, side, input, message);
    if (side.version === SSL_2) side.version = 0;
    if (offset + RECORD_HEADER_BYTES > end) return input.isEnd ? Parsed.DONE : Parsed.NEED_MORE;

    const length = readUint16(bytes, offset + 3);
    const previousVersion = side.version;
    if (!side.hasHello) side.version = readUint16(bytes, offset + 1);
    if (type < RecordType.CHANGE_CIPHER_SPEC || type > RecordType.HEARTBEAT) {
      if (previousVersion !== TLS_1_0 && previousVersion !== TLS_1_1) {
        return this.#fail(state, side, input, message, AppLayerEvent.TLS_INVALID_RECORD_TYPE);
      }
      side.version = previousVersion;
      input.offset = end;
      return this.#report(side, input, message, AppLayerEvent.TLS_INVALID_RECORD_TYPE);
    }
    if (length === 0) return this.#fail(state, side, input, message, AppLayerEvent.TLS_INVALID_RECORD_LENGTH);
    if (!isKnownVersion(side.version)) {
      return this.#fail(state, side, input, message, AppLayerEvent.TLS_INVALID_RECORD_VERSION);
    }
    if (length > MAX_RECORD_BYTES) {
      return this.#fail(state, side, input, message, AppLayerEvent.TLS_INVALID_RECORD_LENGTH);
    }
    if (type === RecordType.HEARTBEAT && !state.hasChangeCipherSpec) {
      if (offset + RECORD_HEADER_BYTES + HEARTBEAT_HEADER_BYTES > end && length >= HEARTBEAT_HEADER_BYTES) {
        return input.isEnd ? Parsed.DONE : Parsed.NEED_MORE;
      }
      const event = heartbeatProblem(state, input, length);
      if (event !== 0) return this.#fail(state, side, input, message, event);
    }
    if (type === RecordType.HEARTBEAT && state.hasChangeCipherSpec) {
      const event = encryptedHeartbeatProblem(state, input, length);
      if (event !== 0) return this.#fail(state, side, input, message, event);
    }
    input.offset += RECORD_HEADER_BYTES;
    input.inspectBehind(input.offset + length);
    side.hasRecord = true;
    side.recordType = type;
    side.recordRemaining = length;
    if (type === RecordType.CHANGE_CIPHER_SPEC) {
      state.hasChangeCipherSpec = true;
    }
    if (type === RecordType.APPLICATION_DATA && input.direction === TO_SERVER) state.step = TlsStep.NONE;
    if (type === RecordType.APPLICATION_DATA && (!state.hasEarlyData || state.server.hasHello)) {
      side.isDone = true;
      state.hasApplicationData = true;
      input.encryptedBy = input.direction;
    }
    return CONTINUE;
  }

  /** Inside the body of a handshake record. */
  #readHandshake(state: TlsState, side: TlsSide, input: ParserInput, message: MessageView): Step {
    if (state.hasChangeCipherSpec && !isHandshakeAwaited(state)) {
      side.discardBytes = 0;
      return skip(side, input, side.recordRemaining);
    }
    if (side.discardBytes > 0) {
      const length = Math.min(side.discardBytes, side.recordRemaining);
      side.discardBytes -= length;
      return skip(side, input, length);
    }
    const gatherer = this.#gatherer;
    const isSplit = isHeaderSplit(side);
    const { bytes, offset, end } = input;
    const headerBytes = isSplit
      ? gatherer.available(side, input, HANDSHAKE_HEADER_BYTES)
      : Math.min(HANDSHAKE_HEADER_BYTES, end - offset);
    if (headerBytes < HANDSHAKE_HEADER_BYTES) {
      return this.#await(side, input, isSplit && gatherer.isInterrupted);
    }
    let header = bytes;
    let at = offset;
    if (isSplit) {
      gatherer.copy(side, input, HANDSHAKE_HEADER_BYTES);
      header = gatherer.bytes;
      at = 0;
    }
    const type = header[at]!;
    state.step = stepOf(type) ?? state.step;
    const length =
      HANDSHAKE_HEADER_BYTES + ((header[at + 1]! << 16) | (header[at + 2]! << 8) | header[at + 3]!);
    if (!isMessageOfInterest(side, type, input.direction)) {
      // As Suricata does, only of a record that is there whole is it said that it is none.
      const isHere = input.isFull || input.end - input.offset >= side.recordRemaining;
      if (!isHere && !isKnownMessage(type)) return this.#await(side, input, false);
      side.discardBytes = length;
      side.walkOffset = 0;
      side.walkBytes = 0;
      if (isSplit) return this.#report(side, input, message, AppLayerEvent.TLS_INVALID_SSL_RECORD);
      return isKnownMessage(type)
        ? CONTINUE
        : this.#report(side, input, message, AppLayerEvent.TLS_INVALID_HANDSHAKE_MESSAGE);
    }
    return length <= side.recordRemaining
      ? this.#readWhole(state, side, input, message, type, length)
      : this.#readGathered(state, side, input, message, type, length, isSplit);
  }

  /** A message that lies in this record. */
  #readWhole(
    state: TlsState,
    side: TlsSide,
    input: ParserInput,
    message: MessageView,
    type: number,
    length: number,
  ): Step {
    const { bytes, offset, end } = input;
    const isCut = end - offset < length;
    if (isCut && !input.isFull) return this.#await(side, input, false);
    const isMessage = this.#dispatch(
      state,
      bytes,
      offset + HANDSHAKE_HEADER_BYTES,
      Math.min(end, offset + length),
      isCut,
      type,
      input,
      message,
    );
    const taken = Math.min(length, end - offset);
    input.offset += taken;
    side.recordRemaining -= taken;
    side.discardBytes = length - taken;
    return isMessage ? Parsed.MESSAGE : CONTINUE;
  }

  /** A message that goes on in further records. */
  #readGathered(
    state: TlsState,
    side: TlsSide,
    input: ParserInput,
    message: MessageView,
    type: number,
    length: number,
    isSplit: boolean,
  ): Step {
    const gatherer = this.#gatherer;
    const wanted = Math.min(length, MAX_GATHERED_BYTES);
    const arrived = gatherer.available(side, input, wanted);
    if (arrived < wanted && (!input.isFull || gatherer.isInterrupted)) {
      return this.#await(side, input, gatherer.isInterrupted);
    }
    gatherer.copy(side, input, arrived);
    gatherer.consume(side, input);
    side.discardBytes = length - arrived;
    const isMessage = this.#dispatch(
      state,
      gatherer.bytes,
      HANDSHAKE_HEADER_BYTES,
      arrived,
      arrived < length,
      type,
      input,
      message,
    );
    if (isMessage && isSplit) message.addEvent(AppLayerEvent.TLS_INVALID_SSL_RECORD);
    return isMessage ? Parsed.MESSAGE : CONTINUE;
  }

  #dispatch(
    state: TlsState,
    bytes: Uint8Array,
    offset: number,
    end: number,
    isCut: boolean,
    type: number,
    input: ParserInput,
    message: MessageView,
  ): boolean {
    const messages = this.#messages;
    const { direction } = input;
    if (isCut) this.cutMessages++;
    switch (type) {
      case HandshakeType.CLIENT_HELLO:
        return messages.clientHello(state, bytes, offset, end, isCut, message);
      case HandshakeType.SERVER_HELLO:
        return messages.serverHello(state, bytes, offset, end, isCut, message);
      default:
        return messages.certificate(
          state,
          bytes,
          offset,
          end,
          isCut,
          direction,
          Math.floor(input.timeUs / 1000),
          message,
        );
    }
  }

  /** The message is not there yet; if it cannot come any more, the side goes on without it. */
  #await(side: TlsSide, input: ParserInput, isInterrupted: boolean): Step {
    if (isInterrupted) {
      this.#gatherer.drop(side, input);
      return CONTINUE;
    }
    if (input.isEnd) {
      side.isDone = true;
      return CONTINUE;
    }
    return Parsed.NEED_MORE;
  }

  #readSslv2(state: TlsState, side: TlsSide, input: ParserInput, message: MessageView): Step {
    const header = this.#sslv2;
    if (!header.read(input.bytes, input.offset, input.end)) {
      return input.isEnd ? Parsed.DONE : Parsed.NEED_MORE;
    }
    side.version = SSL_2;
    if (header.recordLength === 0) {
      this.#fail(state, side, input, message, AppLayerEvent.TLS_INVALID_SSLV2_HEADER);
      message.addEvent(AppLayerEvent.TLS_INVALID_SSL_RECORD);
      return Parsed.MESSAGE;
    }
    const isClientHello = header.type === Sslv2Type.CLIENT_HELLO;
    if (isClientHello && header.recordLength < Sslv2Header.MIN_HELLO_BYTES) {
      return this.#fail(state, side, input, message, AppLayerEvent.TLS_INVALID_SSL_RECORD);
    }
    if (isClientHello) {
      state.step = TlsStep.CLIENT_HELLO;
      if (!header.hasHello) return input.isEnd ? Parsed.DONE : Parsed.NEED_MORE;
      side.version = header.helloVersion;
    }
    if (header.type === Sslv2Type.SERVER_HELLO) state.step = TlsStep.SERVER_HELLO;
    else if (header.type === Sslv2Type.CLIENT_MASTER_KEY) state.step = TlsStep.CLIENT_KEY_EXCHANGE;
    input.offset += header.headerBytes;
    side.recordType = 0;
    side.recordRemaining = header.recordLength;
    side.hasRecord = true;
    side.sslv2Records++;
    if (side.sslv2Records > MAX_SSLV2_RECORDS) side.isDone = true;
    if (header.type === Sslv2Type.ERROR && header.recordLength === Sslv2Header.ERROR_BYTES) {
      return this.#report(side, input, message, AppLayerEvent.TLS_ERROR_MESSAGE_ENCOUNTERED);
    }
    const isHello = isClientHello ? input.direction === TO_SERVER : header.type === Sslv2Type.SERVER_HELLO;
    if (side.hasHello || (!isHello && side.sslv2Records > 1)) return CONTINUE;
    side.hasHello = isHello;
    this.#messages.begin(side, input.direction, message);
    return Parsed.MESSAGE;
  }

  /** A message that carries one event; each event of a side is told once, as in Suricata. */
  #report(side: TlsSide, input: ParserInput, message: MessageView, event: AppLayerEventId): Step {
    const bit = 1 << event;
    if ((side.reportedEvents & bit) !== 0) return CONTINUE;
    side.reportedEvents |= bit;
    this.#messages.begin(side, input.direction, message);
    message.addEvent(event);
    return Parsed.MESSAGE;
  }

  /** The same, and the flow ends here. */
  #fail(
    state: TlsState,
    side: TlsSide,
    input: ParserInput,
    message: MessageView,
    event: AppLayerEventId,
  ): Step {
    state.isFailed = true;
    return this.#report(side, input, message, event);
  }
}
