import { readUint16 } from "./big-endian.js";
import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import { enterEtherType } from "./ether-type.js";
import { LAYER_FAILED } from "./layer.js";
import type { PacketView } from "./packet-view.js";

/** Cisco HDLC: address, control, EtherType. */

const CHDLC_HEADER_LENGTH = 4;

export function decodeChdlc(cursor: DecodeCursor, packet: PacketView): number {
  const { bytes, offset } = cursor;
  if (cursor.end - offset < CHDLC_HEADER_LENGTH) return cursor.fail(packet, DecodeReason.CHDLC_PKT_TOO_SMALL);
  if (!cursor.enterLayer(packet)) return LAYER_FAILED;
  cursor.offset = offset + CHDLC_HEADER_LENGTH;
  return enterEtherType(cursor, packet, readUint16(bytes, offset + 2));
}
