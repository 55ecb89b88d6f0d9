/**
 * Builders of frames for tests, from the inside out: a transport in an IP packet in a frame. Lengths, protocol
 * numbers and checksums are filled in; every one of them can be overridden to build a lie.
 *
 *     ethernet(ipv4({ source: "10.0.0.1", destination: "10.0.0.2" }, tcp({ destinationPort: 80, flags: TCP_SYN })))
 *     ethernet(vlan(7, ipv6({}, udp({ destinationPort: 53 }, query))))
 *     ipv4({}, ipv6({}, tcp({}))).bytes
 */
import { parseAddress } from "../../agent/base/address.js";
import { writeUint16, writeUint32 } from "../../agent/sensor/wire/big-endian.js";
import {
  icmpChecksum,
  ipv4HeaderChecksum,
  pseudoHeaderSum,
  tcpChecksum,
  udpChecksum,
} from "../../agent/sensor/wire/checksum.js";

/** A built layer and the number by which the layer around it announces it: an EtherType or an IP protocol. */
export interface Built {
  readonly protocol: number;
  readonly bytes: Uint8Array;
}

/** Text stands for its Latin-1 bytes. */
export type Payload = Uint8Array | string;

export function bytesOf(payload: Payload): Uint8Array {
  return typeof payload === "string" ? Uint8Array.from(Buffer.from(payload, "latin1")) : payload;
}

/** Bytes of a hex dump; white space and text behind `#` do not count. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replace(/#.*$/gm, "").replace(/\s+/g, ""), "hex"));
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

/** Bytes under a given IP protocol number or EtherType. */
export function raw(protocol: number, payload: Payload): Built {
  return { protocol, bytes: bytesOf(payload) };
}

export interface EthernetFields {
  source?: string;
  destination?: string;
  etherType?: number;
  /** Pad with zeros to this length (60 is the smallest frame on the wire without its checksum). */
  paddedLength?: number;
}

/** An Ethernet II frame around an IP packet, a VLAN tag, or anything with an EtherType. */
export function ethernet(payload: Built, fields: EthernetFields = {}): Uint8Array {
  const frame = new Uint8Array(Math.max(14 + payload.bytes.length, fields.paddedLength ?? 0));
  frame.set(macOf(fields.destination ?? "02:00:00:00:00:02"), 0);
  frame.set(macOf(fields.source ?? "02:00:00:00:00:01"), 6);
  writeUint16(frame, 12, fields.etherType ?? payload.protocol);
  frame.set(payload.bytes, 14);
  return frame;
}

export function macOf(text: string): Uint8Array {
  return Uint8Array.from(text.split(":"), (part) => Number.parseInt(part, 16));
}

/** An 802.1Q tag (another `etherType`: 0x88a8 802.1ad, 0x9100 QinQ) before an Ethernet payload. */
export function vlan(id: number, payload: Built, etherType = 0x8100): Built {
  const bytes = new Uint8Array(4 + payload.bytes.length);
  writeUint16(bytes, 0, id);
  writeUint16(bytes, 2, payload.protocol);
  bytes.set(payload.bytes, 4);
  return { protocol: etherType, bytes };
}

/** A PPPoE session packet with an IPv4 or IPv6 packet in it. */
export function pppoe(payload: Built, sessionId = 1): Built {
  const bytes = new Uint8Array(8 + payload.bytes.length);
  bytes[0] = 0x11;
  writeUint16(bytes, 2, sessionId);
  writeUint16(bytes, 4, 2 + payload.bytes.length);
  writeUint16(bytes, 6, payload.protocol === ETHERTYPE_IPV6 ? 0x0057 : 0x0021);
  bytes.set(payload.bytes, 8);
  return { protocol: 0x8864, bytes };
}

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;

export interface Ipv4Fields {
  source?: string;
  destination?: string;
  ttl?: number;
  tos?: number;
  id?: number;
  /** Reserved 4, don't fragment 2, more fragments 1. */
  flags?: number;
  /** Bytes. */
  fragmentOffset?: number;
  /** Padded with zeros to whole words. */
  options?: Uint8Array;
  protocol?: number;
  totalLength?: number;
  /** Header length in words. */
  headerWords?: number;
  checksum?: number;
  version?: number;
  /** Leave the checksum of the transport as it is. */
  keepsTransportChecksum?: boolean;
}

/** An IPv4 packet around a transport or another IP packet. A fragment's payload keeps its checksum field. */
export function ipv4(fields: Ipv4Fields, payload: Built): Built {
  const optionsLength = ((fields.options?.length ?? 0) + 3) & ~3;
  const headerLength = 20 + optionsLength;
  const bytes = new Uint8Array(headerLength + payload.bytes.length);
  bytes[0] = ((fields.version ?? 4) << 4) | (fields.headerWords ?? headerLength / 4);
  bytes[1] = fields.tos ?? 0;
  writeUint16(bytes, 2, fields.totalLength ?? bytes.length);
  writeUint16(bytes, 4, fields.id ?? 0);
  writeUint16(bytes, 6, ((fields.flags ?? 0) << 13) | ((fields.fragmentOffset ?? 0) >>> 3));
  bytes[8] = fields.ttl ?? 64;
  const protocol = fields.protocol ?? ipProtocolOf(payload);
  bytes[9] = protocol;
  const source = wordsOf(fields.source ?? "10.0.0.1");
  const destination = wordsOf(fields.destination ?? "10.0.0.2");
  writeUint32(bytes, 12, source[3]!);
  writeUint32(bytes, 16, destination[3]!);
  if (fields.options) bytes.set(fields.options, 20);
  bytes.set(payload.bytes, headerLength);
  writeUint16(bytes, 10, fields.checksum ?? ipv4HeaderChecksum(bytes, 0, headerLength));
  const isFragment = ((fields.flags ?? 0) & 1) !== 0 || (fields.fragmentOffset ?? 0) > 0;
  if (!isFragment && !fields.keepsTransportChecksum) {
    fillTransportChecksum(bytes, headerLength, protocol, source, destination);
  }
  return { protocol: ETHERTYPE_IPV4, bytes };
}

export interface Ipv6Fields {
  source?: string;
  destination?: string;
  hopLimit?: number;
  trafficClass?: number;
  nextHeader?: number;
  payloadLength?: number;
  version?: number;
  /** Extension headers in order, made with `extension` or `fragmentHeader`. */
  extensions?: readonly Built[];
  keepsTransportChecksum?: boolean;
}

/** An IPv6 packet around a transport or another IP packet. */
export function ipv6(fields: Ipv6Fields, payload: Built): Built {
  const extensions = fields.extensions ?? [];
  const chain = [...extensions, { protocol: ipProtocolOf(payload), bytes: payload.bytes }];
  const extensionsLength = extensions.reduce((sum, extension) => sum + extension.bytes.length, 0);
  const bytes = new Uint8Array(40 + extensionsLength + payload.bytes.length);
  writeUint32(bytes, 0, (((fields.version ?? 6) << 28) | ((fields.trafficClass ?? 0) << 20)) >>> 0);
  writeUint16(bytes, 4, fields.payloadLength ?? bytes.length - 40);
  bytes[6] = fields.nextHeader ?? chain[0]!.protocol;
  bytes[7] = fields.hopLimit ?? 64;
  const source = wordsOf(fields.source ?? "2001:db8::1");
  const destination = wordsOf(fields.destination ?? "2001:db8::2");
  for (let i = 0; i < 4; i++) {
    writeUint32(bytes, 8 + 4 * i, source[i]!);
    writeUint32(bytes, 24 + 4 * i, destination[i]!);
  }
  let at = 40;
  chain.forEach((layer, i) => {
    bytes.set(layer.bytes, at);
    if (i < extensions.length) bytes[at] = chain[i + 1]!.protocol;
    at += layer.bytes.length;
  });
  const isFragment = extensions.some(
    (extension) => extension.protocol === 44 && ((extension.bytes[2]! << 8) | extension.bytes[3]!) !== 0,
  );
  if (!isFragment && !fields.keepsTransportChecksum) {
    fillTransportChecksum(
      bytes,
      bytes.length - payload.bytes.length,
      ipProtocolOf(payload),
      source,
      destination,
    );
  }
  return { protocol: ETHERTYPE_IPV6, bytes };
}

/** An extension header for `ipv6`; `data` follows the next-header and length bytes, padded to eights with Pad1. */
export function extension(protocol: number, data: Uint8Array = new Uint8Array(6)): Built {
  const bytes = new Uint8Array((2 + data.length + 7) & ~7);
  bytes[1] = bytes.length / 8 - 1;
  bytes.set(data, 2);
  return { protocol, bytes };
}

/** A fragment header for `ipv6`; `fragmentOffset` in bytes. */
export function fragmentHeader(id: number, fragmentOffset: number, hasMore: boolean): Built {
  const bytes = new Uint8Array(8);
  writeUint16(bytes, 2, (fragmentOffset & 0xfff8) | (hasMore ? 1 : 0));
  writeUint32(bytes, 4, id);
  return { protocol: 44, bytes };
}

export interface TcpFields {
  sourcePort?: number;
  destinationPort?: number;
  sequence?: number;
  acknowledgement?: number;
  flags?: number;
  window?: number;
  urgentPointer?: number;
  /** Padded with zeros to whole words. */
  options?: Uint8Array;
  headerWords?: number;
}

export function tcp(fields: TcpFields, payload: Payload = ""): Built {
  const data = bytesOf(payload);
  const headerLength = 20 + (((fields.options?.length ?? 0) + 3) & ~3);
  const bytes = new Uint8Array(headerLength + data.length);
  writeUint16(bytes, 0, fields.sourcePort ?? 40000);
  writeUint16(bytes, 2, fields.destinationPort ?? 80);
  writeUint32(bytes, 4, fields.sequence ?? 0);
  writeUint32(bytes, 8, fields.acknowledgement ?? 0);
  bytes[12] = (fields.headerWords ?? headerLength / 4) << 4;
  bytes[13] = fields.flags ?? 0x10;
  writeUint16(bytes, 14, fields.window ?? 65535);
  writeUint16(bytes, 18, fields.urgentPointer ?? 0);
  if (fields.options) bytes.set(fields.options, 20);
  bytes.set(data, headerLength);
  return { protocol: 6, bytes };
}

export interface UdpFields {
  sourcePort?: number;
  destinationPort?: number;
  length?: number;
}

export function udp(fields: UdpFields, payload: Payload = ""): Built {
  const data = bytesOf(payload);
  const bytes = new Uint8Array(8 + data.length);
  writeUint16(bytes, 0, fields.sourcePort ?? 40000);
  writeUint16(bytes, 2, fields.destinationPort ?? 53);
  writeUint16(bytes, 4, fields.length ?? bytes.length);
  bytes.set(data, 8);
  return { protocol: 17, bytes };
}

export interface IcmpFields {
  type: number;
  code?: number;
  id?: number;
  sequence?: number;
}

export function icmpv4(fields: IcmpFields, payload: Payload = ""): Built {
  return { protocol: 1, bytes: icmp(fields, payload) };
}

export function icmpv6(fields: IcmpFields, payload: Payload = ""): Built {
  return { protocol: 58, bytes: icmp(fields, payload) };
}

function icmp(fields: IcmpFields, payload: Payload): Uint8Array {
  const data = bytesOf(payload);
  const bytes = new Uint8Array(8 + data.length);
  bytes[0] = fields.type;
  bytes[1] = fields.code ?? 0;
  writeUint16(bytes, 4, fields.id ?? 0);
  writeUint16(bytes, 6, fields.sequence ?? 0);
  bytes.set(data, 8);
  return bytes;
}

/** SCTP's common header; its CRC-32C stays zero. */
export function sctp(
  fields: { sourcePort?: number; destinationPort?: number; tag?: number },
  chunks: Payload = "",
): Built {
  const data = bytesOf(chunks);
  const bytes = new Uint8Array(12 + data.length);
  writeUint16(bytes, 0, fields.sourcePort ?? 40000);
  writeUint16(bytes, 2, fields.destinationPort ?? 3868);
  writeUint32(bytes, 4, fields.tag ?? 1);
  bytes.set(data, 12);
  return { protocol: 132, bytes };
}

/** GRE version 0 without options around an IP packet, a VLAN tag, or a frame (EtherType 0x6558). */
export function gre(payload: Built): Built {
  const bytes = new Uint8Array(4 + payload.bytes.length);
  writeUint16(bytes, 2, payload.protocol);
  bytes.set(payload.bytes, 4);
  return { protocol: 47, bytes };
}

export interface ArpFields {
  operation?: number;
  senderMac?: string;
  senderAddress?: string;
  targetMac?: string;
  targetAddress?: string;
}

export function arp(fields: ArpFields): Built {
  const bytes = new Uint8Array(28);
  bytes.set([0, 1, 8, 0, 6, 4], 0);
  writeUint16(bytes, 6, fields.operation ?? 1);
  bytes.set(macOf(fields.senderMac ?? "02:00:00:00:00:01"), 8);
  writeUint32(bytes, 14, wordsOf(fields.senderAddress ?? "10.0.0.1")[3]!);
  bytes.set(macOf(fields.targetMac ?? "00:00:00:00:00:00"), 18);
  writeUint32(bytes, 24, wordsOf(fields.targetAddress ?? "10.0.0.2")[3]!);
  return { protocol: 0x0806, bytes };
}

/** Four words as in `PacketView`. */
export function wordsOf(address: string): Uint32Array {
  const parsed = parseAddress(address);
  if (!parsed) throw new Error(`no address: ${address}`);
  return Uint32Array.from(parsed.words);
}

/** The IP protocol number of a payload: an IP packet announces itself by EtherType elsewhere. */
function ipProtocolOf(payload: Built): number {
  if (payload.protocol === ETHERTYPE_IPV4) return 4;
  if (payload.protocol === ETHERTYPE_IPV6) return 41;
  return payload.protocol;
}

function fillTransportChecksum(
  bytes: Uint8Array,
  offset: number,
  protocol: number,
  source: Uint32Array,
  destination: Uint32Array,
): void {
  const length = bytes.length - offset;
  const pseudoSum = pseudoHeaderSum(source, destination, protocol, length);
  if (protocol === 6 && length >= 20) {
    writeUint16(bytes, offset + 16, tcpChecksum(bytes, offset, length, pseudoSum));
  } else if (protocol === 17 && length >= 8) {
    writeUint16(bytes, offset + 6, udpChecksum(bytes, offset, length, pseudoSum));
  } else if (protocol === 1 && length >= 4) {
    writeUint16(bytes, offset + 2, icmpChecksum(bytes, offset, length));
  } else if (protocol === 58 && length >= 4) {
    writeUint16(bytes, offset + 2, icmpChecksum(bytes, offset, length, pseudoSum));
  }
}
