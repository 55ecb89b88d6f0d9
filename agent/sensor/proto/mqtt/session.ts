/**
 * What a flow remembers of MQTT: version, whether it is connected, and which packet identifiers wait for their
 * acknowledgement (PENDING_PACKETS of them; once more were open, missing ones are not reported any more).
 */

import { OpenTransactions } from "./open-transactions.js";

const PENDING_PACKETS = 64;

export class MqttSession {
  messages = 0;
  /** Of either direction. */
  readonly transactions = new OpenTransactions();
  /** Of the CONNECT; 0 before it. */
  protocolVersion = 0;
  /** A CONNECT waits for its CONNACK. */
  isConnecting = false;
  isConnected = false;
  /** Malformed, or a direction has ended: nothing more can be said of the order of packets. */
  isOver = false;
  readonly #pending = new Uint16Array(PENDING_PACKETS);
  #pendingCount = 0;
  #hasOverflowed = false;

  /** A packet that asks for an acknowledgement. */
  open(packetId: number): void {
    if (this.#pendingCount === PENDING_PACKETS) {
      this.#hasOverflowed = true;
      return;
    }
    this.#pending[this.#pendingCount++] = packetId;
  }

  /** Whether the packet that is acknowledged was seen. `isLast`: nothing further will come for it. */
  acknowledge(packetId: number, isLast: boolean): boolean {
    for (let i = 0; i < this.#pendingCount; i++) {
      if (this.#pending[i] !== packetId) continue;
      if (isLast) this.#pending[i] = this.#pending[--this.#pendingCount]!;
      return true;
    }
    return this.#hasOverflowed;
  }
}
