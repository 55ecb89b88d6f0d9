/**
 * Owns the way of responses through a stream: RFC 9112 as libhtp follows it, which is how browsers do, for what a
 * browser shows must be seen.
 *
 * - Lines before a status line that do not begin with "http" are body, unless the next line seems to be a status
 *   line. So is what follows a response in the same piece and is no status line.
 * - "100 Continue" is not handed out. 1xx, 204 and 304 may have a body if they announce one; answers to HEAD not.
 * - Chunks that are none turn the rest of the stream into body.
 * - 2xx to CONNECT, and 101 without a body, end HTTP: `hasSwitched`.
 */

import { AppLayerEvent } from "../app-layer-events.js";
import { Field } from "../fields.js";
import type { MessageView } from "../message-view.js";
import { asciiOctets, hexDigit } from "../octets.js";
import { Parsed, type ParserInput } from "../parser.js";
import { TO_CLIENT } from "../protocols.js";
import type { BestFit } from "./best-fit.js";
import type { BodyCollector } from "./body-collector.js";
import type { BodyPool } from "./body-pool.js";
import { ByteScratch } from "./byte-scratch.js";
import type { ContentDecoder } from "./content-decoder.js";
import { CHUNK_LINE_EMPTY, chunkSizeOf, Framing, hasChunkExtension, isBeforeChunkSize } from "./framing.js";
import { HeadFields } from "./head-fields.js";
import { skipHeadRest } from "./head-rest.js";
import { INCOMPLETE } from "./header-lines.js";
import { Connect, type HttpSide, type HttpState, Phase, type PhaseId } from "./http-state.js";
import { Ending, type EndingCode, FoundLine, type FoundLineCode, ResponseLineFinder } from "./line-ends.js";
import { Method } from "./methods.js";
import { LF } from "./octet-class.js";
import { hasInvalidRange, ResponseFile } from "./response-file.js";
import { isLikeBody, ResponseHead, StatusLine } from "./response-head.js";
import { GOING, reparseEnding, SideParser, type Step } from "./side-parser.js";

/** What libhtp calls the path of a request it has not seen. */
const UNSEEN_PATH = asciiOctets("/libhtp::request_uri_not_seen");

const SEMICOLON = 0x3b;
/** A shorter line is no status line for libhtp, whatever it says. */
const MIN_STATUS_LINE_BYTES = 4;

export class ResponseParser extends SideParser {
  readonly #maxHeadBytes: number;
  readonly #head: ResponseHead;
  readonly #fields: HeadFields;
  readonly #decoder: ContentDecoder;
  readonly #file: ResponseFile;
  readonly #lines = new ResponseLineFinder();
  /** The head in the collector has a status line. */
  #hasHead = false;

  constructor(
    pool: BodyPool,
    bodyLimitBytes: number,
    maxHeadBytes: number,
    scratchBytes: number,
    bestFit: BestFit,
    decoder: ContentDecoder,
  ) {
    super(TO_CLIENT, pool, bodyLimitBytes);
    const scratch = new ByteScratch(scratchBytes);
    this.#maxHeadBytes = maxHeadBytes;
    this.#head = new ResponseHead(scratch);
    this.#fields = new HeadFields(scratch);
    this.#decoder = decoder;
    this.#file = new ResponseFile(bestFit);
  }

  protected override sideOf(state: HttpState): HttpSide {
    return state.response;
  }

  protected override step(state: HttpState, side: HttpSide, input: ParserInput, message: MessageView): Step {
    switch (side.phase) {
      case Phase.IDLE:
        return this.#begin(state, side, input, message);
      case Phase.HEAD:
        return this.#readHead(state, side, input, message);
      case Phase.AFTER_HEAD:
        return this.#beginBody(state, side, input, message);
      case Phase.HEAD_REST:
        if (!skipHeadRest(side, input)) return Parsed.NEED_MORE;
        return this.#enterBody(state, side, message);
      case Phase.CHUNK_SIZE:
        return this.#readChunkSize(state, side, input, message);
      case Phase.TRAILER:
        return this.#readTrailer(side, input);
      case Phase.BODY_UNTIL_CLOSE:
        return this.#takeUntilClose(state, side, input, message);
      default:
        return this.#finishMessage(state, side, input, message);
    }
  }

  #begin(state: HttpState, side: HttpSide, input: ParserInput, message: MessageView): Step {
    if (input.offset === input.end) return Parsed.NEED_MORE;
    const { facts } = state;
    if (facts.responses === facts.requests) {
      if (state.request.hasPartialHead) {
        state.isRequestAnswered = true;
        state.isLineMissing = state.request.lineFrom === 0;
        if (state.isLineMissing) side.events.add(AppLayerEvent.HTTP_REQUEST_LINE_INCOMPLETE);
      } else side.events.add(AppLayerEvent.HTTP_UNABLE_TO_MATCH_RESPONSE_TO_REQUEST);
      facts.pushUnseen(UNSEEN_PATH);
    }
    facts.responses++;
    side.bodyOctets = 0;
    if (!facts.isShort(facts.responses - 1)) {
      side.phase = Phase.HEAD;
      return GOING;
    }
    side.isShort = true;
    side.framing = Framing.UNTIL_CLOSE;
    this.forgetHead();
    this.#hasHead = false;
    return this.handOutHead(state, side, input, input.offset, message);
  }

  #readHead(state: HttpState, side: HttpSide, input: ParserInput, message: MessageView): Step {
    const head = this.#head;
    const { bytes, offset } = input;
    const end = Math.min(input.end, offset + this.#maxHeadBytes);
    if (offset === end) return input.isEnd ? this.#finishJunk(state, side, message) : Parsed.NEED_MORE;
    const isCut = input.isEnd || input.isFull || end < input.end;
    const isNew = side.lineFrom === 0;
    if (isNew) {
      const line = head.findLine(bytes, offset, offset + side.scanned, end, isCut);
      if (line === StatusLine.IGNORED) {
        this.consume(side, input, head.nextLine);
        return GOING;
      }
      if (line === StatusLine.BODY) return this.#takeJunk(state, side, input, message);
      side.scanned = head.nextLine - offset;
      if (line === StatusLine.INCOMPLETE) return Parsed.NEED_MORE;
      side.lineFrom = side.scanned;
    }
    this.forgetHead();
    let headEnd: number = INCOMPLETE;
    // Most heads come in one piece.
    if (isNew && head.parse(bytes, offset, end, Ending.OPEN) !== INCOMPLETE && head.isComplete) {
      headEnd = head.headersEnd;
    } else if (isCut || this.#findLastLine(side, input, end, Ending.OPEN) === FoundLine.LAST) {
      headEnd = head.parse(bytes, offset, end, Ending.OPEN);
    }
    if (headEnd === INCOMPLETE) {
      if (!isCut) return Parsed.NEED_MORE;
      side.headEnding = input.isEnd ? Ending.CLOSED : Ending.CUT;
      headEnd = head.parse(bytes, offset, end, side.headEnding);
      if (!input.isEnd) side.events.add(AppLayerEvent.HTTP_RESPONSE_FIELD_TOO_LONG);
      else if (side.buffer !== null) headEnd = head.unreadFrom;
    }
    this.#hasHead = true;
    if (head.isContinue()) {
      this.consume(side, input, headEnd);
      side.events.addAll(head.events);
      if (side.hasSeenContinue) side.events.add(AppLayerEvent.HTTP_100_CONTINUE_ALREADY_SEEN);
      side.hasSeenContinue = true;
      return GOING;
    }
    this.#determineBody(state, side);
    return this.handOutHead(state, side, input, headEnd, message);
  }

  /** Find the line that ends a header block or trailer, behind what was looked at before. */
  #findLastLine(side: HttpSide, input: ParserInput, end: number, ending: EndingCode): FoundLineCode {
    const { bytes, offset } = input;
    const lines = this.#lines;
    lines.begin(offset + side.lineFrom, offset + side.scanned, side.wasFeedReturn);
    let found = lines.find(bytes, end, ending);
    while (found === FoundLine.HEADER) found = lines.find(bytes, end, ending);
    side.lineFrom = lines.start - offset;
    side.scanned = lines.at - offset;
    side.wasFeedReturn = lines.wasFeedReturn;
    return found;
  }

  /** A line that browsers show, though no status line came before it. */
  #takeJunk(state: HttpState, side: HttpSide, input: ParserInput, message: MessageView): Step {
    if (side.buffer === null) this.collector.beginWithoutHead();
    else if (!this.collector.resume(side, input.timeUs)) side.isInspected = true;
    const next = this.#head.nextLine;
    const isLast = next === input.end;
    this.#hasHead = false;
    side.scanned = 0;
    const step = this.takeOctets(state, side, input, next, message);
    if (step !== GOING) return step;
    return isLast ? this.complete(state, side, message) : GOING;
  }

  /** The stream ends with nothing but empty lines, or lines that were body. */
  #finishJunk(state: HttpState, side: HttpSide, message: MessageView): Step {
    if (side.buffer === null || !this.collector.resume(side, side.buffer.touchedUs)) return Parsed.NEED_MORE;
    this.#hasHead = false;
    return this.complete(state, side, message);
  }

  #determineBody(state: HttpState, side: HttpSide): void {
    const head = this.#head;
    const index = state.facts.responses - 1;
    const method = state.facts.method(index);
    head.determineBody(method === Method.HEAD);
    side.framing = head.framing;
    side.left = head.bodyLength;
    side.isCoded = head.codings.count > 0 && (head.framing !== Framing.LENGTH || head.bodyLength > 0);
    side.isSwitching = head.isSwitching();
    side.leadsOn = side.isSwitching && head.isUpgradeToHttp2();
    if (method !== Method.CONNECT || !head.isComplete) return;
    if (head.status >= 200 && head.status <= 299) {
      side.isSwitching = true;
      side.leadsOn = true;
      side.framing = Framing.NO_BODY;
    } else state.connect = Connect.REFUSED;
  }

  #beginBody(state: HttpState, side: HttpSide, input: ParserInput, message: MessageView): Step {
    const headEnd = input.offset + side.headLength;
    this.collector.begin(side, input.bytes, input.offset, headEnd);
    input.offset = headEnd;
    this.#hasHead = side.headLength > 0;
    if (side.headEnding === Ending.CUT) {
      side.phase = Phase.HEAD_REST;
      return GOING;
    }
    return this.#enterBody(state, side, message);
  }

  #enterBody(state: HttpState, side: HttpSide, message: MessageView): Step {
    if (side.framing === Framing.INVALID) return this.fail(state, side, message);
    if (side.isSwitching) {
      state.hasSwitched = true;
      state.isTunnel = side.leadsOn;
      return this.complete(state, side, message);
    }
    side.phase =
      side.framing === Framing.LENGTH && side.left > 0
        ? Phase.BODY_LENGTH
        : side.framing === Framing.CHUNKED
          ? Phase.CHUNK_SIZE
          : side.framing === Framing.UNTIL_CLOSE
            ? Phase.BODY_UNTIL_CLOSE
            : Phase.FINISH;
    return GOING;
  }

  #readChunkSize(state: HttpState, side: HttpSide, input: ParserInput, message: MessageView): Step {
    const { bytes, offset, end } = input;
    let at = offset + side.lineFrom;
    while (at < end && bytes[at] !== LF && isBeforeChunkSize(bytes[at]!)) at++;
    side.lineFrom = at - offset;
    if (at < end && bytes[at] !== LF && hexDigit(bytes[at]!) < 0) {
      if (bytes[at] === SEMICOLON) side.events.add(AppLayerEvent.HTTP_REQUEST_CHUNK_EXTENSION);
      return this.#giveUpChunks(side);
    }
    const feed = this.findLineFeed(side, input);
    if (feed < 0) {
      if (input.isEnd) return this.#finishChunks(side, input);
      return input.isFull ? this.fail(state, side, message) : Parsed.NEED_MORE;
    }
    const size = chunkSizeOf(bytes, offset, feed + 1);
    if (hasChunkExtension(bytes, offset, feed)) side.events.add(AppLayerEvent.HTTP_REQUEST_CHUNK_EXTENSION);
    if (size !== CHUNK_LINE_EMPTY && size < 0) return this.#giveUpChunks(side);
    side.bodyOctets += feed + 1 - offset;
    this.consume(side, input, feed + 1);
    if (size === CHUNK_LINE_EMPTY) return GOING;
    side.left = size;
    side.phase = size === 0 ? Phase.TRAILER : Phase.CHUNK_DATA;
    return GOING;
  }

  #giveUpChunks(side: HttpSide): Step {
    side.events.add(AppLayerEvent.HTTP_INVALID_RESPONSE_CHUNK_LEN);
    side.phase = Phase.BODY_UNTIL_CLOSE;
    return GOING;
  }

  /** The stream ends within a chunk size. */
  #finishChunks(side: HttpSide, input: ParserInput): Step {
    // libhtp has closed its decompressors by now.
    if (side.isCoded) input.offset = input.end;
    side.phase = Phase.FINISH;
    side.scanned = 0;
    return GOING;
  }

  #readTrailer(side: HttpSide, input: ParserInput): Step {
    const { bytes, offset } = input;
    const ending = input.isEnd ? Ending.CLOSED : input.isFull ? Ending.CUT : Ending.OPEN;
    const found = this.#findLastLine(side, input, input.end, ending);
    if (found === FoundLine.NONE && ending === Ending.OPEN) return Parsed.NEED_MORE;
    const trailerEnd = found === FoundLine.LAST ? this.#lines.end : this.#lines.start;
    if (side.lineFrom > 0 && !side.isInspected) this.collector.appendTrailer(side, bytes, offset, trailerEnd);
    this.consume(side, input, trailerEnd);
    side.phase = Phase.FINISH;
    return GOING;
  }

  #takeUntilClose(state: HttpState, side: HttpSide, input: ParserInput, message: MessageView): Step {
    if (input.offset < input.end) {
      const step = this.takeOctets(state, side, input, input.end, message);
      if (step !== GOING) return step;
    }
    if (!side.isInspected || input.isEnd) return Parsed.NEED_MORE;
    side.phase = Phase.DONE;
    return Parsed.DONE;
  }

  /** What follows a response and is no status line is part of its body. */
  #finishMessage(state: HttpState, side: HttpSide, input: ParserInput, message: MessageView): Step {
    const { bytes, offset } = input;
    if (side.isCutOff || offset === input.end) return this.complete(state, side, message);
    const feed = this.findLineFeed(side, input);
    if (feed < 0 && !input.isEnd && !input.isFull) return Parsed.NEED_MORE;
    const end = feed < 0 ? input.end : feed + 1;
    const isLast = feed < 0 && input.isEnd;
    const isShort = isLast && end - offset < MIN_STATUS_LINE_BYTES;
    if (!isShort && !isLikeBody(bytes, offset, end)) {
      if (isLast) this.consume(side, input, end);
      return this.complete(state, side, message);
    }
    if (side.isCoded && side.framing === Framing.LENGTH) {
      // libhtp has closed its decompressors by now, and gives up: Suricata never looks at the body.
      side.isBodyLost = true;
      return this.fail(state, side, message);
    }
    side.scanned = 0;
    return this.takeOctets(state, side, input, end, message);
  }

  protected override phaseAfter(state: HttpState, side: HttpSide): PhaseId {
    state.facts.responsesDone++;
    side.hasSeenContinue = false;
    state.isLineMissing = false;
    return state.hasSwitched || side.isShort ? Phase.DONE : Phase.IDLE;
  }

  protected override reparseHead(state: HttpState, collector: BodyCollector): void {
    const { bytes, headStart, headEnd } = collector;
    this.#hasHead = true;
    if (!this.isHeadParsed(state.response, bytes, headStart, this.#head)) {
      this.#head.parse(bytes, headStart, headEnd, reparseEnding(state.response));
      this.#head.determineBody(state.facts.method(state.facts.responses - 1) === Method.HEAD);
    }
    if (collector.trailerEnd > collector.trailerStart) {
      this.#head.addTrailer(bytes, collector.trailerStart, collector.trailerEnd);
    }
  }

  protected override addHeadFields(_state: HttpState, message: MessageView): void {
    if (this.#hasHead) this.#fields.addResponse(message, this.#head);
  }

  protected override addBodyFields(state: HttpState, side: HttpSide, message: MessageView): void {
    const { collector } = this;
    if (collector.length === 0 || state.isLineMissing) return;
    const head = this.#head;
    const decoder = this.#decoder;
    if (!this.#hasHead) head.codings.clear();
    decoder.decode(head.codings, collector, side.framing !== Framing.NO_BODY);
    if (decoder.hasFailed) side.events.add(AppLayerEvent.HTTP_GZIP_DECOMPRESSION_FAILED);
    const { bytes, start, end } = decoder;
    if (end === start || side.isBodyLost) return;
    message.add(Field.HTTP_RESPONSE_BODY, bytes, start, end - start);
    const headers = this.#hasHead ? head.headers : null;
    if (this.#file.addName(message, state.facts, headers)) {
      if (headers !== null && hasInvalidRange(headers)) side.events.add(AppLayerEvent.HTTP_RANGE_INVALID);
      message.add(Field.FILE_DATA, bytes, start, end - start);
      message.addFileSize(end - start, collector.isFull);
    }
  }
}
