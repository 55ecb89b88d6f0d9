/** The agent's side of questions from the box: the control socket, and metrics on the loopback interface where wanted. */
import type { Server } from "node:http";
import { AgentError } from "../base/errors.js";
import { closeServer } from "./bounded-server.js";
import {
  boundedServer,
  type Commands,
  jsonAnswer,
  listenOnLoopback,
  listenOnSocket,
  type Routes,
} from "./control-server.js";
import { metricsAnswer } from "./metrics.js";
import { METRICS_PATH, STATUS_PATH, type Status } from "./status.js";

export interface ControlOptions {
  /** Path of the unix socket. */
  readonly socket: string;
  /** Port on 127.0.0.1 for Prometheus; null serves none. */
  readonly metricsPort: number | null;
  /** Further questions and wishes that the socket takes. */
  readonly routes?: Routes;
  readonly commands?: Commands;
}

export class ControlPoint {
  readonly #options: ControlOptions;
  readonly #status: () => Status;
  #servers: Server[] = [];

  constructor(options: ControlOptions, status: () => Status) {
    this.#options = options;
    this.#status = status;
  }

  /**
   * Begin to answer. A socket or port that cannot be had is told and done without: the agent's work does not hang on it.
   *
   * @returns what is not served, and why
   * @throws AgentError where another agent answers on the socket
   */
  async open(): Promise<readonly AgentError[]> {
    const { socket, metricsPort, routes, commands } = this.#options;
    const metrics = { [METRICS_PATH]: () => metricsAnswer(this.#status()) };
    const control = { ...metrics, [STATUS_PATH]: () => jsonAnswer(this.#status()), ...routes };
    const troubles = [await this.#serve(control, (server) => listenOnSocket(server, socket), commands)];
    if (metricsPort !== null) {
      troubles.push(await this.#serve(metrics, (server) => listenOnLoopback(server, metricsPort)));
    }
    return troubles.filter((trouble) => trouble !== undefined);
  }

  async #serve(
    routes: Routes,
    listen: (server: Server) => Promise<void>,
    commands: Commands = {},
  ): Promise<AgentError | undefined> {
    const server = boundedServer(routes, commands);
    try {
      await listen(server);
      this.#servers.push(server);
    } catch (error) {
      if (!(error instanceof AgentError) || error.code === "error.control.in_use") throw error;
      return error;
    }
    return undefined;
  }

  async close(): Promise<void> {
    const servers = this.#servers;
    this.#servers = [];
    await Promise.all(servers.map(closeServer));
  }
}
