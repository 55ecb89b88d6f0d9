/**
 * Owns the flows: their keys, what is counted about them, and which slot a new one gets. What is known of a flow stands in its
 * row (see flow-rows.ts); direction 0 is from the client. Refuses nothing by itself: `insert` needs a free slot, and
 * `victim` names the flow to give up for one. Memory: its part of the row, and 91 bytes per slot for hash, order and sources.
 */
import { bucketBits, FlowHash } from "./flow-hash.js";
import { type FlowKey, isSameAddress, THIRD_VLAN_BIT, VLAN_MASK } from "./flow-key.js";
import { FlowQueues } from "./flow-queues.js";
import { FlowRows, ROW_BYTES, ROW_FLOATS, ROW_WORDS, RowPart } from "./flow-rows.js";
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

/** Words of RowPart.KEY: what `find` compares, and the next slot of the hash chain. */
const HASH = 0;
const KIND = 1;
const VLAN = 2;
const PORTS = 3;
const CLIENT = 4;
const SERVER = 8;
const NEXT = 12;
const GENERATION = 13;
/** Bytes of RowPart.STATES. */
const STATE = 0;
const TCP_STATE = 1;
/** 0: the slot is free. */
const IP_VERSION = 2;
const IP_PROTOCOL = 3;
/** Numbers of RowPart.TIMES. */
const FIRST_US = 0;
const LAST_US = 1;

export class FlowTable {
  readonly maxFlows: number;
  readonly queues: FlowQueues;

  /** Four words per flow in host order from `addressOffset` on; IPv4 stands in the last. */
  readonly clientAddress: Uint32Array;
  readonly serverAddress: Uint32Array;

  readonly #hash: FlowHash;
  readonly #shift: number;
  readonly #sources: FlowSources;
  readonly #fairSourceFlows: number;
  readonly #bucket: Int32Array;
  /** Keys, with the hash chains of used slots and the chain of free ones. */
  readonly #key: Int32Array;
  readonly #rows: FlowRows;
  readonly #states: Uint8Array;
  readonly #icmpCode: Uint8Array;
  readonly #times: Float64Array;
  readonly #bytes: Float64Array;
  readonly #packets: Uint32Array;
  #firstFree = -1;
  #taken = 0;
  #used = 0;
  #created = 0;

  constructor(maxFlows: number, hashSeed: number, fairSourceFlows: number, rows = new FlowRows(maxFlows)) {
    const bits = bucketBits(maxFlows);
    this.maxFlows = maxFlows;
    this.#rows = rows;
    this.#hash = new FlowHash(hashSeed);
    this.#shift = 32 - bits;
    this.#fairSourceFlows = fairSourceFlows;
    this.queues = new FlowQueues(QUEUE_COUNT, maxFlows);
    this.#sources = new FlowSources(maxFlows, this.#hash);
    this.clientAddress = rows.uint32(RowPart.KEY + CLIENT * 4);
    this.serverAddress = rows.uint32(RowPart.KEY + SERVER * 4);
    this.#key = rows.int32(RowPart.KEY);
    this.#states = rows.uint8(RowPart.STATES);
    this.#icmpCode = new Uint8Array(maxFlows);
    this.#times = rows.float64(RowPart.TIMES);
    this.#bytes = rows.float64(RowPart.BYTES);
    this.#packets = rows.uint32(RowPart.PACKETS);
    this.#bucket = new Int32Array(2 ** bits);
    this.reset();
  }

  /** Forget everything, in all columns of the rows. */
  reset(): void {
    this.#bucket.fill(-1);
    this.#rows.clear(this.#taken);
    this.#taken = 0;
    this.#firstFree = -1;
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

  /** Slots below have been used since the start: the memory of the others has not been touched. */
  get takenSlots(): number {
    return this.#taken;
  }

  get isFull(): boolean {
    return this.#firstFree < 0 && this.#taken === this.maxFlows;
  }

  ipVersion(flow: number): number {
    return this.#states[flow * ROW_BYTES + IP_VERSION]!;
  }

  ipProtocol(flow: number): number {
    return this.#states[flow * ROW_BYTES + IP_PROTOCOL]!;
  }

  /** `FLOW_NEW`, `FLOW_ESTABLISHED` or `FLOW_CLOSED`. */
  state(flow: number): number {
    return this.#states[flow * ROW_BYTES + STATE]!;
  }

  tcpState(flow: number): number {
    return this.#states[flow * ROW_BYTES + TCP_STATE]!;
  }

  setTcpState(flow: number, state: number): void {
    this.#states[flow * ROW_BYTES + TCP_STATE] = state;
  }

  /** Where the flow's words begin in `clientAddress` and `serverAddress`. */
  addressOffset(flow: number): number {
    return flow * ROW_WORDS;
  }

  /** ICMP: the type of the first packet; that of a server: the type that answers it. Other protocols without ports: 0. */
  clientPort(flow: number): number {
    return this.#key[flow * ROW_WORDS + PORTS]! >>> 16;
  }

  serverPort(flow: number): number {
    return this.#key[flow * ROW_WORDS + PORTS]! & 0xffff;
  }

  /** ICMP: the code of the first packet. */
  icmpCode(flow: number): number {
    return this.#icmpCode[flow]!;
  }

  /** First VLAN id in the lower, second in the next twelve bits. */
  vlan(flow: number): number {
    return this.#key[flow * ROW_WORDS + VLAN]!;
  }

  /** The third VLAN id, 0 for none. */
  thirdVlan(flow: number): number {
    return (this.#key[flow * ROW_WORDS + KIND]! >>> THIRD_VLAN_BIT) & VLAN_MASK;
  }

  firstUs(flow: number): number {
    return this.#times[flow * ROW_FLOATS + FIRST_US]!;
  }

  lastUs(flow: number): number {
    return this.#times[flow * ROW_FLOATS + LAST_US]!;
  }

  packets(flow: number, direction: number): number {
    return this.#packets[flow * ROW_WORDS + direction]!;
  }

  /** Bytes captured of its frames with their link headers, as Suricata counts them. */
  bytes(flow: number, direction: number): number {
    return this.#bytes[flow * ROW_FLOATS + direction]!;
  }

  /** Rises whenever the slot is used again; no two flows since the start share one (until 2³² have been). */
  generation(flow: number): number {
    return this.#key[flow * ROW_WORDS + GENERATION]! >>> 0;
  }

  /** One more packet of so many bytes. */
  account(flow: number, direction: number, byteCount: number): void {
    const packets = flow * ROW_WORDS + direction;
    const bytes = flow * ROW_FLOATS + direction;
    this.#packets[packets] = this.#packets[packets]! + 1;
    this.#bytes[bytes] = this.#bytes[bytes]! + byteCount;
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
      flow = columns[flow * ROW_WORDS + NEXT]!
    ) {
      const k = flow * ROW_WORDS;
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
    const isUsedBefore = this.#firstFree >= 0;
    const flow = isUsedBefore ? this.#firstFree : this.#taken++;
    const k = flow * ROW_WORDS;
    if (isUsedBefore) this.#firstFree = this.#key[k + NEXT]!;
    const bucket = key.hash >>> this.#shift;
    this.#key[k + NEXT] = this.#bucket[bucket]!;
    this.#bucket[bucket] = flow;
    this.#key[k + HASH] = key.hash;
    this.#key[k + KIND] = key.kind;
    this.#key[k + VLAN] = key.vlan;
    this.#key[k + PORTS] = (key.sourcePort << 16) | key.destinationPort;
    this.#key[k + GENERATION] = ++this.#created;
    for (let i = 0; i < 4; i++) {
      this.#key[k + CLIENT + i] = key.source[i]!;
      this.#key[k + SERVER + i] = key.destination[i]!;
    }
    const states = flow * ROW_BYTES;
    this.#states[states + STATE] = FLOW_NEW;
    this.#states[states + TCP_STATE] = 0;
    this.#states[states + IP_VERSION] = key.isIpv6 ? 6 : 4;
    this.#states[states + IP_PROTOCOL] = key.ipProtocol;
    this.#icmpCode[flow] = key.icmpCode;
    this.#times[flow * ROW_FLOATS + FIRST_US] = clock[0]!;
    this.#times[flow * ROW_FLOATS + LAST_US] = clock[0]!;
    for (let direction = 0; direction < 2; direction++) {
      this.#packets[flow * ROW_WORDS + direction] = 0;
      this.#bytes[flow * ROW_FLOATS + direction] = 0;
    }
    this.#used++;
    this.queues.place(flow, this.timeoutClass(flow) * STATE_COUNT + FLOW_NEW);
    this.#sources.add(flow, this.clientAddress, k, key.isIpv6);
    return flow;
  }

  remove(flow: number): void {
    const next = this.#key[flow * ROW_WORDS + NEXT]!;
    const bucket = this.#key[flow * ROW_WORDS + HASH]! >>> this.#shift;
    let f = this.#bucket[bucket]!;
    if (f === flow) {
      this.#bucket[bucket] = next;
    } else {
      while (this.#key[f * ROW_WORDS + NEXT] !== flow) f = this.#key[f * ROW_WORDS + NEXT]!;
      this.#key[f * ROW_WORDS + NEXT] = next;
    }
    this.queues.remove(flow);
    this.#sources.remove(flow);
    this.#states[flow * ROW_BYTES + IP_VERSION] = 0;
    this.#key[flow * ROW_WORDS + NEXT] = this.#firstFree;
    this.#firstFree = flow;
    this.#used--;
  }

  /**
   * The flow was active at `clock[0]`. In a new second it moves behind the others of its state: the order of silence
   * is exact to that second, and a busy flow costs nothing.
   */
  touch(flow: number, clock: Float64Array): void {
    const before = this.lastUs(flow);
    const now = clock[0]!;
    if (now <= before && before - now < CLOCK_SET_BACK_US) return;
    this.#times[flow * ROW_FLOATS + LAST_US] = now;
    if (Math.floor(before / 1e6) === Math.floor(now / 1e6)) return;
    this.queues.place(flow, this.queues.queueOf(flow));
    this.#sources.touch(flow, this.state(flow) !== FLOW_NEW);
  }

  setState(flow: number, state: number): void {
    if (this.state(flow) === state) return;
    this.#states[flow * ROW_BYTES + STATE] = state;
    this.queues.place(flow, this.timeoutClass(flow) * STATE_COUNT + state);
    this.#sources.touch(flow, state !== FLOW_NEW);
  }

  /** Make the server the client and the other way round, with what is counted per direction. */
  swapDirections(flow: number): void {
    const k = flow * ROW_WORDS;
    for (let i = k; i < k + 4; i++) {
      const word = this.clientAddress[i]!;
      this.clientAddress[i] = this.serverAddress[i]!;
      this.serverAddress[i] = word;
    }
    const ports = this.#key[k + PORTS]!;
    this.#key[k + PORTS] = (ports << 16) | (ports >>> 16);
    swapPair(this.#packets, k);
    swapPair(this.#bytes, flow * ROW_FLOATS);
    this.#sources.remove(flow);
    this.#sources.add(flow, this.clientAddress, k, this.ipVersion(flow) === 6);
    this.#sources.touch(flow, this.state(flow) !== FLOW_NEW);
  }

  timeoutClass(flow: number): number {
    switch (this.ipProtocol(flow)) {
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
    const second = Math.floor(this.firstUs(flow) / 1e6) % 2 ** 29;
    return (second * 2 ** 24 + (this.generation(flow) & 0xffffff)).toString();
  }

  #longestSilent(state: number): number {
    let best = -1;
    for (let timeoutClass = 0; timeoutClass < CLASS_COUNT; timeoutClass++) {
      const flow = this.queues.oldest(timeoutClass * STATE_COUNT + state);
      if (flow >= 0 && (best < 0 || this.lastUs(flow) < this.lastUs(best))) best = flow;
    }
    return best;
  }
}

function swapPair(column: Uint32Array | Float64Array, index: number): void {
  const value = column[index]!;
  column[index] = column[index + 1]!;
  column[index + 1] = value;
}
