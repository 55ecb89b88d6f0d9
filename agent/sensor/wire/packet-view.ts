/**
 * One decoded packet: numbers that point into the frame's own bytes. A view is made once and written over for
 * every packet; whoever wants to keep something copies it out before the next one.
 */

export const IP_PROTOCOL_ICMP = 1;
export const IP_PROTOCOL_TCP = 6;
export const IP_PROTOCOL_UDP = 17;
export const IP_PROTOCOL_ICMPV6 = 58;
export const IP_PROTOCOL_SCTP = 132;

export const TCP_FIN = 0x01;
export const TCP_SYN = 0x02;
export const TCP_RST = 0x04;
export const TCP_PSH = 0x08;
export const TCP_ACK = 0x10;
export const TCP_URG = 0x20;
export const TCP_ECE = 0x40;
export const TCP_CWR = 0x80;

export const NO_BYTES: Uint8Array = new Uint8Array(0);

export class PacketView {
  /** The buffer all offsets point into: the captured frame, or a reassembled datagram. */
  bytes: Uint8Array = NO_BYTES;
  /** Where this layer's frame begins and ends (exclusive) in `bytes`. */
  frameOffset = 0;
  frameEnd = 0;
  /** Length on the wire, at least the captured length. */
  wireLength = 0;
  /** Capture time in microseconds since the Unix epoch. A double is exact here until the year 2255. */
  timeUs = 0;

  /** Offset of the Ethernet addresses (destination, then source), −1 where there are none. */
  macOffset = -1;
  etherType = 0;
  vlanDepth = 0;
  /** Up to three VLAN ids, outermost first. */
  readonly vlanIds = new Uint16Array(3);

  /** 4, 6, or 0 where the packet carries no IP (ARP, unknown EtherType). */
  ipVersion = 0;
  ipOffset = 0;
  ipHeaderLength = 0;
  /** End (exclusive) of the IP datagram in `bytes`: total length cut to what was captured. */
  ipEnd = 0;
  /** Transport protocol after all IPv6 extension headers. */
  ipProtocol = 0;
  /** IPv6: hop limit. */
  ttl = 0;
  /** IPv4 type of service, IPv6 traffic class. */
  tos = 0;
  ipId = 0;
  /** IPv4 reserved, don't-fragment and more-fragments bits as they stand in the header (0x4, 0x2, 0x1). */
  ipFlags = 0;
  /** Bytes, not units of eight. */
  fragmentOffset = 0;
  isFragment = false;
  /** Four words in host order, most significant first; IPv4 stands in word 3 with zeros before it. */
  readonly source = new Uint32Array(4);
  readonly destination = new Uint32Array(4);

  transportOffset = 0;
  sourcePort = 0;
  destinationPort = 0;
  /** Payload above the transport header; for protocols without one, above the IP header. */
  payloadOffset = 0;
  payloadLength = 0;

  tcpFlags = 0;
  tcpSequence = 0;
  tcpAcknowledgement = 0;
  tcpWindow = 0;
  tcpUrgentPointer = 0;
  tcpHeaderLength = 0;

  icmpType = 0;
  icmpCode = 0;
  /** Identifier and sequence of an echo (or −1 where the type has none). */
  icmpId = -1;
  icmpSequence = -1;

  /** 0 (`DecodeReason.OK`) or why decoding stopped; fields up to there are valid. */
  reason = 0;
  /** How many tunnels this packet was found inside of. */
  tunnelDepth = 0;
}
