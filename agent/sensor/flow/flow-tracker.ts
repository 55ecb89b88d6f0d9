/**
 * Owns the flow room's front: which flow a packet belongs to, its direction, what TCP makes of it, and when flows
 * end. Everything is bounded by `FlowLimits` and allocated once; `track` and `expire` allocate nothing.
 *
 * Per packet: `track`, then the readers' turns on `streams` (see there), then `streams.finishPacket()` before the
 * packet's bytes are overwritten.
 *
 * Direction is Suricata's: the first packet's sender is the client; of TCP the sender of the SYN. ICMP errors belong
 * to the flow of the packet they quote. Other protocols go by addresses (Suricata calls all of those to-server).
 * A full table makes room as `FlowTable.victim` says, and shortens its time-outs until a part of it is free again;
 * meanwhile a TCP packet other than a SYN begins no flow (Suricata's emergency mode).
 */

import { IP_PROTOCOL_TCP, type PacketView, TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from "../wire/packet-view.js";
import { ChecksumGate } from "./checksum-gate.js";
import { FlowClock } from "./flow-clock.js";
import type { FlowLimits } from "./flow-limits.js";
import { FlowRows } from "./flow-rows.js";
import {
  FLOW_ESTABLISHED,
  FLOW_NEW,
  FlowEnd,
  type FlowEndId,
  QUEUE_COUNT,
  STATE_COUNT,
  TCP_ESTABLISHED,
  TCP_NONE,
} from "./flow-state.js";
import { FlowTable } from "./flow-table.js";
import { FlowTimeouts } from "./flow-timeouts.js";
import { HeaderPrediction } from "./header-prediction.js";
import { PacketKey } from "./packet-key.js";
import { StreamBuffers } from "./stream-buffers.js";
import { TcpContext } from "./tcp-context.js";
import { isNewSession, onTcpSegment } from "./tcp-engine.js";

/** Once all time-outs have been looked at, this long they are left alone (lookups heed them all the same). */
const EXPIRE_PAUSE_US = 250_000;

export class FlowTracker {
  /** Memory of all flows, of which whoever reads the streams has a part as well. */
  readonly rows: FlowRows;
  readonly table: FlowTable;
  readonly streams: StreamBuffers;
  /** Undefined where checksums are not verified. */
  readonly checksums: ChecksumGate | undefined;

  // What `track` found. Meaningless if it returned −1.
  /** 0: the packet goes from the flow's client (initiator) to its server. */
  direction: 0 | 1 = 0;
  isNewFlow = false;
  /** What `flow:established` means for this packet: the handshake was complete, or both sides have spoken. */
  isEstablished = false;
  /** The packet is an ICMP error about the flow; it does not count as an answer. */
  isIcmpError = false;
  /** Bytes, a hole, or the end came for the readers of the packet's direction. */
  hasNewStreamData = false;
  /** The same for the other direction: an acknowledgement gave up a hole, or confirmed the end. */
  hasNewPeerData = false;
  /** The payload went into the stream (PKT_STREAM_ADD): stream rules see it, packet payload rules need not. */
  isPacketInStream = false;
  /** An accepted RST closed the flow. Readers hear of the end when the flow is released: the RST may be forged. */
  isStreamReset = false;
  /** A direction ended with this packet (FIN, acknowledged): its readers have an end to hear of. */
  isEndOfStream = false;
  /** False: the TCP segment was rejected (bad sequence or acknowledgement, no session …). */
  isTcpValid = true;
  /** The TCP segment was what its connection expected, and brings nothing for anybody who reads it: see `openStreams`. */
  isPredicted = false;
  /** Why the flow ends of which `onRelease` hears. */
  endReason: FlowEndId = FlowEnd.SHUTDOWN;
  /** First `StreamEvent` of the packet, 0 for none; all of them are `streamEvents[0, streamEventCount)`. */
  streamEvent = 0;
  streamEventCount = 0;
  readonly streamEvents: Uint8Array;

  // Counters, since the start or the last reset.
  /** Flows released because the table was full: never answered, closed, and answered ones. */
  readonly evictedFlows = new Float64Array(STATE_COUNT);
  expiredFlows = 0;
  /** Flows replaced by a new one with the same tuple. */
  reusedFlows = 0;
  /** Packets without a flow: undecodable, ICMP errors about nothing, refused in emergency. */
  untrackedPackets = 0;
  rejectedSegments = 0;
  emergencies = 0;

  readonly #limits: FlowLimits;
  readonly #onRelease: (flow: number) => void;
  readonly #tcp: TcpContext;
  readonly #key: PacketKey;
  readonly #clock = new FlowClock();
  readonly #timeouts: FlowTimeouts;
  readonly #prediction: HeaderPrediction;
  #nextExpireUs = 0;

  /** `onRelease` is called while the flow's columns and streams can still be read; it must not call the tracker. */
  constructor(limits: FlowLimits, onRelease: (flow: number) => void) {
    this.#limits = limits;
    this.#onRelease = onRelease;
    this.rows = new FlowRows(limits.maxFlows);
    this.table = new FlowTable(limits.maxFlows, limits.hashSeed, limits.fairSourceFlows, this.rows);
    this.streams = new StreamBuffers(limits, this.rows, this.table);
    this.#tcp = new TcpContext(limits, this.rows, this.table, this.streams.assembly);
    this.checksums = limits.verifiesChecksums ? new ChecksumGate() : undefined;
    this.#key = new PacketKey(limits.vlanTracking);
    this.streamEvents = this.#tcp.events;
    this.#timeouts = new FlowTimeouts(limits, this.table);
    this.#prediction = new HeaderPrediction(this.rows, this.table, this.streams.assembly);
  }

  get isEmergency(): boolean {
    return this.#timeouts.isEmergency;
  }

  /**
   * Account one packet (any IP packet, not fragments). Returns the flow number, or −1: not IP, undecodable, or no
   * flow was made for it. Sets the fields above.
   */
  track(packet: PacketView): number {
    this.streams.finishPacket();
    this.#clearFindings();
    if (!this.#key.read(packet)) return this.#untracked();
    this.#clock.follow(packet);
    const key = this.#key.flow;
    this.table.hashKey(key);
    let found = this.table.find(key);
    if (found >= 0 && this.#timeouts.isOver(found >> 1, this.#clock.now)) {
      this.expiredFlows++;
      this.#release(found >> 1, FlowEnd.TIMEOUT);
      found = -1;
    }
    const isTcp = packet.ipProtocol === IP_PROTOCOL_TCP;
    if (isTcp && this.checksums !== undefined && !this.#isBelieved(packet, found)) {
      return this.#passOver(packet, found);
    }
    if (found >= 0 && isTcp && this.#prediction.takes(packet, found)) {
      this.isPredicted = true;
      this.isEstablished = true;
      this.isPacketInStream = packet.payloadLength > 0;
      this.direction = (found & 1) === 0 ? 0 : 1;
      this.#account(found >> 1, found & 1, packet);
      return found >> 1;
    }
    if (found >= 0 && isTcp && (packet.tcpFlags & TCP_SYN) !== 0) {
      this.#tcp.begin(packet, found >> 1, found & 1);
      if (isNewSession(this.#tcp)) {
        this.reusedFlows++;
        this.#release(found >> 1, FlowEnd.REUSED);
        found = -1;
      }
    }
    if (found < 0) {
      if (this.#key.isIcmpError || !this.#mayBegin(packet, isTcp)) return this.#untracked();
      if (this.table.isFull) this.#makeRoom();
      found = this.table.insert(key, this.#clock.now) * 2;
      this.isNewFlow = true;
    }
    const flow = found >> 1;
    if (this.#key.isIcmpError) this.#takeError(flow, packet);
    else this.#take(flow, found & 1, packet, isTcp);
    if (this.isEmergency) this.#timeouts.checkRecovery();
    return flow;
  }

  /**
   * End flows that have been silent too long at packet time `nowUs`, at most `maxFlows` of them. Cheap to call with
   * every packet: once nothing is left to end, it looks again after a quarter of a second.
   */
  expire(nowUs: number, maxFlows: number): void {
    // Earlier by more than the pause: the clock was set back.
    if (nowUs < this.#nextExpireUs && this.#nextExpireUs - nowUs <= EXPIRE_PAUSE_US) return;
    this.streams.finishPacket();
    this.#clock.followTime(nowUs);
    let left = maxFlows;
    for (let queue = 0; queue < QUEUE_COUNT; queue++) {
      let flow = this.table.queues.oldest(queue);
      while (flow >= 0 && this.#timeouts.isOver(flow, this.#clock.now)) {
        if (left === 0) return;
        this.expiredFlows++;
        left--;
        this.#release(flow, FlowEnd.TIMEOUT);
        flow = this.table.queues.oldest(queue);
      }
    }
    this.#nextExpireUs = nowUs + EXPIRE_PAUSE_US;
  }

  /**
   * What is kept of flows elsewhere takes too much: give up one that was answered, of the source that has most flows.
   * Returns whether there was one.
   */
  giveUpOne(): boolean {
    const flow = this.table.answeredVictim();
    if (flow < 0) return false;
    this.streams.finishPacket();
    this.#giveUp(flow);
    return true;
  }

  /** End all flows, those first that have been silent longest. */
  releaseAll(): void {
    this.streams.finishPacket();
    while (this.table.usedCount > 0) {
      let oldest = -1;
      for (let queue = 0; queue < QUEUE_COUNT; queue++) {
        const flow = this.table.queues.oldest(queue);
        if (flow >= 0 && (oldest < 0 || this.table.lastUs(flow) < this.table.lastUs(oldest))) oldest = flow;
      }
      this.#release(oldest, FlowEnd.SHUTDOWN);
    }
  }

  /** Forget everything without telling anyone; counters begin again. Memory is kept. */
  reset(): void {
    this.table.reset();
    this.streams.reset();
    this.#tcp.reset();
    this.checksums?.reset();
    this.#clearFindings();
    this.#clock.reset();
    this.#timeouts.endEmergency();
    this.#nextExpireUs = 0;
    this.evictedFlows.fill(0);
    this.expiredFlows = 0;
    this.reusedFlows = 0;
    this.untrackedPackets = 0;
    this.rejectedSegments = 0;
    this.emergencies = 0;
  }

  /**
   * The protocol shows that the flow began in the middle: its server is the client (a DNS response seen first).
   * Only for the flow of the packet at hand, and if it has no TCP session; returns whether it was done.
   */
  reverse(flow: number): boolean {
    if (this.table.tcpState(flow) !== TCP_NONE) return false;
    this.table.swapDirections(flow);
    this.direction = this.direction === 0 ? 1 : 0;
    return true;
  }

  /** Of a predicted segment the streams are asked all the same: called before that. */
  openStreams(flow: number): void {
    this.streams.assembly.chain.begin(flow);
  }

  /** TCP flags the packets of a direction had, or-ed. */
  tcpFlags(flow: number, direction: number): number {
    return this.#tcp.flagsSeen(flow * 2 + direction);
  }

  /** Sequence numbers that a direction of a connection has used up, SYN and FIN among them; −1 where no connection is followed. */
  usedNumbers(flow: number, direction: number): number {
    return this.table.tcpState(flow) === TCP_NONE ? -1 : this.#tcp.usedNumbers(flow * 2 + direction);
  }

  /** The checksum is right, or nobody reads what it protects. */
  #isBelieved(packet: PacketView, found: number): boolean {
    const isData = (packet.tcpFlags & (TCP_SYN | TCP_FIN | TCP_RST)) === 0;
    if (found >= 0 && isData && this.streams.isIdle(found >> 1, found & 1)) return true;
    return this.checksums!.admits(packet);
  }

  /** The segment counts on its flow, if there is one, but its receiver will not take it. */
  #passOver(packet: PacketView, found: number): number {
    if (found < 0) return this.#untracked();
    const flow = found >> 1;
    this.direction = (found & 1) === 0 ? 0 : 1;
    this.isEstablished = this.table.state(flow) !== FLOW_NEW;
    this.isTcpValid = false;
    this.#account(flow, this.direction, packet);
    return flow;
  }

  #take(flow: number, direction: number, packet: PacketView, isTcp: boolean): void {
    const table = this.table;
    const wasEstablished = isTcp ? table.tcpState(flow) >= TCP_ESTABLISHED : false;
    this.isEstablished = wasEstablished || table.state(flow) === FLOW_ESTABLISHED;
    this.#account(flow, direction, packet);
    if (isTcp) {
      const t = this.#tcp;
      t.begin(packet, flow, direction);
      this.streams.assembly.chain.begin(flow);
      this.isTcpValid = onTcpSegment(t);
      direction = t.direction;
      if (!this.isTcpValid) this.rejectedSegments++;
      if (t.isEstablishing) this.isEstablished = true;
      this.isPacketInStream = t.isInStream;
      this.isStreamReset = t.isReset;
      this.streamEventCount = t.eventCount;
      this.streamEvent = t.eventCount > 0 ? t.events[0]! : 0;
      const { chain } = this.streams.assembly;
      this.hasNewStreamData = chain.hasNews(direction);
      this.hasNewPeerData = chain.hasNews(direction ^ 1);
      this.isEndOfStream = chain.isEnding;
    }
    this.direction = direction === 0 ? 0 : 1;
    if (!isTcp && table.packets(flow, 1) > 0 && table.packets(flow, 0) > 0) {
      this.isEstablished = true;
      table.setState(flow, FLOW_ESTABLISHED);
    }
  }

  /** An ICMP error counts on the flow it is about, as coming from whom its sender's address says. */
  #takeError(flow: number, packet: PacketView): void {
    const isFromClient = this.#key.isFromSource(
      packet,
      this.table.clientAddress,
      this.table.addressOffset(flow),
    );
    this.direction = isFromClient ? 0 : 1;
    this.isIcmpError = true;
    this.isEstablished = this.table.state(flow) !== FLOW_NEW;
    this.table.touch(flow, this.#clock.now);
  }

  #account(flow: number, direction: number, packet: PacketView): void {
    const table = this.table;
    table.account(flow, direction, packet.frameEnd - packet.frameOffset);
    table.touch(flow, this.#clock.now);
  }

  /** In emergency, a TCP packet that begins no session begins no flow either. */
  #mayBegin(packet: PacketView, isTcp: boolean): boolean {
    if (!isTcp || !this.isEmergency || this.#limits.midstream) return true;
    return (packet.tcpFlags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) === TCP_SYN;
  }

  #makeRoom(): void {
    if (!this.isEmergency) {
      this.emergencies++;
      this.#timeouts.beginEmergency();
      this.#nextExpireUs = 0;
    }
    this.#giveUp(this.table.victim());
  }

  #giveUp(flow: number): void {
    this.evictedFlows[this.table.state(flow)]!++;
    this.#release(flow, FlowEnd.FORCED);
  }

  #release(flow: number, reason: FlowEndId): void {
    this.endReason = reason;
    const assembly = this.streams.assembly;
    if (this.table.tcpState(flow) === TCP_NONE) {
      this.#onRelease(flow);
    } else {
      assembly.chain.begin(flow);
      assembly.release(flow * 2);
      assembly.release(flow * 2 + 1);
      this.#onRelease(flow);
      assembly.chain.end();
      assembly.forget(flow * 2);
      assembly.forget(flow * 2 + 1);
      this.#tcp.handshakes.clear(flow);
    }
    this.table.remove(flow);
  }

  #untracked(): number {
    this.untrackedPackets++;
    return -1;
  }

  #clearFindings(): void {
    this.direction = 0;
    this.isNewFlow = false;
    this.isEstablished = false;
    this.isIcmpError = false;
    this.hasNewStreamData = false;
    this.hasNewPeerData = false;
    this.isPacketInStream = false;
    this.isStreamReset = false;
    this.isEndOfStream = false;
    this.isTcpValid = true;
    this.isPredicted = false;
    this.streamEvent = 0;
    this.streamEventCount = 0;
  }
}
