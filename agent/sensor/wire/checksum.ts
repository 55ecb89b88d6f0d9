import { readUint16 } from "./big-endian.js";
import {
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  type PacketView,
} from "./packet-view.js";

/**
 * The Internet checksum (RFC 1071) of the headers that carry one, over ranges of a buffer.
 *
 * The decoder does not verify checksums: captured on the sending host they are usually not filled in yet. These
 * functions serve whoever must know (rules with `ipv4-csum`, rebuilt datagrams, frames made in tests).
 * Nothing here reads outside [offset, offset + length).
 */

/** Adds the 16-bit words of a range to a running sum; an odd last byte counts as the high half of a word. */
export function sumWords(bytes: Uint8Array, offset: number, length: number, sum = 0): number {
  const end = offset + (length & ~1);
  // 65,535 bytes add less than 2^31: the sum stays an exact integer for any datagram.
  let at = offset;
  for (; at + 8 <= end; at += 8) {
    sum +=
      ((bytes[at]! + bytes[at + 2]! + bytes[at + 4]! + bytes[at + 6]!) << 8) +
      bytes[at + 1]! +
      bytes[at + 3]! +
      bytes[at + 5]! +
      bytes[at + 7]!;
  }
  for (; at < end; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!;
  if (length & 1) sum += bytes[end]! << 8;
  return sum;
}

/** Folds a running sum into the 16-bit value that stands in the header. */
export function foldChecksum(sum: number): number {
  let folded = (sum & 0xffff) + Math.floor(sum / 0x10000);
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16);
  return ~folded & 0xffff;
}

/** What the checksum field of the IPv4 header at `offset` ought to say, whatever it says now. */
export function ipv4HeaderChecksum(bytes: Uint8Array, offset: number, headerLength: number): number {
  return foldChecksum(sumWords(bytes, offset, headerLength) - readUint16(bytes, offset + 10));
}

/** Running sum of the pseudo header of RFC 793 and RFC 8200; addresses as in `PacketView`. */
export function pseudoHeaderSum(
  source: Uint32Array,
  destination: Uint32Array,
  protocol: number,
  length: number,
): number {
  let sum = protocol + (length >>> 16) + (length & 0xffff);
  for (let i = 0; i < 4; i++) {
    sum +=
      (source[i]! >>> 16) + (source[i]! & 0xffff) + (destination[i]! >>> 16) + (destination[i]! & 0xffff);
  }
  return sum;
}

/** Checksum of a TCP segment as it ought to be; `pseudoSum` from `pseudoHeaderSum`. `length` is at least 20. */
export function tcpChecksum(bytes: Uint8Array, offset: number, length: number, pseudoSum: number): number {
  return foldChecksum(sumWords(bytes, offset, length, pseudoSum) - readUint16(bytes, offset + 16));
}

/** Checksum of a UDP datagram as it ought to be (never 0, which means "none"). `length` is at least 8. */
export function udpChecksum(bytes: Uint8Array, offset: number, length: number, pseudoSum: number): number {
  const checksum = foldChecksum(sumWords(bytes, offset, length, pseudoSum) - readUint16(bytes, offset + 6));
  return checksum === 0 ? 0xffff : checksum;
}

/** Checksum of an ICMP message as it ought to be; ICMPv4 has no pseudo header (sum 0). `length` is at least 4. */
export function icmpChecksum(bytes: Uint8Array, offset: number, length: number, pseudoSum = 0): number {
  return foldChecksum(sumWords(bytes, offset, length, pseudoSum) - readUint16(bytes, offset + 2));
}

/** A checksum after one 16-bit word of what it covers changed (RFC 1624). */
export function adjustChecksum(checksum: number, before: number, after: number): number {
  return foldChecksum((~checksum & 0xffff) + (~before & 0xffff) + after);
}

/** All ones and all zeros are the same number here: whoever adds up does not see the difference. */
function isSame(checksum: number, wanted: number): boolean {
  return checksum === wanted || (checksum === 0xffff && wanted === 0);
}

/** Whether the IPv4 header's checksum is right. Only for a packet with `ipVersion` 4. */
export function isIpv4ChecksumValid(packet: PacketView): boolean {
  const { bytes, ipOffset } = packet;
  return readUint16(bytes, ipOffset + 10) === ipv4HeaderChecksum(bytes, ipOffset, packet.ipHeaderLength);
}

/** False for UDP over IPv4 whose sender left the checksum out. */
export function hasTransportChecksum({ bytes, transportOffset, ipProtocol, ipVersion }: PacketView): boolean {
  return ipProtocol !== IP_PROTOCOL_UDP || ipVersion !== 4 || readUint16(bytes, transportOffset + 6) !== 0;
}

/**
 * Whether the checksum of TCP, UDP, ICMPv4 or ICMPv6 is right. UDP over IPv4 without a checksum counts as right.
 * Only for a packet whose transport header was decoded (`transportOffset` > 0).
 */
export function isTransportChecksumValid(packet: PacketView): boolean {
  const { bytes, transportOffset: offset, ipProtocol } = packet;
  const length = packet.ipEnd - offset;
  const pseudoSum = pseudoHeaderSum(packet.source, packet.destination, ipProtocol, length);
  switch (ipProtocol) {
    case IP_PROTOCOL_TCP:
      return isSame(readUint16(bytes, offset + 16), tcpChecksum(bytes, offset, length, pseudoSum));
    case IP_PROTOCOL_UDP: {
      const checksum = readUint16(bytes, offset + 6);
      if (checksum === 0) return packet.ipVersion === 4;
      // The length in the UDP header counts, not what else the datagram holds.
      const udpLength = 8 + packet.payloadLength;
      const udpSum = pseudoHeaderSum(packet.source, packet.destination, ipProtocol, udpLength);
      return checksum === udpChecksum(bytes, offset, udpLength, udpSum);
    }
    case IP_PROTOCOL_ICMP:
      return readUint16(bytes, offset + 2) === icmpChecksum(bytes, offset, length);
    case IP_PROTOCOL_ICMPV6:
      return readUint16(bytes, offset + 2) === icmpChecksum(bytes, offset, length, pseudoSum);
    default:
      return true;
  }
}
