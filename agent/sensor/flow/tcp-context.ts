/**
 * Owns the columns of TCP sessions, and the segment at hand: what the state functions (`tcp-handshake`,
 * `tcp-established`, `tcp-closing`) read and change. Sequence numbers and timestamps are signed 32-bit here.
 * Memory: its part of the flow's row.
 */

import { type PacketView, TCP_ACK, TCP_FIN, TCP_URG } from "../wire/packet-view.js";
import type { FlowLimits } from "./flow-limits.js";
import { type FlowRows, ROW_BYTES, ROW_SHORTS, ROW_WORDS, RowPart } from "./flow-rows.js";
import {
  FLOW_CLOSED,
  FLOW_ESTABLISHED,
  FROM_CLIENT,
  TCP_CLOSE_WAIT,
  TCP_CLOSED,
  TCP_CLOSING,
  TCP_ESTABLISHED,
  TCP_FIN_WAIT1,
  TCP_FIN_WAIT2,
  TCP_LAST_ACK,
  TCP_TIME_WAIT,
} from "./flow-state.js";
import type { FlowTable } from "./flow-table.js";
import { HandshakeQueue } from "./handshake-queue.js";
import { OVERLAPS_DIFFERENT } from "./segment-queue.js";
import type { StreamAssembly } from "./stream-assembly.js";
import { StreamEvent } from "./stream-event.js";

/** Fields of a direction's sender. Initial sequence number; the highest that was sent, plus one. */
export const INITIAL = 0;
export const NEXT = 1;
/** The receiver has everything before this. */
export const LAST_ACK = 2;
/** First sequence number beyond the receiver's window, as far as it ever reached. */
export const NEXT_WINDOW = 3;
/** The receiver's window, scaled. */
export const WINDOW = 4;
/** Bits below; the lower four are the scale of the receiver's window. */
export const SENDER_FLAGS = 5;
export const LAST_TIMESTAMP = 6;
/** Seconds of packet time when that was. */
export const LAST_TIMESTAMP_S = 7;
/** Words a sender has. */
export const SENDER_WORDS = 8;

export const SCALE_MASK = 0x0f;
export const HAS_KEEPALIVE = 0x10;
/** Its timestamp was 0 in the handshake: Linux does not check it then. */
export const HAS_ZERO_TIMESTAMP = 0x20;
export const OFFERED_TIMESTAMP = 0x40;
/** It sent the RST that closed the session; if it goes on, the RST was somebody else's. */
export const SENT_RST = 0x80;
export const SENT_FIN = 0x100;
export const OFFERED_SCALE = 0x200;
/** From here up: the TCP flags it has sent, or-ed. */
export const FLAGS_SEEN_SHIFT = 16;

/** Flags of a session. */
export const MIDSTREAM = 0x01;
export const MIDSTREAM_ESTABLISHED = 0x02;
export const MIDSTREAM_SYNACK = 0x04;
/** Only one side is seen. */
export const ASYNC = 0x08;
/** Both sides use timestamps. */
export const TIMESTAMPS = 0x10;
/** SYN was answered by SYN. */
export const FOUR_WAY = 0x40;
/** An ACK in the handshake had the right sequence number and acknowledged nonsense. */
export const EVASION_ATTEMPT = 0x80;
/** The server has spoken after the handshake. */
export const CONFIRMED = 0x100;
export const FAST_OPEN = 0x200;
export const FAST_OPEN_DATA_IGNORED = 0x400;
/** A zero window probe is under way, from the client, or from the server. */
export const PROBE_FROM_CLIENT = 0x800;
export const PROBE_FROM_SERVER = 0x1000;
/** The SYN carried data, which is held until the SYN/ACK says what became of it. */
export const HAS_SYN_DATA = 0x2000;
/** The SYN was signed (TCP-MD5): only then does Linux take signed segments. */
export const IS_SIGNED = 0x4000;

export const MAX_WINDOW_SCALE = 14;

/** Events kept per packet; the second and third say why, further ones do not happen. */
const MAX_STREAM_EVENTS = 4;

/** Urgent bytes taken out of a direction at most; further ones stay in it (as Suricata's limit). */
const MAX_URGENT_BYTES = 65_535;

export class TcpContext {
  readonly table: FlowTable;
  readonly assembly: StreamAssembly;
  readonly isMidstream: boolean;
  readonly isAsyncOneSide: boolean;
  readonly #isUrgentOutOfBand: boolean;
  readonly handshakes: HandshakeQueue;
  /** Index `sender` or `receiver` + field. */
  readonly field: Int32Array;
  readonly #sessionFlags: Int32Array;
  readonly #stateBefore: Uint8Array;
  readonly #urgentBytes: Uint16Array;

  // The segment at hand.
  flow = 0;
  direction = FROM_CLIENT;
  /** flow * 2 + direction. */
  d = 0;
  /** Where the fields of its sender, and of its receiver, begin. */
  sender = 0;
  receiver = 0;
  flags = 0;
  sequence = 0;
  acknowledgement = 0;
  /** Sequence number behind the payload; SYN and FIN do not count. */
  end = 0;
  payloadLength = 0;
  /** As it stands in the header. */
  window = 0;
  hasTimestamp = false;
  timestamp = 0;
  timestampEcho = 0;
  timeS = 0;
  packet: PacketView | undefined = undefined;

  // What became of it.
  isInStream = false;
  isReset = false;
  /** What counts as `flow:established` for this packet although the flow was not when it came. */
  isEstablishing = false;
  eventCount = 0;
  readonly events = new Uint8Array(MAX_STREAM_EVENTS);

  constructor(limits: FlowLimits, rows: FlowRows, table: FlowTable, assembly: StreamAssembly) {
    this.table = table;
    this.assembly = assembly;
    this.isMidstream = limits.midstream;
    this.isAsyncOneSide = limits.asyncOneSide;
    this.#isUrgentOutOfBand = limits.takesUrgentOutOfBand;
    this.handshakes = new HandshakeQueue(rows);
    this.field = rows.int32(RowPart.TCP);
    this.#sessionFlags = rows.int32(RowPart.SESSION);
    this.#stateBefore = rows.uint8(RowPart.STATE_BEFORE);
    this.#urgentBytes = rows.uint16(RowPart.URGENT);
  }

  reset(): void {
    this.handshakes.reset();
  }

  /** Take over the packet as a segment of `flow`. */
  begin(packet: PacketView, flow: number, direction: number): void {
    this.packet = packet;
    this.flow = flow;
    this.direction = direction;
    this.d = flow * 2 + direction;
    this.sender = flow * ROW_WORDS + direction * SENDER_WORDS;
    this.receiver = flow * ROW_WORDS + (direction ^ 1) * SENDER_WORDS;
    this.flags = packet.tcpFlags;
    this.sequence = packet.tcpSequence | 0;
    this.acknowledgement = packet.tcpAcknowledgement | 0;
    this.payloadLength = packet.payloadLength;
    this.end = (this.sequence + packet.payloadLength) | 0;
    this.window = packet.tcpWindow;
    this.hasTimestamp = packet.hasTcpTimestamp;
    this.timestamp = packet.tcpTimestampValue | 0;
    this.timestampEcho = packet.tcpTimestampEcho | 0;
    this.timeS = (packet.timeUs / 1_000_000) | 0;
    this.isInStream = false;
    this.isReset = false;
    this.isEstablishing = false;
    this.eventCount = 0;
  }

  /** A session begins: nothing is known of it yet. */
  startSession(): void {
    const first = this.flow * ROW_WORDS;
    for (let i = first; i < first + 2 * SENDER_WORDS; i++) this.field[i] = 0;
    this.seeFlags();
    this.#sessionFlags[this.flow * ROW_WORDS] = this.isAsyncOneSide ? ASYNC : 0;
    this.#urgentBytes[this.flow * ROW_SHORTS] = 0;
    this.#urgentBytes[this.flow * ROW_SHORTS + 1] = 0;
  }

  /** A sender has named its initial sequence number: its stream begins behind it. */
  startStream(base: number, initial: number): void {
    this.field[base + INITIAL] = initial;
    this.field[base + NEXT] = initial + 1;
    this.assembly.start(this.#directionOf(base), (initial + 1) | 0);
  }

  /** Remember the segment's TCP flags. */
  seeFlags(): void {
    this.setSenderFlag(this.sender, this.flags << FLAGS_SEEN_SHIFT);
  }

  /** TCP flags a direction (flow * 2 + direction) has shown since its session began, or-ed. */
  flagsSeen(d: number): number {
    return (
      (this.field[(d >> 1) * ROW_WORDS + (d & 1) * SENDER_WORDS + SENDER_FLAGS]! >>> FLAGS_SEEN_SHIFT) & 0xff
    );
  }

  /** Sequence numbers that a direction (flow * 2 + direction) has used up. SYN counts, and as in Suricata FIN with the next segment. */
  usedNumbers(d: number): number {
    const base = (d >> 1) * ROW_WORDS + (d & 1) * SENDER_WORDS;
    const next = this.field[base + NEXT]!;
    const isFinAtHand = d === this.d && (this.flags & TCP_FIN) !== 0 && next === ((this.end + 1) | 0);
    return (next - this.field[base + INITIAL]! - (isFinAtHand ? 1 : 0)) >>> 0;
  }

  /** flow * 2 + direction of the side whose fields begin at `base`. */
  #directionOf(base: number): number {
    return base === this.sender ? this.d : this.d ^ 1;
  }

  /** The state before the session was closed by a RST. */
  get stateBefore(): number {
    return this.#stateBefore[this.flow * ROW_BYTES]!;
  }

  set stateBefore(state: number) {
    this.#stateBefore[this.flow * ROW_BYTES] = state;
  }

  get state(): number {
    return this.table.tcpState(this.flow);
  }

  setState(state: number): void {
    const before = this.table.tcpState(this.flow);
    if (before === state) return;
    this.stateBefore = before;
    this.table.setTcpState(this.flow, state);
    switch (state) {
      case TCP_ESTABLISHED:
      case TCP_FIN_WAIT1:
      case TCP_FIN_WAIT2:
      case TCP_CLOSING:
      case TCP_CLOSE_WAIT:
        this.table.setState(this.flow, FLOW_ESTABLISHED);
        break;
      case TCP_LAST_ACK:
      case TCP_TIME_WAIT:
      case TCP_CLOSED:
        this.table.setState(this.flow, FLOW_CLOSED);
        break;
    }
  }

  hasFlag(flag: number): boolean {
    return (this.#sessionFlags[this.flow * ROW_WORDS]! & flag) !== 0;
  }

  setFlag(flag: number): void {
    this.#sessionFlags[this.flow * ROW_WORDS] = this.#sessionFlags[this.flow * ROW_WORDS]! | flag;
  }

  clearFlag(flag: number): void {
    this.#sessionFlags[this.flow * ROW_WORDS] = this.#sessionFlags[this.flow * ROW_WORDS]! & ~flag;
  }

  hasSenderFlag(base: number, flag: number): boolean {
    return (this.field[base + SENDER_FLAGS]! & flag) !== 0;
  }

  setSenderFlag(base: number, flag: number): void {
    this.field[base + SENDER_FLAGS] = this.field[base + SENDER_FLAGS]! | flag;
  }

  clearSenderFlag(base: number, flag: number): void {
    this.field[base + SENDER_FLAGS] = this.field[base + SENDER_FLAGS]! & ~flag;
  }

  scale(base: number): number {
    return this.field[base + SENDER_FLAGS]! & SCALE_MASK;
  }

  setScale(base: number, scale: number): void {
    this.field[base + SENDER_FLAGS] = (this.field[base + SENDER_FLAGS]! & ~SCALE_MASK) | scale;
  }

  /** Note an event, once. */
  note(event: number): void {
    for (let i = 0; i < this.eventCount; i++) {
      if (this.events[i] === event) return;
    }
    if (this.eventCount < MAX_STREAM_EVENTS) this.events[this.eventCount++] = event;
  }

  /** The segment is not taken: note why. Returns false. */
  reject(event: number): boolean {
    this.note(event);
    return false;
  }

  /** What the receiver said of its window, scaled. */
  scaledWindow(): number {
    return this.window << this.scale(this.receiver);
  }

  /** The segment's acknowledgement counts for what its receiver has sent. */
  updateLastAck(base: number, acknowledgement: number): void {
    if (((acknowledgement - this.field[base + LAST_ACK]!) | 0) <= 0) return;
    this.field[base + LAST_ACK] = acknowledgement;
    const gaps = this.assembly.gapsBeforeData;
    this.assembly.acknowledge(this.#directionOf(base), acknowledgement);
    if (this.assembly.gapsBeforeData !== gaps) this.note(StreamEvent.REASSEMBLY_SEQ_GAP);
  }

  /** The sender has sent up to `sequence`; of a one-sided session nobody else will acknowledge it. */
  updateNext(base: number, sequence: number): void {
    this.field[base + NEXT] = sequence;
    if (this.hasFlag(ASYNC)) this.updateLastAck(base, sequence);
  }

  /** The window reaches further than before, or stays. */
  updateNextWindow(base: number): void {
    const reach = (this.field[base + LAST_ACK]! + this.field[base + WINDOW]!) | 0;
    if (((reach - this.field[base + NEXT_WINDOW]!) | 0) > 0) this.field[base + NEXT_WINDOW] = reach;
  }

  setNextWindow(base: number): void {
    this.field[base + NEXT_WINDOW] = this.field[base + LAST_ACK]! + this.field[base + WINDOW]!;
  }

  /** The segment's payload is taken into its direction's stream. */
  deliver(): void {
    if (this.payloadLength === 0) return;
    const packet = this.packet!;
    const urgent = packet.tcpUrgentPointer;
    const gaps = this.assembly.gapsBeforeData;
    let found: number;
    if ((this.flags & TCP_URG) !== 0 && urgent > 0 && urgent <= this.payloadLength && this.#takesUrgent()) {
      found = this.#deliverAroundUrgent(packet, urgent - 1);
    } else {
      found = this.assembly.addSegment(
        this.d,
        this.sequence,
        packet.bytes,
        packet.payloadOffset,
        this.payloadLength,
        0,
      );
    }
    if ((found & OVERLAPS_DIFFERENT) !== 0) this.note(StreamEvent.REASSEMBLY_OVERLAP_DIFFERENT_DATA);
    if (this.assembly.gapsBeforeData !== gaps) this.note(StreamEvent.REASSEMBLY_SEQ_GAP);
    this.isInStream = true;
  }

  /** Whether one more byte is taken out of band: an application does not read it in line (RFC 6093). */
  #takesUrgent(): boolean {
    if (!this.#isUrgentOutOfBand) return false;
    const count = this.#urgentBytes[this.flow * ROW_SHORTS + this.direction]!;
    if (count === MAX_URGENT_BYTES) return false;
    this.#urgentBytes[this.flow * ROW_SHORTS + this.direction] = count + 1;
    if (count + 1 === MAX_URGENT_BYTES) this.note(StreamEvent.REASSEMBLY_URGENT_OOB_LIMIT_REACHED);
    return true;
  }

  /** The byte at `index` of the payload is urgent: two segments with a byte between them that is in no stream. */
  #deliverAroundUrgent(packet: PacketView, index: number): number {
    const { bytes, payloadOffset } = packet;
    const behind = index + 1;
    const found = this.assembly.addSegment(this.d, this.sequence, bytes, payloadOffset, index, 1);
    if (behind === this.payloadLength) return found;
    const sequence = (this.sequence + behind) | 0;
    const byteCount = this.payloadLength - behind;
    return found | this.assembly.addSegment(this.d, sequence, bytes, payloadOffset + behind, byteCount, 0);
  }

  get hasAck(): boolean {
    return (this.flags & TCP_ACK) !== 0;
  }
}
