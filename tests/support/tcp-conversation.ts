/** A TCP connection as Ethernet frames: handshake, segments of either side each acknowledged, nothing lost. */

import type { Sensor } from "../../agent/sensor/sensor.js";
import { LINKTYPE_ETHERNET } from "../../agent/sensor/wire/link-type.js";
import { ethernet, ipv4, tcp } from "./frames.js";
import { TEST_START_US } from "./segments.js";

const SYN = 0x02;
const ACK = 0x10;
const PSH_ACK = 0x18;
const RST_ACK = 0x14;

export interface ConversationEnds {
  readonly client?: string;
  readonly server?: string;
  readonly clientPort?: number;
  readonly serverPort: number;
}

export class TcpConversation {
  readonly #sensor: Sensor;
  readonly #ends: Required<ConversationEnds>;
  /** Next sequence number of client and server. */
  readonly #sequence: [number, number] = [1000, 5000];
  #timeUs = TEST_START_US;

  constructor(sensor: Sensor, ends: ConversationEnds) {
    this.#sensor = sensor;
    this.#ends = { client: "192.168.10.20", server: "203.0.113.5", clientPort: 40_000, ...ends };
    this.#send(0, SYN, "");
    this.#send(1, SYN | ACK, "");
    this.#send(0, ACK, "");
  }

  client(payload: string | Uint8Array): this {
    this.#send(0, PSH_ACK, payload);
    this.#send(1, ACK, "");
    return this;
  }

  server(payload: string | Uint8Array): this {
    this.#send(1, PSH_ACK, payload);
    this.#send(0, ACK, "");
    return this;
  }

  /** The server sends this and the client gets it, but whoever listens in does not. */
  lostServer(payload: string | Uint8Array): this {
    this.#sequence[1] += payload.length;
    this.#send(0, ACK, "");
    return this;
  }

  /** The same the other way. */
  lostClient(payload: string | Uint8Array): this {
    this.#sequence[0] += payload.length;
    this.#send(1, ACK, "");
    return this;
  }

  /** The client sends this again, or now first, where its stream stood before the last `back` bytes; nobody acknowledges it. */
  lateClient(back: number, payload: string | Uint8Array): this {
    const next = this.#sequence[0];
    this.#sequence[0] -= back;
    this.#send(0, PSH_ACK, payload);
    this.#sequence[0] = Math.max(next, this.#sequence[0]);
    return this;
  }

  /** The client sends this, and the server answers with a RST that acknowledges only what came before. */
  refusedClient(payload: string | Uint8Array): this {
    this.#send(0, PSH_ACK, payload);
    this.#sequence[0] -= payload.length;
    this.#send(1, RST_ACK, "");
    return this;
  }

  #send(side: 0 | 1, flags: number, payload: string | Uint8Array): void {
    const { client, server, clientPort, serverPort } = this.#ends;
    const isClient = side === 0;
    const segment = tcp(
      {
        sourcePort: isClient ? clientPort : serverPort,
        destinationPort: isClient ? serverPort : clientPort,
        sequence: this.#sequence[side],
        acknowledgement: flags === SYN ? 0 : this.#sequence[isClient ? 1 : 0],
        flags,
      },
      payload,
    );
    this.#sequence[side] += payload.length + ((flags & SYN) !== 0 ? 1 : 0);
    const addresses = isClient
      ? { source: client, destination: server }
      : { source: server, destination: client };
    const frame = ethernet(ipv4(addresses, segment));
    this.#timeUs += 1000;
    this.#sensor.frame(frame, 0, frame.length, frame.length, LINKTYPE_ETHERNET, this.#timeUs);
  }
}
