/**
 * Owns what a flow remembers of its requests until their responses are over: the method (an answer to HEAD has no
 * body), the URI (the name of the file that comes), and what the EVE object of a response says about the request.
 *
 * Bound: the latest 16 requests, their texts in 1 KiB together; a text that does not fit is cut or left out. The
 * buffer and the columns are made with the first request.
 */

import { NO_BYTES } from "../../wire/packet-view.js";
import { Method, type MethodId } from "./methods.js";

const MAX_REQUESTS = 16;
/** Texts of a flow. */
export const TEXT_BYTES = 1024;

/** The texts that are kept of a request, in order of importance. */
export const Fact = { METHOD: 0, URI: 1, HOST: 2, USER_AGENT: 3, REFERER: 4, PROTOCOL: 5 } as const;
export type FactId = (typeof Fact)[keyof typeof Fact];
const FACTS = 6;
const MAX_FACT_BYTES: readonly number[] = [24, 448, 160, 192, 160, 16];

const ABSENT = -1;

/** Columns, one row a request. */
class FactRows {
  readonly method: Uint8Array;
  readonly flags: Uint8Array;
  readonly port: Int32Array;
  /** Where the texts stand, `FACTS` a row. */
  readonly start: Int16Array;
  readonly end: Int16Array;

  constructor(count: number) {
    this.method = new Uint8Array(count);
    this.flags = new Uint8Array(count);
    this.port = new Int32Array(count);
    this.start = new Int16Array(count * FACTS);
    this.end = new Int16Array(count * FACTS);
  }
}

/** Of a flow whose first request is not complete: many never are, and then they take little. */
const NO_ROWS = new FactRows(0);

export class RequestFacts {
  /** Requests seen on the flow. */
  requests = 0;
  /** Responses begun, and over; response n belongs to request n. */
  responses = 0;
  responsesDone = 0;
  bytes: Uint8Array = NO_BYTES;

  #rows = NO_ROWS;
  #used = 0;

  /** Begin the facts of the next request. */
  push(method: MethodId, isShort: boolean, port: number): void {
    if (this.#rows === NO_ROWS) {
      this.#rows = new FactRows(MAX_REQUESTS);
      this.bytes = new Uint8Array(TEXT_BYTES);
    }
    if (this.responsesDone >= this.requests) this.#used = 0;
    const slot = this.requests % MAX_REQUESTS;
    this.requests++;
    this.#rows.method[slot] = method;
    this.#rows.flags[slot] = isShort ? 1 : 0;
    this.#rows.port[slot] = port;
    this.#rows.start.fill(ABSENT, slot * FACTS, (slot + 1) * FACTS);
  }

  /** A response came without its request; `path` stands for the one that was asked for. */
  pushUnseen(path: Uint8Array): void {
    this.push(Method.UNKNOWN, false, -1);
    this.setText(Fact.URI, path, 0, path.length);
  }

  /** Add a text to the facts of the request pushed last. */
  setText(fact: FactId, source: Uint8Array, start: number, end: number): void {
    const at = this.#used;
    const length = Math.min(end - start, MAX_FACT_BYTES[fact]!, TEXT_BYTES - at);
    for (let i = 0; i < length; i++) this.bytes[at + i] = source[start + i]!;
    this.#used = at + length;
    const index = ((this.requests - 1) % MAX_REQUESTS) * FACTS + fact;
    this.#rows.start[index] = at;
    this.#rows.end[index] = at + length;
  }

  /** Whether the facts of request `index` (counted from 0) are there. */
  has(index: number): boolean {
    return index >= 0 && index < this.requests && index >= this.requests - MAX_REQUESTS;
  }

  method(index: number): MethodId {
    return this.has(index) ? (this.#rows.method[index % MAX_REQUESTS] as MethodId) : Method.UNKNOWN;
  }

  isShort(index: number): boolean {
    return this.has(index) && this.#rows.flags[index % MAX_REQUESTS] === 1;
  }

  /** −1 if the request named none. */
  port(index: number): number {
    return this.has(index) ? this.#rows.port[index % MAX_REQUESTS]! : -1;
  }

  hasText(index: number, fact: FactId): boolean {
    return this.has(index) && this.#rows.start[(index % MAX_REQUESTS) * FACTS + fact]! !== ABSENT;
  }

  textStart(index: number, fact: FactId): number {
    return this.#rows.start[(index % MAX_REQUESTS) * FACTS + fact]!;
  }

  textEnd(index: number, fact: FactId): number {
    return this.#rows.end[(index % MAX_REQUESTS) * FACTS + fact]!;
  }
}
