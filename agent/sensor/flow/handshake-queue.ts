/**
 * Owns what else was offered in a handshake that is not complete: SYNs of one tuple with different sequence numbers
 * or options, and SYN/ACKs with different sequence numbers. Which of them counts shows only when the other side
 * answers one. Bound: a few per flow (as Suricata's `max-syn-queued` and `max-synack-queued`) and `OFFERS` in all;
 * further ones find no place.
 */
import { type FlowRows, ROW_WORDS, RowPart } from "./flow-rows.js";

/** Fields of an offer. */
export const OFFER_SEQUENCE = 0;
export const OFFER_ACKNOWLEDGEMENT = 1;
export const OFFER_WINDOW = 2;
/** −1: no window scaling. */
export const OFFER_SCALE = 3;
/** 1: with timestamp. */
export const OFFER_HAS_TIMESTAMP = 4;
export const OFFER_TIMESTAMP = 5;
export const OFFER_TIME_S = 6;
const OFFER_STRIDE = 7;

export const MAX_SYN_OFFERS = 10;
export const MAX_SYNACK_OFFERS = 5;

const OFFERS = 4_096;

export class HandshakeQueue {
  /** Index offer * stride + field: use `field`. */
  readonly #field = new Int32Array(OFFERS * OFFER_STRIDE);
  readonly #next = new Int32Array(OFFERS);
  /** First offer of a flow + 1, 0 for none. */
  readonly #first: Int32Array;
  #firstFree = 0;

  constructor(rows: FlowRows) {
    this.#first = rows.int32(RowPart.HANDSHAKE);
    this.reset();
  }

  reset(): void {
    for (let i = 0; i < OFFERS; i++) this.#next[i] = i + 1;
    this.#next[OFFERS - 1] = -1;
    this.#firstFree = 0;
  }

  first(flow: number): number {
    return this.#first[flow * ROW_WORDS]! - 1;
  }

  next(offer: number): number {
    return this.#next[offer]!;
  }

  field(offer: number, field: number): number {
    return this.#field[offer * OFFER_STRIDE + field]!;
  }

  set(offer: number, field: number, value: number): void {
    this.#field[offer * OFFER_STRIDE + field] = value;
  }

  count(flow: number): number {
    let count = 0;
    for (let offer = this.#first[flow * ROW_WORDS]! - 1; offer >= 0; offer = this.#next[offer]!) count++;
    return count;
  }

  /** A new offer of the flow, to be filled, or −1 if there is no place. */
  add(flow: number): number {
    const offer = this.#firstFree;
    if (offer < 0) return -1;
    this.#firstFree = this.#next[offer]!;
    this.#next[offer] = this.#first[flow * ROW_WORDS]! - 1;
    this.#first[flow * ROW_WORDS] = offer + 1;
    return offer;
  }

  clear(flow: number): void {
    let offer = this.#first[flow * ROW_WORDS]! - 1;
    while (offer >= 0) {
      const next = this.#next[offer]!;
      this.#next[offer] = this.#firstFree;
      this.#firstFree = offer;
      offer = next;
    }
    this.#first[flow * ROW_WORDS] = 0;
  }
}
