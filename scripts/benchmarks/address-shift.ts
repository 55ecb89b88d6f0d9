/**
 * Gives the copies of a capture addresses of their own, so that their flows are distinct: the lower 16 bits of every
 * unicast address are shifted by a number of the copy, in all headers of a frame (tunnelled and quoted ones too), and
 * checksums are corrected for it. The upper bits stay, so inside remains inside. Copy 0 is left as it is.
 */
import { FrameDecoder } from "#agent/sensor/wire/frame-decoder.js";
import {
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  type PacketView,
} from "#agent/sensor/wire/packet-view.js";

const SHIFT_PER_COPY = 0x0101;
const IPV4_CHECKSUM = 10;

export class AddressShift {
  readonly #decoder = new FrameDecoder();

  /** Shift the addresses of the Ethernet frame `bytes[offset, end)` in place. */
  apply(bytes: Uint8Array, offset: number, end: number, copy: number): void {
    if (copy === 0) return;
    const length = end - offset;
    const count = this.#decoder.decodeFrame(bytes, offset, length, length, 1, 0);
    for (let i = 0; i < count; i++) shiftPacket(bytes, this.#decoder.packets[i]!, copy);
  }
}

function shiftPacket(bytes: Uint8Array, packet: PacketView, copy: number): void {
  if (packet.ipVersion === 0) return;
  const checksums: number[] = [];
  const transport = transportChecksum(packet);
  if (transport > 0) checksums.push(transport);
  shiftHeader(bytes, packet.ipOffset, packet.ipVersion, copy, checksums);
  if (packet.embeddedOffset > 0 && packet.embeddedIpVersion > 0) {
    shiftHeader(bytes, packet.embeddedOffset, packet.embeddedIpVersion, copy, []);
  }
}

/** Where the checksum stands that covers the addresses; 0 where there is none. */
function transportChecksum(packet: PacketView): number {
  if (packet.transportOffset === 0) return 0;
  if (packet.ipProtocol === IP_PROTOCOL_TCP) return packet.transportOffset + 16;
  if (packet.ipProtocol === IP_PROTOCOL_UDP) return packet.transportOffset + 6;
  return packet.ipProtocol === IP_PROTOCOL_ICMPV6 ? packet.transportOffset + 2 : 0;
}

function shiftHeader(
  bytes: Uint8Array,
  header: number,
  version: number,
  copy: number,
  checksums: readonly number[],
): void {
  const addresses = version === 4 ? [header + 12, header + 16] : [header + 8, header + 24];
  const width = version === 4 ? 4 : 16;
  for (const address of addresses) {
    if (!isUnicast(bytes, address, version)) continue;
    const at = address + width - 2;
    const before = (bytes[at]! << 8) | bytes[at + 1]!;
    const after = (before + copy * SHIFT_PER_COPY) & 0xffff;
    bytes[at] = after >>> 8;
    bytes[at + 1] = after & 0xff;
    if (version === 4) correct(bytes, header + IPV4_CHECKSUM, before, after);
    for (const checksum of checksums) correct(bytes, checksum, before, after);
  }
}

function isUnicast(bytes: Uint8Array, address: number, version: number): boolean {
  const first = bytes[address]!;
  if (version === 6) return first !== 0xff && first !== 0;
  return first !== 0 && first !== 127 && first < 224;
}

/** RFC 1624, equation 3. A UDP checksum of zero means that there is none. */
function correct(bytes: Uint8Array, at: number, before: number, after: number): void {
  const checksum = (bytes[at]! << 8) | bytes[at + 1]!;
  if (checksum === 0) return;
  let sum = (~checksum & 0xffff) + (~before & 0xffff) + after;
  sum = (sum & 0xffff) + (sum >>> 16);
  sum = (sum & 0xffff) + (sum >>> 16);
  const corrected = ~sum & 0xffff;
  bytes[at] = corrected >>> 8;
  bytes[at + 1] = corrected & 0xff;
}
