/**
 * The pcapng file format: sections of blocks, each section with its own byte order and interfaces.
 *
 * Reads section headers, interface descriptions (link type, snapshot length, if_tsresol, if_tsoffset) and the three
 * packet blocks (enhanced, simple, the obsolete one); every other block is passed over by its length. Unlike libpcap it
 * lets interfaces of one section differ in link type.
 * Memory: 20 bytes for each of MAX_INTERFACES. Specification: draft-ietf-opsawg-pcapng.
 */

import { MAX_FRAME_BYTES } from "./packet-source.js";
import {
  MAX_RECORD_BYTES,
  RecordDecoder,
  readUint16,
  readUint32,
  STEP_FRAME,
  STEP_SKIPPED,
  type Step,
} from "./record-decoder.js";

const BLOCK_SECTION_HEADER = 0x0a0d0d0a;
const BLOCK_INTERFACE = 1;
const BLOCK_PACKET = 2;
const BLOCK_SIMPLE_PACKET = 3;
const BLOCK_ENHANCED_PACKET = 6;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

const OPTION_END = 0;
const OPTION_TIMESTAMP_RESOLUTION = 9;
const OPTION_TIMESTAMP_OFFSET = 14;

/** if_tsresol where the option is absent: microseconds. */
const DEFAULT_RESOLUTION = 6;
/** The first bit of if_tsresol: the rest is a power of two, not of ten. */
const RESOLUTION_IS_BINARY = 0x80;

/** Block type, length in front, length behind. */
const MIN_BLOCK_BYTES = 12;
const MIN_SECTION_BYTES = 28;
const MIN_INTERFACE_BYTES = 20;
const MIN_SIMPLE_PACKET_BYTES = 16;
const MIN_PACKET_BYTES = 32;
const PACKET_DATA_OFFSET = 28;
const SIMPLE_PACKET_DATA_OFFSET = 12;

/** More interfaces in one section than any writer describes; a file made of nothing else must not grow a table. */
export const MAX_INTERFACES = 1024;

/** Whether a file that begins with `magic` (the same in both byte orders) is pcapng. */
export function isPcapngMagic(magic: number): boolean {
  return magic === BLOCK_SECTION_HEADER;
}

/**
 * Microseconds of a 64-bit count of units since the epoch.
 *
 * @param resolution if_tsresol: units per second as a power of ten, or of two with the first bit set.
 * @example timestampUs(1, 0, 9) = 4294967, as 2³² ns are 4.294967296 s.
 */
export function timestampUs(high: number, low: number, resolution: number): number {
  const exponent = resolution & 0x7f;
  if ((resolution & RESOLUTION_IS_BINARY) === 0) {
    if (exponent <= 6) return (high * 0x100000000 + low) * 10 ** (6 - exponent);
    // Divided word by word, because a count of nanoseconds since 1970 does not fit a double.
    const divisor = 10 ** (exponent - 6);
    const quotient = Math.floor(high / divisor);
    return quotient * 0x100000000 + Math.floor(((high - quotient * divisor) * 0x100000000 + low) / divisor);
  }
  if (exponent > 32) return Math.floor(((high * 0x100000000 + low) / 2 ** exponent) * 1e6);
  const unitsPerSecond = 2 ** exponent;
  const fraction = low % unitsPerSecond;
  const seconds = high * 2 ** (32 - exponent) + (low - fraction) / unitsPerSecond;
  return seconds * 1e6 + Math.floor((fraction * 1e6) / unitsPerSecond);
}

export class PcapngDecoder extends RecordDecoder {
  #isLittleEndian = true;
  #interfaceCount = 0;
  readonly #linkTypes = new Uint16Array(MAX_INTERFACES);
  readonly #snaplens = new Uint32Array(MAX_INTERFACES);
  readonly #resolutions = new Uint8Array(MAX_INTERFACES);
  readonly #offsetSeconds = new Float64Array(MAX_INTERFACES);

  step(bytes: Uint8Array, offset: number, end: number): Step {
    const available = end - offset;
    if (available < MIN_BLOCK_BYTES) return this.incomplete(MIN_BLOCK_BYTES);
    const type = readUint32(bytes, offset, this.#isLittleEndian);
    if (type === BLOCK_SECTION_HEADER && !this.#chooseByteOrder(bytes, offset + 8)) {
      return this.broken("section header without byte-order magic");
    }
    const isLittleEndian = this.#isLittleEndian;
    const length = readUint32(bytes, offset + 4, isLittleEndian);
    if (length < MIN_BLOCK_BYTES || length % 4 !== 0)
      return this.broken(`block length ${length} is impossible`);
    this.advance = length;
    if (!isUnderstood(type)) return STEP_SKIPPED;
    if (length > MAX_RECORD_BYTES) return this.broken(`block length ${length} exceeds ${MAX_RECORD_BYTES}`);
    if (available < length) return this.incomplete(length);
    if (readUint32(bytes, offset + length - 4, isLittleEndian) !== length) {
      return this.broken(`block length ${length} is not repeated at its end`);
    }
    if (type === BLOCK_ENHANCED_PACKET) return this.#readPacket(bytes, offset, length, false);
    if (type === BLOCK_PACKET) return this.#readPacket(bytes, offset, length, true);
    if (type === BLOCK_SIMPLE_PACKET) return this.#readSimplePacket(bytes, offset, length);
    if (type === BLOCK_INTERFACE) return this.#readInterface(bytes, offset, length);
    return this.#readSection(bytes, offset, length);
  }

  #chooseByteOrder(bytes: Uint8Array, offset: number): boolean {
    const isLittleEndian = readUint32(bytes, offset, true) === BYTE_ORDER_MAGIC;
    if (!isLittleEndian && readUint32(bytes, offset, false) !== BYTE_ORDER_MAGIC) return false;
    this.#isLittleEndian = isLittleEndian;
    return true;
  }

  #readSection(bytes: Uint8Array, offset: number, length: number): Step {
    if (length < MIN_SECTION_BYTES) return this.broken(`section header of ${length} bytes`);
    const major = readUint16(bytes, offset + 12, this.#isLittleEndian);
    const minor = readUint16(bytes, offset + 14, this.#isLittleEndian);
    // 1.2 is 1.0 as written by mistake and blessed by the specification.
    if (major !== 1 || (minor !== 0 && minor !== 2)) {
      return this.broken(`pcapng version ${major}.${minor} is not known`);
    }
    this.#interfaceCount = 0;
    return STEP_SKIPPED;
  }

  #readInterface(bytes: Uint8Array, offset: number, length: number): Step {
    if (length < MIN_INTERFACE_BYTES) return this.broken(`interface description of ${length} bytes`);
    const index = this.#interfaceCount;
    if (index === MAX_INTERFACES) return this.broken(`more than ${MAX_INTERFACES} interfaces`);
    this.#linkTypes[index] = readUint16(bytes, offset + 8, this.#isLittleEndian);
    this.#snaplens[index] = readUint32(bytes, offset + 12, this.#isLittleEndian);
    this.#resolutions[index] = DEFAULT_RESOLUTION;
    this.#offsetSeconds[index] = 0;
    this.#readInterfaceOptions(bytes, offset + 16, offset + length - 4, index);
    this.#interfaceCount = index + 1;
    return STEP_SKIPPED;
  }

  /** Options are type, length, value padded to four bytes; a lying length ends them. Bound: four bytes per turn. */
  #readInterfaceOptions(bytes: Uint8Array, offset: number, end: number, index: number): void {
    const isLittleEndian = this.#isLittleEndian;
    while (end - offset >= 4) {
      const code = readUint16(bytes, offset, isLittleEndian);
      const length = readUint16(bytes, offset + 2, isLittleEndian);
      const value = offset + 4;
      if (code === OPTION_END || length > end - value) return;
      if (code === OPTION_TIMESTAMP_RESOLUTION && length >= 1) this.#resolutions[index] = bytes[value]!;
      if (code === OPTION_TIMESTAMP_OFFSET && length >= 8) {
        const high = readUint32(bytes, isLittleEndian ? value + 4 : value, isLittleEndian) | 0;
        const low = readUint32(bytes, isLittleEndian ? value : value + 4, isLittleEndian);
        this.#offsetSeconds[index] = high * 0x100000000 + low;
      }
      offset = value + ((length + 3) & ~3);
    }
  }

  /** Enhanced and obsolete packet blocks differ in the width of the interface number. */
  #readPacket(bytes: Uint8Array, offset: number, length: number, isObsolete: boolean): Step {
    if (length < MIN_PACKET_BYTES) return this.broken(`packet block of ${length} bytes`);
    const isLittleEndian = this.#isLittleEndian;
    const index = isObsolete
      ? readUint16(bytes, offset + 8, isLittleEndian)
      : readUint32(bytes, offset + 8, isLittleEndian);
    if (index >= this.#interfaceCount) return this.broken(`interface ${index} is not described`);
    const captured = readUint32(bytes, offset + 20, isLittleEndian);
    if (captured > MAX_FRAME_BYTES || captured > length - MIN_PACKET_BYTES) {
      return this.broken(`captured length ${captured} in a block of ${length} bytes`);
    }
    const high = readUint32(bytes, offset + 12, isLittleEndian);
    const low = readUint32(bytes, offset + 16, isLittleEndian);
    const timeUs = timestampUs(high, low, this.#resolutions[index]!) + this.#offsetSeconds[index]! * 1e6;
    // An offset may be any 64-bit number: keep the time one that a date can show.
    this.timeUs = Math.min(Math.max(timeUs, 0), Number.MAX_SAFE_INTEGER);
    return this.#frame(
      index,
      offset + PACKET_DATA_OFFSET,
      captured,
      readUint32(bytes, offset + 24, isLittleEndian),
    );
  }

  /** A simple packet block carries neither interface nor time: interface 0, and the time of the frame before it. */
  #readSimplePacket(bytes: Uint8Array, offset: number, length: number): Step {
    if (length < MIN_SIMPLE_PACKET_BYTES) return this.broken(`simple packet block of ${length} bytes`);
    if (this.#interfaceCount === 0) return this.broken("interface 0 is not described");
    const wire = readUint32(bytes, offset + 8, this.#isLittleEndian);
    const snaplen = this.#snaplens[0]!;
    const captured = snaplen > 0 && wire > snaplen ? snaplen : wire;
    if (captured > MAX_FRAME_BYTES || captured > length - MIN_SIMPLE_PACKET_BYTES) {
      return this.broken(`captured length ${captured} in a block of ${length} bytes`);
    }
    return this.#frame(0, offset + SIMPLE_PACKET_DATA_OFFSET, captured, wire);
  }

  #frame(index: number, offset: number, captured: number, wire: number): Step {
    this.frameOffset = offset;
    this.capturedLength = captured;
    this.wireLength = Math.max(wire, captured);
    this.linkType = this.#linkTypes[index]!;
    return STEP_FRAME;
  }
}

function isUnderstood(type: number): boolean {
  return (
    type === BLOCK_ENHANCED_PACKET ||
    type === BLOCK_PACKET ||
    type === BLOCK_SIMPLE_PACKET ||
    type === BLOCK_INTERFACE ||
    type === BLOCK_SECTION_HEADER
  );
}
