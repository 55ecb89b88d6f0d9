/**
 * Owns which TCP flows are looked into no more: those that have gone over to encryption (Suricata's
 * `encryption-handling: default`; as there it takes effect when the receiver has acknowledged the record that shows it),
 * and those that were given up under load.
 * Memory: 8 bytes of the flow's row.
 */
import { type FlowRows, ROW_BYTES, ROW_WORDS, RowPart } from "./flow/flow-rows.js";
import type { StreamAssembly } from "./flow/stream-assembly.js";
import type { StreamBuffers } from "./flow/stream-buffers.js";
import { RAW } from "./flow/stream-heads.js";
import type { LoadShedder } from "./load-shedder.js";
import type { ParserInput } from "./proto/parser.js";
import { type DirectionId, TO_CLIENT, TO_SERVER } from "./proto/protocols.js";
import type { PacketView } from "./wire/packet-view.js";

const OPEN = 0;
/** The record has come, from the client or from the server, and waits for its acknowledgement. */
const AWAITED = 1;
const HIDDEN = 3;
const GIVEN_UP = 4;
const STATE_BITS = 7;
/** Shifted by a direction: what was acknowledged of its stream is still to be looked at. */
const IS_CLOSING = 16;

export class HiddenPayload {
  readonly #streams: StreamBuffers;
  readonly #assembly: StreamAssembly;
  readonly #state: Uint8Array;
  /** Sequence number behind the record. */
  readonly #sequence: Int32Array;

  constructor(rows: FlowRows, streams: StreamBuffers) {
    this.#streams = streams;
    this.#assembly = streams.assembly;
    this.#state = rows.uint8(RowPart.READER_STATES);
    this.#sequence = rows.int32(RowPart.READER_STATES + 4);
  }

  forget(flow: number): void {
    this.#state[flow * ROW_BYTES] = OPEN;
  }

  isHidden(flow: number): boolean {
    return (this.#state[flow * ROW_BYTES]! & STATE_BITS) >= HIDDEN;
  }

  /** Whether nothing that the packets to come acknowledge changes what is hidden. */
  isSettled(flow: number): boolean {
    const state = this.#state[flow * ROW_BYTES]!;
    return state === OPEN || state === HIDDEN || state === GIVEN_UP;
  }

  /**
   * Before the packet at hand is judged: whether it is the last of its direction with which the stream is looked at. What it may have
   * acknowledged hides the packets behind it.
   */
  isClosing(flow: number, direction: DirectionId): boolean {
    const at = flow * ROW_BYTES;
    if (this.#state[at] === OPEN) return false;
    this.#update(flow);
    const bit = IS_CLOSING << direction;
    if ((this.#state[at]! & bit) === 0) return false;
    this.#state[at] = this.#state[at]! & ~bit;
    return true;
  }

  /**
   * Before each packet under load: whether the flow is given up with it. Then nothing more of it is looked at until it
   * ends, for a stream cannot be taken up again in the middle.
   */
  shed(
    load: LoadShedder,
    flow: number,
    direction: DirectionId,
    protocol: number,
    packet: PacketView,
  ): boolean {
    if (this.#state[flow * ROW_BYTES] === GIVEN_UP) load.countBytes(packet.payloadLength);
    if (this.isHidden(flow)) return false;
    if (!load.shedsStream(protocol, this.#streams.receivedBytes(flow, direction))) return false;
    load.countBytes(packet.payloadLength);
    this.#state[flow * ROW_BYTES] = GIVEN_UP;
    this.#streams.stop(flow, TO_SERVER, RAW);
    this.#streams.stop(flow, TO_CLIENT, RAW);
    return true;
  }

  /** After each packet, when its parsers have run: take over what they found. */
  follow(flow: number, input: ParserInput): void {
    if (input.encryptedBy >= 0) {
      this.#begin(flow, input.encryptedBy);
      input.encryptedBy = -1;
    }
  }

  /** What has come from `direction` shows that the flow is encrypted. */
  #begin(flow: number, direction: number): void {
    if (this.#state[flow * ROW_BYTES] !== OPEN) return;
    this.#state[flow * ROW_BYTES] = AWAITED + direction;
    this.#sequence[flow * ROW_WORDS] = this.#assembly.inOrder(flow * 2 + direction);
  }

  #update(flow: number): void {
    const state = this.#state[flow * ROW_BYTES]!;
    if (state === OPEN || (state & STATE_BITS) >= HIDDEN) return;
    if (this.#assembly.hasAcknowledged(flow * 2 + state - AWAITED, this.#sequence[flow * ROW_WORDS]!)) {
      this.#state[flow * ROW_BYTES] = HIDDEN | IS_CLOSING | (IS_CLOSING << 1);
    }
  }
}
