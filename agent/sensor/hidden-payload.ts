/**
 * Owns which TCP flows have gone over to encryption, so that rules need not look at their payload any more (Suricata's
 * `encryption-handling: default`). As there it takes effect when the receiver has acknowledged the record that shows it.
 * Memory: 5 bytes a flow.
 */
import type { StreamAssembly } from "./flow/stream-assembly.js";
import { RAW, type StreamBuffers } from "./flow/stream-buffers.js";
import type { ParserInput } from "./proto/parser.js";
import { TO_CLIENT, TO_SERVER } from "./proto/protocols.js";

const OPEN = 0;
/** The record has come, from the client or from the server, and waits for its acknowledgement. */
const AWAITED = 1;
const HIDDEN = 3;

export class HiddenPayload {
  readonly #streams: StreamBuffers;
  readonly #assembly: StreamAssembly;
  readonly #state: Uint8Array;
  /** Sequence number behind the record. */
  readonly #sequence: Int32Array;

  constructor(maxFlows: number, streams: StreamBuffers) {
    this.#streams = streams;
    this.#assembly = streams.assembly;
    this.#state = new Uint8Array(maxFlows);
    this.#sequence = new Int32Array(maxFlows);
  }

  clear(): void {
    this.#state.fill(OPEN);
  }

  forget(flow: number): void {
    this.#state[flow] = OPEN;
  }

  isHidden(flow: number): boolean {
    return this.#state[flow] === HIDDEN;
  }

  /** After each packet, when its parsers have run: take over what they found. */
  follow(flow: number, input: ParserInput): void {
    if (input.encryptedBy >= 0) {
      this.#begin(flow, input.encryptedBy);
      input.encryptedBy = -1;
      this.#streams.stop(flow, TO_SERVER, RAW);
      this.#streams.stop(flow, TO_CLIENT, RAW);
    }
    this.#update(flow);
  }

  /** What has come from `direction` shows that the flow is encrypted. */
  #begin(flow: number, direction: number): void {
    if (this.#state[flow] !== OPEN) return;
    this.#state[flow] = AWAITED + direction;
    this.#sequence[flow] = this.#assembly.inOrder(flow * 2 + direction);
  }

  /** Whether the flow is hidden from the next one on. */
  #update(flow: number): void {
    const state = this.#state[flow]!;
    if (state === OPEN || state === HIDDEN) return;
    if (this.#assembly.hasAcknowledged(flow * 2 + state - AWAITED, this.#sequence[flow]!)) {
      this.#state[flow] = HIDDEN;
    }
  }
}
