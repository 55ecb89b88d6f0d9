/**
 * The flow of the self-test as packets: a DNS question for the marked name and its answer, that there is none. Addresses, ports and
 * checksums are right, so the flow goes the whole way of real traffic (RFC 791, RFC 768, RFC 1035).
 */
import { SELF_TEST_CLIENT, SELF_TEST_SERVER, selfTestName } from "../../base/self-test-mark.js";

const DNS_PORT = 53;
const IP_HEADER_BYTES = 20;
const UDP_HEADER_BYTES = 8;
const PROTOCOL_UDP = 17;
/** A router that is handed one of these packets drops it. */
const TTL = 1;
const FLAG_RECURSION_DESIRED = 0x0100;
/** Answer, recursion desired and available, no such name. */
const FLAGS_NO_SUCH_NAME = 0x8183;
const TYPE_A = 1;
const CLASS_IN = 1;

export interface Probe {
  /** IPv4 packets in the order to send them. */
  readonly packets: readonly Buffer[];
  /** The question alone. */
  readonly payload: Buffer;
}

/** @param port of the client; another one for each attempt makes another flow */
export function probePackets(token: string, port: number): Probe {
  const question = dnsMessage(token, port, FLAG_RECURSION_DESIRED);
  const answer = dnsMessage(token, port, FLAGS_NO_SUCH_NAME);
  const client = { address: SELF_TEST_CLIENT, port };
  const server = { address: SELF_TEST_SERVER, port: DNS_PORT };
  return {
    packets: [udpPacket(client, server, question), udpPacket(server, client, answer)],
    payload: question,
  };
}

function dnsMessage(token: string, id: number, flags: number): Buffer {
  const labels = selfTestName(token)
    .split(".")
    .flatMap((label) => [Buffer.from([label.length]), Buffer.from(label, "latin1")]);
  const head = words(id, flags, 1, 0, 0, 0);
  return Buffer.concat([head, ...labels, Buffer.from([0]), words(TYPE_A, CLASS_IN)]);
}

interface End {
  readonly address: string;
  readonly port: number;
}

function udpPacket(source: End, destination: End, payload: Buffer): Buffer {
  const addresses = Buffer.from(
    [...source.address.split("."), ...destination.address.split(".")].map(Number),
  );
  const udpBytes = UDP_HEADER_BYTES + payload.length;
  const udp = Buffer.concat([words(source.port, destination.port, udpBytes, 0), payload]);
  const pseudo = Buffer.concat([addresses, words(PROTOCOL_UDP, udpBytes)]);
  udp.writeUInt16BE(checksum(Buffer.concat([pseudo, udp])) || 0xffff, 6);
  const ip = Buffer.concat([
    words(0x4500, IP_HEADER_BYTES + udpBytes, source.port, 0, (TTL << 8) | PROTOCOL_UDP, 0),
    addresses,
  ]);
  ip.writeUInt16BE(checksum(ip), 10);
  return Buffer.concat([ip, udp]);
}

/** RFC 1071. */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i]! << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function words(...values: readonly number[]): Buffer {
  return Buffer.from(values.flatMap((value) => [value >>> 8, value & 0xff]));
}
