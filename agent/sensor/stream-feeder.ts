import type { FlowTracker } from "./flow/flow-tracker.js";
import { APP } from "./flow/stream-buffers.js";
import type { AppLayer } from "./proto/app-layer.js";
import { Parsed } from "./proto/parser.js";
import { type DirectionId, Protocol, TO_CLIENT, TO_SERVER } from "./proto/protocols.js";

/** Brings the in-order bytes of TCP flows before the parsers and tells the streams what became of them. */
export class StreamFeeder {
  readonly #tracker: FlowTracker;
  readonly #appLayer: AppLayer;
  /** A hole follows behind the input that was shown last. */
  #hasGap = false;

  constructor(tracker: FlowTracker, appLayer: AppLayer) {
    this.#tracker = tracker;
    this.#appLayer = appLayer;
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
    input.sourcePort = isFromClient ? table.clientPort[flow]! : table.serverPort[flow]!;
    input.destinationPort = isFromClient ? table.serverPort[flow]! : table.clientPort[flow]!;
    input.clientAddresses = table.clientAddress;
    input.serverAddresses = table.serverAddress;
    input.addressOffset = flow * 4;
    this.#hasGap = streams.hasGap;
    return true;
  }

  /**
   * Parse what was shown, and what the stream shows next (from a full head, from behind a hole). Returns whether a protocol
   * of whole records (SMB) has taken in every byte: the next one begins another record.
   */
  parse(flow: number, direction: DirectionId, timeUs: number): boolean {
    const { input } = this.#appLayer;
    const { streams } = this.#tracker;
    for (;;) {
      const start = input.offset;
      const code = this.#appLayer.parse(flow);
      const consumed = input.offset - start;
      if (code === Parsed.FAILED) {
        this.stop(flow);
        return false;
      }
      if (code === Parsed.DONE) {
        streams.stop(flow, direction, APP);
        return false;
      }
      const isMore = this.#hasGap || (input.isFull && (consumed > 0 || input.skipBytes > 0));
      if (consumed > 0) streams.consume(flow, direction, APP, consumed);
      if (input.skipBytes > 0) streams.skip(flow, direction, APP, input.skipBytes);
      if (!isMore || !this.show(flow, direction, timeUs)) {
        return this.#appLayer.protocols[flow] === Protocol.SMB && input.offset === input.end;
      }
    }
  }

  /** Parse what is unread in a direction, recognising the protocol where that is still open. */
  showAndParse(flow: number, direction: DirectionId, timeUs: number): void {
    if (!this.show(flow, direction, timeUs)) return;
    if (this.#appLayer.recognise(flow, false)) this.parse(flow, direction, timeUs);
    else if (this.#appLayer.isFinished(flow)) this.stop(flow);
  }

  /** Nobody wants the bytes of this flow. */
  stop(flow: number): void {
    this.#tracker.streams.stop(flow, TO_SERVER, APP);
    this.#tracker.streams.stop(flow, TO_CLIENT, APP);
  }
}
