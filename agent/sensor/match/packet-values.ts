import { Compare } from "../../signature/comparison.js";
import { PacketValue } from "../../signature/signature.js";
import { readUint32 } from "../wire/big-endian.js";
import { hasTransportChecksum, isIpv4ChecksumValid, isTransportChecksumValid } from "../wire/checksum.js";
import { hasIpOption } from "../wire/ipv4-options.js";
import {
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  type PacketView,
} from "../wire/packet-view.js";
import { compares } from "./comparison.js";
import type { Endpoints } from "./endpoints.js";

const ICMPV6_PACKET_TOO_BIG = 2;
const RPC_CALL = 0;
/** What Suricata asks for before it looks: up to and with the verifier of a call. */
const RPC_HEADER_BYTES = 28;

/** What a packet test says where the packet has no such number. */
const ABSENT = -1;

/**
 * Whether a packet test of a rule holds. A number the packet does not have fails every comparison.
 *
 * @param packet undefined where a message is judged that no packet brought (the end of a flow)
 */
export function packetTestHolds(
  value: number,
  operator: number,
  a: number,
  b: number,
  packet: PacketView | undefined,
  endpoints: Endpoints,
): boolean {
  if (value === PacketValue.APPLICATION_PROTOCOL) {
    const protocol = endpoints.directionProtocol;
    return protocol !== 0 && compares(operator, protocol, a, b);
  }
  if (value === PacketValue.IP_VERSION) return endpoints.ipVersion === a;
  if (packet === undefined) return false;
  if (isStreamSize(value)) return streamSizeHolds(value, operator, a, b, endpoints);
  if (value === PacketValue.FLOW_AGE)
    return endpoints.flow >= 0 && compares(operator, flowAgeSeconds(endpoints), a, b);
  if (value === PacketValue.RECOGNITION_EVENT) return (endpoints.recognitionEvents & a) !== 0;
  if (value === PacketValue.STREAM_EVENT) return endpoints.hasStreamEvent(a);
  if (value === PacketValue.IP_OPTION) return hasIpOption(packet, a);
  if (value === PacketValue.DECODE_EVENT) return packet.hasEvent(a);
  const number = packetNumber(value, packet);
  return number !== ABSENT && compares(operator, number, a, b);
}

/**
 * Whether `dsize` may hold. As in Suricata only `<`, `<=` and 0 are asked of packets that have neither payload nor a window of the
 * stream.
 */
export function mayHaveSize(operator: number, a: number, b: number, isWithoutBytes: boolean): boolean {
  if (isWithoutBytes) return operator !== Compare.NOT_EQUAL && compares(operator, 0, a, b);
  return operator !== Compare.EQUAL || a > 0;
}

function isStreamSize(value: number): boolean {
  return (
    value === PacketValue.STREAM_SIZE_CLIENT ||
    value === PacketValue.STREAM_SIZE_SERVER ||
    value === PacketValue.STREAM_SIZE_EITHER ||
    value === PacketValue.STREAM_SIZE_BOTH
  );
}

/** Sizes are sequence numbers that were used up. */
function streamSizeHolds(
  value: number,
  operator: number,
  a: number,
  b: number,
  endpoints: Endpoints,
): boolean {
  const { clientStreamSize, serverStreamSize } = endpoints;
  if (!endpoints.hasStream || clientStreamSize < 0) return false;
  const client = compares(operator, clientStreamSize, a, b);
  const server = compares(operator, serverStreamSize, a, b);
  if (value === PacketValue.STREAM_SIZE_CLIENT) return client;
  if (value === PacketValue.STREAM_SIZE_SERVER) return server;
  return value === PacketValue.STREAM_SIZE_BOTH ? client && server : client || server;
}

/** A number of a packet, −1 where the packet has none of that name. */
export function packetNumber(value: number, packet: PacketView): number {
  const isTcp = packet.ipProtocol === IP_PROTOCOL_TCP && packet.transportOffset > 0;
  const isIcmp =
    (packet.ipProtocol === IP_PROTOCOL_ICMP || packet.ipProtocol === IP_PROTOCOL_ICMPV6) &&
    packet.transportOffset > 0;
  switch (value) {
    case PacketValue.DSIZE:
      return packet.ipVersion === 0 ? ABSENT : packet.payloadLength;
    case PacketValue.TTL:
      return packet.ipVersion === 0 ? ABSENT : packet.ttl;
    case PacketValue.TOS:
      return packet.ipVersion === 4 ? packet.tos : ABSENT;
    case PacketValue.IP_PROTO:
      return packet.ipVersion === 0 ? ABSENT : packet.ipProtocol;
    case PacketValue.IP_ID:
      return packet.ipVersion === 4 ? packet.ipId : ABSENT;
    case PacketValue.FRAGMENT_BITS:
      return packet.ipVersion === 4 ? packet.ipFlags : ABSENT;
    case PacketValue.FRAGMENT_OFFSET:
      // IPv6 has one only where there is the extension header.
      if (packet.ipVersion === 0 || (packet.ipVersion === 6 && !packet.isFragment)) return ABSENT;
      return packet.fragmentOffset / 8;
    case PacketValue.ICMP_TYPE:
      return isIcmp ? packet.icmpType : ABSENT;
    case PacketValue.ICMP_CODE:
      return isIcmp ? packet.icmpCode : ABSENT;
    case PacketValue.ICMP_ID:
      return isIcmp ? packet.icmpId : ABSENT;
    case PacketValue.ICMP_SEQUENCE:
      return isIcmp ? packet.icmpSequence : ABSENT;
    case PacketValue.TCP_FLAGS:
      return isTcp ? packet.tcpFlags : ABSENT;
    case PacketValue.TCP_SEQUENCE:
      return isTcp ? packet.tcpSequence : ABSENT;
    case PacketValue.TCP_ACKNOWLEDGEMENT:
      return isTcp ? packet.tcpAcknowledgement : ABSENT;
    case PacketValue.TCP_WINDOW:
      return isTcp ? packet.tcpWindow : ABSENT;
    case PacketValue.TCP_MSS:
      return isTcp ? packet.tcpMss : ABSENT;
    case PacketValue.IPV4_CHECKSUM:
      if (packet.ipVersion !== 4) return ABSENT;
      return isIpv4ChecksumValid(packet) ? 1 : 0;
    case PacketValue.TRANSPORT_CHECKSUM:
      if (packet.transportOffset === 0 || !hasTransportChecksum(packet)) return ABSENT;
      return isTransportChecksumValid(packet) ? 1 : 0;
    case PacketValue.ICMPV6_MTU:
      return packet.ipProtocol === IP_PROTOCOL_ICMPV6 ? packetTooBigMtu(packet) : ABSENT;
    case PacketValue.RPC_PROGRAM:
    case PacketValue.RPC_VERSION:
    case PacketValue.RPC_PROCEDURE:
      return rpcNumber(packet, value - PacketValue.RPC_PROGRAM);
    case PacketValue.SAME_IP:
      return packet.ipVersion !== 0 && isSameAddress(packet) ? 1 : 0;
    default:
      return ABSENT;
  }
}

function isSameAddress({ source, destination }: PacketView): boolean {
  for (let i = 0; i < 4; i++) {
    if (source[i] !== destination[i]) return false;
  }
  return true;
}

/** The MTU of a "packet too big" (RFC 4443, 3.2). */
function packetTooBigMtu({ bytes, icmpType, transportOffset }: PacketView): number {
  return transportOffset > 0 && icmpType === ICMPV6_PACKET_TOO_BIG
    ? readUint32(bytes, transportOffset + 4)
    : ABSENT;
}

/** Program, version or procedure of an ONC RPC call (RFC 5531, 9), behind the record mark where TCP carries it. */
function rpcNumber(packet: PacketView, index: number): number {
  const { bytes, payloadLength } = packet;
  const isTcp = packet.ipProtocol === IP_PROTOCOL_TCP;
  if (!isTcp && packet.ipProtocol !== IP_PROTOCOL_UDP) return ABSENT;
  const markBytes = isTcp ? 4 : 0;
  if (payloadLength < markBytes + RPC_HEADER_BYTES) return ABSENT;
  const offset = packet.payloadOffset + markBytes;
  if (readUint32(bytes, offset + 4) !== RPC_CALL) return ABSENT;
  return readUint32(bytes, offset + 12 + index * 4);
}

/** As Suricata counts: the seconds of the clock, without their fractions. */
function flowAgeSeconds({ timeUs, flowStartUs }: Endpoints): number {
  return Math.floor(timeUs / 1_000_000) - Math.floor(flowStartUs / 1_000_000);
}
