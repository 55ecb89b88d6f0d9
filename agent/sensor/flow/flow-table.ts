/**
 * Owns the flows: their keys, what is counted about them, and which slot a new one gets. Columns are typed arrays
 * indexed by flow number, or by `flow * 2 + direction` (0: from the client). Refuses nothing by itself: `insert`
 * needs a free slot, and `victim` names the flow to give up for one. Memory: about 250 bytes per slot, taken once.
 */
import { FlowHash, HASH_BITS } from "./flow-hash.js";
import { FlowQueues } from "./flow-queues.js";
import { FlowSources } from "./flow-sources.js";
import {
  CLASS_COUNT,
  CLASS_ICMP,
  CLASS_OTHER,
  CLASS_TCP,
  CLASS_UDP,
  FLOW_CLOSED,
  FLOW_ESTABLISHED,
  FLOW_NEW,
  QUEUE_COUNT,
  STATE_COUNT,
} from "./flow-state.js";

/** A flow last active this long in the future is from before the clock was set back. */
export const CLOCK_SET_BACK_US = 3_600_000_000;

/** What identifies a flow, as one packet shows it. Reused; `source` and `destination` refer to the packet's words. */
export class FlowKey {
  source = new Uint32Array(4);
  destination = new Uint32Array(4);
  /** ICMP: the type, and at the destination the type that answers it. */
  sourcePort = 0;
  destinationPort = 0;
  /** Of the packet; no part of the identity. */
  icmpCode = 0;
  isIpv6 = false;
  ipProtocol = 0;
  /** Protocol, IP version, tunnel depth and third VLAN id in 25 bits. */
  kind = 0;
  /** First and second VLAN id in 24 bits. */
  vlan = 0;
  hash = 0;
}

/** Where the third VLAN id stands in `FlowKey.kind`. */
export const THIRD_VLAN_BIT = 13;
export const VLAN_MASK = 0xfff;

/** The key of a flow stands in one cache line: what `find` compares, and the next slot of the hash chain. */
const HASH = 0;
const KIND = 1;
const VLAN = 2;
const PORTS = 3;
const CLIENT = 4;
const SERVER = 8;
const NEXT = 12;
const KEY_STRIDE = 16;

export class FlowTable {
  readonly maxFlows: number;
  readonly queues: FlowQueues;

  /** 0: the slot is free. */
  readonly ipVersion: Uint8Array;
  readonly ipProtocol: Uint8Array;
  /** Four words per flow in host order; IPv4 stands in word 3. */
  readonly clientAddress: Uint32Array;
  readonly serverAddress: Uint32Array;
  /** ICMP: the type of the first packet, and the type that answers it. Other protocols without ports: 0. */
  readonly clientPort: Uint16Array;
  readonly serverPort: Uint16Array;
  /** ICMP: the code of the first packet. */
  readonly icmpCode: Uint8Array;
  /** First VLAN id in the lower, second in the next twelve bits. */
  readonly vlan: Uint32Array;
  readonly firstUs: Float64Array;
  readonly lastUs: Float64Array;
  /** Index flow * 2 + direction. */
  readonly packets: Uint32Array;
  /** Bytes captured of its frames with their link headers, as Suricata counts them; index flow * 2 + direction. */
  readonly bytes: Float64Array;
  /** `FLOW_NEW`, `FLOW_ESTABLISHED` or `FLOW_CLOSED`. */
  readonly state: Uint8Array;
  /** Rises whenever the slot is used again; no two flows since the start share one (until 2³² have been). */
  readonly generation: Uint32Array;
  readonly tcpState: Uint8Array;

  readonly #hash: FlowHash;
  readonly #shift: number;
  readonly #sources: FlowSources;
  readonly #fairSourceFlows: number;
  readonly #bucket: Int32Array;
  /** Keys, with the hash chains of used slots and the chain of free ones. */
  readonly #key: Int32Array;
  #firstFree = 0;
  #used = 0;
  #created = 0;

  constructor(maxFlows: number, hashSeed: number, fairSourceFlows: number) {
    const bits = Math.min(HASH_BITS, Math.ceil(Math.log2(maxFlows)) + 1);
    this.maxFlows = maxFlows;
    this.#hash = new FlowHash(hashSeed);
    this.#shift = 32 - bits;
    this.#fairSourceFlows = fairSourceFlows;
    this.queues = new FlowQueues(QUEUE_COUNT, maxFlows);
    this.#sources = new FlowSources(maxFlows, this.#hash);
    this.ipVersion = new Uint8Array(maxFlows);
    this.ipProtocol = new Uint8Array(maxFlows);
    this.clientAddress = new Uint32Array(maxFlows * 4);
    this.serverAddress = new Uint32Array(maxFlows * 4);
    this.clientPort = new Uint16Array(maxFlows);
    this.serverPort = new Uint16Array(maxFlows);
    this.icmpCode = new Uint8Array(maxFlows);
    this.vlan = new Uint32Array(maxFlows);
    this.firstUs = new Float64Array(maxFlows);
    this.lastUs = new Float64Array(maxFlows);
    this.packets = new Uint32Array(maxFlows * 2);
    this.bytes = new Float64Array(maxFlows * 2);
    this.state = new Uint8Array(maxFlows);
    this.generation = new Uint32Array(maxFlows);
    this.tcpState = new Uint8Array(maxFlows);
    this.#bucket = new Int32Array(2 ** bits);
    this.#key = new Int32Array(maxFlows * KEY_STRIDE);
    this.reset();
  }

  reset(): void {
    this.ipVersion.fill(0);
    this.#bucket.fill(-1);
    for (let i = 0; i < this.maxFlows; i++) this.#setNext(i, i + 1);
    this.#setNext(this.maxFlows - 1, -1);
    this.#firstFree = 0;
    this.#used = 0;
    this.#created = 0;
    this.queues.reset();
    this.#sources.reset();
  }

  get usedCount(): number {
    return this.#used;
  }

  /** Flows created since the start (or the last reset). */
  get createdCount(): number {
    return this.#created;
  }

  get isFull(): boolean {
    return this.#firstFree < 0;
  }

  hashKey(key: FlowKey): void {
    key.hash = this.#hash.ofFlow(
      key.source,
      key.sourcePort,
      key.destination,
      key.destinationPort,
      key.isIpv6,
      key.kind,
      key.vlan,
    );
  }

  /** `flow * 2 + direction` of the flow this key belongs to, or −1. */
  find(key: FlowKey): number {
    const { hash, kind, vlan } = key;
    const there = (key.sourcePort << 16) | key.destinationPort;
    const back = (key.destinationPort << 16) | key.sourcePort;
    const columns = this.#key;
    for (
      let flow = this.#bucket[hash >>> this.#shift]!;
      flow >= 0;
      flow = columns[flow * KEY_STRIDE + NEXT]!
    ) {
      const k = flow * KEY_STRIDE;
      if (columns[k + HASH] !== hash || columns[k + KIND] !== kind || columns[k + VLAN] !== vlan) continue;
      const ports = columns[k + PORTS];
      if (
        ports === there &&
        isSameAddress(columns, k + CLIENT, key.source) &&
        isSameAddress(columns, k + SERVER, key.destination)
      ) {
        return flow * 2;
      }
      if (
        ports === back &&
        isSameAddress(columns, k + CLIENT, key.destination) &&
        isSameAddress(columns, k + SERVER, key.source)
      ) {
        return flow * 2 + 1;
      }
    }
    return -1;
  }

  /** A new flow whose client is the key's source, active at `clock[0]`. The table must not be full. */
  insert(key: FlowKey, clock: Float64Array): number {
    const flow = this.#firstFree;
    const k = flow * KEY_STRIDE;
    this.#firstFree = this.#key[k + NEXT]!;
    const bucket = key.hash >>> this.#shift;
    this.#key[k + NEXT] = this.#bucket[bucket]!;
    this.#bucket[bucket] = flow;
    this.#key[k + HASH] = key.hash;
    this.#key[k + KIND] = key.kind;
    this.#key[k + VLAN] = key.vlan;
    this.#key[k + PORTS] = (key.sourcePort << 16) | key.destinationPort;
    this.vlan[flow] = key.vlan;
    this.icmpCode[flow] = key.icmpCode;
    this.ipVersion[flow] = key.isIpv6 ? 6 : 4;
    this.ipProtocol[flow] = key.ipProtocol;
    const a = flow * 4;
    for (let i = 0; i < 4; i++) {
      this.clientAddress[a + i] = key.source[i]!;
      this.serverAddress[a + i] = key.destination[i]!;
      this.#key[k + CLIENT + i] = key.source[i]!;
      this.#key[k + SERVER + i] = key.destination[i]!;
    }
    this.clientPort[flow] = key.sourcePort;
    this.serverPort[flow] = key.destinationPort;
    this.firstUs[flow] = clock[0]!;
    this.lastUs[flow] = clock[0]!;
    this.packets[flow * 2] = 0;
    this.packets[flow * 2 + 1] = 0;
    this.bytes[flow * 2] = 0;
    this.bytes[flow * 2 + 1] = 0;
    this.state[flow] = FLOW_NEW;
    this.tcpState[flow] = 0;
    this.#created++;
    this.generation[flow] = this.#created;
    this.#used++;
    this.queues.place(flow, this.timeoutClass(flow) * STATE_COUNT + FLOW_NEW);
    this.#sources.add(flow, this.clientAddress, key.isIpv6);
    return flow;
  }

  remove(flow: number): void {
    const next = this.#key[flow * KEY_STRIDE + NEXT]!;
    const bucket = this.#key[flow * KEY_STRIDE + HASH]! >>> this.#shift;
    let f = this.#bucket[bucket]!;
    if (f === flow) {
      this.#bucket[bucket] = next;
    } else {
      while (this.#key[f * KEY_STRIDE + NEXT] !== flow) f = this.#key[f * KEY_STRIDE + NEXT]!;
      this.#setNext(f, next);
    }
    this.queues.remove(flow);
    this.#sources.remove(flow);
    this.ipVersion[flow] = 0;
    this.#setNext(flow, this.#firstFree);
    this.#firstFree = flow;
    this.#used--;
  }

  /**
   * The flow was active at `clock[0]`. In a new second it moves behind the others of its state: the order of silence
   * is exact to that second, and a busy flow costs nothing.
   */
  touch(flow: number, clock: Float64Array): void {
    const before = this.lastUs[flow]!;
    const now = clock[0]!;
    if (now <= before && before - now < CLOCK_SET_BACK_US) return;
    this.lastUs[flow] = now;
    if (Math.floor(before / 1e6) === Math.floor(now / 1e6)) return;
    this.queues.place(flow, this.queues.queueOf(flow));
    this.#sources.touch(flow, this.state[flow] !== FLOW_NEW);
  }

  setState(flow: number, state: number): void {
    if (this.state[flow] === state) return;
    this.state[flow] = state;
    this.queues.place(flow, this.timeoutClass(flow) * STATE_COUNT + state);
    this.#sources.touch(flow, state !== FLOW_NEW);
  }

  /** Make the server the client and the other way round, with what is counted per direction. */
  swapDirections(flow: number): void {
    const a = flow * 4;
    for (let i = a; i < a + 4; i++) {
      const word = this.clientAddress[i]!;
      this.clientAddress[i] = this.serverAddress[i]!;
      this.serverAddress[i] = word;
    }
    const port = this.clientPort[flow]!;
    this.clientPort[flow] = this.serverPort[flow]!;
    this.serverPort[flow] = port;
    swapPair(this.packets, flow * 2);
    swapPair(this.bytes, flow * 2);
    const k = flow * KEY_STRIDE;
    this.#key[k + PORTS] = (this.clientPort[flow]! << 16) | this.serverPort[flow]!;
    for (let i = 0; i < 4; i++) {
      this.#key[k + CLIENT + i] = this.clientAddress[a + i]!;
      this.#key[k + SERVER + i] = this.serverAddress[a + i]!;
    }
    this.#sources.remove(flow);
    this.#sources.add(flow, this.clientAddress, this.ipVersion[flow] === 6);
    this.#sources.touch(flow, this.state[flow] !== FLOW_NEW);
  }

  timeoutClass(flow: number): number {
    switch (this.ipProtocol[flow]) {
      case 6:
        return CLASS_TCP;
      case 17:
        return CLASS_UDP;
      case 1:
      case 58:
        return CLASS_ICMP;
      default:
        return CLASS_OTHER;
    }
  }

  /**
   * The flow to give up when there is no room: one nobody answered (of the source with most flows, if that source
   * has more than its fair number), then a closed one, then one of the source with most flows; among these the one
   * that has been silent longest. So whoever fills the table pays first.
   */
  victim(): number {
    if (this.#sources.topCount > this.#fairSourceFlows) {
      const flow = this.#sources.topOldestUnanswered();
      if (flow >= 0) return flow;
    }
    const unanswered = this.#longestSilent(FLOW_NEW);
    if (unanswered >= 0) return unanswered;
    const closed = this.#longestSilent(FLOW_CLOSED);
    if (closed >= 0) return closed;
    const answered = this.#sources.topOldestAnswered();
    return answered >= 0 ? answered : this.#longestSilent(FLOW_ESTABLISHED);
  }

  /** The flow to give up when flows that are read take too much: of the source with most flows, answered, silent longest; −1: none. */
  answeredVictim(): number {
    return this.#sources.topOldestAnswered();
  }

  /**
   * Decimal text of a 53-bit number, which every JSON parser keeps exactly: the second the flow began in (its lower 29 bits,
   * 17 years) with the lower 24 bits of its generation behind it. No other flow of this sensor has it, unless 2²⁴ begin in
   * one second, and ids sort by time. Cold path.
   */
  flowId(flow: number): string {
    const second = Math.floor(this.firstUs[flow]! / 1e6) % 2 ** 29;
    return (second * 2 ** 24 + (this.generation[flow]! & 0xffffff)).toString();
  }

  /** Third VLAN id, 0 without one. Cold path. */
  thirdVlan(flow: number): number {
    return (this.#key[flow * KEY_STRIDE + KIND]! >>> THIRD_VLAN_BIT) & VLAN_MASK;
  }

  #setNext(flow: number, next: number): void {
    this.#key[flow * KEY_STRIDE + NEXT] = next;
  }

  #longestSilent(state: number): number {
    let best = -1;
    for (let timeoutClass = 0; timeoutClass < CLASS_COUNT; timeoutClass++) {
      const flow = this.queues.oldest(timeoutClass * STATE_COUNT + state);
      if (flow >= 0 && (best < 0 || this.lastUs[flow]! < this.lastUs[best]!)) best = flow;
    }
    return best;
  }
}

function isSameAddress(columns: Int32Array, offset: number, address: Uint32Array): boolean {
  return (
    columns[offset + 3] === (address[3]! | 0) &&
    columns[offset + 2] === (address[2]! | 0) &&
    columns[offset + 1] === (address[1]! | 0) &&
    columns[offset] === (address[0]! | 0)
  );
}

function swapPair(column: Uint32Array | Float64Array, index: number): void {
  const value = column[index]!;
  column[index] = column[index + 1]!;
  column[index + 1] = value;
}
