/**
 * Owns the ways on which messages follow one another: TCP and TLS with counted octets (RFC 6587, 3.4.1; RFC 5425), and a unix socket
 * that takes lines. A collector that does not read is given up after STALL_MS and tried again.
 */
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { readPublicFile, readSecretFile } from "../config/secret-file.js";
import { type Outlet, STALL_MS } from "./outlet.js";

const BATCH_BYTES = 64 * 1024;
const CONNECT_MS = 10_000;
const KEEP_ALIVE_MS = 60_000;

export type StreamTarget =
  | { readonly scheme: "tcp" | "tls"; readonly host: string; readonly port: number }
  | { readonly scheme: "unix"; readonly path: string };

export interface StreamFiles {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

export class StreamOutlet implements Outlet {
  readonly batchBytes = BATCH_BYTES;
  readonly #target: StreamTarget;
  readonly #files: StreamFiles;
  readonly #stallMs: number;
  #socket: Socket | undefined;
  /** On the way to being open. */
  #connecting: Socket | undefined;
  #error: Error | undefined;

  constructor(target: StreamTarget, files: StreamFiles, stallMs = STALL_MS) {
    this.#target = target;
    this.#files = files;
    this.#stallMs = stallMs;
  }

  frame(message: Buffer): Buffer {
    if (this.#target.scheme === "unix") return Buffer.concat([message, Buffer.from("\n")]);
    return Buffer.concat([Buffer.from(`${message.length} `), message]);
  }

  get trouble(): Error | undefined {
    return this.#error;
  }

  async open(): Promise<void> {
    const socket = await this.#connect();
    this.#socket = socket;
    this.#error = undefined;
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.unref();
    socket.on("error", (error) => {
      this.#error ??= error;
    });
    socket.on("close", () => {
      this.#error ??= new Error("the collector has closed the connection");
    });
    // Nothing is expected to come; an end is seen only by who reads.
    socket.resume();
  }

  async write(messages: readonly Buffer[]): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined) throw new Error("not open");
    if (this.#error) throw this.#error;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`the collector has taken nothing for ${this.#stallMs / 1000} s`));
        socket.destroy();
      }, this.#stallMs);
      const onClose = (): void => settle(this.#error ?? new Error("closed"));
      const settle = (error?: Error | null): void => {
        clearTimeout(timer);
        socket.off("close", onClose);
        if (error) reject(error);
        else resolve();
      };
      socket.once("close", onClose);
      socket.write(Buffer.concat(messages), settle);
    });
  }

  async close(): Promise<void> {
    this.#connecting?.destroy(new Error("given up"));
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined || socket.destroyed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => socket.destroy(), 1000);
      socket.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
      socket.end();
    });
  }

  async #connect(): Promise<Socket> {
    const socket = await this.#begin();
    this.#connecting = socket;
    const event = this.#target.scheme === "tls" ? "secureConnect" : "connect";
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => socket.destroy(new Error("no answer")), CONNECT_MS);
      const settle = (): void => {
        clearTimeout(timer);
        socket.off("error", onError);
        this.#connecting = undefined;
      };
      const onError = (error: Error): void => {
        settle();
        socket.destroy();
        reject(error);
      };
      socket.once("error", onError);
      socket.once(event, () => {
        settle();
        resolve(socket);
      });
    });
  }

  /** Files are read anew each time, so that a renewed certificate takes effect. */
  async #begin(): Promise<Socket> {
    const target = this.#target;
    if (target.scheme === "unix") return connect(target.path);
    const { host, port } = target;
    if (target.scheme === "tcp") return connect({ host, port });
    const { caFile, certFile, keyFile } = this.#files;
    return connectTls({
      host,
      port,
      minVersion: "TLSv1.2",
      ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
      ...(caFile !== undefined && { ca: await readPublicFile(caFile) }),
      ...(certFile !== undefined && { cert: await readPublicFile(certFile) }),
      ...(keyFile !== undefined && { key: await readSecretFile(keyFile) }),
    });
  }
}
