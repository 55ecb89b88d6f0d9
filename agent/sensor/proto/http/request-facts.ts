/**
 * Owns what a flow remembers of its requests until their responses are over: the method (an answer to HEAD has no
 * body), the URI (the name of the file that comes), and what the EVE object of a response says about the request.
 *
 * Bound: the latest 16 requests, their texts in 1 KiB together; a text that does not fit is cut or left out. The
 * buffer and the columns are made with the first request.
 */

import { NO_BYTES } from "../../wire/packet-view.js";
import { copyOctets } from "../octets.js";
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

/** Words of a request's row; where the texts stand, each with its beginning and its end, follows. */
const METHOD = 0;
const FLAGS = 1;
const PORT = 2;
const TEXTS = 3;
const ROW_WORDS = TEXTS + 2 * FACTS;

const IS_SHORT = 1;
const HAS_PORT = 2;

/** Of a flow whose first request is not complete: many never are, and then they take little. */
const NO_ROWS = new Int16Array(0);

export class RequestFacts {
  /** Requests seen on the flow. */
  requests = 0;
  /** Responses begun, and over; response n belongs to request n. */
  responses = 0;
  responsesDone = 0;
  bytes: Uint8Array = NO_BYTES;

  /** One array for all rows: V8 takes memory of its own for each. */
  #rows = NO_ROWS;
  #used = 0;

  /** Begin the facts of the next request. */
  push(method: MethodId, isShort: boolean, port: number): void {
    if (this.#rows === NO_ROWS) {
      this.#rows = new Int16Array(MAX_REQUESTS * ROW_WORDS);
      this.bytes = new Uint8Array(TEXT_BYTES);
    }
    if (this.responsesDone >= this.requests) this.#used = 0;
    const row = rowOf(this.requests);
    this.requests++;
    this.#rows[row + METHOD] = method;
    this.#rows[row + FLAGS] = (isShort ? IS_SHORT : 0) | (port < 0 ? 0 : HAS_PORT);
    this.#rows[row + PORT] = port;
    for (let text = row + TEXTS; text < row + ROW_WORDS; text += 2) this.#rows[text] = ABSENT;
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
    copyOctets(source, start, start + length, this.bytes, at);
    this.#used = at + length;
    const text = textOf(this.requests - 1, fact);
    this.#rows[text] = at;
    this.#rows[text + 1] = at + length;
  }

  /** Whether the facts of request `index` (counted from 0) are there. */
  has(index: number): boolean {
    return index >= 0 && index < this.requests && index >= this.requests - MAX_REQUESTS;
  }

  method(index: number): MethodId {
    return this.has(index) ? (this.#rows[rowOf(index) + METHOD] as MethodId) : Method.UNKNOWN;
  }

  isShort(index: number): boolean {
    return this.has(index) && (this.#rows[rowOf(index) + FLAGS]! & IS_SHORT) !== 0;
  }

  /** −1 if the request named none. */
  port(index: number): number {
    if (!this.has(index) || (this.#rows[rowOf(index) + FLAGS]! & HAS_PORT) === 0) return -1;
    return this.#rows[rowOf(index) + PORT]! & 0xffff;
  }

  hasText(index: number, fact: FactId): boolean {
    return this.has(index) && this.#rows[textOf(index, fact)] !== ABSENT;
  }

  textStart(index: number, fact: FactId): number {
    return this.#rows[textOf(index, fact)]!;
  }

  textEnd(index: number, fact: FactId): number {
    return this.#rows[textOf(index, fact) + 1]!;
  }
}

function rowOf(index: number): number {
  return (index % MAX_REQUESTS) * ROW_WORDS;
}

function textOf(index: number, fact: FactId): number {
  return rowOf(index) + TEXTS + 2 * fact;
}
