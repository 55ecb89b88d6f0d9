/**
 * Owns which bytes of a TCP stream payload rules look at together, and when; as Suricata 7 does it where it is not inline: with a
 * packet of the same direction, all that its receiver has acknowledged and that was not looked at before; once CHUNK_BYTES have
 * gathered, or a step of the application protocol has ended in them, or the connection closes. So each byte is looked at
 * once, and what matches stands in one window. When the flow is over, whatever is left is looked at.
 *
 * A hole parts what is looked at into several windows, of which a rule holds in one; late data fills it until then. What stands behind
 * the last hole is looked at again the next time, where more may stand with it. Two things differ: a hole that finds no room ends a
 * window when it is found, and so do bytes that find none.
 *
 * Memory: 8 bytes of the flow's row; what is not looked at yet is kept by `StreamBuffers`.
 */
import type { FlowLimits } from "./flow/flow-limits.js";
import { ROW_WORDS, RowPart } from "./flow/flow-rows.js";
import { TCP_TIME_WAIT } from "./flow/flow-state.js";
import type { FlowTracker } from "./flow/flow-tracker.js";
import type { StreamBuffers } from "./flow/stream-buffers.js";
import { RAW } from "./flow/stream-heads.js";
import type { StreamWindow } from "./match/stream-window.js";
import { type DirectionId, TO_CLIENT, TO_SERVER } from "./proto/protocols.js";
import { NO_BYTES } from "./wire/packet-view.js";

/** Suricata's `toserver-chunk-size` and `toclient-chunk-size`, without the random part. */
const CHUNK_BYTES = 2560;
const NOT_FLUSHED = -1;

export class StreamInspection implements StreamWindow {
  // The window that is open.
  bytes: Uint8Array = NO_BYTES;
  offset = 0;
  length = 0;
  isFurther = false;
  readonly #tracker: FlowTracker;
  readonly #streams: StreamBuffers;
  readonly #depthBytes: number;
  readonly #headBytes: number;
  /**
   * Position behind which a step of the protocol ends that was not looked at yet, by flow and direction; 0: none. Negative where
   * further steps end behind it.
   */
  readonly #asked: Int32Array;
  /** Up to where the streams of the flow at hand were looked at before their turn (`flush`). */
  readonly #flushed = new Float64Array([NOT_FLUSHED, NOT_FLUSHED]);
  #flow = 0;
  #direction: DirectionId = 0;
  #limit = 0;
  #position = 0;
  #isHoleNext = false;
  /** Bytes that are missing behind the window. */
  #holeBytes = 0;
  /** A hole was passed over, and the last window will be looked at again. */
  #isBehindHole = false;
  #isLast = false;
  #hasPassedOver = false;

  constructor(tracker: FlowTracker, limits: FlowLimits) {
    this.#tracker = tracker;
    this.#streams = tracker.streams;
    this.#depthBytes = limits.rawDepthBytes;
    this.#headBytes = limits.streamHeadBytes;
    this.#asked = tracker.rows.int32(RowPart.ASKED);
  }

  /** A step of the protocol ends behind `first`, and the last one that is known behind `last`; positions in the stream. */
  ask(flow: number, direction: DirectionId, first: number, last: number): void {
    const word = flow * ROW_WORDS + direction;
    if (last > this.#depthBytes) return;
    const asked = this.#asked[word]!;
    if (asked !== 0) this.#asked[word] = -Math.abs(asked);
    else this.#asked[word] = last > first ? -first : first;
  }

  /**
   * Open the window that is looked at with the packet at hand, in its direction. Returns whether there is one.
   *
   * @param isClosing all that was acknowledged is looked at now, and nothing behind it
   */
  open(flow: number, direction: DirectionId, isClosing: boolean): boolean {
    const streams = this.#streams;
    if (streams.isStopped(flow, direction, RAW)) return false;
    const received = streams.receivedBytes(flow, direction);
    const progress = streams.progress(flow, direction, RAW);
    if (progress >= received) return false;
    const acknowledged = streams.acknowledgedBytes(flow, direction);
    const isFull = received - progress >= this.#headBytes;
    const isDue =
      isFull ||
      isClosing ||
      acknowledged - progress >= CHUNK_BYTES ||
      (this.#tracker.isTcpValid && this.#tracker.table.tcpState(flow) > TCP_TIME_WAIT) ||
      received >= this.#depthBytes ||
      this.#isAskedFor(flow, direction, acknowledged);
    if (!isDue) return false;
    return this.#begin(
      flow,
      direction,
      isFull ? received : Math.min(acknowledged, received),
      isFull || isClosing,
    );
  }

  /** Whether the direction has anything that was not looked at, or of which the reader was not told, with no packet at hand that brings more. */
  isPending(flow: number, direction: DirectionId): boolean {
    return this.#streams.isUnfinished(flow, direction, RAW);
  }

  /** There are no rules: nobody looks at this direction until `resume`, and of what it brings nothing is kept for that. */
  passOver(flow: number, direction: DirectionId, isClosing: boolean): void {
    this.#hasPassedOver = true;
    if (isClosing) this.#streams.stop(flow, direction, RAW);
    else this.#streams.passOver(flow, direction, RAW);
  }

  /** There are rules again: what all flows bring from now on is looked at. */
  resume(): void {
    if (!this.#hasPassedOver) return;
    this.#hasPassedOver = false;
    for (let flow = this.#tracker.table.takenSlots - 1; flow >= 0; flow--) {
      this.#streams.resume(flow, TO_SERVER, RAW);
      this.#streams.resume(flow, TO_CLIENT, RAW);
    }
  }

  /** Open the window of all that is left. It can be shown to others until `next`, and is not flushed for them again. */
  openRest(flow: number, direction: DirectionId): boolean {
    if (this.#streams.isStopped(flow, direction, RAW)) return false;
    if (!this.#begin(flow, direction, this.#streams.receivedBytes(flow, direction), true)) return false;
    this.#flushed[direction] = this.#position + this.length;
    return true;
  }

  /** Open the window before a hole that was found with the packet at hand and has no place; all that is there is looked at now. */
  openBeforeHole(flow: number, direction: DirectionId): boolean {
    const streams = this.#streams;
    if (streams.isStopped(flow, direction, RAW) || !streams.hasHole(flow, direction, RAW)) return false;
    return this.#begin(flow, direction, streams.receivedBytes(flow, direction), true);
  }

  /** The window was looked at: open the next, behind a hole. */
  next(): boolean {
    this.#flushed[this.#direction] = NOT_FLUSHED;
    const isOver = !this.#isHoleNext && this.#position + this.length >= this.#limit;
    if (isOver && this.#isBehindHole && !this.#isLast) return false;
    this.#streams.consume(this.#flow, this.#direction, RAW, this.length + (isOver ? 0 : this.#holeBytes));
    if (isOver) return false;
    this.#isBehindHole ||= this.#holeBytes > 0;
    this.isFurther = true;
    return this.#show();
  }

  /**
   * Open what would be looked at with the next packet: a message is about to be judged that it came with, and rules on it may ask
   * for marks of rules on the stream.
   *
   * @param position behind the step of the protocol that has ended with what is being parsed, or −1
   */
  flush(flow: number, direction: DirectionId, position: number): boolean {
    const streams = this.#streams;
    if (streams.isStopped(flow, direction, RAW)) return false;
    const acknowledged = streams.acknowledgedBytes(flow, direction);
    const received = streams.receivedBytes(flow, direction);
    let limit = Math.min(position, received);
    if (this.#isAsked(flow, direction, acknowledged))
      limit = Math.max(limit, Math.min(acknowledged, received));
    const from = Math.max(streams.progress(flow, direction, RAW), this.#flushed[direction]!);
    if (limit <= from || streams.hasHole(flow, direction, RAW)) return false;
    // What has a hole waits for its turn: late data may fill it.
    if (!streams.span(flow, direction, RAW) || streams.holeBytes > 0) return false;
    // Behind a hole that was told before, what is shown begins later.
    const begin = Math.max(from, streams.streamOffset);
    const end = Math.min(streams.streamOffset + streams.end - streams.offset, limit);
    if (end <= begin) return false;
    this.bytes = streams.bytes;
    this.offset = streams.offset + begin - streams.streamOffset;
    this.length = end - begin;
    this.isFurther = false;
    this.#flushed[direction] = end;
    return true;
  }

  /** At the end of each packet: what was looked at before its turn is done with. */
  settle(flow: number): void {
    this.#settle(flow, 0);
    this.#settle(flow, 1);
  }

  /** The flow's slot is given to another flow. */
  forget(flow: number): void {
    this.#asked[flow * ROW_WORDS] = 0;
    this.#asked[flow * ROW_WORDS + 1] = 0;
    this.#flushed[0] = NOT_FLUSHED;
    this.#flushed[1] = NOT_FLUSHED;
  }

  #settle(flow: number, direction: DirectionId): void {
    const flushed = this.#flushed[direction]!;
    if (flushed === NOT_FLUSHED) return;
    const left = flushed - this.#streams.progress(flow, direction, RAW);
    if (left > 0) this.#streams.consume(flow, direction, RAW, left);
    this.#flushed[direction] = NOT_FLUSHED;
  }

  #isAsked(flow: number, direction: DirectionId, acknowledged: number): boolean {
    const asked = Math.abs(this.#asked[flow * ROW_WORDS + direction]!);
    return asked !== 0 && asked <= acknowledged;
  }

  /** The same, and the question is answered. What of further ones is not known counts as one behind all that was parsed. */
  #isAskedFor(flow: number, direction: DirectionId, acknowledged: number): boolean {
    if (!this.#isAsked(flow, direction, acknowledged)) return false;
    const word = flow * ROW_WORDS + direction;
    const received = this.#streams.receivedBytes(flow, direction);
    this.#asked[word] = this.#asked[word]! < 0 && received > acknowledged ? received : 0;
    return true;
  }

  #begin(flow: number, direction: DirectionId, limit: number, isLast: boolean): boolean {
    this.#settle(flow, direction);
    this.#isLast = isLast;
    this.#isBehindHole = false;
    this.isFurther = false;
    this.#flow = flow;
    this.#direction = direction;
    this.#limit = limit;
    return this.#show();
  }

  #show(): boolean {
    const streams = this.#streams;
    while (streams.span(this.#flow, this.#direction, RAW)) {
      const { hasGap } = streams;
      const whole = streams.end - streams.offset;
      // As in Suricata what stands behind a hole is looked at whole, acknowledged or not.
      const isWhole = hasGap || this.#isBehindHole;
      const length = isWhole ? whole : Math.min(whole, this.#limit - streams.streamOffset);
      this.#isHoleNext = hasGap;
      this.#holeBytes = length === whole ? streams.holeBytes : 0;
      if (length > 0) {
        this.bytes = streams.bytes;
        this.offset = streams.offset;
        this.length = length;
        this.#position = streams.streamOffset;
        return true;
      }
      if (this.#holeBytes > 0 && streams.streamOffset < this.#limit) {
        streams.consume(this.#flow, this.#direction, RAW, this.#holeBytes);
        this.#isBehindHole = true;
      } else if (!hasGap) return false;
    }
    return false;
  }
}
