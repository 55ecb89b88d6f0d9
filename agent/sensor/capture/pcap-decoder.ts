/**
 * The pcap file format: a header of 24 bytes, then records of 16 bytes and a frame each.
 *
 * Reads microsecond and nanosecond files and Kuznetzov's modified records (24 bytes), in either byte order, and
 * versions 2.0 to 2.4 with their exchanged length fields. As libpcap does, a frame longer than the file's own
 * snapshot length is cut to it, and a length no capture can have ends the file.
 * Memory: none. Specification: draft-ietf-opsawg-pcap, pcap-savefile(5).
 */

import { MAX_FRAME_BYTES } from "./packet-source.js";
import {
  RecordDecoder,
  readUint16,
  readUint32,
  STEP_FRAME,
  STEP_SKIPPED,
  type Step,
} from "./record-decoder.js";

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
const MAGIC_MODIFIED = 0xa1b2cd34;

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const MODIFIED_RECORD_HEADER_BYTES = 24;

/** The upper bits of the header's last word carry the length of the frame check sequence. */
const LINK_TYPE_MASK = 0x03ffffff;

/** How versions before 2.4 order the two lengths of a record. */
const LENGTHS_IN_ORDER = 0;
const LENGTHS_EXCHANGED = 1;
/** Version 2.3: some writers did, some did not; the smaller one must be the captured length. */
const LENGTHS_UNKNOWN = 2;

/** Whether a file that begins with `magic` (read as little-endian) is pcap. */
export function isPcapMagic(magic: number): boolean {
  return isMagic(magic) || isMagic(exchangeBytes(magic));
}

function isMagic(magic: number): boolean {
  return magic === MAGIC_MICROSECONDS || magic === MAGIC_NANOSECONDS || magic === MAGIC_MODIFIED;
}

function exchangeBytes(word: number): number {
  return ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}

export class PcapDecoder extends RecordDecoder {
  #hasFileHeader = false;
  #isLittleEndian = true;
  #isNanoseconds = false;
  #recordHeaderBytes = RECORD_HEADER_BYTES;
  #lengthOrder = LENGTHS_IN_ORDER;
  #snaplen = MAX_FRAME_BYTES;

  step(bytes: Uint8Array, offset: number, end: number): Step {
    if (!this.#hasFileHeader) return this.#readFileHeader(bytes, offset, end);
    const headerBytes = this.#recordHeaderBytes;
    if (end - offset < headerBytes) return this.incomplete(headerBytes);
    const isLittleEndian = this.#isLittleEndian;
    const seconds = readUint32(bytes, offset, isLittleEndian);
    const fraction = readUint32(bytes, offset + 4, isLittleEndian);
    let recorded = readUint32(bytes, offset + 8, isLittleEndian);
    let wire = readUint32(bytes, offset + 12, isLittleEndian);
    if (this.#lengthOrder !== LENGTHS_IN_ORDER) {
      if (this.#lengthOrder === LENGTHS_EXCHANGED || recorded > wire) {
        const first = recorded;
        recorded = wire;
        wire = first;
      }
    }
    if (recorded > MAX_FRAME_BYTES) {
      return this.broken(`captured length ${recorded} exceeds ${MAX_FRAME_BYTES}`);
    }
    if (end - offset < headerBytes + recorded) return this.incomplete(headerBytes + recorded);
    const captured = Math.min(recorded, this.#snaplen);
    this.frameOffset = offset + headerBytes;
    this.capturedLength = captured;
    this.wireLength = Math.max(wire, captured);
    this.timeUs = seconds * 1e6 + (this.#isNanoseconds ? Math.floor(fraction / 1000) : fraction);
    this.advance = headerBytes + recorded;
    return STEP_FRAME;
  }

  #readFileHeader(bytes: Uint8Array, offset: number, end: number): Step {
    if (end - offset < FILE_HEADER_BYTES) return this.incomplete(FILE_HEADER_BYTES);
    this.#isLittleEndian = isMagic(readUint32(bytes, offset, true));
    const isLittleEndian = this.#isLittleEndian;
    const magic = readUint32(bytes, offset, isLittleEndian);
    const major = readUint16(bytes, offset + 4, isLittleEndian);
    const minor = readUint16(bytes, offset + 6, isLittleEndian);
    if (major !== 2 || minor > 4) return this.broken(`pcap version ${major}.${minor} is not known`);
    this.#isNanoseconds = magic === MAGIC_NANOSECONDS;
    if (magic === MAGIC_MODIFIED) this.#recordHeaderBytes = MODIFIED_RECORD_HEADER_BYTES;
    if (minor < 3) this.#lengthOrder = LENGTHS_EXCHANGED;
    else if (minor === 3) this.#lengthOrder = LENGTHS_UNKNOWN;
    const snaplen = readUint32(bytes, offset + 16, isLittleEndian);
    if (snaplen > 0 && snaplen < MAX_FRAME_BYTES) this.#snaplen = snaplen;
    this.linkType = readUint32(bytes, offset + 20, isLittleEndian) & LINK_TYPE_MASK;
    this.#hasFileHeader = true;
    this.advance = FILE_HEADER_BYTES;
    return STEP_SKIPPED;
  }
}
