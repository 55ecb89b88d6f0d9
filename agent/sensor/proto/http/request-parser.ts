/**
 * Owns the way of requests through a stream: RFC 9112 as libhtp follows it, the malformed ones included.
 *
 * - Empty lines before a request are skipped. A request line without protocol is HTTP/0.9, after which nothing is
 *   read, unless headers follow it.
 * - After a request, lines that do not begin with a known method belong to its body.
 * - After CONNECT nothing is read until the response says whether there is a tunnel.
 */

import { AppLayerEvent } from "../app-layer-events.js";
import { Field } from "../fields.js";
import type { MessageView } from "../message-view.js";
import { Parsed, type ParserInput } from "../parser.js";
import { TO_SERVER } from "../protocols.js";
import type { BestFit } from "./best-fit.js";
import type { BodyCollector } from "./body-collector.js";
import type { BodyPool } from "./body-pool.js";
import { ByteScratch } from "./byte-scratch.js";
import { CodingList } from "./content-coding.js";
import type { ContentDecoder } from "./content-decoder.js";
import { CHUNK_LINE_EMPTY, CHUNK_SIZE_INVALID, chunkSizeOf, Framing, hasChunkExtension } from "./framing.js";
import { HeadFields } from "./head-fields.js";
import { skipHeadRest } from "./head-rest.js";
import { INCOMPLETE } from "./header-lines.js";
import { Header } from "./header-table.js";
import { Connect, type HttpSide, type HttpState, Phase, type PhaseId } from "./http-state.js";
import { Ending, isEmptyLine } from "./line-ends.js";
import { Method, methodOf } from "./methods.js";
import { MultipartReader } from "./multipart.js";
import { CR, isSpace, LF } from "./octet-class.js";
import { Fact } from "./request-facts.js";
import { RequestHead } from "./request-head.js";
import { GOING, reparseEnding, SideParser, type Step } from "./side-parser.js";

export class RequestParser extends SideParser {
  readonly #maxHeadBytes: number;
  readonly #head: RequestHead;
  readonly #fields: HeadFields;
  readonly #decoder: ContentDecoder;
  readonly #codings = new CodingList();
  readonly #multipart = new MultipartReader();

  constructor(
    pool: BodyPool,
    bodyLimitBytes: number,
    maxHeadBytes: number,
    scratchBytes: number,
    bestFit: BestFit,
    decoder: ContentDecoder,
  ) {
    super(TO_SERVER, pool, bodyLimitBytes);
    const scratch = new ByteScratch(scratchBytes);
    this.#maxHeadBytes = maxHeadBytes;
    this.#head = new RequestHead(scratch, bestFit);
    this.#fields = new HeadFields(scratch);
    this.#decoder = decoder;
  }

  protected override sideOf(state: HttpState): HttpSide {
    return state.request;
  }

  protected override step(state: HttpState, side: HttpSide, input: ParserInput, message: MessageView): Step {
    switch (side.phase) {
      case Phase.IDLE:
        return this.#skipEmptyLines(side, input);
      case Phase.HEAD:
        return this.#readHead(state, side, input, message);
      case Phase.AFTER_HEAD:
        return this.#beginBody(state, side, input, message);
      case Phase.HEAD_REST:
        return this.#skipHeadRest(state, side, input, message);
      case Phase.CHUNK_SIZE:
        return this.#readChunkSize(state, side, input, message);
      case Phase.TRAILER:
        return this.#readTrailer(side, input);
      case Phase.AWAIT_CONNECT:
        return awaitConnect(state, side, input);
      default:
        return this.#finishMessage(state, side, input, message);
    }
  }

  #skipEmptyLines(side: HttpSide, input: ParserInput): Step {
    const { bytes, end } = input;
    let at = input.offset;
    while (at < end) {
      if (bytes[at] === LF) at++;
      else if (bytes[at] === CR && at + 1 < end && bytes[at + 1] === LF) at += 2;
      else break;
    }
    input.offset = at;
    if (at === end || (bytes[at] === CR && at + 1 === end)) return Parsed.NEED_MORE;
    side.phase = Phase.HEAD;
    return GOING;
  }

  #readHead(state: HttpState, side: HttpSide, input: ParserInput, message: MessageView): Step {
    const { bytes, offset } = input;
    const end = Math.min(input.end, offset + this.#maxHeadBytes);
    const isTooLong = end < input.end || input.isFull;
    this.forgetHead();
    let headEnd = INCOMPLETE;
    while (headEnd === INCOMPLETE && this.#findHeadEnd(side, input)) {
      headEnd = this.#head.parse(bytes, offset, end, Ending.OPEN);
    }
    if (headEnd === INCOMPLETE) {
      if (!input.isEnd && !isTooLong) {
        side.hasPartialHead = true;
        return Parsed.NEED_MORE;
      }
      side.headEnding = input.isEnd ? Ending.CLOSED : Ending.CUT;
      headEnd = this.#head.parse(bytes, offset, end, side.headEnding);
      if (!input.isEnd) side.events.add(AppLayerEvent.HTTP_REQUEST_FIELD_TOO_LONG);
    }
    // libhtp gives up on a line that is too long, not on a head of many lines.
    side.isLineTooLong =
      side.headEnding === Ending.CUT && end - offset - side.lineFrom > this.#maxHeadBytes / 2;
    if (side.isLineTooLong) this.#head.giveUp();
    side.isShort = this.#head.isShort;
    side.framing = this.#head.framing;
    side.left = this.#head.bodyLength;
    this.#rememberRequest(state);
    return this.handOutHead(state, side, input, headEnd, message);
  }

  /** Whether a line ends, behind what was looked at before, with which the head may be complete. */
  #findHeadEnd(side: HttpSide, input: ParserInput): boolean {
    for (;;) {
      const feed = this.findLineFeed(side, input);
      if (feed < 0) return false;
      const lineStart = input.offset + side.lineFrom;
      const isFirst = side.lineFrom === 0;
      side.lineFrom = side.scanned;
      if (isFirst || isEmptyLine(input.bytes, lineStart, feed + 1)) return true;
    }
  }

  #rememberRequest(state: HttpState): void {
    const { facts } = state;
    const head = this.#head;
    if (head.method === Method.CONNECT) state.connect = Connect.PENDING;
    if (state.isRequestAnswered) {
      state.isRequestAnswered = false;
      return;
    }
    const { bytes, headers } = head;
    facts.push(head.method, head.isShort, head.port);
    facts.setText(Fact.METHOD, bytes, head.methodStart, head.methodEnd);
    if (head.hasUri) facts.setText(Fact.URI, bytes, head.uriStart, head.uriEnd);
    if (head.hasHost) facts.setText(Fact.HOST, head.hostBytes, head.hostStart, head.hostEnd);
    const agent = headers.find(Header.USER_AGENT);
    if (agent >= 0) {
      const start = headers.valueStart[agent]!;
      facts.setText(Fact.USER_AGENT, headers.valueBytes[agent]!, start, headers.valueEnd[agent]!);
    }
    const referer = headers.find(Header.REFERER);
    if (referer >= 0) {
      const start = headers.valueStart[referer]!;
      facts.setText(Fact.REFERER, headers.valueBytes[referer]!, start, headers.valueEnd[referer]!);
    }
    if (head.hasProtocol) facts.setText(Fact.PROTOCOL, bytes, head.protocolStart, head.protocolEnd);
  }

  #beginBody(state: HttpState, side: HttpSide, input: ParserInput, message: MessageView): Step {
    const headEnd = input.offset + side.headLength;
    this.collector.begin(side, input.bytes, input.offset, headEnd);
    input.offset = headEnd;
    if (side.isLineTooLong) return this.fail(state, side, message);
    if (side.headEnding === Ending.CUT) {
      side.phase = Phase.HEAD_REST;
      return GOING;
    }
    if (state.connect === Connect.PENDING) return this.handOutBody(state, side, message, true);
    return this.#enterBody(state, side, message);
  }

  #enterBody(state: HttpState, side: HttpSide, message: MessageView): Step {
    if (side.framing === Framing.INVALID) return this.fail(state, side, message);
    side.phase =
      side.framing === Framing.LENGTH
        ? Phase.BODY_LENGTH
        : side.framing === Framing.CHUNKED
          ? Phase.CHUNK_SIZE
          : Phase.FINISH;
    return GOING;
  }

  #skipHeadRest(state: HttpState, side: HttpSide, input: ParserInput, message: MessageView): Step {
    if (!skipHeadRest(side, input)) return Parsed.NEED_MORE;
    return this.#enterBody(state, side, message);
  }

  #readChunkSize(state: HttpState, side: HttpSide, input: ParserInput, message: MessageView): Step {
    const { bytes } = input;
    const feed = this.findLineFeed(side, input);
    if (feed < 0) return input.isFull ? this.fail(state, side, message) : Parsed.NEED_MORE;
    const size = chunkSizeOf(bytes, input.offset, feed + 1);
    if (hasChunkExtension(bytes, input.offset, feed)) {
      side.events.add(AppLayerEvent.HTTP_REQUEST_CHUNK_EXTENSION);
    }
    this.consume(side, input, feed + 1);
    if (size === CHUNK_LINE_EMPTY || size === CHUNK_SIZE_INVALID) {
      side.events.add(AppLayerEvent.HTTP_INVALID_REQUEST_CHUNK_LEN);
      return this.fail(state, side, message);
    }
    side.left = size;
    side.phase = size === 0 ? Phase.TRAILER : Phase.CHUNK_DATA;
    return GOING;
  }

  #readTrailer(side: HttpSide, input: ParserInput): Step {
    for (;;) {
      const feed = this.findLineFeed(side, input);
      if (feed < 0) {
        if (!input.isFull && !input.isEnd) return Parsed.NEED_MORE;
        if (side.lineFrom > 0 && !side.isInspected) {
          this.collector.appendTrailer(side, input.bytes, input.offset, input.offset + side.lineFrom);
        }
        this.consume(side, input, input.end);
        return Parsed.NEED_MORE;
      }
      const lineStart = input.offset + side.lineFrom;
      side.lineFrom = side.scanned;
      if (!isEmptyLine(input.bytes, lineStart, feed + 1)) continue;
      if (lineStart > input.offset && !side.isInspected) {
        this.collector.appendTrailer(side, input.bytes, input.offset, feed + 1);
      }
      this.consume(side, input, feed + 1);
      side.phase = Phase.FINISH;
      return GOING;
    }
  }

  /** What follows a request and does not begin with a method is part of its body. */
  #finishMessage(state: HttpState, side: HttpSide, input: ParserInput, message: MessageView): Step {
    const { bytes, offset } = input;
    if (side.isCutOff || offset === input.end || bytes[offset] === LF)
      return this.complete(state, side, message);
    const feed = this.findLineFeed(side, input);
    if (feed < 0 && !input.isEnd && !input.isFull) return Parsed.NEED_MORE;
    const end = feed < 0 ? input.end : feed + 1;
    let start = offset;
    while (start < end && isSpace(bytes[start]!)) start++;
    let stop = start;
    while (stop < end && !isSpace(bytes[stop]!)) stop++;
    if (stop > start) {
      const isLast = feed < 0 && input.isEnd;
      if (methodOf(bytes, start, stop) !== Method.UNKNOWN) {
        if (isLast) this.consume(side, input, end);
        return this.complete(state, side, message);
      }
      // libhtp says nothing of a line with which the stream ends.
      if (!isLast) side.events.add(AppLayerEvent.HTTP_REQUEST_BODY_UNEXPECTED);
    }
    side.scanned = 0;
    return this.takeOctets(state, side, input, end, message);
  }

  protected override phaseAfter(state: HttpState, side: HttpSide): PhaseId {
    if (state.connect === Connect.PENDING) return Phase.AWAIT_CONNECT;
    return side.isShort ? Phase.DONE : Phase.IDLE;
  }

  protected override reparseHead(state: HttpState, collector: BodyCollector): void {
    const { bytes, headStart, headEnd } = collector;
    if (!this.isHeadParsed(state.request, bytes, headStart, this.#head)) {
      this.#head.parse(bytes, headStart, headEnd, reparseEnding(state.request));
    }
    if (collector.trailerEnd > collector.trailerStart) {
      this.#head.addTrailer(bytes, collector.trailerStart, collector.trailerEnd);
    }
  }

  protected override addHeadFields(_state: HttpState, message: MessageView): void {
    this.#fields.addRequest(message, this.#head);
  }

  protected override addBodyFields(_state: HttpState, side: HttpSide, message: MessageView): void {
    const { collector } = this;
    if (collector.length === 0) return;
    const head = this.#head;
    const decoder = this.#decoder;
    this.#codings.readRequest(head.headers);
    decoder.decode(this.#codings, collector, true);
    if (decoder.hasFailed) side.events.add(AppLayerEvent.HTTP_GZIP_DECOMPRESSION_FAILED);
    const { bytes, start, end } = decoder;
    if (end === start) return;
    message.add(Field.HTTP_REQUEST_BODY, bytes, start, end - start);
    if (head.method === Method.POST && this.#hasBoundary()) {
      const files = this.#multipart;
      files.read(bytes, start, end, side.events);
      for (let i = 0; i < files.count; i++) {
        message.add(Field.FILE_NAME, bytes, files.nameStart[i]!, files.nameEnd[i]! - files.nameStart[i]!);
        const length = files.dataEnd[i]! - files.dataStart[i]!;
        message.add(Field.FILE_DATA, bytes, files.dataStart[i]!, length);
        message.addFileSize(length, collector.isFull && files.dataEnd[i] === end);
      }
    } else if ((head.method === Method.POST || head.method === Method.PUT) && head.uri.hasPath) {
      message.add(Field.FILE_NAME, head.uri.bytes, head.uri.start, head.uri.pathEnd - head.uri.start);
      message.add(Field.FILE_DATA, bytes, start, end - start);
      message.addFileSize(end - start, collector.isFull);
    }
  }

  #hasBoundary(): boolean {
    const { headers } = this.#head;
    const index = headers.find(Header.CONTENT_TYPE);
    if (index < 0) return false;
    const start = headers.valueStart[index]!;
    return this.#multipart.setBoundary(headers.valueBytes[index]!, start, headers.valueEnd[index]!);
  }
}

function awaitConnect(state: HttpState, side: HttpSide, input: ParserInput): Step {
  if (state.connect === Connect.REFUSED) {
    state.connect = Connect.NONE;
    side.phase = Phase.IDLE;
    return GOING;
  }
  if (!state.hasSwitched && !input.isFull) return Parsed.NEED_MORE;
  side.phase = Phase.DONE;
  return Parsed.DONE;
}
