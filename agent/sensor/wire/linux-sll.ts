import { readUint16 } from "./big-endian.js";
import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import { enterEtherType } from "./ether-type.js";
import { LAYER_FAILED } from "./layer.js";
import type { PacketView } from "./packet-view.js";

/** Linux "cooked" captures, both versions (LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2): one address, no destination. */

const SLL_HEADER_LENGTH = 16;
const SLL2_HEADER_LENGTH = 20;

export function decodeLinuxSll(cursor: DecodeCursor, packet: PacketView): number {
  const { bytes, offset } = cursor;
  if (cursor.end - offset < SLL_HEADER_LENGTH) return cursor.fail(packet, DecodeReason.SLL_PKT_TOO_SMALL);
  if (!cursor.enterLayer(packet)) return LAYER_FAILED;
  cursor.offset = offset + SLL_HEADER_LENGTH;
  return enterEtherType(cursor, packet, readUint16(bytes, offset + 14));
}

export function decodeLinuxSll2(cursor: DecodeCursor, packet: PacketView): number {
  const { bytes, offset } = cursor;
  if (cursor.end - offset < SLL2_HEADER_LENGTH) return cursor.fail(packet, DecodeReason.SLL2_PKT_TOO_SMALL);
  if (!cursor.enterLayer(packet)) return LAYER_FAILED;
  cursor.offset = offset + SLL2_HEADER_LENGTH;
  return enterEtherType(cursor, packet, readUint16(bytes, offset));
}
