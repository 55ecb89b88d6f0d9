import { readUint32 } from "../../wire/big-endian.js";
import { asciiOctets } from "../octets.js";
import type { TextBuffer } from "../text-buffer.js";

/** Tags Suricata knows; a hello with another one has no CYU. Three-letter tags end in a zero octet. */
const KNOWN_TAGS = new Uint32Array(
  [
    "AEAD CCRT CCS CETV CFCW CHLO COPT CSCT CTIM ICSL IRTT KEXS MIDS MSPC NONC NONP PAD PDMD PUBS SCID SCLS SFCW",
    "SMHL SNI SNO STK TCID UAID VER XLCT",
  ]
    .join(" ")
    .split(" ")
    .map((tag) => readUint32(asciiOctets(tag.padEnd(4, "\0")), 0)),
);
const SNI = 0x534e4900;
const UAID = 0x55414944;
/** More tags than this are no hello. */
const MAX_TAGS = 128;
const HEAD_BYTES = 8;
const ENTRY_BYTES = 8;
const DASH = 0x2d;
const COMMA = 0x2c;

/**
 * A handshake message of Google's QUIC crypto: a tag, a number of entries (tag, end of value), values.
 *
 * CYU, the fingerprint of such a client: the version, then the tags in their order, joined by dashes, for example
 * `46,PAD-SNI-VER`; and the MD5 of that. Memory: a few numbers.
 */
export class GoogleHello {
  /** −1 where there is none. */
  serverNameOffset = -1;
  serverNameLength = 0;
  userAgentOffset = -1;
  userAgentLength = 0;
  /** All tags are known: there is a CYU. */
  hasCyu = false;
  #entriesOffset = 0;
  #entryCount = 0;

  /** Read a whole stream frame's data; false if it is no such message, or goes beyond the data or ends before it. */
  read(bytes: Uint8Array, offset: number, end: number): boolean {
    this.serverNameOffset = -1;
    this.userAgentOffset = -1;
    this.hasCyu = false;
    if (offset + HEAD_BYTES > end) return false;
    const count = bytes[offset + 4]! | (bytes[offset + 5]! << 8);
    const valuesOffset = offset + HEAD_BYTES + count * ENTRY_BYTES;
    if (count === 0 || count > MAX_TAGS || valuesOffset > end) return false;
    let areKnown = isKnownTag(readUint32(bytes, offset));
    let previousEnd = 0;
    for (let i = 0; i < count; i++) {
      const entry = offset + HEAD_BYTES + i * ENTRY_BYTES;
      const tag = readUint32(bytes, entry);
      const valueEnd = readLittleEndian(bytes, entry + 4);
      if (valueEnd < previousEnd || valueEnd > end - valuesOffset) return false;
      if (tag === SNI) {
        this.serverNameOffset = valuesOffset + previousEnd;
        this.serverNameLength = valueEnd - previousEnd;
      } else if (tag === UAID) {
        this.userAgentOffset = valuesOffset + previousEnd;
        this.userAgentLength = valueEnd - previousEnd;
      }
      areKnown &&= isKnownTag(tag);
      previousEnd = valueEnd;
    }
    this.#entriesOffset = offset + HEAD_BYTES;
    this.#entryCount = count;
    this.hasCyu = areKnown;
    return valuesOffset + previousEnd === end;
  }

  /** Append the text of the CYU to `text`. */
  writeCyu(bytes: Uint8Array, version: number, text: TextBuffer): void {
    // Q045 counts as 44.
    const minor = (version & 0xff) === 0x35 ? 0x34 : version & 0xff;
    text.pushByte((version >>> 8) & 0xff);
    text.pushByte(minor);
    text.pushByte(COMMA);
    for (let i = 0; i < this.#entryCount; i++) {
      if (i > 0) text.pushByte(DASH);
      const entry = this.#entriesOffset + i * ENTRY_BYTES;
      text.push(bytes, entry, bytes[entry + 3] === 0 ? 3 : 4);
    }
  }
}

function isKnownTag(tag: number): boolean {
  for (let i = 0; i < KNOWN_TAGS.length; i++) {
    if (KNOWN_TAGS[i] === tag) return true;
  }
  return false;
}

function readLittleEndian(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
