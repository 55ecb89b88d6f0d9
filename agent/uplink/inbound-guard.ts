/**
 * Owns what a broker may send at all, judged byte by byte before MQTT.js sees it.
 *
 * MQTT.js collects a packet of up to 256 MB in memory before it looks at its size, and answers any sequence of
 * packets. A client that subscribes at QoS 1 and never publishes at QoS 2 needs very little, so everything else is a
 * violation: the connection ends, and the back-off decides when the next begins.
 *
 * Allowed: CONNACK once and first; then PUBLISH at QoS 0 or 1, PUBACK, SUBACK, UNSUBACK, PINGRESP, and DISCONNECT
 * (version 5). Bounds: the length of a packet, bytes per second. A packet begun and not finished is ended by MQTT's
 * keep alive, because no PINGRESP can come through it.
 *
 * Specification: MQTT 5.0 section 2.1 (fixed header), 2.1.4 (remaining length: at most 4 bytes of 7 bits).
 */

const CONNACK = 2;
const PUBLISH = 3;
const PUBACK = 4;
const SUBACK = 9;
const UNSUBACK = 11;
const PINGRESP = 13;
const DISCONNECT = 14;

/** Everything but PUBLISH is short; version 5 may add a reason text. */
const CONTROL_PACKET_BYTES = 4096;

export interface InboundLimits {
  readonly packetBytes: number;
  /** Sustained; four seconds' worth may come at once. */
  readonly bytesPerSecond: number;
}

const BURST_SECONDS = 4;

export class InboundGuard {
  readonly #limits: InboundLimits;
  #hasConnack = false;
  /** Bytes of the current packet's body still to come. */
  #bodyBytes = 0;
  /** First byte of a header whose length is not complete; -1 between packets. */
  #firstByte = -1;
  #length = 0;
  #lengthShift = 0;
  #creditBytes: number;
  #creditAtMs: number;

  constructor(limits: InboundLimits, nowMs: number) {
    this.#limits = limits;
    this.#creditBytes = limits.bytesPerSecond * BURST_SECONDS;
    this.#creditAtMs = nowMs;
  }

  /** Whether a complete CONNACK header has been seen. */
  get hasConnack(): boolean {
    return this.#hasConnack;
  }

  /** Judge the next bytes of the stream: undefined where they may pass, else what is wrong with them. */
  inspect(chunk: Uint8Array, nowMs: number): string | undefined {
    if (!this.#pay(chunk.length, nowMs)) return "too many bytes per second";
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#bodyBytes > 0) {
        const taken = Math.min(this.#bodyBytes, chunk.length - offset);
        this.#bodyBytes -= taken;
        offset += taken;
        continue;
      }
      const byte = chunk[offset++]!;
      if (this.#firstByte < 0) {
        const violation = this.#beginPacket(byte);
        if (violation !== undefined) return violation;
      } else {
        const violation = this.#continueLength(byte);
        if (violation !== undefined) return violation;
      }
    }
    return undefined;
  }

  #pay(bytes: number, nowMs: number): boolean {
    const { bytesPerSecond } = this.#limits;
    const earned = ((nowMs - this.#creditAtMs) / 1000) * bytesPerSecond;
    this.#creditBytes = Math.min(this.#creditBytes + earned, bytesPerSecond * BURST_SECONDS) - bytes;
    this.#creditAtMs = nowMs;
    return this.#creditBytes >= 0;
  }

  #beginPacket(byte: number): string | undefined {
    const type = byte >> 4;
    if (this.#hasConnack ? !isAllowed(type) : type !== CONNACK) return `unexpected packet type ${type}`;
    if (type === PUBLISH && ((byte >> 1) & 3) > 1) return "PUBLISH above QoS 1";
    this.#firstByte = byte;
    this.#length = 0;
    this.#lengthShift = 0;
    return undefined;
  }

  #continueLength(byte: number): string | undefined {
    if (this.#lengthShift > 21) return "malformed remaining length";
    this.#length += (byte & 0x7f) * 2 ** this.#lengthShift;
    this.#lengthShift += 7;
    if ((byte & 0x80) !== 0) return undefined;
    const type = this.#firstByte >> 4;
    const limit = type === PUBLISH ? this.#limits.packetBytes : CONTROL_PACKET_BYTES;
    if (this.#length > limit) return `packet of ${this.#length} bytes`;
    if (type === CONNACK) this.#hasConnack = true;
    this.#bodyBytes = this.#length;
    this.#firstByte = -1;
    return undefined;
  }
}

function isAllowed(type: number): boolean {
  return (
    type === PUBLISH ||
    type === PUBACK ||
    type === SUBACK ||
    type === UNSUBACK ||
    type === PINGRESP ||
    type === DISCONNECT
  );
}
