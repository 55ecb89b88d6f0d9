/**
 * Owns what requests and responses have in common: the way from a head over a body to the two messages, one with
 * the head (STAGE_HEAD) as soon as it is complete, one with the body as well (STAGE_BODY), also where there is none.
 *
 * The body is handed out once: when it is over, when the limit is reached, when the stream ends, or when there is
 * no room to keep it. Suricata inspects large bodies in windows; with the whole prefix at once the same contents
 * match, and offsets and depths count from the beginning of the body in both. (Only a negated content can differ:
 * Suricata may decide about it before all of the prefix is there.)
 *
 * What follows of a body that was handed out is skipped without being buffered. Where nobody looks at bodies
 * (`isRead`) the message is handed out with the first of it, without a body, and all of it is skipped.
 */

import { Field } from "../fields.js";
import type { MessageView } from "../message-view.js";
import { STAGE_BODY, STAGE_HEAD } from "../message-view.js";
import { copyOctets, indexOfOctet } from "../octets.js";
import { Parsed, type ParsedCode, type ParserInput } from "../parser.js";
import { type DirectionId, Protocol, TO_CLIENT, TO_SERVER } from "../protocols.js";
import { BodyCollector } from "./body-collector.js";
import type { BodyPool } from "./body-pool.js";
import { Framing } from "./framing.js";
import { type HttpSide, type HttpState, Phase, type PhaseId } from "./http-state.js";
import { Ending, type EndingCode } from "./line-ends.js";
import { LF } from "./octet-class.js";

/** A step was made without a result: make the next one. */
export const GOING = -1;
export type Step = ParsedCode | typeof GOING;

/** Longer messages are no frame: they would have to be put together again. */
const MAX_FRAME_BYTES = 16 * 1024;

/** Phases in which a message waits for more of its body. */
function isInBody(phase: PhaseId): boolean {
  return phase >= Phase.HEAD_REST && phase <= Phase.FINISH;
}

/** How to parse a head again that was handed out: what was kept of it is all there is. */
export function reparseEnding(side: HttpSide): EndingCode {
  return side.headEnding === Ending.CLOSED ? Ending.CLOSED : Ending.CUT;
}

export abstract class SideParser {
  protected readonly collector: BodyCollector;
  readonly #direction: DirectionId;
  /** Entries of the head message handed out last, to know whether the view still holds it. */
  #headEntries = 0;
  #headSide: HttpSide | null = null;
  #nowUs = 0;
  readonly #frame = new Uint8Array(MAX_FRAME_BYTES);

  constructor(direction: DirectionId, pool: BodyPool, bodyLimitBytes: number) {
    this.#direction = direction;
    this.collector = new BodyCollector(pool, bodyLimitBytes);
  }

  protected abstract sideOf(state: HttpState): HttpSide;
  /** Make one step in a phase that only one direction has, or has in its own way. */
  protected abstract step(state: HttpState, side: HttpSide, input: ParserInput, message: MessageView): Step;
  /** Parse `bytes[start, end)`, a head handed out before, again, with its trailers. */
  protected abstract reparseHead(state: HttpState, collector: BodyCollector): void;
  protected abstract addHeadFields(state: HttpState, message: MessageView): void;
  protected abstract addBodyFields(state: HttpState, side: HttpSide, message: MessageView): void;
  /** The phase behind a message. */
  protected abstract phaseAfter(state: HttpState, side: HttpSide): PhaseId;

  parse(state: HttpState, input: ParserInput, message: MessageView): ParsedCode {
    this.#nowUs = input.timeUs;
    const side = this.sideOf(state);
    const before = side.messages;
    const code = this.#parse(state, side, input, message);
    if (side.messages !== before) {
      input.inspectBehind(input.offset);
      if (this.#direction === TO_SERVER) state.clientPackets = input.clientPackets;
    }
    message.isOtherSideOver = this.#direction === TO_CLIENT && input.clientPackets > state.clientPackets;
    return code;
  }

  #parse(state: HttpState, side: HttpSide, input: ParserInput, message: MessageView): ParsedCode {
    // What was looked at has lost its memory to others.
    if (side.scanned > input.end - input.offset) this.consume(side, input, input.offset);
    if (isInBody(side.phase) && !side.isInspected && !this.collector.resume(side, input.timeUs)) {
      side.isInspected = true;
    }
    // Every step consumes octets or goes to a later phase.
    for (;;) {
      const step = this.#step(state, side, input, message);
      if (step === GOING) continue;
      if (step !== Parsed.NEED_MORE || !isInBody(side.phase) || side.isInspected) return step;
      if (input.isEnd) {
        input.offset = input.end;
        const last = this.handOutBody(state, side, message, true);
        side.phase = Phase.DONE;
        return last;
      }
      const isKept = isRead(side, input) && this.collector.park(side, input.timeUs);
      if (!isKept) return this.handOutBody(state, side, message, false);
      return step;
    }
  }

  #step(state: HttpState, side: HttpSide, input: ParserInput, message: MessageView): Step {
    switch (side.phase) {
      case Phase.BODY_LENGTH:
        return this.#takeBody(state, side, input, message, Phase.FINISH);
      case Phase.CHUNK_DATA:
        return this.#takeBody(state, side, input, message, Phase.CHUNK_END);
      case Phase.CHUNK_END:
        return this.#skipLine(side, input, Phase.CHUNK_SIZE);
      case Phase.DONE:
        return Parsed.DONE;
      case Phase.BROKEN:
        input.offset = input.end;
        return Parsed.FAILED;
      default:
        return this.step(state, side, input, message);
    }
  }

  /** Hand out the head that begins at `input.offset` and has been parsed. */
  protected handOutHead(
    state: HttpState,
    side: HttpSide,
    input: ParserInput,
    headEnd: number,
    message: MessageView,
  ): ParsedCode {
    side.phase = Phase.AFTER_HEAD;
    side.headUs = input.timeUs;
    side.headLength = headEnd - input.offset;
    const messageEnd = headEnd + bodyBytesOf(side);
    if (messageEnd <= input.end) input.inspectBehind(messageEnd);
    side.scanned = 0;
    side.lineFrom = 0;
    side.wasFeedReturn = false;
    side.hasPartialHead = false;
    message.begin(Protocol.HTTP1, this.#direction, STAGE_HEAD, side.messages);
    this.addHeadFields(state, message);
    if (side.framing === Framing.CHUNKED) message.part = side.messages;
    this.#headSide = side;
    this.#headEntries = message.entryCount;
    return Parsed.MESSAGE;
  }

  /** Whether what was parsed last is the head of this side's message, still at the same place. */
  protected isHeadParsed(side: HttpSide, bytes: Uint8Array, start: number, parsed: ParsedHead): boolean {
    return this.#headSide === side && parsed.bytes === bytes && parsed.lineStart === start;
  }

  protected forgetHead(): void {
    this.#headSide = null;
  }

  /** Hand out the message with its body. `isOver` if nothing more of it follows. */
  protected handOutBody(state: HttpState, side: HttpSide, message: MessageView, isOver: boolean): ParsedCode {
    const { collector } = this;
    const isSame =
      this.#headSide === side &&
      collector.trailerStart === collector.trailerEnd &&
      message.protocol === Protocol.HTTP1 &&
      message.direction === this.#direction &&
      message.stage === STAGE_HEAD &&
      message.transaction === side.messages &&
      message.entryCount === this.#headEntries &&
      collector.headEnd > collector.headStart &&
      message.entryBytes[0] === collector.bytes;
    if (isSame) message.stage = STAGE_BODY;
    else {
      message.begin(Protocol.HTTP1, this.#direction, STAGE_BODY, side.messages);
      if (collector.headEnd > collector.headStart) {
        this.reparseHead(state, collector);
        this.addHeadFields(state, message);
        message.hasTrailers = collector.trailerEnd > collector.trailerStart;
        message.areTrailersLate = side.headUs !== this.#nowUs;
      }
    }
    this.forgetHead();
    this.addBodyFields(state, side, message);
    message.hasHole = side.hasHole;
    this.#addFrame(side, message);
    side.events.addTo(message);
    collector.release(side);
    side.isInspected = true;
    if (isOver) this.finish(state, side);
    return Parsed.MESSAGE;
  }

  /** The message as it was sent, up to MAX_FRAME_BYTES; of one whose body is a list of chunks the head alone. */
  #addFrame(side: HttpSide, message: MessageView): void {
    if (!message.wants(Field.HTTP_FRAME)) return;
    const { collector } = this;
    const { bytes, headStart, headEnd, start } = collector;
    const headLength = headEnd - headStart;
    if (headLength === 0 || headLength > MAX_FRAME_BYTES) return;
    const isChunked = side.framing === Framing.CHUNKED;
    const bodyLength = isChunked ? 0 : Math.min(collector.end - start, MAX_FRAME_BYTES - headLength);
    if (bodyLength === 0 || start === headEnd) {
      message.add(Field.HTTP_FRAME, bytes, headStart, headLength + bodyLength);
      return;
    }
    const frame = this.#frame;
    copyOctets(bytes, headStart, headEnd, frame, 0);
    copyOctets(bytes, start, start + bodyLength, frame, headLength);
    message.add(Field.HTTP_FRAME, frame, 0, headLength + bodyLength);
  }

  /** The message is over and was handed out: on to the next. */
  protected finish(state: HttpState, side: HttpSide): void {
    this.collector.release(side);
    if (side.record !== undefined) side.record.length = side.bodyOctets;
    side.record = undefined;
    side.messages++;
    side.phase = this.phaseAfter(state, side);
    side.isInspected = false;
    side.headEnding = Ending.OPEN;
    side.isSwitching = false;
    side.isCoded = false;
    side.scanned = 0;
    side.lineFrom = 0;
    side.wasFeedReturn = false;
    side.events.clear();
    side.hasHole = false;
    side.isCutOff = false;
    side.isBodyLost = false;
  }

  /** The message is over: hand it out unless that was done before. */
  protected complete(state: HttpState, side: HttpSide, message: MessageView): Step {
    if (!side.isInspected) return this.handOutBody(state, side, message, true);
    this.finish(state, side);
    return GOING;
  }

  /** Nothing behind this message can be read: hand it out, then say so. */
  protected fail(state: HttpState, side: HttpSide, message: MessageView): Step {
    const step = this.complete(state, side, message);
    state.request.phase = Phase.BROKEN;
    state.response.phase = Phase.BROKEN;
    return step;
  }

  /** Append `[start, end)` of the input to the body; hand the body out if it may not or cannot grow. */
  protected takeOctets(
    state: HttpState,
    side: HttpSide,
    input: ParserInput,
    end: number,
    message: MessageView,
  ): Step {
    const start = input.offset;
    input.offset = end;
    side.bodyOctets += end - start;
    if (side.isInspected) return GOING;
    if (!isRead(side, input)) return this.handOutBody(state, side, message, false);
    const { collector } = this;
    const hasRoom = collector.append(side, input.bytes, start, end, input.timeUs);
    return hasRoom && !collector.isFull ? GOING : this.handOutBody(state, side, message, false);
  }

  #takeBody(state: HttpState, side: HttpSide, input: ParserInput, message: MessageView, next: PhaseId): Step {
    const taken = Math.min(side.left, input.end - input.offset);
    side.left -= taken;
    if (taken > 0) {
      const step = this.takeOctets(state, side, input, input.offset + taken, message);
      if (side.left === 0) side.phase = next;
      if (step !== GOING) return step;
    }
    if (side.left === 0) {
      side.phase = next;
      return GOING;
    }
    if (side.isInspected && !input.isEnd) {
      input.skipBytes = side.left;
      if (next === Phase.FINISH) input.inspectBehind(input.end + side.left);
      side.bodyOctets += side.left;
      side.left = 0;
      side.phase = next;
    }
    return Parsed.NEED_MORE;
  }

  /** Consume up to the end of the line. */
  #skipLine(side: HttpSide, input: ParserInput, next: PhaseId): Step {
    const feed = indexOfOctet(input.bytes, LF, input.offset, input.end);
    side.bodyOctets -= input.offset;
    input.offset = feed < 0 ? input.end : feed + 1;
    side.bodyOctets += input.offset;
    if (feed < 0) return Parsed.NEED_MORE;
    side.phase = next;
    return GOING;
  }

  /**
   * Index of the LF that ends the line at `input.offset + side.lineFrom`, or −1. Octets are looked at once, however
   * often this is called.
   */
  protected findLineFeed(side: HttpSide, input: ParserInput): number {
    const feed = indexOfOctet(input.bytes, LF, input.offset + side.scanned, input.end);
    side.scanned = (feed < 0 ? input.end : feed + 1) - input.offset;
    return feed;
  }

  protected consume(side: HttpSide, input: ParserInput, end: number): void {
    input.offset = end;
    side.scanned = 0;
    side.lineFrom = 0;
    side.wasFeedReturn = false;
  }
}

/** Whether somebody looks at the body of the message at hand, or at what may stand behind it. */
function isRead({ framing }: HttpSide, { readsBodies, readsTrailers }: ParserInput): boolean {
  return readsBodies || (readsTrailers && framing === Framing.CHUNKED);
}

/** Bytes of the body, where the head says how many there are. */
function bodyBytesOf({ framing, left }: HttpSide): number {
  if (framing === Framing.LENGTH) return left;
  return framing === Framing.CHUNKED || framing === Framing.UNTIL_CLOSE ? Number.POSITIVE_INFINITY : 0;
}

interface ParsedHead {
  readonly bytes: Uint8Array;
  readonly lineStart: number;
}
