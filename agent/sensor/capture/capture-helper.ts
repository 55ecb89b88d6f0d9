/**
 * tcpdump with the capture helper (`systemd/capture`): a process of its own that alone may capture. The agent asks over a
 * unix socket and needs no capability.
 *
 * Two connections a capture. On the first the agent writes its order in one line, gets a number, and then hears what
 * tcpdump says; `figures` asks for its counts, closing ends it. The second begins with that number and then carries the
 * frames, straight from tcpdump.
 */
import { createConnection, type Socket } from "node:net";
import { PassThrough } from "node:stream";
import { AgentError, reasonOf } from "../../base/errors.js";
import { type LiveSourceOptions, MAX_FRAME_BYTES } from "./packet-source.js";
import { ringKib, type StartTcpdump } from "./tcpdump-process.js";

/** Where the socket unit puts it. */
export const HELPER_SOCKET = "/run/sekisho-capture.sock";
const MAX_NUMBER_CHARS = 20;
const NUMBER_LINE = /^number (\d{1,10})\n/;

/** A tcpdump of the helper. @param path the helper's socket */
export function askHelper(path = HELPER_SOCKET): StartTcpdump {
  return (options) => {
    const order = createConnection(path);
    const words = new PassThrough();
    const frames = new PassThrough();
    let data: Socket | undefined;
    let failure: AgentError | undefined;
    const fail = (error: Error): void => {
      failure ??= new AgentError(
        "error.capture.no_helper",
        { path, reason: reasonOf(error) },
        { cause: error },
      );
      end();
    };
    const end = (): void => {
      order.destroy();
      data?.destroy();
    };
    let head = "";
    const readHead = (chunk: Buffer): void => {
      head += chunk.toString("latin1");
      const match = NUMBER_LINE.exec(head);
      if (match === null) {
        if (head.length > MAX_NUMBER_CHARS) fail(new Error("it does not speak as a capture helper does"));
        return;
      }
      order.off("data", readHead);
      words.write(head.slice(match[0].length), "latin1");
      order.pipe(words);
      data = createConnection(path, () => data?.write(`frames ${match[1]}\n`));
      data.on("error", fail);
      data.pipe(frames);
      data.once("close", () => frames.end());
    };
    order.on("data", readHead);
    order.on("error", fail);
    order.once("connect", () => order.write(orderLine(options)));
    const ended = new Promise<void>((resolve, reject) => {
      order.once("close", () => {
        words.end();
        if (data === undefined) frames.end();
        // What is still in the pipe has to be read before the end is told.
        const settle = (): void => (failure === undefined ? resolve() : reject(failure));
        if (frames.readableEnded || frames.destroyed) settle();
        else {
          frames.once("end", settle);
          frames.once("close", settle);
          if (failure !== undefined) frames.destroy();
        }
      });
    });
    return {
      frames,
      words,
      askFigures: () => void order.write("figures\n"),
      end: () => order.end(),
      kill: end,
      ended,
    };
  };
}

/** `capture INTERFACE SNAPLEN RING_KIB PROMISCUOUS FILTER`; a filter has no line ends. */
function orderLine(options: LiveSourceOptions): string {
  const snaplen = Math.min(options.snaplen, MAX_FRAME_BYTES);
  const promiscuous = (options.isPromiscuous ?? true) ? 1 : 0;
  const filter = options.filter.replace(/\s+/g, " ");
  return `capture ${options.interface} ${snaplen} ${ringKib(options)} ${promiscuous} ${filter}\n`;
}
