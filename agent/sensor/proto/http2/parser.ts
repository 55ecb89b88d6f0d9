/**
 * Owns HTTP/2 in clear text (RFC 9113): with prior knowledge, or behind an upgrade from HTTP/1.1. Over TLS it is not seen.
 *
 * Messages: one for each header block (STAGE_HEAD, with the fields HTTP/1 has), one for each body that is over or whose
 * inspected prefix is there (STAGE_BODY, with the header fields again), one for every other frame with its numbers.
 *
 * Bound: http2-state.ts; frames of which more is needed than the stream head holds are passed over.
 */
import { readUint16, readUint32 } from "../../wire/big-endian.js";
import { Field, NumberField } from "../fields.js";
import { FILE_POOL_LIMITS, type FilePool } from "../file-pool.js";
import { HttpState } from "../http/http-state.js";
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
import { BodyDecoder } from "./body-decoder.js";
import { describeHttp2, describeHttp2Record } from "./eve.js";
import { FRAME_HEADER_BYTES, FrameFlag, FrameHeader, FrameType } from "./frame.js";
import { HeaderList } from "./header-list.js";
import { Hpack } from "./hpack-decoder.js";
import { Http2Event } from "./http2-event.js";
import { type ConnectionSide, Http2State, type Http2Stream } from "./http2-state.js";
import { StreamFields } from "./stream-fields.js";
import { upgradedRequest } from "./upgraded-request.js";

const PREFACE = asciiOctets("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
/** What is recognised of it, as by Suricata. */
const PREFACE_LINE_BYTES = 16;
const SETTING_BYTES = 6;
/** A server begins with few settings. */
const MAX_FIRST_SETTINGS_BYTES = 96;
/** Longer control frames are passed over. */
const MAX_CONTROL_BYTES = 4096;
const PRIORITY_BYTES = 5;
const PROMISE_BYTES = 4;
const SETTING_NAMES_END = FrameType.CONTINUATION;

const UPGRADED_STREAM = 1;

/** A step that found no message and goes on. */
const GOING = -1;
type Step = ParsedCode | typeof GOING;

export class Http2Parser implements ProtocolParser<Http2State> {
  readonly protocol = Protocol.HTTP2;
  readonly #pool: FilePool;
  readonly #list = new HeaderList();
  readonly #fields = new StreamFields();
  readonly #decoder = new BodyDecoder(FILE_POOL_LIMITS.fileBytes);
  readonly #probed = new FrameHeader();

  constructor(pool: FilePool) {
    this.#pool = pool;
  }

  probe(bytes: Uint8Array, offset: number, end: number, direction: DirectionId): ProbeCode {
    if (direction === TO_SERVER) {
      for (let i = 0; i < PREFACE_LINE_BYTES; i++) {
        if (offset + i >= end) return Probe.UNSURE;
        if (bytes[offset + i] !== PREFACE[i]) return Probe.NO;
      }
      return Probe.YES;
    }
    if (end - offset < FRAME_HEADER_BYTES) return Probe.UNSURE;
    const frame = this.#probed;
    frame.read(bytes, offset);
    const isSettings = frame.type === FrameType.SETTINGS && frame.stream === 0 && frame.flags === 0;
    const isFitting = frame.length % SETTING_BYTES === 0 && frame.length <= MAX_FIRST_SETTINGS_BYTES;
    return isSettings && isFitting ? Probe.YES : Probe.NO;
  }

  /** Behind an upgrade the request of HTTP/1.1 is the one of stream 1 (RFC 7540, 3.2). */
  createState(earlier?: unknown): Http2State {
    const state = new Http2State(this.#pool);
    if (earlier instanceof HttpState) state.upgraded = upgradedRequest(earlier.facts);
    return state;
  }

  release(state: Http2State): void {
    state.close();
  }

  describe(state: Http2State, message: MessageView): Readonly<Record<string, unknown>> {
    return describeHttp2(state, message);
  }

  describeRecord(state: Http2State, message: MessageView): Readonly<Record<string, unknown>> {
    return describeHttp2Record(state, message);
  }

  parse(state: Http2State, input: ParserInput, message: MessageView): ParsedCode {
    const side = state.sides[input.direction];
    for (;;) {
      const step = this.#step(state, side, input, message);
      if (step !== GOING) return step;
    }
  }

  #step(state: Http2State, side: ConnectionSide, input: ParserInput, message: MessageView): Step {
    if (state.upgraded !== undefined && input.direction === TO_SERVER) {
      return this.#tellUpgraded(state, state.upgraded, message);
    }
    if (side.ended !== undefined) return this.#handOut(state, side, input.direction, message);
    if (side.isInFrame) return this.#continueFrame(state, side, input, message);
    const { bytes, offset, end } = input;
    if (side.needsPreface) return this.#readPreface(state, side, input, message);
    if (end - offset < FRAME_HEADER_BYTES) {
      if (!input.isEnd) return Parsed.NEED_MORE;
      input.offset = end;
      return this.#finish(state, side, input, message);
    }
    const { frame } = side;
    frame.read(bytes, offset);
    if (frame.type === FrameType.DATA) {
      input.offset += FRAME_HEADER_BYTES;
      side.begin(frame.has(FrameFlag.PADDED));
      return GOING;
    }
    const isKept = frame.type <= SETTING_NAMES_END && (frame.isHeaders || frame.length <= MAX_CONTROL_BYTES);
    const isHere = end - offset - FRAME_HEADER_BYTES >= frame.length;
    if (isKept && !isHere && !input.isFull && !input.isEnd) return Parsed.NEED_MORE;
    input.offset += FRAME_HEADER_BYTES;
    if (!isKept || !isHere) {
      side.begin(false);
      return frame.type > SETTING_NAMES_END
        ? GOING
        : this.#tellFrame(state, side, input, message, Http2Event.LONG_FRAME_DATA);
    }
    const start = input.offset;
    input.offset += frame.length;
    return frame.isHeaders
      ? this.#readHeaders(state, side, input, start, message)
      : this.#readControl(state, side, input, start, message);
  }

  #readPreface(state: Http2State, side: ConnectionSide, input: ParserInput, message: MessageView): Step {
    const { bytes, offset, end } = input;
    const length = Math.min(PREFACE.length, end - offset);
    for (let i = 0; i < length; i++) {
      if (bytes[offset + i] === PREFACE[i]) continue;
      side.needsPreface = false;
      return this.#tellFrame(state, side, input, message, Http2Event.INVALID_CLIENT_MAGIC);
    }
    if (length < PREFACE.length) return input.isEnd ? Parsed.DONE : Parsed.NEED_MORE;
    input.offset += length;
    side.needsPreface = false;
    return GOING;
  }

  /** Inside of a DATA frame, or one that is passed over. */
  #continueFrame(state: Http2State, side: ConnectionSide, input: ParserInput, message: MessageView): Step {
    const { frame } = side;
    const { bytes, end } = input;
    const isData = frame.type === FrameType.DATA;
    if (side.padding < 0) {
      if (input.offset === end)
        return input.isEnd ? this.#finish(state, side, input, message) : Parsed.NEED_MORE;
      side.takePadding(bytes[input.offset]!);
      input.offset++;
    }
    const taken = Math.min(side.frameLeft, end - input.offset);
    const content = Math.min(taken, Math.max(0, side.frameLeft - side.padding));
    if (isData && content > 0) this.#append(state, side, input, content);
    input.offset += taken;
    side.frameLeft -= taken;
    if (side.frameLeft > 0) return input.isEnd ? this.#finish(state, side, input, message) : Parsed.NEED_MORE;
    side.isInFrame = false;
    if (!isData) return GOING;
    if (frame.has(FrameFlag.END_STREAM)) {
      side.ended = state.streams.get(frame.stream);
      if (side.ended !== undefined) side.ended.endedUs = input.timeUs;
    }
    const event = frame.stream === 0 ? Http2Event.DATA_STREAM_ZERO : 0;
    return this.#tellFrame(state, side, input, message, event);
  }

  #append(state: Http2State, side: ConnectionSide, input: ParserInput, length: number): void {
    const { bytes, offset, direction, timeUs } = input;
    const half = state.streamOf(side.frame.stream).sides[direction];
    half.bodyBytes += length;
    if (half.isDone) return;
    if (!half.body.isOpen && !half.body.open(timeUs)) half.isDone = true;
    half.body.append(bytes, offset, offset + length, timeUs);
  }

  #readHeaders(
    state: Http2State,
    side: ConnectionSide,
    input: ParserInput,
    start: number,
    message: MessageView,
  ): Step {
    const { frame } = side;
    const { bytes } = input;
    let from = start;
    let to = start + frame.length;
    if (frame.type !== FrameType.CONTINUATION) {
      side.blockLength = 0;
      side.blockStream = frame.stream;
      side.hasEndOfStream = frame.type === FrameType.HEADERS && frame.has(FrameFlag.END_STREAM);
      side.isPromise = frame.type === FrameType.PUSH_PROMISE;
      side.priority = -1;
      if (frame.has(FrameFlag.PADDED) && from < to) to -= bytes[from++]!;
      if (side.isPromise) from += PROMISE_BYTES;
      else if (frame.has(FrameFlag.PRIORITY)) {
        if (from + PRIORITY_BYTES <= to) side.priority = bytes[from + PRIORITY_BYTES - 1]!;
        from += PRIORITY_BYTES;
      }
      if (from > to) return this.#tellFrame(state, side, input, message, Http2Event.INVALID_FRAME_DATA);
    }
    const isWhole = frame.has(FrameFlag.END_HEADERS);
    if (!side.appendBlock(bytes, from, to)) {
      side.blockLength = 0;
      return this.#tellFrame(state, side, input, message, Http2Event.REASSEMBLY_LIMIT_REACHED);
    }
    return isWhole ? this.#tellHeaders(state, side, input, message) : GOING;
  }

  /** A header block is complete. */
  #tellHeaders(state: Http2State, side: ConnectionSide, input: ParserInput, message: MessageView): Step {
    const { direction } = input;
    const list = this.#list;
    const code = side.hpack.decode(side.block, 0, side.blockLength, list);
    side.blockLength = 0;
    const stream = state.streamOf(side.blockStream);
    this.#begin(state, stream, direction, STAGE_HEAD, message);
    message.setNumber(
      NumberField.HTTP2_FRAME_TYPE,
      side.isPromise ? FrameType.PUSH_PROMISE : FrameType.HEADERS,
    );
    if (side.priority >= 0) message.setNumber(NumberField.HTTP2_PRIORITY, side.priority);
    if (code === Hpack.INVALID) message.addEvent(Http2Event.INVALID_HEADER);
    if (code === Hpack.OVERFLOW) message.addEvent(Http2Event.HEADER_INTEGER_OVERFLOW);
    if (side.isPromise) return Parsed.MESSAGE;
    this.#fields.add(message, list, direction);
    message.areHeadersLate = direction === TO_CLIENT && stream.sides[TO_SERVER].hasGoneOn;
    const half = stream.sides[direction];
    if (side.priority >= 0) half.priority = side.priority;
    // Trailers and answers before the answer do not stand for the body.
    if (half.headers === undefined || half.bodyBytes === 0) half.headers = list.compact();
    if (side.hasEndOfStream) {
      side.ended = stream;
      stream.endedUs = input.timeUs;
    }
    return Parsed.MESSAGE;
  }

  #readControl(
    state: Http2State,
    side: ConnectionSide,
    input: ParserInput,
    start: number,
    message: MessageView,
  ): Step {
    const { bytes } = input;
    const { type, length } = side.frame;
    this.#tellFrame(state, side, input, message, 0);
    const half = state.stream?.sides[input.direction];
    switch (type) {
      case FrameType.SETTINGS:
        message.isHiddenFromRules ||= length === 0;
        for (let at = start; at + SETTING_BYTES <= start + length; at += SETTING_BYTES) {
          message.add(Field.HTTP2_SETTINGS, bytes, at, SETTING_BYTES);
          if (readUint16(bytes, at) === 0) message.addEvent(Http2Event.INVALID_FRAME_DATA);
        }
        if (length % SETTING_BYTES !== 0) message.addEvent(Http2Event.INVALID_FRAME_DATA);
        break;
      case FrameType.RST_STREAM:
        if (length >= 4) {
          const code = readUint32(bytes, start);
          message.setNumber(NumberField.HTTP2_ERROR_CODE, code);
          if (half !== undefined) half.errorCode = code;
        }
        if (length !== 4) message.addEvent(Http2Event.INVALID_FRAME_LENGTH);
        break;
      case FrameType.GOAWAY:
        // As in Suricata, where it is the first word: the last stream.
        if (length >= 8) message.setNumber(NumberField.HTTP2_ERROR_CODE, readUint32(bytes, start));
        else message.addEvent(Http2Event.INVALID_FRAME_LENGTH);
        break;
      case FrameType.PRIORITY:
        if (length >= PRIORITY_BYTES) {
          const weight = bytes[start + PRIORITY_BYTES - 1]!;
          message.setNumber(NumberField.HTTP2_PRIORITY, weight);
          if (half !== undefined) half.priority = weight;
        }
        if (length !== PRIORITY_BYTES) message.addEvent(Http2Event.INVALID_FRAME_LENGTH);
        break;
      case FrameType.WINDOW_UPDATE:
        if (length >= 4) message.setNumber(NumberField.HTTP2_WINDOW, readUint32(bytes, start) & 0x7fff_ffff);
        if (length !== 4) message.addEvent(Http2Event.INVALID_FRAME_LENGTH);
        break;
      default:
    }
    return Parsed.MESSAGE;
  }

  /** The frame at hand, with its type and an event, if any. */
  #tellFrame(
    state: Http2State,
    side: ConnectionSide,
    input: ParserInput,
    message: MessageView,
    event: number,
  ): Step {
    const { frame } = side;
    const stream = frame.stream === 0 ? undefined : state.streams.get(frame.stream);
    const isOver = stream?.isOverAt(input.timeUs) === true && frame.type !== FrameType.DATA;
    this.#begin(state, stream, input.direction, STAGE_HEAD, message);
    message.isHiddenFromRules = isOver;
    message.setNumber(NumberField.HTTP2_FRAME_TYPE, frame.type);
    if (event !== 0) message.addEvent(event);
    return Parsed.MESSAGE;
  }

  #tellUpgraded(state: Http2State, request: HeaderList, message: MessageView): Step {
    state.upgraded = undefined;
    const stream = state.streamOf(UPGRADED_STREAM);
    this.#begin(state, stream, TO_SERVER, STAGE_HEAD, message);
    message.setNumber(NumberField.HTTP2_FRAME_TYPE, FrameType.HEADERS);
    this.#fields.add(message, request, TO_SERVER);
    const half = stream.sides[TO_SERVER];
    half.headers = request;
    half.isDone = true;
    return Parsed.MESSAGE;
  }

  #begin(
    state: Http2State,
    stream: Http2Stream | undefined,
    direction: DirectionId,
    stage: number,
    message: MessageView,
  ): void {
    state.stream = stream;
    message.begin(this.protocol, direction, stage, stream?.transaction ?? state.transactions++);
  }

  /** The stream that ended in this direction: its body is handed out. */
  #handOut(state: Http2State, side: ConnectionSide, direction: DirectionId, message: MessageView): Step {
    const stream = side.ended!;
    side.ended = undefined;
    const half = stream.sides[direction];
    const { length, isFull } = half.body;
    const body = half.body.close();
    const isEmpty = half.isDone || body === null || length === 0;
    half.isDone = true;
    if (isEmpty) return GOING;
    this.#begin(state, stream, direction, STAGE_BODY, message);
    if (half.headers !== undefined) this.#fields.add(message, half.headers, direction);
    const decoder = this.#decoder;
    decoder.decode(half.headers, body.bytes, length);
    if (decoder.hasFailed) message.addEvent(Http2Event.FAILED_DECOMPRESSION);
    const field = direction === TO_SERVER ? Field.HTTP_REQUEST_BODY : Field.HTTP_RESPONSE_BODY;
    message.add(field, decoder.bytes, 0, decoder.length);
    // As in Suricata what a client sends is no file data, though it is a file.
    if (direction !== TO_SERVER) message.add(Field.FILE_DATA, decoder.bytes, 0, decoder.length);
    // The file has no name, which a rule may ask for.
    message.add(Field.FILE_NAME, decoder.bytes, 0, 0);
    message.addFileSize(decoder.length, isFull);
    return Parsed.MESSAGE;
  }

  /** No more comes in this direction: bodies are handed out as they are. */
  #finish(state: Http2State, side: ConnectionSide, input: ParserInput, message: MessageView): Step {
    for (const stream of state.streams.values()) {
      const half = stream.sides[input.direction];
      if (half.isDone || !half.body.isOpen) continue;
      side.ended = stream;
      side.isInFrame = false;
      return this.#handOut(state, side, input.direction, message);
    }
    return Parsed.DONE;
  }
}
