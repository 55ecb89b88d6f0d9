/** Packet views as plain values, so that two decodes can be compared. */
import { formatAddress } from "../../agent/base/address.js";
import { DECODE_REASON_NAMES } from "../../agent/sensor/wire/decode-reason.js";
import type { FrameDecoder } from "../../agent/sensor/wire/frame-decoder.js";
import { LINKTYPE_ETHERNET } from "../../agent/sensor/wire/link-type.js";
import type { PacketView } from "../../agent/sensor/wire/packet-view.js";

/** Decode a frame that fills its array; the views stay valid until the decoder's next call. */
export function decode(
  decoder: FrameDecoder,
  frame: Uint8Array,
  linkType = LINKTYPE_ETHERNET,
): readonly PacketView[] {
  return decoder.packets.slice(0, decoder.decodeFrame(frame, 0, frame.length, frame.length, linkType, 0));
}

/** Names of the events of a packet, in the order they were noted. */
export function eventNames(packet: PacketView): string[] {
  return Array.from(packet.events.slice(0, packet.eventCount), (code) => DECODE_REASON_NAMES[code]!);
}

/** Everything the view says, offsets counted from `base`; what is not valid is left out. */
export function packetFields(packet: PacketView, base = 0): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(packet)) {
    if (name === "bytes" || ArrayBuffer.isView(value)) continue;
    const isOffset = /Offset$|End$/.test(name) && name !== "fragmentOffset";
    fields[name] = isOffset && value > 0 ? value - base : value;
  }
  fields.vlanIds = Array.from(packet.vlanIds.slice(0, packet.vlanDepth));
  fields.events = eventNames(packet);
  if (packet.ipVersion !== 0) {
    fields.source = formatAddress(packet.ipVersion, packet.source);
    fields.destination = formatAddress(packet.ipVersion, packet.destination);
  }
  if (packet.embeddedIpVersion !== 0) {
    fields.embeddedSource = formatAddress(packet.embeddedIpVersion, packet.embeddedSource);
    fields.embeddedDestination = formatAddress(packet.embeddedIpVersion, packet.embeddedDestination);
  }
  return fields;
}

/** The payload as Latin-1 text. */
export function payloadText(packet: PacketView): string {
  const { bytes, payloadOffset, payloadLength } = packet;
  return Buffer.from(bytes.slice(payloadOffset, payloadOffset + payloadLength)).toString("latin1");
}
