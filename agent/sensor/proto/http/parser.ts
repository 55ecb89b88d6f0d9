/**
 * Owns HTTP/1.x in streams, both directions: RFC 9112 as Suricata 7 with libhtp 0.5.50 (personality IDS) reads it,
 * so that rules see the same buffers.
 *
 * Two messages per request and per response: STAGE_HEAD when the head is complete, STAGE_BODY when the body is over
 * or its inspected prefix is there (see side-parser.ts); the second repeats all fields and events of the first.
 * After DONE with `state.isTunnel` what follows is another protocol and may be probed. FAILED: the framing is
 * broken (a Content-Length without digits), nothing behind it means anything.
 *
 * One thing depends on how the stream is cut, here as in libhtp: whether octets behind a complete message are taken
 * for more of its body (they came with it) or for a next message (they came later).
 *
 * Memory: per flow see http-state.ts; per parser the pool of bodies, and scratch for one head per direction.
 */

import type { MessageView } from "../message-view.js";
import { asciiOctets, lowerCase } from "../octets.js";
import {
  Parsed,
  type ParsedCode,
  type ParserInput,
  Probe,
  type ProbeCode,
  type ProtocolParser,
} from "../parser.js";
import { type DirectionId, Protocol, TO_SERVER } from "../protocols.js";
import { BestFit } from "./best-fit.js";
import { BodyPool } from "./body-pool.js";
import { ContentDecoder } from "./content-decoder.js";
import { describeHttp, describeHttpRecord } from "./eve.js";
import { HttpState, Phase } from "./http-state.js";
import { startsWithMethod } from "./methods.js";
import { FactMemories } from "./request-facts.js";
import { RequestParser } from "./request-parser.js";
import { ResponseParser } from "./response-parser.js";

export interface HttpLimits {
  /** Prefix of a body that rules see, after decompression too; bytes. */
  readonly bodyBytes: number;
  /** Heads longer than this are cut; bytes. Not more than the stream head can hold is useful. */
  readonly headBytes: number;
  /** Bodies that may wait for their rest at the same time, and what they may take together. */
  readonly maxBodies: number;
  readonly bodyMemoryBytes: number;
  /** A body that waits longer may lose its place to another; microseconds. */
  readonly bodyIdleUs: number;
}

/** Suricata's body limits as Debian ships them; bodies in waiting take 7.6 MiB at most. */
export const HTTP_LIMITS: HttpLimits = {
  bodyBytes: 100 * 1024,
  headBytes: 16 * 1024,
  maxBodies: 1024,
  bodyMemoryBytes: 6.5 * 1024 * 1024,
  bodyIdleUs: 60_000_000,
};

/** Everything made of a head is at most this many times as long as the head. */
const SCRATCH_FACTOR = 12;

const VERSIONS = ["http/0.9", "http/1.0", "http/1.1"].map(asciiOctets);

export class HttpParser implements ProtocolParser<HttpState> {
  readonly protocol = Protocol.HTTP1;
  readonly joinsOverGap = true;
  readonly stateBytes = 2600;
  readonly #pool: BodyPool;
  readonly #facts = new FactMemories();
  readonly #requests: RequestParser;
  readonly #responses: ResponseParser;

  constructor(limits: HttpLimits = HTTP_LIMITS) {
    const { bodyBytes, headBytes } = limits;
    this.#pool = new BodyPool({
      maxBuffers: limits.maxBodies,
      memoryBytes: limits.bodyMemoryBytes,
      headBytes,
      bodyBytes,
      idleUs: limits.bodyIdleUs,
    });
    const bestFit = new BestFit();
    const decoder = new ContentDecoder(bodyBytes);
    const scratchBytes = SCRATCH_FACTOR * headBytes;
    this.#requests = new RequestParser(this.#pool, bodyBytes, headBytes, scratchBytes, bestFit, decoder);
    this.#responses = new ResponseParser(this.#pool, bodyBytes, headBytes, scratchBytes, bestFit, decoder);
  }

  /** Bodies that wait for their rest. */
  get waitingBodies(): number {
    return this.#pool.used;
  }

  /** Bodies that were inspected short of their limit because the pool was exhausted, since construction. */
  get shortenedBodies(): number {
    return this.#pool.refused + this.#pool.reclaimed;
  }

  addCounters(counters: Record<string, number>): void {
    this.#pool.addCounters(counters);
  }

  /** Suricata's patterns: a known method and a space; "HTTP/0.9", "HTTP/1.0", "HTTP/1.1"; in any case. */
  probe(bytes: Uint8Array, offset: number, end: number, direction: DirectionId): ProbeCode {
    if (direction === TO_SERVER) {
      const found = startsWithMethod(bytes, offset, end);
      return found === 2 ? Probe.YES : found === 1 ? Probe.UNSURE : Probe.NO;
    }
    let best: ProbeCode = Probe.NO;
    for (let i = 0; i < VERSIONS.length; i++) {
      const version = VERSIONS[i]!;
      let matched = 0;
      while (
        matched < version.length &&
        offset + matched < end &&
        lowerCase(bytes[offset + matched]!) === version[matched]
      ) {
        matched++;
      }
      if (matched === version.length) return Probe.YES;
      if (offset + matched === end) best = Probe.UNSURE;
    }
    return best;
  }

  createState(): HttpState {
    return new HttpState(this.#facts);
  }

  parse(state: HttpState, input: ParserInput, message: MessageView): ParsedCode {
    const isRequest = input.direction === TO_SERVER;
    if (state.hasSwitched) {
      const side = isRequest ? state.request : state.response;
      const isWaiting =
        side.phase === Phase.AWAIT_CONNECT || side.phase === Phase.IDLE || side.phase === Phase.DONE;
      if (isWaiting) return Parsed.DONE;
    }
    return (isRequest ? this.#requests : this.#responses).parse(state, input, message);
  }

  /**
   * As libhtp, which counts a hole where it counts octets, in a body of known length or in one that goes on to the end of the
   * stream, and elsewhere does not notice it: what follows is read as if it stood there. A hole that reaches beyond a body ends
   * its message. A length of 0 asks whether a hole would be passed at all.
   */
  passGap(state: HttpState, direction: DirectionId, byteCount: number): boolean {
    const side = direction === TO_SERVER ? state.request : state.response;
    const { phase } = side;
    if (phase === Phase.AWAIT_CONNECT || phase === Phase.DONE || phase === Phase.BROKEN) return false;
    if (byteCount === 0) return true;
    if (phase === Phase.BODY_UNTIL_CLOSE || phase === Phase.BODY_LENGTH) {
      const lost = phase === Phase.BODY_LENGTH ? Math.min(side.left, byteCount) : byteCount;
      side.left -= lost;
      side.bodyOctets += lost;
      side.hasHole = true;
    }
    side.isCutOff = phase === Phase.FINISH || (phase === Phase.BODY_LENGTH && side.left === 0);
    return true;
  }

  /** The flow is forgotten: give back what waits for it. Not needed after the end of both directions. */
  release(state: HttpState): void {
    for (const side of [state.request, state.response]) {
      if (side.buffer !== null) this.#pool.release(side.buffer, side.lease);
      side.buffer = null;
    }
    // What follows an upgrade asks for the request.
    if (!state.isTunnel) state.facts.release();
  }

  describe(state: HttpState, message: MessageView): Readonly<Record<string, unknown>> {
    return { http: describeHttp(state, message) };
  }

  describeRecord(state: HttpState, message: MessageView): Readonly<Record<string, unknown>> {
    return { http: describeHttpRecord(state, message) };
  }
}
