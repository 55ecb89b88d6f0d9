/** A broker that misbehaves: a TCP server that answers a CONNECT with whatever bytes a test says. */
import { createServer, type Server, type Socket } from "node:net";
import { type MqttPacket, PacketReader } from "./mqtt-proxy.js";

/** What it does with one connection. `version` is that of the CONNECT: 5 or 4. */
export type Behaviour = (connection: RogueConnection, version: number) => void | Promise<void>;

export interface RogueConnection {
  readonly socket: Socket;
  /** Packets of the client after its CONNECT. */
  readonly packets: MqttPacket[];
  onPacket: ((packet: MqttPacket) => void) | undefined;
  write(...bytes: readonly (number | Uint8Array)[]): void;
}

export class RogueBroker {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  behaviour: Behaviour = () => undefined;
  connections = 0;
  /** Versions of the CONNECTs in the order they came. */
  readonly versions: number[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(behaviour: Behaviour): Promise<RogueBroker> {
    const server = createServer();
    const broker = new RogueBroker(server);
    broker.behaviour = behaviour;
    server.on("connection", (socket) => broker.#join(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return broker;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address ? address.port : 0;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(socket: Socket): void {
    this.connections++;
    this.#sockets.add(socket);
    const reader = new PacketReader();
    const connection: RogueConnection = {
      socket,
      packets: [],
      onPacket: undefined,
      write: (...parts) => {
        if (!socket.destroyed) {
          socket.write(
            Buffer.concat(
              parts.map((part) => (typeof part === "number" ? Buffer.of(part) : Buffer.from(part))),
            ),
          );
        }
      },
    };
    socket.on("error", () => undefined);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("data", (chunk: Buffer) => {
      for (const packet of reader.push(chunk)) {
        if (packet.type === 1) {
          const version = packet.body[6] ?? 0;
          this.versions.push(version);
          void this.behaviour(connection, version);
        } else {
          connection.packets.push(packet);
          connection.onPacket?.(packet);
        }
      }
    });
  }
}

/** CONNACK that accepts, as the version of the CONNECT wants it. */
export function accept(connection: RogueConnection, version: number): void {
  if (version === 5) connection.write(0x20, 3, 0, 0, 0);
  else connection.write(0x20, 2, 0, 0);
}

/** Accept, grant subscriptions, PUBACK publishes: what a broker does that delivers to nobody. */
export function behaveWell(connection: RogueConnection, version: number): void {
  accept(connection, version);
  connection.onPacket = ({ type, flags, body }) => {
    if (type === 8)
      connection.write(0x90, version === 5 ? 4 : 3, body.subarray(0, 2), ...(version === 5 ? [0] : []), 1);
    if (type === 3 && (flags & 6) === 2) {
      const at = 2 + body.readUInt16BE(0);
      connection.write(0x40, 2, body.subarray(at, at + 2));
    }
    if (type === 12) connection.write(0xd0, 0);
  };
}

/** A PUBLISH packet. */
export function publishPacket(
  topic: string,
  payload: Uint8Array,
  version: number,
  qos = 0,
  packetId = 1,
): Buffer {
  const name = Buffer.from(topic);
  const body = Buffer.concat([
    Buffer.of(name.length >> 8, name.length & 255),
    name,
    qos > 0 ? Buffer.of(packetId >> 8, packetId & 255) : Buffer.alloc(0),
    version === 5 ? Buffer.of(0) : Buffer.alloc(0),
    payload,
  ]);
  const length: number[] = [];
  let rest = body.length;
  do {
    length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return Buffer.concat([Buffer.of(0x30 | (qos << 1)), Buffer.from(length), body]);
}
