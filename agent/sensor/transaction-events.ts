/**
 * Owns with which direction rules that ask for events alone are judged. As in Suricata an event belongs to the transaction: a rule sees it with a packet of
 * each direction that its `flow` allows, whatever side it came from, unless that side was over before.
 */
import { turnAround, turnTo } from "./endpoint-turning.js";
import type { FlowTracker } from "./flow/flow-tracker.js";
import type { Matcher } from "./match/matcher.js";
import { showPayload } from "./message-payload.js";
import { type MessageView, STAGE_HEAD } from "./proto/message-view.js";
import { Protocol, type ProtocolId } from "./proto/protocols.js";
import type { PacketView } from "./wire/packet-view.js";

/** Protocols of which, as in Suricata 7, each message is a transaction of its own. */
const ONE_WAY: ReadonlySet<ProtocolId> = new Set([
  Protocol.DNS,
  Protocol.IKE,
  Protocol.KRB5,
  Protocol.MQTT,
  Protocol.NTP,
  Protocol.QUIC,
  Protocol.SIP,
  Protocol.SNMP,
]);

/** Judge rules on a message, to whose direction the matcher's endpoints are turned. */
export function inspectWithEvents(
  matcher: Matcher,
  tracker: FlowTracker,
  flow: number,
  message: MessageView,
  packet: PacketView | undefined,
): void {
  showPayload(matcher, tracker, flow, message.direction, packet);
  matcher.inspectMessage(message, packet);
  if (message.hasTrailers) inspectTrailers(matcher, message, packet);
  if (message.eventCount === message.toldEventCount || matcher.isIdle) return;
  const { endpoints } = matcher;
  message.isAboutEvents = true;
  matcher.inspectMessage(message, packet);
  if (!message.isOtherSideOver && !ONE_WAY.has(message.protocol)) {
    turnAround(endpoints, endpoints.isEstablished);
    matcher.inspectMessage(message, packet);
    turnAround(endpoints, endpoints.isEstablished);
  }
  message.isAboutEvents = false;
}

/** Rules on the head alone are judged again, with the headers that came behind the body. */
function inspectTrailers(matcher: Matcher, message: MessageView, packet: PacketView | undefined): void {
  const { stage, part, goesOn } = message;
  message.stage = STAGE_HEAD;
  message.part = message.transaction;
  message.goesOn = !message.areTrailersLate;
  matcher.outcome.isOnHeadersAlone = message.areTrailersLate;
  matcher.inspectMessage(message, packet);
  matcher.outcome.isOnHeadersAlone = false;
  message.stage = stage;
  message.part = part;
  message.goesOn = goesOn;
}

/** Judge rules on a part of a protocol as it was sent; behind it the endpoints are as they were. */
export function inspectFrame(
  matcher: Matcher,
  tracker: FlowTracker,
  flow: number,
  frame: MessageView,
  packet: PacketView | undefined,
): void {
  const { endpoints } = matcher;
  const { direction, applicationProtocol } = endpoints;
  endpoints.applicationProtocol = frame.protocol;
  turnTo(endpoints, frame.direction, frame.protocol);
  inspectWithEvents(matcher, tracker, flow, frame, packet);
  turnTo(endpoints, direction, frame.protocol);
  endpoints.applicationProtocol = applicationProtocol;
}
