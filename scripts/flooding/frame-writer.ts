/** Owns one Ethernet frame, written over again and again: IPv4 with TCP, UDP or ICMP, lengths and checksums right. */
import { writeUint16, writeUint32 } from "#agent/sensor/wire/big-endian.js";
import { foldChecksum, ipv4HeaderChecksum, sumWords } from "#agent/sensor/wire/checksum.js";

const IP = 14;
const TRANSPORT = 34;
const PROTOCOL_ICMP = 1;
const PROTOCOL_TCP = 6;
const PROTOCOL_UDP = 17;
const MIN_FRAME_BYTES = 60;

export const SYN = 0x02;
export const SYN_ACK = 0x12;
export const ACK = 0x10;
export const PSH_ACK = 0x18;

export class FrameWriter {
  readonly bytes = new Uint8Array(1514);
  length = 0;

  constructor() {
    this.bytes.set([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 0, 0, 0, 0x40, 0, 64]);
  }

  /** Addresses as 32-bit numbers, `payload[0, payloadLength)` behind the header. */
  tcp(
    source: number,
    sourcePort: number,
    destination: number,
    destinationPort: number,
    sequence: number,
    acknowledgement: number,
    flags: number,
    payload: Uint8Array,
    payloadLength: number,
  ): void {
    const { bytes } = this;
    writeUint16(bytes, TRANSPORT, sourcePort);
    writeUint16(bytes, TRANSPORT + 2, destinationPort);
    writeUint32(bytes, TRANSPORT + 4, sequence);
    writeUint32(bytes, TRANSPORT + 8, acknowledgement);
    bytes[TRANSPORT + 12] = 0x50;
    bytes[TRANSPORT + 13] = flags;
    writeUint16(bytes, TRANSPORT + 14, 65_535);
    writeUint32(bytes, TRANSPORT + 16, 0);
    this.#finish(source, destination, PROTOCOL_TCP, 20, payload, payloadLength);
    this.#checksum(PROTOCOL_TCP, 16, 20 + payloadLength);
  }

  udp(
    source: number,
    sourcePort: number,
    destination: number,
    destinationPort: number,
    payload: Uint8Array,
    payloadLength: number,
  ): void {
    const { bytes } = this;
    writeUint16(bytes, TRANSPORT, sourcePort);
    writeUint16(bytes, TRANSPORT + 2, destinationPort);
    writeUint16(bytes, TRANSPORT + 4, 8 + payloadLength);
    writeUint16(bytes, TRANSPORT + 6, 0);
    this.#finish(source, destination, PROTOCOL_UDP, 8, payload, payloadLength);
  }

  /** An echo request. */
  icmp(source: number, destination: number, id: number): void {
    const { bytes } = this;
    writeUint32(bytes, TRANSPORT, 0x0800_0000);
    writeUint16(bytes, TRANSPORT + 4, id);
    writeUint16(bytes, TRANSPORT + 6, 1);
    this.#finish(source, destination, PROTOCOL_ICMP, 8, bytes, 0);
    writeUint16(bytes, TRANSPORT + 2, foldChecksum(sumWords(bytes, TRANSPORT, 8)));
  }

  #finish(
    source: number,
    destination: number,
    protocol: number,
    headerLength: number,
    payload: Uint8Array,
    payloadLength: number,
  ): void {
    const { bytes } = this;
    const at = TRANSPORT + headerLength;
    for (let i = 0; i < payloadLength; i++) bytes[at + i] = payload[i]!;
    const end = at + payloadLength;
    writeUint16(bytes, IP + 2, end - IP);
    bytes[IP + 9] = protocol;
    writeUint16(bytes, IP + 10, 0);
    writeUint32(bytes, IP + 12, source);
    writeUint32(bytes, IP + 16, destination);
    writeUint16(bytes, IP + 10, ipv4HeaderChecksum(bytes, IP, 20));
    this.length = Math.max(end, MIN_FRAME_BYTES);
  }

  #checksum(protocol: number, field: number, length: number): void {
    const pseudo = sumWords(this.bytes, IP + 12, 8) + protocol + length;
    writeUint16(this.bytes, TRANSPORT + field, foldChecksum(sumWords(this.bytes, TRANSPORT, length, pseudo)));
  }
}
