/** Owns syslog over UDP (RFC 5426): one message a datagram. A collector that is not there is noticed where its machine says so (ICMP). */
import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import type { Outlet } from "./outlet.js";

/** So many are handed to the kernel before it is waited for. */
const BATCH_BYTES = 32 * 1024;

export class DatagramOutlet implements Outlet {
  readonly batchBytes = BATCH_BYTES;
  readonly #host: string;
  readonly #port: number;
  #socket: Socket | undefined;
  #error: Error | undefined;

  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
  }

  frame(message: Buffer): Buffer {
    return message;
  }

  get trouble(): Error | undefined {
    return this.#error;
  }

  async open(): Promise<void> {
    const { address, family } = await lookup(this.#host);
    const socket = createSocket(family === 6 ? "udp6" : "udp4");
    this.#socket = socket;
    this.#error = undefined;
    socket.on("error", (error) => {
      this.#error = error;
    });
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.connect(this.#port, address, () => {
        socket.off("error", reject);
        resolve();
      });
    });
    socket.unref();
  }

  async write(messages: readonly Buffer[]): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined) throw new Error("not open");
    if (this.#error) throw this.#error;
    const sent = messages.map(
      (message) =>
        new Promise<void>((resolve, reject) => {
          socket.send(message, (error) => (error ? reject(error) : resolve()));
        }),
    );
    const failed = (await Promise.allSettled(sent)).find(({ status }) => status === "rejected");
    if (failed) throw (failed as PromiseRejectedResult).reason;
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket) await new Promise<void>((resolve) => socket.close(() => resolve()));
  }
}
