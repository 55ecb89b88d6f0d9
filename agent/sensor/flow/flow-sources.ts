/**
 * Owns the count of flows per source (the client's IPv4 address, or its IPv6 /64), so that a full table can be made
 * room in at the expense of whoever fills it. Sources stand in buckets by their count; a count changes by one, so
 * the source with most flows is known at any time without searching. Memory: one entry per flow slot, 73 bytes.
 */
import { bucketBits, type FlowHash } from "./flow-hash.js";

/** Two queues per source, oldest first: flows nobody answered yet, and the others. */
const UNANSWERED = 0;
const ANSWERED = 1;

const SOURCE = 0;
const NEXT = 1;
const PREVIOUS = 2;
const FLOW_WORDS = 3;

export class FlowSources {
  readonly #hash: FlowHash;
  readonly #shift: number;
  /** Source entries: hash chains (also the list of free ones), addresses, count, neighbours in the count's bucket. */
  readonly #chain: Int32Array;
  readonly #nextInChain: Int32Array;
  readonly #address: Uint32Array;
  readonly #count: Int32Array;
  readonly #nextOfCount: Int32Array;
  readonly #previousOfCount: Int32Array;
  readonly #firstOfCount: Int32Array;
  /** Heads and tails of the two queues: index source * 2 + queue. */
  readonly #head: Int32Array;
  readonly #tail: Int32Array;
  /** Per flow: its source + 1, and its neighbours in the queue; apart from the rows as in FlowQueues. */
  readonly #flow: Int32Array;
  readonly #queue: Uint8Array;
  #freeEntry = -1;
  #topCount = 0;

  constructor(maxFlows: number, hash: FlowHash) {
    const bits = bucketBits(maxFlows);
    this.#hash = hash;
    this.#shift = 32 - bits;
    this.#chain = new Int32Array(2 ** bits);
    this.#nextInChain = new Int32Array(maxFlows);
    this.#address = new Uint32Array(maxFlows * 4);
    this.#count = new Int32Array(maxFlows);
    this.#nextOfCount = new Int32Array(maxFlows);
    this.#previousOfCount = new Int32Array(maxFlows);
    this.#firstOfCount = new Int32Array(maxFlows + 1);
    this.#head = new Int32Array(maxFlows * 2);
    this.#tail = new Int32Array(maxFlows * 2);
    this.#flow = new Int32Array(maxFlows * FLOW_WORDS);
    this.#queue = new Uint8Array(maxFlows);
    this.reset();
  }

  reset(): void {
    this.#flow.fill(0);
    this.#chain.fill(-1);
    this.#firstOfCount.fill(-1);
    for (let i = 0; i < this.#nextInChain.length; i++) {
      this.#nextInChain[i] = i + 1;
    }
    this.#nextInChain[this.#nextInChain.length - 1] = -1;
    this.#freeEntry = 0;
    this.#topCount = 0;
  }

  /** How many flows the source with most of them has. */
  get topCount(): number {
    return this.#topCount;
  }

  /** Of the source with most flows: its unanswered one that has been silent longest, or −1. */
  topOldestUnanswered(): number {
    return this.#topCount === 0 ? -1 : this.#head[this.#firstOfCount[this.#topCount]! * 2 + UNANSWERED]!;
  }

  /** Of the source with most flows: its answered (or closed) one that has been silent longest, or −1. */
  topOldestAnswered(): number {
    return this.#topCount === 0 ? -1 : this.#head[this.#firstOfCount[this.#topCount]! * 2 + ANSWERED]!;
  }

  /** Count a new flow of the address at `addresses[offset]`. There are as many entries as flows: it always fits. */
  add(flow: number, addresses: Uint32Array, offset: number, isIpv6: boolean): void {
    const source = this.#findOrCreate(addresses, offset, isIpv6);
    this.#flow[flow * FLOW_WORDS + SOURCE] = source + 1;
    this.#enqueue(flow, UNANSWERED);
    this.#setCount(source, this.#count[source]! + 1);
  }

  /** Renew the flow's place in its source's queue. */
  touch(flow: number, isAnswered: boolean): void {
    const queue = isAnswered ? ANSWERED : UNANSWERED;
    const isLast = this.#queue[flow] === queue && this.#flow[flow * FLOW_WORDS + NEXT]! < 0;
    if (isLast) return;
    this.#dequeue(flow);
    this.#enqueue(flow, queue);
  }

  remove(flow: number): void {
    const source = this.#flow[flow * FLOW_WORDS + SOURCE]! - 1;
    if (source < 0) return;
    this.#dequeue(flow);
    this.#flow[flow * FLOW_WORDS + SOURCE] = 0;
    const count = this.#count[source]! - 1;
    this.#setCount(source, count);
    if (count === 0) this.#forget(source);
  }

  #findOrCreate(addresses: Uint32Array, offset: number, isIpv6: boolean): number {
    const word0 = addresses[offset]!;
    const word1 = addresses[offset + 1]!;
    const word2 = isIpv6 ? 0 : addresses[offset + 2]!;
    const word3 = isIpv6 ? 0 : addresses[offset + 3]!;
    const bucket = this.#hash.ofWords(word0, word1, word2, word3) >>> this.#shift;
    const address = this.#address;
    for (let s = this.#chain[bucket]!; s >= 0; s = this.#nextInChain[s]!) {
      const a = s * 4;
      if (
        address[a] === word0 &&
        address[a + 1] === word1 &&
        address[a + 2] === word2 &&
        address[a + 3] === word3
      ) {
        return s;
      }
    }
    const source = this.#freeEntry;
    this.#freeEntry = this.#nextInChain[source]!;
    this.#nextInChain[source] = this.#chain[bucket]!;
    this.#chain[bucket] = source;
    const a = source * 4;
    address[a] = word0;
    address[a + 1] = word1;
    address[a + 2] = word2;
    address[a + 3] = word3;
    this.#count[source] = 0;
    this.#head[source * 2] = -1;
    this.#head[source * 2 + 1] = -1;
    this.#tail[source * 2] = -1;
    this.#tail[source * 2 + 1] = -1;
    return source;
  }

  #forget(source: number): void {
    const a = source * 4;
    const address = this.#address;
    const bucket =
      this.#hash.ofWords(address[a]!, address[a + 1]!, address[a + 2]!, address[a + 3]!) >>> this.#shift;
    let s = this.#chain[bucket]!;
    if (s === source) {
      this.#chain[bucket] = this.#nextInChain[source]!;
    } else {
      while (this.#nextInChain[s] !== source) s = this.#nextInChain[s]!;
      this.#nextInChain[s] = this.#nextInChain[source]!;
    }
    this.#nextInChain[source] = this.#freeEntry;
    this.#freeEntry = source;
  }

  /** Move the source from its count's bucket to that of `count`, one up or one down. */
  #setCount(source: number, count: number): void {
    const old = this.#count[source]!;
    const next = this.#nextOfCount[source]!;
    if (old > 0) {
      const previous = this.#previousOfCount[source]!;
      if (previous < 0) this.#firstOfCount[old] = next;
      else this.#nextOfCount[previous] = next;
      if (next >= 0) this.#previousOfCount[next] = previous;
    }
    this.#count[source] = count;
    if (count > 0) {
      const first = this.#firstOfCount[count]!;
      this.#nextOfCount[source] = first;
      this.#previousOfCount[source] = -1;
      if (first >= 0) this.#previousOfCount[first] = source;
      this.#firstOfCount[count] = source;
    }
    if (count > this.#topCount) this.#topCount = count;
    else if (old === this.#topCount && this.#firstOfCount[old]! < 0) this.#topCount = count;
  }

  #enqueue(flow: number, queue: number): void {
    const q = (this.#flow[flow * FLOW_WORDS + SOURCE]! - 1) * 2 + queue;
    const tail = this.#tail[q]!;
    this.#queue[flow] = queue;
    this.#flow[flow * FLOW_WORDS + PREVIOUS] = tail;
    this.#flow[flow * FLOW_WORDS + NEXT] = -1;
    if (tail < 0) this.#head[q] = flow;
    else this.#flow[tail * FLOW_WORDS + NEXT] = flow;
    this.#tail[q] = flow;
  }

  #dequeue(flow: number): void {
    const q = (this.#flow[flow * FLOW_WORDS + SOURCE]! - 1) * 2 + this.#queue[flow]!;
    const next = this.#flow[flow * FLOW_WORDS + NEXT]!;
    const previous = this.#flow[flow * FLOW_WORDS + PREVIOUS]!;
    if (previous < 0) this.#head[q] = next;
    else this.#flow[previous * FLOW_WORDS + NEXT] = next;
    if (next < 0) this.#tail[q] = previous;
    else this.#flow[next * FLOW_WORDS + PREVIOUS] = previous;
  }
}
