/**
 * Owns the stream between the socket and MQTT.js: what comes in passes the guard first, what goes out is written as
 * one piece per turn of the event loop. A violation destroys both ends; not one byte of it is passed on.
 */
import { connect as connectTcp, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import type { Clock } from "../base/clock.js";
import type { BrokerUrl } from "../config/semantics.js";
import { InboundGuard, type InboundLimits } from "./inbound-guard.js";

/** PEM texts for TLS; absent ones fall back to the system's roots and no client certificate. */
export interface TlsFiles {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** The broker did what no broker does. `code` makes MQTT.js report it as a failure of the stream. */
export class ProtocolViolation extends Error {
  override readonly name = "ProtocolViolation";
  readonly code = "EPROTO";
}

/** Begin to connect. With TLS the server's certificate is always verified; there is no switch. */
export function dial(broker: BrokerUrl, tls: TlsFiles): Socket {
  if (!broker.isTls) return connectTcp({ host: broker.host, port: broker.port, noDelay: true });
  const options: ConnectionOptions = {
    host: broker.host,
    port: broker.port,
    minVersion: "TLSv1.2",
    rejectUnauthorized: true,
    ALPNProtocols: ["mqtt"],
    ...tls,
  };
  const isName = !broker.host.includes(":") && !/^[\d.]+$/.test(broker.host);
  const socket = connectTls(isName ? { ...options, servername: broker.host } : options);
  socket.setNoDelay(true);
  return socket;
}

export class GuardedSocket extends Duplex {
  readonly #socket: Socket;
  readonly #guard: InboundGuard;
  readonly #clock: Clock;
  #isEstablished = false;
  #isClosedByPeer = false;

  constructor(socket: Socket, readyEvent: "connect" | "secureConnect", limits: InboundLimits, clock: Clock) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#clock = clock;
    this.#guard = new InboundGuard(limits, clock.monotonicMs());
    socket.once(readyEvent, () => {
      this.#isEstablished = true;
    });
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("end", () => {
      this.#isClosedByPeer = true;
      this.push(null);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.#isClosedByPeer ||= error.code === "ECONNRESET";
      this.destroy(error);
    });
    socket.on("close", () => this.destroy());
  }

  /** Whether the broker had its chance to answer (TCP and TLS stood) and closed instead. */
  get isClosedByPeer(): boolean {
    return this.#isEstablished && this.#isClosedByPeer;
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#socket.write(chunk, encoding, callback);
  }

  /** MQTT.js writes a packet in many small pieces while corked; they leave as one. */
  override _writev(
    chunks: { chunk: Buffer; encoding: BufferEncoding }[],
    callback: (error?: Error | null) => void,
  ): void {
    const pieces = chunks.map(({ chunk, encoding }) =>
      typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk,
    );
    this.#socket.write(Buffer.concat(pieces), callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#socket.end(() => callback());
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#socket.destroy();
    callback(error);
  }

  #receive(chunk: Buffer): void {
    const violation = this.#guard.inspect(chunk, this.#clock.monotonicMs());
    if (violation !== undefined) this.destroy(new ProtocolViolation(violation));
    else if (!this.push(chunk)) this.#socket.pause();
  }
}
