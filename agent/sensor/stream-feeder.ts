import { ROW_BYTES, ROW_FLOATS, RowPart } from "./flow/flow-rows.js";
import type { FlowTracker } from "./flow/flow-tracker.js";
import { APP } from "./flow/stream-heads.js";
import type { AppLayer } from "./proto/app-layer.js";
import type { FrameReader } from "./proto/frames/frame-reader.js";
import { Parsed, type ParsedCode } from "./proto/parser.js";
import { type DirectionId, Protocol, TO_CLIENT, TO_SERVER } from "./proto/protocols.js";
import type { ProtocolFindings } from "./protocol-findings.js";
import type { StreamInspection } from "./stream-inspection.js";

/**
 * Brings the in-order bytes of TCP flows before the parsers and tells the streams what became of them. Memory: 17 bytes per
 * flow.
 */
export class StreamFeeder {
  /** Holes behind which a parser went on. */
  gapsPassed = 0;
  readonly #tracker: FlowTracker;
  readonly #appLayer: AppLayer;
  readonly #inspection: StreamInspection;
  readonly #findings: ProtocolFindings;
  readonly #frames: FrameReader;
  /** Stream position of the first byte the parser has not consumed, by flow and direction: what is shown beyond it has a hole before it. */
  readonly #expected: Float64Array;
  /** Bits of the directions in which octets were missing, by flow. */
  readonly #gaps: Uint8Array;
  /** A hole follows behind the input that was shown last. */
  #hasGap = false;
  /** Where the input that was shown last begins in the stream, and in its bytes. */
  #position = 0;
  #start = 0;

  constructor(
    tracker: FlowTracker,
    appLayer: AppLayer,
    inspection: StreamInspection,
    findings: ProtocolFindings,
    frames: FrameReader,
  ) {
    this.#tracker = tracker;
    this.#findings = findings;
    this.#frames = frames;
    this.#inspection = inspection;
    this.#appLayer = appLayer;
    this.#expected = tracker.rows.float64(RowPart.PARSED);
    this.#gaps = tracker.rows.uint8(RowPart.READER_STATES + 2);
  }

  /** Put the unread bytes of a direction before the parsers; false where there are none, or nobody wants them. */
  show(flow: number, direction: DirectionId, timeUs: number): boolean {
    const { streams, table } = this.#tracker;
    if (!streams.span(flow, direction, APP)) return false;
    const { input } = this.#appLayer;
    input.bytes = streams.bytes;
    input.offset = streams.offset;
    input.end = streams.end;
    input.direction = direction;
    input.isEnd = streams.isEnd;
    input.isFull = streams.isFull;
    input.skipBytes = 0;
    input.timeUs = timeUs;
    const isFromClient = direction === TO_SERVER;
    input.sourcePort = isFromClient ? table.clientPort(flow) : table.serverPort(flow);
    input.destinationPort = isFromClient ? table.serverPort(flow) : table.clientPort(flow);
    input.clientAddresses = table.clientAddress;
    input.serverAddresses = table.serverAddress;
    input.addressOffset = table.addressOffset(flow);
    input.clientPackets = table.packets(flow, TO_SERVER);
    this.#hasGap = streams.hasGap;
    this.#position = streams.streamOffset;
    this.#start = streams.offset;
    const gapBytes = this.#position - this.#expected[flow * ROW_FLOATS + direction]!;
    if (this.#hasGap || gapBytes > 0)
      this.#gaps[flow * ROW_BYTES] = this.#gaps[flow * ROW_BYTES]! | (1 << direction);
    return gapBytes <= 0 || !this.#appLayer.mayPassGap(flow) || this.#passGap(flow, direction, gapBytes);
  }

  /**
   * Parse what was shown, and what the stream shows next (from a full head, from behind a hole).
   */
  parse(flow: number, direction: DirectionId, timeUs: number): void {
    const { input } = this.#appLayer;
    const { streams } = this.#tracker;
    for (;;) {
      const start = input.offset;
      if (this.#frames.isWanted) this.#frames.readStream(flow, this.#appLayer, this.#position);
      // Where the parser may go on behind a hole, it is the end only for what it cannot finish without it.
      const mayPassGap = this.#hasGap && this.#appLayer.mayPassGap(flow);
      if (mayPassGap) input.isEnd = false;
      const protocol = this.#appLayer.protocols[flow]!;
      let code = this.#appLayer.parse(flow);
      if (this.#appLayer.protocols[flow] === Protocol.UNKNOWN) this.#findings.change(flow, protocol);
      if (mayPassGap && code === Parsed.NEED_MORE && this.#appLayer.readsUpToGap(flow)) {
        input.isFull = true;
        code = this.#appLayer.parse(flow);
      }
      if (mayPassGap && code === Parsed.NEED_MORE && !this.#isReadyForGap(flow, direction)) {
        code = this.#parseEnd(flow);
      }
      if (input.firstInspection >= 0) this.#askForInspection(flow, direction);
      const consumed = input.offset - start;
      this.#expected[flow * ROW_FLOATS + direction] = this.#position + consumed + input.skipBytes;
      if (code === Parsed.FAILED) {
        this.stop(flow);
        return;
      }
      if (code === Parsed.DONE && !this.#frames.readsOn(flow, this.#appLayer)) {
        streams.stop(flow, direction, APP);
        return;
      }
      const isMore = this.#hasGap || (input.isFull && (consumed > 0 || input.skipBytes > 0));
      if (consumed > 0) streams.consume(flow, direction, APP, consumed);
      if (input.skipBytes > 0) streams.skip(flow, direction, input.skipBytes);
      if (!isMore || !this.show(flow, direction, timeUs)) return;
    }
  }

  /** `parse` for what is unread in a direction, recognising the protocol where that is still open. */
  showAndParse(flow: number, direction: DirectionId, timeUs: number): void {
    if (!this.show(flow, direction, timeUs)) return;
    if (this.recognise(flow, direction)) this.parse(flow, direction, timeUs);
    else if (this.#appLayer.isFinished(flow)) this.stop(flow);
  }

  /** `show` and `recognise`; returns whether there is a parser to run on what is shown now. */
  showAndRecognise(flow: number, direction: DirectionId, timeUs: number): boolean {
    return this.show(flow, direction, timeUs) && this.recognise(flow, direction);
  }

  /** The flow is over: what is only known now. */
  finish(flow: number): void {
    this.#frames.finish(flow);
    this.#appLayer.finish(flow);
  }

  /** Find out what the flow speaks from what was shown, unless that is known; returns whether there is a parser to run. */
  recognise(flow: number, direction: DirectionId): boolean {
    const before = this.#appLayer.protocols[flow]!;
    const isKnown = this.#appLayer.recognise(flow, false);
    if (this.#hasGap) this.#appLayer.lookAgain(flow, direction);
    if (!this.#findings.isOpen(flow, direction)) return isKnown;
    if (this.#findings.look(flow, direction, this.#appLayer, this.#position, before)) return isKnown;
    this.#appLayer.giveUp(flow);
    return false;
  }

  /** Position in the stream behind the last step of the protocol that has ended in what is being parsed, −1 where none has. */
  get inspectionPosition(): number {
    const { lastInspection } = this.#appLayer.input;
    return lastInspection < 0 ? -1 : this.#position + lastInspection - this.#start;
  }

  /** Bits of the directions in which octets were missing that somebody wanted to read. */
  gaps(flow: number): number {
    return this.#gaps[flow * ROW_BYTES]!;
  }

  /** Nobody wants the bytes of this flow. */
  stop(flow: number): void {
    this.#tracker.streams.stop(flow, TO_SERVER, APP);
    this.#tracker.streams.stop(flow, TO_CLIENT, APP);
  }

  /** The flow's slot is given to another flow. */
  release(flow: number): void {
    this.#gaps[flow * ROW_BYTES] = 0;
    this.#expected[flow * ROW_FLOATS] = 0;
    this.#expected[flow * ROW_FLOATS + 1] = 0;
  }

  #askForInspection(flow: number, direction: DirectionId): void {
    const { input } = this.#appLayer;
    const first = this.#position + input.firstInspection - this.#start;
    this.#inspection.ask(flow, direction, first, this.inspectionPosition);
    input.firstInspection = -1;
    input.lastInspection = -1;
  }

  #isReadyForGap(flow: number, direction: DirectionId): boolean {
    const { input } = this.#appLayer;
    if (!this.#appLayer.passGap(flow, direction, 0)) return false;
    if (input.offset === input.end) return true;
    if (!this.#appLayer.joinsOverGap(flow)) return false;
    this.#tracker.streams.joinOverHole(flow, direction);
    return true;
  }

  /** What was shown stands behind a hole. A parser that cannot go on there hears of an end instead; returns whether it goes on. */
  #passGap(flow: number, direction: DirectionId, gapBytes: number): boolean {
    if (this.#appLayer.passGap(flow, direction, gapBytes)) {
      this.gapsPassed++;
      return true;
    }
    const { input } = this.#appLayer;
    input.end = input.offset;
    if (this.#parseEnd(flow) === Parsed.FAILED) this.stop(flow);
    else this.#tracker.streams.stop(flow, direction, APP);
    return false;
  }

  /** The input is all there will be. */
  #parseEnd(flow: number): ParsedCode {
    this.#appLayer.input.isEnd = true;
    const code = this.#appLayer.parse(flow);
    return code === Parsed.NEED_MORE ? Parsed.DONE : code;
  }
}
