/** Units of TLS are its records, encrypted ones too (RFC 5246, 6.2.1; SSLv2 draft). */
import { readUint16 } from "../../wire/big-endian.js";
import { RECORD_HEADER_BYTES, RecordType } from "../tls/tls-constants.js";
import { FrameKind } from "./frame-kinds.js";
import { type FrameSplitter, NOT_FRAMED, NOT_KNOWN } from "./frame-splitter.js";

/** In the first octet of a record of SSL 2 with a header of two octets. */
const SSL2_BIT = 0x80;
const SSL2_LENGTH_BYTES = 2;
const SSL2_HEADER_BYTES = 3;

export const tlsFrames: FrameSplitter = {
  tellsCut: true,

  measure(bytes, offset, end) {
    const type = bytes[offset]!;
    if ((type & SSL2_BIT) !== 0) {
      if (end - offset < SSL2_HEADER_BYTES) return NOT_KNOWN;
      return SSL2_LENGTH_BYTES + (readUint16(bytes, offset) & 0x7fff);
    }
    if (type < RecordType.CHANGE_CIPHER_SPEC || type > RecordType.HEARTBEAT) return NOT_FRAMED;
    if (end - offset < RECORD_HEADER_BYTES) return NOT_KNOWN;
    return RECORD_HEADER_BYTES + readUint16(bytes, offset + 3);
  },

  tell(bytes, offset, end, _direction, _notes, tell) {
    const type = bytes[offset]!;
    const length = end - offset;
    if ((type & SSL2_BIT) !== 0) {
      tell(FrameKind.SSL2_HEADER, bytes, offset, Math.min(length, SSL2_HEADER_BYTES));
      tell(FrameKind.SSL2_PDU, bytes, offset, length);
      return;
    }
    const data = offset + RECORD_HEADER_BYTES;
    tell(FrameKind.TLS_HEADER, bytes, offset, Math.min(length, RECORD_HEADER_BYTES));
    tell(FrameKind.TLS_PDU, bytes, offset, length);
    tell(FrameKind.TLS_DATA, bytes, data, end - data);
    if (type === RecordType.ALERT) tell(FrameKind.TLS_ALERT, bytes, data, end - data);
    if (type === RecordType.HEARTBEAT) tell(FrameKind.TLS_HEARTBEAT, bytes, data, end - data);
  },
};
