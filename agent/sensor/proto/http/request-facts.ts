/**
 * Owns what a flow remembers of its requests until their responses are over: the method (an answer to HEAD has no
 * body), the URI (the name of the file that comes), and what the EVE object of a response says about the request.
 *
 * Bound: the latest 16 requests, their texts in 1 KiB together; a text that does not fit is cut or left out. Texts and rows
 * stand in one array, which is taken with the first request: many flows never have a whole one.
 */

import { readUint16, writeUint16 } from "../../wire/big-endian.js";
import { NO_BYTES } from "../../wire/packet-view.js";
import { copyOctets } from "../octets.js";
import { StateMemories } from "../state-memories.js";
import { Method, type MethodId } from "./methods.js";

const MAX_REQUESTS = 16;
/** Texts of a flow. */
export const TEXT_BYTES = 1024;

/** The texts that are kept of a request, in order of importance. */
export const Fact = { METHOD: 0, URI: 1, HOST: 2, USER_AGENT: 3, REFERER: 4, PROTOCOL: 5 } as const;
export type FactId = (typeof Fact)[keyof typeof Fact];
const FACTS = 6;
const MAX_FACT_BYTES: readonly number[] = [24, 448, 160, 192, 160, 16];

const ABSENT = 0xffff;

/** Places of 16 bits in a request's row; where the texts stand, each with its beginning and its end, follows. */
const METHOD = 0;
const FLAGS = 2;
const PORT = 4;
const TEXTS = 6;
const ROW_BYTES = TEXTS + 4 * FACTS;

const IS_SHORT = 1;
const HAS_PORT = 2;

/** Memory for the facts of flows, each piece with its texts in front of its rows. */
export class FactMemories extends StateMemories {
  constructor() {
    super(TEXT_BYTES + MAX_REQUESTS * ROW_BYTES);
  }
}

export class RequestFacts {
  /** Requests seen on the flow. */
  requests = 0;
  /** Responses begun, and over; response n belongs to request n. */
  responses = 0;
  responsesDone = 0;
  bytes: Uint8Array = NO_BYTES;

  readonly #memories: FactMemories;
  #used = 0;

  constructor(memories: FactMemories) {
    this.#memories = memories;
  }

  /** Begin the facts of the next request. */
  push(method: MethodId, isShort: boolean, port: number): void {
    if (this.bytes === NO_BYTES) this.bytes = this.#memories.take();
    if (this.responsesDone >= this.requests) this.#used = 0;
    const { bytes } = this;
    const row = rowOf(this.requests);
    this.requests++;
    writeUint16(bytes, row + METHOD, method);
    writeUint16(bytes, row + FLAGS, (isShort ? IS_SHORT : 0) | (port < 0 ? 0 : HAS_PORT));
    writeUint16(bytes, row + PORT, port);
    for (let text = row + TEXTS; text < row + ROW_BYTES; text += 4) writeUint16(bytes, text, ABSENT);
  }

  /** Nobody asks any more. */
  release(): void {
    if (this.bytes !== NO_BYTES) this.#memories.giveBack(this.bytes);
    this.bytes = NO_BYTES;
    this.requests = 0;
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
    writeUint16(this.bytes, text, at);
    writeUint16(this.bytes, text + 2, at + length);
  }

  /** Whether the facts of request `index` (counted from 0) are there. */
  has(index: number): boolean {
    return index >= 0 && index < this.requests && index >= this.requests - MAX_REQUESTS;
  }

  method(index: number): MethodId {
    return this.has(index) ? (readUint16(this.bytes, rowOf(index) + METHOD) as MethodId) : Method.UNKNOWN;
  }

  isShort(index: number): boolean {
    return this.has(index) && (this.#flags(index) & IS_SHORT) !== 0;
  }

  /** −1 if the request named none. */
  port(index: number): number {
    const isNamed = this.has(index) && (this.#flags(index) & HAS_PORT) !== 0;
    return isNamed ? readUint16(this.bytes, rowOf(index) + PORT) : -1;
  }

  hasText(index: number, fact: FactId): boolean {
    return this.has(index) && this.textStart(index, fact) !== ABSENT;
  }

  textStart(index: number, fact: FactId): number {
    return readUint16(this.bytes, textOf(index, fact));
  }

  textEnd(index: number, fact: FactId): number {
    return readUint16(this.bytes, textOf(index, fact) + 2);
  }

  #flags(index: number): number {
    return readUint16(this.bytes, rowOf(index) + FLAGS);
  }
}

function rowOf(index: number): number {
  return TEXT_BYTES + (index % MAX_REQUESTS) * ROW_BYTES;
}

function textOf(index: number, fact: FactId): number {
  return rowOf(index) + TEXTS + 4 * fact;
}
