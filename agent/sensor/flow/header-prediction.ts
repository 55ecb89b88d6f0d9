/**
 * Owns the quick way of the segments that established connections consist of: those that look as the ones before said they would
 * (header prediction, Van Jacobson 1990; RFC 7323, section 4.4). They are the next in order, acknowledge what may be acknowledged,
 * and bring nothing to anybody: no payload, or payload of a direction that nobody reads.
 *
 * What `tcp-engine` would note of such a segment is noted, in the same columns. It refuses what could have any other outcome, an
 * event, a change of state, a probe, a hole, and has changed nothing then.
 */
import { type PacketView, TCP_ACK, TCP_PSH } from "../wire/packet-view.js";
import { type FlowRows, ROW_WORDS, RowPart } from "./flow-rows.js";
import { FROM_SERVER, TCP_ESTABLISHED } from "./flow-state.js";
import type { FlowTable } from "./flow-table.js";
import type { StreamAssembly } from "./stream-assembly.js";
import {
  CONFIRMED,
  FLAGS_SEEN_SHIFT,
  HAS_KEEPALIVE,
  HAS_ZERO_TIMESTAMP,
  LAST_ACK,
  LAST_TIMESTAMP,
  LAST_TIMESTAMP_S,
  MIDSTREAM,
  NEXT,
  NEXT_WINDOW,
  SCALE_MASK,
  SENDER_FLAGS,
  SENDER_WORDS,
  TIMESTAMPS,
  WINDOW,
} from "./tcp-context.js";

/** Sessions with any other flag go the long way. */
const USUAL_SESSION = TIMESTAMPS | CONFIRMED | MIDSTREAM;
const UNUSUAL_SENDER = HAS_KEEPALIVE | HAS_ZERO_TIMESTAMP;
/** Timestamps behind two fillers, as everybody sends them. */
const TIMESTAMP_OPTIONS_BYTES = 12;

export class HeaderPrediction {
  readonly #table: FlowTable;
  readonly #assembly: StreamAssembly;
  readonly #field: Int32Array;
  readonly #session: Int32Array;

  constructor(rows: FlowRows, table: FlowTable, assembly: StreamAssembly) {
    this.#table = table;
    this.#assembly = assembly;
    this.#field = rows.int32(RowPart.TCP);
    this.#session = rows.int32(RowPart.SESSION);
  }

  /**
   * Take the segment into its session, if it was to be expected.
   *
   * @param found flow * 2 + direction
   */
  takes(packet: PacketView, found: number): boolean {
    if ((packet.tcpFlags & ~TCP_PSH) !== TCP_ACK) return false;
    const { payloadLength, tcpOptionsLength } = packet;
    const hasTimestamp = packet.hasTcpTimestamp && tcpOptionsLength === TIMESTAMP_OPTIONS_BYTES;
    if (tcpOptionsLength !== 0 && !hasTimestamp) return false;
    const flow = found >> 1;
    if (this.#table.tcpState(flow) !== TCP_ESTABLISHED) return false;
    const row = flow * ROW_WORDS;
    const session = this.#session[row]!;
    if ((session & ~USUAL_SESSION) !== 0) return false;
    const field = this.#field;
    const sender = row + (found & 1) * SENDER_WORDS;
    const receiver = row + ((found & 1) ^ 1) * SENDER_WORDS;
    const senderFlags = field[sender + SENDER_FLAGS]!;
    const receiverFlags = field[receiver + SENDER_FLAGS]!;
    if (((senderFlags | receiverFlags) & UNUSUAL_SENDER) !== 0) return false;

    const sequence = packet.tcpSequence | 0;
    if (sequence !== field[sender + NEXT]!) return false;
    const end = (sequence + payloadLength) | 0;
    const beyondAck = (end - field[sender + LAST_ACK]!) | 0;
    if (beyondAck < 0 || ((end - field[sender + NEXT_WINDOW]!) | 0) > 0) return false;
    const acknowledgement = packet.tcpAcknowledgement | 0;
    const acknowledged = (acknowledgement - field[receiver + LAST_ACK]!) | 0;
    if (acknowledged < 0) return false;
    if (acknowledged > 0) {
      if (((acknowledgement - field[receiver + NEXT_WINDOW]!) | 0) > 0) return false;
      if (!this.#assembly.isWhole(found ^ 1)) return false;
    }
    // A single octet may be a probe into a closed window.
    if (payloadLength > 0 && (payloadLength === 1 || beyondAck === 0 || !this.#assembly.isUnread(found)))
      return false;
    if (hasTimestamp && (session & TIMESTAMPS) !== 0) {
      const age = (packet.tcpTimestampValue - field[sender + LAST_TIMESTAMP]!) | 0;
      if (age < 0) return false;
      if (((sequence - this.#assembly.inOrder(found)) | 0) <= 0) {
        field[sender + LAST_TIMESTAMP] = packet.tcpTimestampValue;
        field[sender + LAST_TIMESTAMP_S] = packet.timeUs / 1_000_000;
      }
    }

    field[sender + SENDER_FLAGS] = senderFlags | (packet.tcpFlags << FLAGS_SEEN_SHIFT);
    field[sender + NEXT] = end;
    const window = packet.tcpWindow << (receiverFlags & SCALE_MASK);
    field[receiver + WINDOW] = window;
    if (acknowledged > 0) {
      field[receiver + LAST_ACK] = acknowledgement;
      this.#assembly.acknowledge(found ^ 1, acknowledgement);
    }
    const reach = (acknowledgement + window) | 0;
    if (((reach - field[receiver + NEXT_WINDOW]!) | 0) > 0) field[receiver + NEXT_WINDOW] = reach;
    if (payloadLength > 0)
      this.#assembly.addSegment(found, sequence, packet.bytes, packet.payloadOffset, payloadLength, 0);
    if ((found & 1) === FROM_SERVER) this.#session[row] = session | CONFIRMED;
    return true;
  }
}
