/** Frames from the inside out: transport, IP, Ethernet; lengths and checksums are right. */

import { parseAddress } from "#agent/base/address.js";
import {
  icmpChecksum,
  ipv4HeaderChecksum,
  pseudoHeaderSum,
  tcpChecksum,
  udpChecksum,
} from "#agent/sensor/wire/checksum.js";
import { IP_PROTOCOL_ICMPV6, IP_PROTOCOL_TCP, IP_PROTOCOL_UDP } from "#agent/sensor/wire/packet-view.js";
import { hex, ipv4Bytes, join, padded, u8, u16, u32 } from "./bytes.js";

export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;
export const ETHERTYPE_IPV6 = 0x86dd;

export const BROADCAST_MAC = "ff:ff:ff:ff:ff:ff";

/** The smallest frame, without the check sequence that no capture contains. */
const MIN_FRAME_BYTES = 60;
const DONT_FRAGMENT = 0x4000;

export function ethernetFrame(
  source: string,
  destination: string,
  etherType: number,
  payload: Uint8Array,
): Uint8Array {
  return padded(join(hex(destination), hex(source), u16(etherType), payload), MIN_FRAME_BYTES);
}

export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;

/** What an ARP packet says of one side. */
export interface ArpSide {
  readonly mac: string;
  readonly address: string;
}

export function arpPacket(operation: number, sender: ArpSide, target: ArpSide): Uint8Array {
  const side = ({ mac, address }: ArpSide): Uint8Array => join(hex(mac), ipv4Bytes(address));
  return join(u16(1, ETHERTYPE_IPV4), u8(6, 4), u16(operation), side(sender), side(target));
}

export interface IpFields {
  readonly source: string;
  readonly destination: string;
  readonly ttl: number;
  readonly id?: number;
}

/** A transport with its checksum still to be filled in. */
export interface Transport {
  readonly protocol: number;
  readonly bytes: Uint8Array;
}

export function ipv4Packet(fields: IpFields, transport: Transport): Uint8Array {
  const header = join(
    u8(0x45, 0),
    u16(20 + transport.bytes.length, fields.id ?? 0, DONT_FRAGMENT),
    u8(fields.ttl, transport.protocol),
    u16(0),
    ipv4Bytes(fields.source),
    ipv4Bytes(fields.destination),
  );
  header.set(u16(ipv4HeaderChecksum(header, 0, header.length)), 10);
  return join(header, withChecksum(fields, transport));
}

export function ipv6Packet(fields: IpFields, transport: Transport): Uint8Array {
  const address = (text: string): Uint8Array => join(...Array.from(wordsOf(text), u32));
  return join(
    u32(0x60000000),
    u16(transport.bytes.length),
    u8(transport.protocol, fields.ttl),
    address(fields.source),
    address(fields.destination),
    withChecksum(fields, transport),
  );
}

export function udpDatagram(sourcePort: number, destinationPort: number, payload: Uint8Array): Transport {
  const bytes = join(u16(sourcePort, destinationPort, 8 + payload.length, 0), payload);
  return { protocol: IP_PROTOCOL_UDP, bytes };
}

export function icmpv6Message(type: number, body: Uint8Array): Transport {
  return { protocol: IP_PROTOCOL_ICMPV6, bytes: join(u8(type, 0), u16(0), body) };
}

export interface TcpFields {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: number;
  readonly window: number;
  /** A multiple of four bytes. */
  readonly options?: Uint8Array;
}

export function tcpSegment(fields: TcpFields, payload: Uint8Array): Transport {
  const options = fields.options ?? u8();
  const bytes = join(
    u16(fields.sourcePort, fields.destinationPort),
    u32(fields.sequence),
    u32(fields.acknowledgement),
    u8(((20 + options.length) / 4) << 4, fields.flags),
    u16(fields.window, 0, 0),
    options,
    payload,
  );
  return { protocol: IP_PROTOCOL_TCP, bytes };
}

function withChecksum(fields: IpFields, { protocol, bytes }: Transport): Uint8Array {
  const length = bytes.length;
  const pseudoSum = pseudoHeaderSum(wordsOf(fields.source), wordsOf(fields.destination), protocol, length);
  if (protocol === IP_PROTOCOL_TCP) bytes.set(u16(tcpChecksum(bytes, 0, length, pseudoSum)), 16);
  if (protocol === IP_PROTOCOL_UDP) bytes.set(u16(udpChecksum(bytes, 0, length, pseudoSum)), 6);
  if (protocol === IP_PROTOCOL_ICMPV6) bytes.set(u16(icmpChecksum(bytes, 0, length, pseudoSum)), 2);
  return bytes;
}

function wordsOf(address: string): Uint32Array {
  const parsed = parseAddress(address);
  if (parsed === undefined) throw new Error(`not an address: ${address}`);
  return Uint32Array.from(parsed.words);
}
