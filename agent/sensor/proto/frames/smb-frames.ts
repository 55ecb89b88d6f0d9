/** Units of SMB over TCP: a NetBIOS session header (RFC 1002, 4.3.1) and what it carries: SMB1, SMB2 or encrypted SMB3 ([MS-SMB2], 2.2). */
import { readUint32Le } from "../../wire/little-endian.js";
import { FrameKind, type FrameKindId } from "./frame-kinds.js";
import { type FrameSplitter, type FrameTeller, NOT_KNOWN } from "./frame-splitter.js";

const NBSS_HEADER_BYTES = 4;
const NBSS_MESSAGE = 0;
/** First octets of what is carried; "SMB" follows. */
const SMB1 = 0xff;
const SMB2 = 0xfe;
const SMB3 = 0xfd;
const SMB1_HEADER_BYTES = 32;
const SMB2_HEADER_BYTES = 64;
const SMB2_NEXT_OFFSET = 20;
const SMB3_HEADER_BYTES = 52;
/** Requests chained in one unit beyond this are not told. */
const MAX_CHAINED = 64;

export const smbFrames: FrameSplitter = {
  tellsCut: false,

  measure(bytes, offset, end) {
    if (end - offset < NBSS_HEADER_BYTES) return NOT_KNOWN;
    return NBSS_HEADER_BYTES + ((bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!);
  },

  tell(bytes, offset, end, _direction, _notes, tell) {
    const data = Math.min(end, offset + NBSS_HEADER_BYTES);
    tell(FrameKind.NBSS_PDU, bytes, offset, end - offset);
    tell(FrameKind.NBSS_HEADER, bytes, offset, data - offset);
    tell(FrameKind.NBSS_DATA, bytes, data, end - data);
    if (bytes[offset] !== NBSS_MESSAGE || !isSmb(bytes, data, end)) return;
    if (bytes[data] === SMB1)
      tellParts(
        [FrameKind.SMB1_PDU, FrameKind.SMB1_HEADER, FrameKind.SMB1_DATA],
        SMB1_HEADER_BYTES,
        bytes,
        data,
        end,
        tell,
      );
    else if (bytes[data] === SMB3)
      tellParts(
        [FrameKind.SMB3_PDU, FrameKind.SMB3_HEADER, FrameKind.SMB3_DATA],
        SMB3_HEADER_BYTES,
        bytes,
        data,
        end,
        tell,
      );
    else if (bytes[data] === SMB2) tellChain(bytes, data, end, tell);
  },
};

function isSmb(bytes: Uint8Array, offset: number, end: number): boolean {
  return (
    end - offset >= 4 &&
    bytes[offset + 1] === 0x53 &&
    bytes[offset + 2] === 0x4d &&
    bytes[offset + 3] === 0x42
  );
}

/** Each request or response of a chain is a PDU. */
function tellChain(bytes: Uint8Array, offset: number, end: number, tell: FrameTeller): void {
  let at = offset;
  for (let i = 0; i < MAX_CHAINED && at < end; i++) {
    const hasHeader = end - at >= SMB2_HEADER_BYTES;
    const next = hasHeader ? readUint32Le(bytes, at + SMB2_NEXT_OFFSET) : 0;
    const isLast = next < SMB2_HEADER_BYTES || at + next > end;
    const stop = isLast ? end : at + next;
    tellParts(
      [FrameKind.SMB2_PDU, FrameKind.SMB2_HEADER, FrameKind.SMB2_DATA],
      SMB2_HEADER_BYTES,
      bytes,
      at,
      stop,
      tell,
    );
    at = stop;
  }
}

/** @param kinds of the whole, its header and what is behind that */
function tellParts(
  [pdu, header, data]: readonly [FrameKindId, FrameKindId, FrameKindId],
  headerBytes: number,
  bytes: Uint8Array,
  offset: number,
  end: number,
  tell: FrameTeller,
): void {
  const behind = Math.min(end, offset + headerBytes);
  tell(pdu, bytes, offset, end - offset);
  tell(header, bytes, offset, behind - offset);
  tell(data, bytes, behind, end - behind);
}
