/** One TCP connection, told from the client's side of the wire: handshake, data with acknowledgements, end. */

import { TCP_ACK, TCP_FIN, TCP_PSH, TCP_RST, TCP_SYN } from "#agent/sensor/wire/packet-view.js";
import { hex, u8 } from "./bytes.js";
import type { Random } from "./random.js";
import type { Station } from "./station.js";
import type { Wire } from "./wire.js";

const MAX_SEGMENT_BYTES = 1460;
const SYN_WINDOW = 64_240;
/** 262,656 bytes, with a window scale of 8. */
const WINDOW = 1026;
/** MSS 1460, SACK permitted, window scale 8, as Windows orders them. */
const SYN_OPTIONS = hex("02 04 05 b4 01 03 03 08 01 01 04 02");

const SEGMENT_GAP_US = 90;
/** Nobody acknowledges faster. */
const MIN_ACKNOWLEDGEMENT_US = 250;

/** When a SYN that nobody answers is sent again. */
const SYN_RETRY_US = [1_000_000, 3_000_000];

interface Side {
  readonly station: Station;
  readonly port: number;
  /** Next sequence number to send. */
  sequence: number;
}

export class TcpConversation {
  /** The moment up to which the story of this connection is told. */
  nowUs: number;
  readonly random: Random;
  readonly #wire: Wire;
  readonly #client: Side;
  readonly #server: Side;

  constructor(wire: Wire, random: Random, client: Station, server: Station, port: number, startUs: number) {
    this.#wire = wire;
    this.random = random;
    this.nowUs = startUs;
    const sequence = (): number => random.between(0x1000_0000, 0xe000_0000);
    this.#client = { station: client, port: wire.nextPort(client), sequence: sequence() };
    this.#server = { station: server, port, sequence: sequence() };
  }

  /** SYN, SYN-ACK, ACK. */
  open(): this {
    this.#emit(this.#client, TCP_SYN, u8(), SYN_OPTIONS);
    this.#emit(this.#server, TCP_SYN | TCP_ACK, u8(), SYN_OPTIONS);
    this.#emit(this.#client, TCP_ACK);
    return this;
  }

  /** The server's host has nothing on that port. */
  meetRefusal(): this {
    this.#emit(this.#client, TCP_SYN, u8(), SYN_OPTIONS);
    this.#emit(this.#server, TCP_RST | TCP_ACK);
    return this;
  }

  /** A firewall drops the SYN and what follows it. */
  meetSilence(): this {
    const { sequence } = this.#client;
    const startUs = this.nowUs;
    for (const afterUs of [0, ...SYN_RETRY_US]) {
      this.nowUs = startUs + afterUs;
      this.#client.sequence = sequence;
      this.#emit(this.#client, TCP_SYN, u8(), SYN_OPTIONS);
    }
    return this;
  }

  clientSends(message: Uint8Array): this {
    return this.#send(this.#client, message);
  }

  serverSends(message: Uint8Array): this {
    return this.#send(this.#server, message);
  }

  /** The client takes its time. */
  pause(durationUs: number): this {
    this.nowUs += durationUs;
    return this;
  }

  /** FIN from the client, FIN from the server, the last ACK. */
  close(): this {
    this.#emit(this.#client, TCP_FIN | TCP_ACK);
    this.#emit(this.#server, TCP_FIN | TCP_ACK);
    this.#emit(this.#client, TCP_ACK);
    return this;
  }

  /** Segments; every second one is acknowledged, and the last. */
  #send(sender: Side, message: Uint8Array): this {
    const receiver = sender === this.#client ? this.#server : this.#client;
    const acknowledgedAfterUs = Math.max(MIN_ACKNOWLEDGEMENT_US, receiver.station.answersAfterUs);
    const count = Math.ceil(message.length / MAX_SEGMENT_BYTES);
    for (let index = 0; index < count; index++) {
      const isLast = index === count - 1;
      const segment = message.subarray(index * MAX_SEGMENT_BYTES, (index + 1) * MAX_SEGMENT_BYTES);
      const flags = isLast ? TCP_PSH | TCP_ACK : TCP_ACK;
      if (index === 0) this.#emit(sender, flags, segment);
      else this.#emitAfter(SEGMENT_GAP_US, sender, flags, segment);
      if (isLast || index % 2 === 1) this.#emitAfter(acknowledgedAfterUs, receiver, TCP_ACK);
    }
    return this;
  }

  /** A packet in answer to the one before: it takes as long as its sender takes to answer. */
  #emit(sender: Side, flags: number, payload?: Uint8Array, options?: Uint8Array): void {
    const jitterUs = this.random.between(0, 200);
    this.#emitAfter(sender.station.answersAfterUs + jitterUs, sender, flags, payload, options);
  }

  #emitAfter(delayUs: number, sender: Side, flags: number, payload = u8(), options = u8()): void {
    const receiver = sender === this.#client ? this.#server : this.#client;
    this.nowUs += delayUs;
    const fields = {
      sourcePort: sender.port,
      destinationPort: receiver.port,
      sequence: sender.sequence,
      acknowledgement: flags & TCP_ACK ? receiver.sequence : 0,
      flags,
      window: flags & TCP_RST ? 0 : flags & TCP_SYN ? SYN_WINDOW : WINDOW,
      options,
    };
    this.#wire.tcp(this.nowUs, sender.station, receiver.station, fields, payload);
    const consumed = payload.length + (flags & (TCP_SYN | TCP_FIN) ? 1 : 0);
    sender.sequence = (sender.sequence + consumed) >>> 0;
  }
}
