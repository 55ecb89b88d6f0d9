/**
 * Owns the control socket: HTTP on a unix socket that only root and the agent's group may open (0660), so that the
 * commands on the box can ask a running agent, and `curl --unix-socket` as well.
 *
 * What comes in is bounded: connections, header bytes, time. Bodies are not read; every question is in the path, and so is
 * every wish (`POST`): what takes long is answered at once, and what became of it is asked for later.
 */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { dirname } from "node:path";
import { AgentError, reasonOf } from "../base/errors.js";
import { boundServer, listening, MAX_HEADER_BYTES } from "./bounded-server.js";

/** Who does not answer in this time on an old socket is not there. */
const PROBE_MS = 500;

/** What a question is answered with. */
export interface Answer {
  readonly contentType: string;
  readonly body: string;
}

/** Questions by path. Called for every request; must not throw for what a client sends. */
export type Routes = Readonly<Record<string, (params: URLSearchParams) => Answer | Promise<Answer>>>;

/** Wishes by path; they begin something, and wait for it only where that is a matter of moments. Must not throw for what a client sends. */
export type Commands = Readonly<Record<string, (params: URLSearchParams) => Answer | Promise<Answer>>>;

/** An answer of JSON. */
export function jsonAnswer(value: unknown): Answer {
  return { contentType: "application/json", body: `${JSON.stringify(value)}\n` };
}

/** A server that answers `GET` of the routes and `POST` of the commands and nothing else, with the bounds above. */
export function boundedServer(routes: Routes, commands: Commands = {}): Server {
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, keepAlive: false }, (request, response) =>
    answer(routes, commands, request, response),
  );
  boundServer(server);
  return server;
}

/**
 * Listen on `path`.
 *
 * @throws AgentError where another agent answers there, or the socket cannot be made
 */
export async function listenOnSocket(server: Server, path: string): Promise<void> {
  if (await isAnswered(path)) throw new AgentError("error.control.in_use", { path });
  try {
    mkdirSync(dirname(path), { recursive: true });
    if (existsSync(path)) rmSync(path);
    // The mode has to be right from the first moment, not after a chmod.
    const umask = process.umask(0o117);
    try {
      await listening(server, path);
    } finally {
      process.umask(umask);
    }
  } catch (error) {
    throw new AgentError("error.control.unavailable", { path, reason: reasonOf(error) }, { cause: error });
  }
}

function answer(
  routes: Routes,
  commands: Commands,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const [path = "", query = ""] = (request.url ?? "").split("?");
  const command = Object.hasOwn(commands, path) ? commands[path] : undefined;
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  response.setHeader("Connection", "close");
  if (request.method === "POST" && command !== undefined) {
    // A wish that fails is our own bug: nobody may take silence for a yes.
    void Promise.resolve(command(new URLSearchParams(query))).then((given) => send(response, given, false));
  } else if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { Allow: "GET, HEAD" }).end();
  } else if (route === undefined) {
    response.writeHead(404).end();
  } else {
    const isHead = request.method === "HEAD";
    void Promise.resolve(route(new URLSearchParams(query))).then((given) => send(response, given, isHead));
  }
}

function send(response: ServerResponse, { contentType, body }: Answer, isHead: boolean): void {
  response
    .writeHead(200, { "Content-Type": contentType, "Content-Length": Buffer.byteLength(body) })
    .end(isHead ? undefined : body);
}

/** Whether a process listens on the socket; one that a dead process left behind refuses. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (isThere: boolean): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.setTimeout(PROBE_MS, () => end(true));
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}

/**
 * Listen on a port of the loopback interface.
 *
 * @throws AgentError where the port is taken or not allowed
 */
export async function listenOnLoopback(server: Server, port: number): Promise<void> {
  try {
    await listening(server, { host: "127.0.0.1", port });
  } catch (error) {
    throw new AgentError("error.metrics.unavailable", { port, reason: reasonOf(error) }, { cause: error });
  }
}
