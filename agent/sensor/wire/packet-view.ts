/**
 * One decoded packet: numbers that point into the frame's own bytes. A view is made once and written over for
 * every packet; whoever wants to keep something copies it out before the next one.
 *
 * What is usable: the IP fields if `ipVersion` is not 0, ports and transport fields if `transportOffset` is not 0.
 * `reason` and `events` say what is wrong or strange; a packet with a reason may still be usable (a bad option).
 */

export const IP_PROTOCOL_ICMP = 1;
export const IP_PROTOCOL_IGMP = 2;
export const IP_PROTOCOL_IPV4 = 4;
export const IP_PROTOCOL_TCP = 6;
export const IP_PROTOCOL_UDP = 17;
export const IP_PROTOCOL_IPV6 = 41;
export const IP_PROTOCOL_IPV6_FRAGMENT = 44;
export const IP_PROTOCOL_GRE = 47;
export const IP_PROTOCOL_ESP = 50;
export const IP_PROTOCOL_AH = 51;
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

/**
 * What fields begin with that hold more than a small integer of V8: then it keeps a box that is overwritten. Of a field that begins
 * with 0 it makes a new box for each packet.
 */
export const NO_SMALL_INTEGER = 2 ** 32;

/** Events kept per packet, as many as Suricata keeps; further ones are only counted. */
export const MAX_PACKET_EVENTS = 15;

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
  timeUs = NO_SMALL_INTEGER;

  /** Offset of the Ethernet addresses (destination, then source), −1 where there are none. */
  macOffset = -1;
  etherType = 0;
  vlanDepth = 0;
  /** Up to three VLAN ids, outermost first. */
  readonly vlanIds = new Uint16Array(3);

  /** ARP for IPv4 over Ethernet: operation (1 request, 2 reply), 0 where the packet is something else. */
  arpOperation = 0;
  /** Offset of the ARP header; `arp.ts` names the offsets of the addresses in it. */
  arpOffset = 0;

  /** 4, 6, or 0 where the packet carries no (sound) IP header: ARP, unknown EtherType, truncated datagram. */
  ipVersion = 0;
  ipOffset = 0;
  /** IPv6: with the extension headers, up to the transport header or the fragment header. */
  ipHeaderLength = 0;
  /** End (exclusive) of the IP datagram in `bytes`: padding behind it belongs to nobody. */
  ipEnd = 0;
  /**
   * Transport protocol after all IPv6 extension headers. Where Suricata stops inside them: 44 for a fragment, the
   * extension header last begun for a truncated one, 0 for ICMPv4 in IPv6.
   */
  ipProtocol = 0;
  /** IPv6: hop limit. */
  ttl = 0;
  /** IPv4 type of service, IPv6 traffic class. */
  tos = 0;
  /** IPv6: the 32-bit identification of the fragment header, 0 without one. */
  ipId = 0;
  /** IPv4 reserved, don't-fragment and more-fragments bits as they stand in the header (0x4, 0x2, 0x1). IPv6: 0x1. */
  ipFlags = 0;
  /** Bytes, not units of eight. */
  fragmentOffset = 0;
  /** A piece of a datagram: nothing above IP is decoded before reassembly. An IPv6 atomic fragment is none. */
  isFragment = false;
  /** IPv6: offset of the (first) fragment header, 0 without one. */
  fragmentHeaderOffset = 0;
  /** IPv6: offset of the next-header byte that announces the fragment header. */
  fragmentNextHeaderOffset = 0;
  /** IPv4 options, behind the fixed header. */
  ipOptionsOffset = 0;
  ipOptionsLength = 0;
  /** Which sound IPv4 options are there: bits of `ipv4-options.ts`. */
  ipOptionSet = 0;
  /** Four words in host order, most significant first; IPv4 stands in word 3 with zeros before it. */
  readonly source = new Uint32Array(4);
  readonly destination = new Uint32Array(4);

  /** 0 where no transport header was decoded: fragment, protocol without a decoder, unusable header. */
  transportOffset = 0;
  sourcePort = 0;
  destinationPort = 0;
  /**
   * Payload above the transport header, as Suricata hands it to rules: `payloadLength` is 0 without a decoded
   * transport header. What a protocol without a decoder carries is [ipOffset + ipHeaderLength, ipEnd).
   */
  payloadOffset = 0;
  payloadLength = 0;
  /** The payload is a packet of its own (the next view): contents are to be searched there, not here. */
  hasTunnelledPacket = false;

  tcpFlags = 0;
  tcpSequence = NO_SMALL_INTEGER;
  tcpAcknowledgement = NO_SMALL_INTEGER;
  tcpWindow = 0;
  tcpUrgentPointer = 0;
  tcpHeaderLength = 0;
  tcpOptionsOffset = 0;
  tcpOptionsLength = 0;
  /** Maximum segment size option, −1 without one. */
  tcpMss = -1;
  /** Window scale option, −1 without one; values above 14 read as 0, as Suricata does. */
  tcpWindowScale = -1;
  hasTcpSackPermitted = false;
  hasTcpFastOpen = false;
  /** Offset of the first SACK block, and how many blocks of eight bytes there are. */
  tcpSackOffset = 0;
  tcpSackCount = 0;
  hasTcpTimestamp = false;
  tcpTimestampValue = NO_SMALL_INTEGER;
  tcpTimestampEcho = NO_SMALL_INTEGER;

  icmpType = 0;
  icmpCode = 0;
  /** Identifier and sequence of an echo (or −1 where the type has none). */
  icmpId = -1;
  icmpSequence = -1;
  /** ICMP errors: offset of the original packet's IP header, 0 where there is none (or no sound one). */
  embeddedOffset = 0;
  embeddedIpVersion = 0;
  embeddedProtocol = 0;
  /** Offset of the original transport header; 0 where it is missing or the original was a later fragment. */
  embeddedTransportOffset = 0;
  embeddedSourcePort = 0;
  embeddedDestinationPort = 0;
  readonly embeddedSource = new Uint32Array(4);
  readonly embeddedDestination = new Uint32Array(4);

  /** 0 (`DecodeReason.OK`) or the first thing that made the packet invalid or stopped its decoding. */
  reason = 0;
  /** Everything noted about this packet, `reason` included, each code once; only [0, eventCount) are valid. */
  readonly events = new Uint8Array(MAX_PACKET_EVENTS);
  eventCount = 0;
  /** How many tunnels this packet was found inside of. */
  tunnelDepth = 0;

  /** Note a `DecodeReason` on this packet (rules match it with `decode-event`). */
  addEvent(reason: number): void {
    if (this.eventCount === MAX_PACKET_EVENTS || this.hasEvent(reason)) return;
    this.events[this.eventCount++] = reason;
  }

  hasEvent(reason: number): boolean {
    for (let i = 0; i < this.eventCount; i++) {
      if (this.events[i] === reason) return true;
    }
    return false;
  }

  /** Take over a new frame; every other field says "nothing" again (the address words stay as they were). */
  reset(
    bytes: Uint8Array,
    frameOffset: number,
    frameEnd: number,
    wireLength: number,
    timeUs: number,
    tunnelDepth: number,
  ): void {
    this.bytes = bytes;
    this.frameOffset = frameOffset;
    this.frameEnd = frameEnd;
    this.wireLength = wireLength;
    this.timeUs = timeUs;
    this.tunnelDepth = tunnelDepth;

    this.macOffset = -1;
    this.etherType = 0;
    this.vlanDepth = 0;
    this.arpOperation = 0;
    this.arpOffset = 0;

    this.ipVersion = 0;
    this.ipOffset = 0;
    this.ipHeaderLength = 0;
    this.ipEnd = 0;
    this.ipProtocol = 0;
    this.ttl = 0;
    this.tos = 0;
    this.ipId = 0;
    this.ipFlags = 0;
    this.fragmentOffset = 0;
    this.isFragment = false;
    this.fragmentHeaderOffset = 0;
    this.fragmentNextHeaderOffset = 0;
    this.ipOptionsOffset = 0;
    this.ipOptionsLength = 0;
    this.ipOptionSet = 0;

    this.transportOffset = 0;
    this.sourcePort = 0;
    this.destinationPort = 0;
    this.payloadOffset = 0;
    this.payloadLength = 0;
    this.hasTunnelledPacket = false;

    this.tcpFlags = 0;
    this.tcpSequence = 0;
    this.tcpAcknowledgement = 0;
    this.tcpWindow = 0;
    this.tcpUrgentPointer = 0;
    this.tcpHeaderLength = 0;
    this.tcpOptionsOffset = 0;
    this.tcpOptionsLength = 0;
    this.tcpMss = -1;
    this.tcpWindowScale = -1;
    this.hasTcpSackPermitted = false;
    this.hasTcpFastOpen = false;
    this.tcpSackOffset = 0;
    this.tcpSackCount = 0;
    this.hasTcpTimestamp = false;
    this.tcpTimestampValue = 0;
    this.tcpTimestampEcho = 0;

    this.icmpType = 0;
    this.icmpCode = 0;
    this.icmpId = -1;
    this.icmpSequence = -1;
    this.embeddedOffset = 0;
    this.embeddedIpVersion = 0;
    this.embeddedProtocol = 0;
    this.embeddedTransportOffset = 0;
    this.embeddedSourcePort = 0;
    this.embeddedDestinationPort = 0;

    this.reason = 0;
    this.eventCount = 0;
  }
}
