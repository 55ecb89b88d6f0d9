/**
 * Owns which TCP flows have gone over to encryption, so that rules need not look at their payload any more (Suricata's
 * `encryption-handling: default`). As there it takes effect when the receiver has acknowledged the record that shows it.
 * Memory: 5 bytes a flow.
 */
import type { StreamAssembly } from "./flow/stream-assembly.js";

const OPEN = 0;
/** The record has come, from the client or from the server, and waits for its acknowledgement. */
const AWAITED = 1;
const HIDDEN = 3;

export class HiddenPayload {
  readonly #assembly: StreamAssembly;
  readonly #state: Uint8Array;
  /** Sequence number behind the record. */
  readonly #sequence: Int32Array;

  constructor(maxFlows: number, assembly: StreamAssembly) {
    this.#assembly = assembly;
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

  /** What has come from `direction` shows that the flow is encrypted. */
  begin(flow: number, direction: number): void {
    if (this.#state[flow] !== OPEN) return;
    this.#state[flow] = AWAITED + direction;
    this.#sequence[flow] = this.#assembly.inOrder(flow * 2 + direction);
  }

  /** After each packet: whether the flow is hidden from the next one on. */
  update(flow: number): void {
    const state = this.#state[flow]!;
    if (state === OPEN || state === HIDDEN) return;
    if (this.#assembly.hasAcknowledged(flow * 2 + state - AWAITED, this.#sequence[flow]!)) {
      this.#state[flow] = HIDDEN;
    }
  }
}
