/**
 * Puts a few packets onto an interface so that whoever captures there sees them: as frames of its own through node-pcap where that
 * is there and allowed, else the payload as a datagram to a multicast group for tests (233.252.0.0/24, RFC 6676), which needs no
 * right but an IPv4 address of the interface. Both stay on the link: the frames go to the interface's own address, the datagram
 * lives for one hop.
 *
 * Bounds: MAX_PACKETS packets, INJECTION_MS of time.
 */
import { execFile } from "node:child_process";
import { createSocket } from "node:dgram";
import { fileURLToPath } from "node:url";
import { AgentError, lastWords } from "../../base/errors.js";
import { interfaceIpv4 } from "../../base/interface-address.js";
import { liveCaptureError } from "./live-errors.js";

const INJECTION_MS = 8_000;
const MAX_PACKETS = 16;
const MAX_ANSWER_BYTES = 16_384;
const HEAP_MIB = 16;
const TEST_GROUP = "233.252.0.77";
/** The payload is a question that only a parser of this port's protocol reads. */
const DATAGRAM_PORT = 53;

export interface InjectionOrder {
  readonly interface: string;
  /** IPv4 packets, base64. */
  readonly packets: readonly string[];
}

export type InjectionAnswer =
  | { readonly sentMs: number }
  | { readonly trouble: "no_add_on" | "failed"; readonly reason: string };

/** How packets were put on the interface. */
export interface InjectionOutcome {
  readonly way: "frames" | "datagram";
  /** Wall time of the box right before it, milliseconds since the Unix epoch. */
  readonly sentMs: number;
}

export interface Injection {
  readonly interface: string;
  /** Whole IPv4 packets. */
  readonly packets: readonly Buffer[];
  /** What goes out as a datagram where frames cannot. */
  readonly payload: Buffer;
}

/**
 * Put the packets on the interface.
 *
 * @throws AgentError where neither way is open: no add-on, no right, no such interface, no address
 */
export async function inject(injection: Injection): Promise<InjectionOutcome> {
  // The capture of all interfaces is no interface: what passes over loopback is seen there.
  const device = injection.interface === "any" ? "lo" : injection.interface;
  const packets = injection.packets.slice(0, MAX_PACKETS).map((packet) => packet.toString("base64"));
  const answer = await runProcess({ interface: device, packets });
  if ("sentMs" in answer) return { way: "frames", sentMs: answer.sentMs };
  const address = interfaceIpv4(device);
  if (address !== undefined) {
    const sentMs = Date.now();
    try {
      await sendDatagram(address, injection.payload);
      return { way: "datagram", sentMs };
    } catch {
      // What kept frames from being sent says more than what keeps a datagram.
    }
  }
  if (answer.trouble === "no_add_on")
    throw new AgentError("error.capture.no_node_pcap", { reason: answer.reason });
  throw liveCaptureError("pcap", device, "", answer.reason);
}

function runProcess(order: InjectionOrder): Promise<InjectionAnswer> {
  const script = fileURLToPath(new URL("./injection-process.js", import.meta.url));
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [`--max-old-space-size=${HEAP_MIB}`, script],
      { timeout: INJECTION_MS, maxBuffer: MAX_ANSWER_BYTES, killSignal: "SIGKILL" },
      (error, out, words) => {
        try {
          resolve(JSON.parse(out) as InjectionAnswer);
        } catch {
          resolve({ trouble: "failed", reason: lastWords(words, error) });
        }
      },
    );
    // A child that could not be started has said why above.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(JSON.stringify(order));
  });
}

function sendDatagram(address: string, payload: Buffer): Promise<void> {
  const socket = createSocket("udp4");
  return new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind({ address, port: 0 }, () => {
      socket.setMulticastInterface(address);
      socket.setMulticastTTL(1);
      socket.setMulticastLoopback(false);
      socket.send(payload, DATAGRAM_PORT, TEST_GROUP, (error) => (error ? reject(error) : resolve()));
    });
  }).finally(() => socket.close());
}
