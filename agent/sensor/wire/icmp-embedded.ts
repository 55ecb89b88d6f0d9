import { readUint16, readUint32 } from "./big-endian.js";
import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import { IP_PROTOCOL_SCTP, IP_PROTOCOL_TCP, IP_PROTOCOL_UDP, type PacketView } from "./packet-view.js";

/**
 * The beginning of the packet that an ICMP error is about: addresses, protocol and ports, so that the error finds
 * its flow. It is usually cut off early; ports need no more than their four bytes.
 */

const IPV4_HEADER_LENGTH = 20;
const IPV6_HEADER_LENGTH = 40;
const PORTS_LENGTH = 4;

/** IPv4 header at `at`, up to the end of the cursor's range. */
export function decodeEmbeddedIpv4(cursor: DecodeCursor, packet: PacketView, at: number): void {
  const { bytes, end } = cursor;
  if (end - at < IPV4_HEADER_LENGTH) {
    cursor.invalidate(packet, DecodeReason.ICMPV4_IPV4_TRUNC_PKT);
    return;
  }
  if (bytes[at]! >>> 4 !== 4) {
    cursor.invalidate(packet, DecodeReason.ICMPV4_IPV4_UNKNOWN_VER);
    return;
  }
  packet.embeddedOffset = at;
  packet.embeddedIpVersion = 4;
  packet.embeddedProtocol = bytes[at + 9]!;
  for (let i = 0; i < 3; i++) {
    packet.embeddedSource[i] = 0;
    packet.embeddedDestination[i] = 0;
  }
  packet.embeddedSource[3] = readUint32(bytes, at + 12);
  packet.embeddedDestination[3] = readUint32(bytes, at + 16);
  const headerLength = (bytes[at]! & 0x0f) << 2;
  const isFirstFragment = (readUint16(bytes, at + 6) & 0x1fff) === 0;
  if (headerLength >= IPV4_HEADER_LENGTH && isFirstFragment) takePorts(cursor, packet, at + headerLength);
}

/** IPv6 header at `at`, up to the end of the cursor's range. Extension headers in it are not followed. */
export function decodeEmbeddedIpv6(cursor: DecodeCursor, packet: PacketView, at: number): void {
  const { bytes, end } = cursor;
  if (end - at < IPV6_HEADER_LENGTH) {
    cursor.invalidate(packet, DecodeReason.ICMPV6_IPV6_TRUNC_PKT);
    return;
  }
  if (bytes[at]! >>> 4 !== 6) {
    cursor.invalidate(packet, DecodeReason.ICMPV6_IPV6_UNKNOWN_VERSION);
    return;
  }
  packet.embeddedOffset = at;
  packet.embeddedIpVersion = 6;
  packet.embeddedProtocol = bytes[at + 6]!;
  for (let i = 0; i < 4; i++) {
    packet.embeddedSource[i] = readUint32(bytes, at + 8 + 4 * i);
    packet.embeddedDestination[i] = readUint32(bytes, at + 24 + 4 * i);
  }
  takePorts(cursor, packet, at + IPV6_HEADER_LENGTH);
}

function takePorts(cursor: DecodeCursor, packet: PacketView, at: number): void {
  if (cursor.end - at < PORTS_LENGTH) return;
  packet.embeddedTransportOffset = at;
  switch (packet.embeddedProtocol) {
    case IP_PROTOCOL_TCP:
    case IP_PROTOCOL_UDP:
    case IP_PROTOCOL_SCTP:
      packet.embeddedSourcePort = readUint16(cursor.bytes, at);
      packet.embeddedDestinationPort = readUint16(cursor.bytes, at + 2);
  }
}
