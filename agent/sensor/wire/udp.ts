import { readUint16 } from "./big-endian.js";
import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import { LAYER_END, LAYER_GENEVE, LAYER_TEREDO, LAYER_VXLAN } from "./layer.js";
import type { PacketView } from "./packet-view.js";

/**
 * UDP (RFC 768). The length in the header decides how much is payload; one that promises more than there is makes
 * the datagram unusable. The tunnels that go over UDP are looked for on their ports, as in suricata.yaml.
 */

export const UDP_HEADER_LENGTH = 8;
const PORT_TEREDO = 3544;
const PORT_GENEVE = 6081;
const PORT_VXLAN = 4789;

export function decodeUdp(cursor: DecodeCursor, packet: PacketView): number {
  const { bytes, offset } = cursor;
  const available = cursor.end - offset;
  if (available < UDP_HEADER_LENGTH) return cursor.fail(packet, DecodeReason.UDP_HLEN_TOO_SMALL);
  const length = readUint16(bytes, offset + 4);
  if (length > available) return cursor.fail(packet, DecodeReason.UDP_PKT_TOO_SMALL);
  if (length < UDP_HEADER_LENGTH) return cursor.fail(packet, DecodeReason.UDP_LEN_INVALID);
  const sourcePort = readUint16(bytes, offset);
  const destinationPort = readUint16(bytes, offset + 2);
  packet.transportOffset = offset;
  packet.sourcePort = sourcePort;
  packet.destinationPort = destinationPort;
  packet.payloadOffset = offset + UDP_HEADER_LENGTH;
  packet.payloadLength = length - UDP_HEADER_LENGTH;

  cursor.offset = offset + UDP_HEADER_LENGTH;
  cursor.end = offset + length;
  if (sourcePort === PORT_TEREDO || destinationPort === PORT_TEREDO) return LAYER_TEREDO;
  if (sourcePort === PORT_GENEVE || destinationPort === PORT_GENEVE) return LAYER_GENEVE;
  if (sourcePort === PORT_VXLAN || destinationPort === PORT_VXLAN) return LAYER_VXLAN;
  return LAYER_END;
}
