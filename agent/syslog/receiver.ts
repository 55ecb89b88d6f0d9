/**
 * dgram-syslog: owns the sockets on which logs are taken in: UDP (RFC 5426), TCP (RFC 6587) and TLS (RFC 5425).
 *
 * Bounds: MAX_CONNECTIONS at once, one unfinished line each; connections of strangers are closed at once. While
 * the intake is full connections are not read, so that their senders wait; datagrams cannot wait and are counted.
 */
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { AgentError, reasonOf } from "../base/errors.js";
import { kernelDrops } from "./kernel-drops.js";
import { StreamFraming, splitDatagram } from "./line-framing.js";
import type { LogIntake } from "./log-intake.js";
import type { LogSource } from "./log-source.js";

const MAX_CONNECTIONS = 128;
/** What the kernel may hold of datagrams; it grants what `net.core.rmem_max` allows, and says so by its drops. */
const RECEIVE_BUFFER_BYTES = 8 * 1024 * 1024;
const HANDSHAKE_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 60_000;

export interface ReceiverOptions {
  readonly address: string;
  readonly udpPort: number | null;
  readonly tcpPort: number | null;
  readonly tlsPort: number | null;
  /** Needed where `tlsPort` is given. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer; readonly clientCa?: Buffer };
}

export interface ReceiverCounts {
  datagrams: number;
  connections: number;
  /** Of strangers, or beyond the bound. */
  refusedConnections: number;
  failedHandshakes: number;
}

export class SyslogReceiver {
  readonly counts: ReceiverCounts = {
    datagrams: 0,
    connections: 0,
    refusedConnections: 0,
    failedHandshakes: 0,
  };
  readonly #options: ReceiverOptions;
  readonly #intake: LogIntake;
  readonly #sockets = new Set<Socket>();
  readonly #servers: Server[] = [];
  #udp: UdpSocket | undefined;
  #isPaused = false;
  /** The kernel forgets its count with the socket. */
  #kernelDrops: number | undefined = 0;

  constructor(options: ReceiverOptions, intake: LogIntake) {
    this.#options = options;
    this.#intake = intake;
  }

  /** @throws AgentError `error.syslog.listen` where a port cannot be opened */
  async open(): Promise<void> {
    const { udpPort, tcpPort, tlsPort, tls } = this.#options;
    try {
      if (udpPort !== null) await this.#listenUdp(udpPort);
      if (tcpPort !== null) await this.#listen(createServer(), "connection", tcpPort);
      if (tlsPort !== null && tls !== undefined) {
        const server = createTlsServer({
          cert: tls.cert,
          key: tls.key,
          minVersion: "TLSv1.2",
          handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
          ...(tls.clientCa && { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true }),
        });
        server.on("tlsClientError", () => this.counts.failedHandshakes++);
        await this.#listen(server, "secureConnection", tlsPort);
      }
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** The port that was opened, for tests that let the system choose it. */
  get ports(): { readonly udp: number | undefined; readonly streams: readonly number[] } {
    const streams = this.#servers.map((server) => (server.address() as { port: number }).port);
    return { udp: this.#udp?.address().port, streams };
  }

  /** Datagrams that the kernel threw away; undefined where that cannot be told. */
  get kernelDrops(): number | undefined {
    if (this.#udp !== undefined) this.#kernelDrops = kernelDrops(this.#udp.address().port);
    return this.#kernelDrops;
  }

  /** Read connections, or let them wait, by how the intake does; call often. */
  tick(): void {
    if (this.#isPaused === this.#intake.isFull) return;
    this.#isPaused = this.#intake.isFull;
    for (const socket of this.#sockets) {
      if (this.#isPaused) socket.pause();
      else socket.resume();
    }
  }

  async close(): Promise<void> {
    const udp = this.#udp;
    this.#kernelDrops = this.kernelDrops;
    this.#udp = undefined;
    if (udp) await new Promise<void>((resolve) => udp.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(
      this.#servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))),
    );
  }

  async #listenUdp(port: number): Promise<void> {
    const { address } = this.#options;
    const socket = createSocket({ type: address.includes(":") ? "udp6" : "udp4" });
    this.#udp = socket;
    await new Promise<void>((resolve, reject) => {
      socket.once("error", (error) => reject(listenError("udp", port, error)));
      socket.bind({ port, address, exclusive: true }, resolve);
    });
    try {
      socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
    } catch {
      // The kernel's default stays.
    }
    socket.on("error", () => undefined);
    socket.on("message", (bytes, { address: sender }) => {
      this.counts.datagrams++;
      const source = this.#intake.book.find(sender);
      if (source === undefined) this.#intake.book.refusedCount++;
      else splitDatagram(bytes, (line, isCut) => this.#intake.take(source, line, isCut));
    });
  }

  async #listen(server: Server, event: string, port: number): Promise<void> {
    server.maxConnections = MAX_CONNECTIONS;
    server.on("drop", () => this.counts.refusedConnections++);
    // Strangers are turned away before any handshake.
    server.on("connection", (socket: Socket) => {
      if (this.#intake.book.find(socket.remoteAddress ?? "") !== undefined) return;
      this.#intake.book.refusedCount++;
      this.counts.refusedConnections++;
      socket.destroy();
    });
    server.on(event, (socket: Socket) => {
      const source = this.#intake.book.find(socket.remoteAddress ?? "");
      if (source !== undefined && !socket.destroyed) this.#take(socket, source);
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error) => reject(listenError("tcp", port, error)));
      server.listen({ port, host: this.#options.address }, resolve);
    });
    server.on("error", () => undefined);
    this.#servers.push(server);
  }

  #take(socket: Socket, source: LogSource): void {
    this.counts.connections++;
    this.#sockets.add(socket);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    const framing = new StreamFraming((line, isCut) => this.#intake.take(source, line, isCut));
    socket.on("data", (chunk: Buffer) => {
      framing.push(chunk);
      // What stands in the chunk has been taken; the next waits until there is room.
      if (this.#intake.isFull) this.tick();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      framing.end();
      this.#sockets.delete(socket);
    });
    if (this.#isPaused) socket.pause();
  }
}

function listenError(transport: string, port: number, error: Error): AgentError {
  return new AgentError(
    "error.syslog.listen",
    { transport, port, reason: reasonOf(error) },
    { cause: error },
  );
}
