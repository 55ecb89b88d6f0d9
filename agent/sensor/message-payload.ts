/**
 * What of a packet's payload is shown to whom. Parsers see a datagram as it is. What conditions on the payload see in a rule that
 * also asks for fields of a message: the packet that completed the message or, where more of its
 * direction is kept, the stream. A message may be completed by a packet of the other side, or when its flow ends.
 */
import type { FlowTracker } from "./flow/flow-tracker.js";
import { RAW } from "./flow/stream-heads.js";
import type { Matcher } from "./match/matcher.js";
import type { ParserInput } from "./proto/parser.js";
import type { DirectionId } from "./proto/protocols.js";
import { IP_PROTOCOL_TCP, NO_BYTES, type PacketView } from "./wire/packet-view.js";

/** Have parsers read the payload of a datagram, which is a message of its own. */
export function showDatagram(input: ParserInput, packet: PacketView, direction: DirectionId): void {
  input.bytes = packet.bytes;
  input.offset = packet.payloadOffset;
  input.end = packet.payloadOffset + packet.payloadLength;
  input.direction = direction;
  input.isEnd = true;
  input.isFull = false;
  input.skipBytes = 0;
  input.timeUs = packet.timeUs;
  input.sourcePort = packet.sourcePort;
  input.destinationPort = packet.destinationPort;
}

/** @param direction the message's */
export function showPayload(
  matcher: Matcher,
  tracker: FlowTracker,
  flow: number,
  direction: DirectionId,
  packet: PacketView | undefined,
): void {
  if (matcher.isIdle) return;
  const isStream = tracker.table.ipProtocol(flow) === IP_PROTOCOL_TCP;
  const isOwn = packet !== undefined && (!isStream || tracker.direction === direction);
  const packetBytes = isOwn ? packet.payloadLength : 0;
  const { streams } = tracker;
  // To be told of a hole is the turn of those who look at the stream itself.
  if (isStream && !streams.hasHole(flow, direction, RAW) && streams.span(flow, direction, RAW)) {
    const streamBytes = streams.end - streams.offset;
    if (streamBytes > packetBytes) {
      matcher.setPayload(streams.bytes, streams.offset, streamBytes);
      return;
    }
  }
  if (isOwn) matcher.setPayload(packet.bytes, packet.payloadOffset, packetBytes);
  else matcher.setPayload(NO_BYTES, 0, 0);
}
