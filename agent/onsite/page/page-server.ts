/**
 * Owns the door of the box's own page: one address of one interface, loopback unless another is named, never all of them.
 * Connections, header octets and time are bounded as those of the control socket.
 */
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { AgentError, reasonOf } from "../../base/errors.js";
import { interfaceAddress } from "../../base/interface-address.js";
import { boundServer, closeServer, listening } from "../bounded-server.js";
import { type PageOptions, pageApp } from "./page-app.js";

export interface PagePlace {
  readonly interface: string;
  readonly port: number;
}

export class PageServer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /**
   * Serve the page.
   *
   * @throws AgentError where the interface has no address, or the port cannot be had
   */
  static async open(place: PagePlace, options: PageOptions): Promise<PageServer> {
    const host = interfaceAddress(place.interface);
    const server = createAdaptorServer({ fetch: pageApp(options).fetch }) as Server;
    boundServer(server);
    try {
      if (host === undefined) throw new Error(`${place.interface} has no address`);
      await listening(server, { host, port: place.port });
    } catch (error) {
      const params = { interface: place.interface, port: place.port, reason: reasonOf(error) };
      throw new AgentError("error.page.unavailable", params, { cause: error });
    }
    return new PageServer(server);
  }

  close(): Promise<void> {
    return closeServer(this.#server);
  }
}
