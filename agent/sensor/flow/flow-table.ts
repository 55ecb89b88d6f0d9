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

/** What identifies a flow, as one packet shows it. Reused; `source` and `destination` refer to the packet's words. */
export class FlowKey {
  source = new Uint32Array(4);
  destination = new Uint32Array(4);
  /** ICMP: the type, and at the destination the type that answers it. */
  sourcePort = 0;
  destinationPort = 0;
  isIpv6 = false;
  ipProtocol = 0;
  /** Protocol, IP version, tunnel depth and third VLAN id in 25 bits. */
  kind = 0;
  /** First and second VLAN id in 24 bits. */
  vlan = 0;
  hash = 0;
}

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
  /** First VLAN id in the lower, second in the next twelve bits. */
  readonly vlan: Uint32Array;
  readonly firstUs: Float64Array;
  readonly lastUs: Float64Array;
  /** Index flow * 2 + direction. */
  readonly packets: Uint32Array;
  /** IP datagram bytes, index flow * 2 + direction. */
  readonly bytes: Float64Array;
  /** `FLOW_NEW`, `FLOW_ESTABLISHED` or `FLOW_CLOSED`. */
  readonly state: Uint8Array;
  /** Rises whenever the slot is used again; no two flows since the start share one (until 2³² have been). */
  readonly generation: Uint32Array;
  /** TCP flags seen, all packets or-ed, index flow * 2 + direction. */
  readonly tcpFlagsSeen: Uint8Array;
  readonly tcpState: Uint8Array;

  readonly #hash: FlowHash;
  readonly #shift: number;
  readonly #sources: FlowSources;
  readonly #fairSourceFlows: number;
  readonly #bucket: Int32Array;
  /** Hash chains of used slots, and the chain of free ones. */
  readonly #next: Int32Array;
  readonly #hashOf: Int32Array;
  readonly #kind: Int32Array;
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
    this.vlan = new Uint32Array(maxFlows);
    this.firstUs = new Float64Array(maxFlows);
    this.lastUs = new Float64Array(maxFlows);
    this.packets = new Uint32Array(maxFlows * 2);
    this.bytes = new Float64Array(maxFlows * 2);
    this.state = new Uint8Array(maxFlows);
    this.generation = new Uint32Array(maxFlows);
    this.tcpFlagsSeen = new Uint8Array(maxFlows * 2);
    this.tcpState = new Uint8Array(maxFlows);
    this.#bucket = new Int32Array(2 ** bits);
    this.#next = new Int32Array(maxFlows);
    this.#hashOf = new Int32Array(maxFlows);
    this.#kind = new Int32Array(maxFlows);
    this.reset();
  }

  reset(): void {
    this.ipVersion.fill(0);
    this.#bucket.fill(-1);
    for (let i = 0; i < this.maxFlows; i++) this.#next[i] = i + 1;
    this.#next[this.maxFlows - 1] = -1;
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
    const hash = key.hash;
    for (let flow = this.#bucket[hash >>> this.#shift]!; flow >= 0; flow = this.#next[flow]!) {
      if (this.#hashOf[flow] !== hash || this.#kind[flow] !== key.kind || this.vlan[flow] !== key.vlan) {
        continue;
      }
      const clientPort = this.clientPort[flow];
      const serverPort = this.serverPort[flow];
      if (
        clientPort === key.sourcePort &&
        serverPort === key.destinationPort &&
        isSameAddress(this.clientAddress, flow, key.source) &&
        isSameAddress(this.serverAddress, flow, key.destination)
      ) {
        return flow * 2;
      }
      if (
        clientPort === key.destinationPort &&
        serverPort === key.sourcePort &&
        isSameAddress(this.clientAddress, flow, key.destination) &&
        isSameAddress(this.serverAddress, flow, key.source)
      ) {
        return flow * 2 + 1;
      }
    }
    return -1;
  }

  /** A new flow whose client is the key's source. The table must not be full. */
  insert(key: FlowKey, activeUs: Float64Array): number {
    const flow = this.#firstFree;
    this.#firstFree = this.#next[flow]!;
    const bucket = key.hash >>> this.#shift;
    this.#next[flow] = this.#bucket[bucket]!;
    this.#bucket[bucket] = flow;
    this.#hashOf[flow] = key.hash;
    this.#kind[flow] = key.kind;
    this.vlan[flow] = key.vlan;
    this.ipVersion[flow] = key.isIpv6 ? 6 : 4;
    this.ipProtocol[flow] = key.ipProtocol;
    const a = flow * 4;
    for (let i = 0; i < 4; i++) {
      this.clientAddress[a + i] = key.source[i]!;
      this.serverAddress[a + i] = key.destination[i]!;
    }
    this.clientPort[flow] = key.sourcePort;
    this.serverPort[flow] = key.destinationPort;
    this.firstUs[flow] = activeUs[0]!;
    this.lastUs[flow] = activeUs[0]!;
    this.packets[flow * 2] = 0;
    this.packets[flow * 2 + 1] = 0;
    this.bytes[flow * 2] = 0;
    this.bytes[flow * 2 + 1] = 0;
    this.state[flow] = FLOW_NEW;
    this.tcpFlagsSeen[flow * 2] = 0;
    this.tcpFlagsSeen[flow * 2 + 1] = 0;
    this.tcpState[flow] = 0;
    this.#created++;
    this.generation[flow] = this.#created;
    this.#used++;
    this.queues.place(flow, this.timeoutClass(flow) * STATE_COUNT + FLOW_NEW, this.lastUs);
    this.#sources.add(flow, this.clientAddress, key.isIpv6);
    return flow;
  }

  remove(flow: number): void {
    const bucket = this.#hashOf[flow]! >>> this.#shift;
    let f = this.#bucket[bucket]!;
    if (f === flow) {
      this.#bucket[bucket] = this.#next[flow]!;
    } else {
      while (this.#next[f] !== flow) f = this.#next[f]!;
      this.#next[f] = this.#next[flow]!;
    }
    this.queues.remove(flow);
    this.#sources.remove(flow);
    this.ipVersion[flow] = 0;
    this.#next[flow] = this.#firstFree;
    this.#firstFree = flow;
    this.#used--;
  }

  /** Note that the flow was active at `lastUs`: it moves behind the others of its state, at most once a second. */
  touch(flow: number): void {
    if (!this.queues.isStale(flow, this.lastUs)) return;
    this.queues.place(flow, this.queues.queueOf(flow), this.lastUs);
    this.#sources.touch(flow, this.state[flow] !== FLOW_NEW);
  }

  setState(flow: number, state: number): void {
    if (this.state[flow] === state) return;
    this.state[flow] = state;
    this.queues.place(flow, this.timeoutClass(flow) * STATE_COUNT + state, this.lastUs);
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
    swapPair(this.tcpFlagsSeen, flow * 2);
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

  /**
   * Decimal text of a 63-bit number that no other flow of this sensor has: the flow's first microsecond with the
   * lower eleven bits of its generation behind it, so ids also sort by time. Cold path.
   */
  flowId(flow: number): string {
    return (BigInt(this.firstUs[flow]!) * 2048n + BigInt(this.generation[flow]! & 2047)).toString();
  }

  #longestSilent(state: number): number {
    let best = -1;
    for (let timeoutClass = 0; timeoutClass < CLASS_COUNT; timeoutClass++) {
      const flow = this.queues.oldest(timeoutClass * STATE_COUNT + state);
      if (flow >= 0 && (best < 0 || this.queues.placedUs(flow) < this.queues.placedUs(best))) best = flow;
    }
    return best;
  }
}

function isSameAddress(column: Uint32Array, flow: number, address: Uint32Array): boolean {
  const a = flow * 4;
  return (
    column[a + 3] === address[3] &&
    column[a + 2] === address[2] &&
    column[a + 1] === address[1] &&
    column[a] === address[0]
  );
}

function swapPair(column: Uint8Array | Uint32Array | Float64Array, index: number): void {
  const value = column[index]!;
  column[index] = column[index + 1]!;
  column[index + 1] = value;
}
