import { readUint16 } from "./big-endian.js";
import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import { enterEtherType } from "./ether-type.js";
import { LAYER_FAILED } from "./layer.js";
import type { PacketView } from "./packet-view.js";

/**
 * IEEE 802.11 data frames that are not encrypted, with or without a radiotap header. Management and control frames,
 * encrypted ones and aggregates (A-MSDU) are counted and left alone. Little-endian, unlike everything else here.
 * Specification: IEEE 802.11-2020 9.2, https://www.radiotap.org/fields/Flags.html
 */

const RADIOTAP_FIXED_LENGTH = 8;
/** Bits of the last octet of the first word of present fields, and of the fields it starts with. */
const PRESENT_TSFT = 0x01;
const PRESENT_FLAGS = 0x02;
const PRESENT_ANOTHER_WORD = 0x80;
const TSFT_LENGTH = 8;
const RADIOTAP_FLAG_DATA_PAD = 0x20;
const MAC_HEADER_LENGTH = 24;
const LLC_SNAP_LENGTH = 8;

const TYPE_DATA = 2;
const SUBTYPE_NO_DATA = 0x4;
const SUBTYPE_QOS = 0x8;
const FLAG_TO_DS = 0x01;
const FLAG_FROM_DS = 0x02;
const FLAG_PROTECTED = 0x40;
const FLAG_ORDER = 0x80;
const QOS_AMSDU = 0x80;

export function decodeRadiotap(cursor: DecodeCursor, packet: PacketView): number {
  const { bytes, offset } = cursor;
  const available = cursor.end - offset;
  if (available < RADIOTAP_FIXED_LENGTH) return cursor.fail(packet, DecodeReason.IEEE80211_PKT_TOO_SMALL);
  const length = bytes[offset + 2]! | (bytes[offset + 3]! << 8);
  if (length < RADIOTAP_FIXED_LENGTH || length > available) {
    return cursor.fail(packet, DecodeReason.IEEE80211_PKT_TOO_SMALL);
  }
  const hasDataPad = (radiotapFlags(bytes, offset, length) & RADIOTAP_FLAG_DATA_PAD) !== 0;
  cursor.offset = offset + length;
  return decodeIeee80211(cursor, packet, hasDataPad);
}

/** The field Flags, 0 where there is none. It stands behind the words of present fields and TSFT, which is aligned to 8. */
function radiotapFlags(bytes: Uint8Array, offset: number, length: number): number {
  const present = bytes[offset + 4]!;
  if ((present & PRESENT_FLAGS) === 0) return 0;
  let at = 4;
  while (at + 4 <= length && (bytes[offset + at + 3]! & PRESENT_ANOTHER_WORD) !== 0) at += 4;
  at += 4;
  if ((present & PRESENT_TSFT) !== 0) at = ((at + 7) & ~7) + TSFT_LENGTH;
  return at < length ? bytes[offset + at]! : 0;
}

/** @param hasDataPad whether what follows the MAC header is aligned to 4, as some drivers do and say in radiotap's flags */
export function decodeIeee80211(cursor: DecodeCursor, packet: PacketView, hasDataPad = false): number {
  const { bytes, offset, end } = cursor;
  if (end - offset < 2) return cursor.fail(packet, DecodeReason.IEEE80211_PKT_TOO_SMALL);
  if (!cursor.enterLayer(packet)) return LAYER_FAILED;
  const type = (bytes[offset]! >>> 2) & 0x3;
  const subtype = bytes[offset]! >>> 4;
  const flags = bytes[offset + 1]!;
  if (type !== TYPE_DATA || (subtype & SUBTYPE_NO_DATA) !== 0) {
    return cursor.stop(packet, DecodeReason.IEEE80211_NO_DATA);
  }
  if ((flags & FLAG_PROTECTED) !== 0) return cursor.stop(packet, DecodeReason.IEEE80211_ENCRYPTED);

  let headerLength = MAC_HEADER_LENGTH;
  if ((flags & FLAG_TO_DS) !== 0 && (flags & FLAG_FROM_DS) !== 0) headerLength += 6;
  const isQos = (subtype & SUBTYPE_QOS) !== 0;
  const qosOffset = offset + headerLength;
  if (isQos) headerLength += (flags & FLAG_ORDER) !== 0 ? 6 : 2;
  if (hasDataPad) headerLength = (headerLength + 3) & ~3;
  if (end - offset < headerLength + LLC_SNAP_LENGTH) {
    return cursor.fail(packet, DecodeReason.IEEE80211_PKT_TOO_SMALL);
  }
  const llc = offset + headerLength;
  if (
    (isQos && (bytes[qosOffset]! & QOS_AMSDU) !== 0) ||
    bytes[llc] !== 0xaa ||
    bytes[llc + 1] !== 0xaa ||
    bytes[llc + 2] !== 0x03
  ) {
    return cursor.stop(packet, DecodeReason.IEEE80211_UNKNOWN_PAYLOAD);
  }
  cursor.offset = llc + LLC_SNAP_LENGTH;
  return enterEtherType(cursor, packet, readUint16(bytes, llc + 6));
}
