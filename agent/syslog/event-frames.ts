/**
 * Owns the packets that a logged event stands for, so that the same signature rules judge it as judge packets: a connection as its
 * handshake, a query as its datagram, a request as its head, a TLS server's name as the hello that carries it. Only what the log says
 * is in them: rules that look at more of a packet find nothing, and find nothing wrong.
 *
 * Raw IP (link type 101). A connection is ended at once, so that the next line about the same ends is another one.
 */
import { parseAddress } from "../base/address.js";
import type { LogEvent } from "./log-event.js";
import { NetworkBytes } from "./network-bytes.js";

const TCP = 6;
const UDP = 17;
const [FIN, SYN, RST, PSH, ACK] = [1, 2, 4, 8, 16] as const;
const DNS_PORT = 53;
const HTTPS_PORT = 443;
const HTTP_PORT = 80;
/** Who says nothing of the client's port. */
const ANY_PORT = 49_152;
const MAX_NAME = 253;
const MAX_PATH = 1024;

interface Ends {
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/**
 * The packets of an event, in their order; none where it says too little.
 *
 * @param resolver address of the log's source, to which queries went where the line does not say
 */
export function framesOf(event: LogEvent, resolver: string | undefined): Uint8Array[] {
  const { sourceAddress, action, kind } = event;
  const isQuery = kind === "dns";
  const destinationAddress = event.destinationAddress ?? (isQuery ? resolver : undefined);
  const source = sourceAddress === undefined ? undefined : addressBytes(sourceAddress);
  const destination = destinationAddress === undefined ? undefined : addressBytes(destinationAddress);
  if (source === undefined || destination === undefined || source.length !== destination.length) return [];
  const ends = {
    source,
    destination,
    sourcePort: event.sourcePort ?? ANY_PORT,
    destinationPort: event.destinationPort ?? usualPort(event),
  };
  if (kind === "dns") return event.name === undefined ? [] : [datagram(ends, dnsQuery(event.name))];
  if (kind === "http") return conversation(ends, request(event, ends.destinationPort));
  if (kind !== "flow") return [];
  switch (event.protocol) {
    case "TCP":
      return action === "deny" ? [segment(ends, SYN, 1, 0)] : conversation(ends, firstPayload(event));
    case "UDP":
      return [datagram(ends, new Uint8Array(0))];
    case "ICMP":
      return source.length === 4 ? [packet(ends, 1, Uint8Array.of(8, 0, 0xf7, 0xff, 0, 0, 0, 0))] : [];
    default:
      return [];
  }
}

/** Address as its 4 or 16 octets; undefined where the text is none. */
function addressBytes(text: string): Uint8Array | undefined {
  const parsed = parseAddress(text);
  if (parsed === undefined) return undefined;
  const bytes = new NetworkBytes();
  for (const word of parsed.version === 4 ? parsed.words.slice(3) : parsed.words) bytes.u32(word);
  return bytes.end();
}

function usualPort({ kind, url }: LogEvent): number {
  if (kind === "dns") return DNS_PORT;
  return kind === "http" ? (url?.startsWith("https:") ? HTTPS_PORT : HTTP_PORT) : 0;
}

/** What the first octets of the request are: a head where the URL was not hidden from the device, else the name. */
function request({ name, url = "/", method = "GET" }: LogEvent, port: number): Uint8Array | undefined {
  const [, scheme, host, path = "/"] =
    /^(?:(https?):\/\/([^/\s:]{1,253})(?::\d{1,5})?)?(\/\S*)?/.exec(url) ?? [];
  const server = name ?? host;
  if (server === undefined || !/^[\w.-]{1,253}$/.test(server)) return undefined;
  if (scheme === "https" || (scheme === undefined && port === HTTPS_PORT)) return clientHello(server);
  const verb = /^(?:GET|POST|HEAD|PUT|DELETE|OPTIONS|CONNECT)$/.test(method) ? method : "GET";
  const target = path.slice(0, MAX_PATH).replace(/[^\x21-\x7e]/g, "");
  return new TextEncoder().encode(`${verb} ${target || "/"} HTTP/1.1\r\nHost: ${server}\r\n\r\n`);
}

function firstPayload({ name, destinationPort }: LogEvent): Uint8Array | undefined {
  return name !== undefined && destinationPort === HTTPS_PORT && /^[\w.-]{1,253}$/.test(name)
    ? clientHello(name)
    : undefined;
}

/** Handshake, what the client said, end. */
function conversation(ends: Ends, said: Uint8Array | undefined): Uint8Array[] {
  const back = turned(ends);
  const length = said?.length ?? 0;
  return [
    segment(ends, SYN, 1, 0),
    segment(back, SYN | ACK, 1, 2),
    segment(ends, ACK, 2, 2),
    ...(said ? [segment(ends, PSH | ACK, 2, 2, said), segment(back, ACK, 2, 2 + length)] : []),
    segment(ends, FIN | ACK, 2 + length, 2),
    segment(back, RST | ACK, 2, 3 + length),
  ];
}

function turned({ source, destination, sourcePort, destinationPort }: Ends): Ends {
  return {
    source: destination,
    destination: source,
    sourcePort: destinationPort,
    destinationPort: sourcePort,
  };
}

function segment(
  ends: Ends,
  flags: number,
  sequence: number,
  acknowledgement: number,
  payload: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const bytes = new NetworkBytes().u16(ends.sourcePort).u16(ends.destinationPort).u32(sequence);
  bytes.u32(acknowledgement).u8(0x50).u8(flags).u16(65_535).u32(0).bytes(payload);
  return packet(ends, TCP, bytes.end());
}

function datagram(ends: Ends, payload: Uint8Array): Uint8Array {
  const bytes = new NetworkBytes()
    .u16(ends.sourcePort)
    .u16(ends.destinationPort)
    .u16(8 + payload.length)
    .u16(0);
  return packet(ends, UDP, bytes.bytes(payload).end());
}

function packet({ source, destination }: Ends, protocol: number, payload: Uint8Array): Uint8Array {
  if (source.length === 16) {
    const head = new NetworkBytes().u32(0x6000_0000).u16(payload.length).u8(protocol).u8(64);
    return head.bytes(source).bytes(destination).bytes(payload).end();
  }
  const head = new NetworkBytes()
    .u16(0x4500)
    .u16(20 + payload.length)
    .u32(0x4000)
    .u8(64)
    .u8(protocol)
    .u16(0);
  const bytes = head.bytes(source).bytes(destination).bytes(payload).end();
  const sum = checksum(bytes.subarray(0, 20));
  bytes[10] = sum >> 8;
  bytes[11] = sum & 255;
  return bytes;
}

/** RFC 1071. */
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i]! << 8) | bytes[i + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

/** A query for an address (RFC 1035, 4.1). */
function dnsQuery(name: string): Uint8Array {
  const bytes = new NetworkBytes().u16(1).u16(0x0100).u16(1).u16(0).u16(0).u16(0);
  for (const label of name.slice(0, MAX_NAME).split(".")) {
    const text = Buffer.from(label).subarray(0, 63);
    if (text.length > 0) bytes.u8(text.length).bytes(text);
  }
  return bytes.u8(0).u16(1).u16(1).end();
}

/** A hello of TLS 1.2 that asks for a server by name (RFC 6066, 3). */
function clientHello(name: string): Uint8Array {
  const host = Buffer.from(name);
  const sni = new NetworkBytes()
    .u16(0)
    .u16(host.length + 5)
    .u16(host.length + 3)
    .u8(0)
    .u16(host.length)
    .bytes(host)
    .end();
  const body = new NetworkBytes().u16(0x0303).bytes(new Uint8Array(32)).u8(0).u16(2).u16(0x1301).u8(1).u8(0);
  const hello = body.u16(sni.length).bytes(sni).end();
  const message = new NetworkBytes().u8(1).u8(0).u16(hello.length).bytes(hello).end();
  return new NetworkBytes().u8(22).u16(0x0301).u16(message.length).bytes(message).end();
}
