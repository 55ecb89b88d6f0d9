/**
 * A proxy between client and broker that counts: how many QoS 1 publishes of the client are open at once. It reads
 * MQTT by itself, so that it does not share a mistake with the library under test.
 */
import { connect, createServer, type Server, type Socket } from "node:net";

export interface MqttPacket {
  readonly type: number;
  readonly flags: number;
  readonly body: Buffer;
}

/** Cuts a stream into MQTT packets. */
export class PacketReader {
  #rest = Buffer.alloc(0);

  push(chunk: Buffer): MqttPacket[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const packets: MqttPacket[] = [];
    for (;;) {
      let length = 0;
      let at = 1;
      for (let shift = 0; ; shift += 7, at++) {
        const byte = this.#rest[at];
        if (byte === undefined) return packets;
        length += (byte & 0x7f) << shift;
        if (byte < 0x80) break;
      }
      const end = at + 1 + length;
      if (this.#rest.length < end) return packets;
      const first = this.#rest[0]!;
      packets.push({ type: first >> 4, flags: first & 15, body: this.#rest.subarray(at + 1, end) });
      this.#rest = this.#rest.subarray(end);
    }
  }
}

export class MqttProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Most QoS 1 publishes that were open at the same time on one connection. */
  mostOpen = 0;
  published = 0;
  connections = 0;
  /** The broker's Receive Maximum; a publish beyond it is a violation. */
  allowed = 65_535;
  violations = 0;
  /** Payload of the last will in the newest CONNECT (version 5 or 4). */
  will: Buffer | undefined;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(targetPort: number): Promise<MqttProxy> {
    const server = createServer();
    const proxy = new MqttProxy(server);
    server.on("connection", (client) => proxy.#join(client, connect(targetPort, "127.0.0.1")));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    const address = this.#server.address();
    return `mqtt://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
  }

  /** Cut every connection, as a network does. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket, broker: Socket): void {
    this.connections++;
    const open = new Set<number>();
    const fromClient = new PacketReader();
    const fromBroker = new PacketReader();
    client.on("data", (chunk: Buffer) => {
      for (const { type, flags, body } of fromClient.push(chunk)) {
        if (type === 1) this.will = willOf(body);
        if (type !== 3 || (flags & 6) !== 2) continue;
        open.add(body.readUInt16BE(2 + body.readUInt16BE(0)));
        this.published++;
        this.mostOpen = Math.max(this.mostOpen, open.size);
        if (open.size > this.allowed) this.violations++;
      }
      broker.write(chunk);
    });
    broker.on("data", (chunk: Buffer) => {
      for (const { type, body } of fromBroker.push(chunk)) if (type === 4) open.delete(body.readUInt16BE(0));
      client.write(chunk);
    });
    for (const [socket, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}

/** The will's payload in the body of a CONNECT; MQTT 5.0 section 3.1. */
function willOf(body: Buffer): Buffer | undefined {
  const version = body[6];
  const hasWill = (body[7]! & 4) !== 0;
  if (!hasWill) return undefined;
  let at = 10;
  const skipProperties = (): void => {
    if (version !== 5) return;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = body[at++]!;
      length += (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    at += length;
  };
  const skipText = (): void => {
    at += 2 + body.readUInt16BE(at);
  };
  skipProperties();
  skipText();
  skipProperties();
  skipText();
  return body.subarray(at + 2, at + 2 + body.readUInt16BE(at));
}
