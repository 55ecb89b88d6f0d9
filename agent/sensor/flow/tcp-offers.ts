/**
 * Owns what the two sides offer each other in a TCP handshake, and which offer counts: SYNs and SYN/ACKs come again
 * with other numbers or options, and only the answer shows which one was meant. Bound: see `HandshakeQueue`.
 */

import { FROM_SERVER, TCP_SYN_RECV } from "./flow-state.js";
import {
  MAX_SYN_OFFERS,
  MAX_SYNACK_OFFERS,
  OFFER_ACKNOWLEDGEMENT,
  OFFER_HAS_TIMESTAMP,
  OFFER_SCALE,
  OFFER_SEQUENCE,
  OFFER_TIME_S,
  OFFER_TIMESTAMP,
  OFFER_WINDOW,
} from "./handshake-queue.js";
import { StreamEvent } from "./stream-event.js";
import { isSigned } from "./tcp-checks.js";
import {
  FAST_OPEN,
  FOUR_WAY,
  HAS_SYN_DATA,
  HAS_ZERO_TIMESTAMP,
  INITIAL,
  IS_SIGNED,
  LAST_ACK,
  LAST_TIMESTAMP,
  LAST_TIMESTAMP_S,
  NEXT,
  OFFERED_SCALE,
  OFFERED_TIMESTAMP,
  SENDER_FLAGS,
  type TcpContext,
  TIMESTAMPS,
  WINDOW,
} from "./tcp-context.js";

/** The sender of a SYN says where it begins and what it can do. */
export function takeSyn(t: TcpContext): void {
  const packet = t.packet!;
  const f = t.field;
  t.startStream(t.sender, t.sequence);
  f[t.receiver + WINDOW] = t.window;
  setOffers(t, packet.tcpWindowScale, t.hasTimestamp, t.timestamp, t.timeS);
  t.clearFlag(HAS_SYN_DATA | FAST_OPEN);
  if (packet.hasTcpFastOpen) t.setFlag(FAST_OPEN);
  if (isSigned(t)) t.setFlag(IS_SIGNED);
  if (t.payloadLength > 0) {
    // Whether the receiver takes data on a SYN shows in its SYN/ACK.
    t.setFlag(HAS_SYN_DATA);
    f[t.sender + NEXT] = (f[t.sender + NEXT]! + t.payloadLength) | 0;
    t.assembly.holdSegment(t.d, (t.sequence + 1) | 0, packet.bytes, packet.payloadOffset, t.payloadLength);
  }
}

function setOffers(
  t: TcpContext,
  scale: number,
  hasTimestamp: boolean,
  timestamp: number,
  timeS: number,
): void {
  const f = t.field;
  t.clearSenderFlag(t.sender, OFFERED_SCALE | OFFERED_TIMESTAMP | HAS_ZERO_TIMESTAMP);
  t.setScale(t.receiver, Math.max(scale, 0));
  if (scale >= 0) t.setSenderFlag(t.sender, OFFERED_SCALE);
  f[t.sender + LAST_TIMESTAMP] = timestamp;
  f[t.sender + LAST_TIMESTAMP_S] = timeS;
  if (hasTimestamp) t.setSenderFlag(t.sender, OFFERED_TIMESTAMP | (timestamp === 0 ? HAS_ZERO_TIMESTAMP : 0));
}

/** A SYN of the same tuple again: if it differs, what the one before offered is kept. False: it does not differ. */
export function keepOldSyn(t: TcpContext): boolean {
  const f = t.field;
  const queue = t.handshakes;
  const offered = f[t.sender + SENDER_FLAGS]!;
  const hasTimestamp = (offered & OFFERED_TIMESTAMP) !== 0;
  const scale = (offered & OFFERED_SCALE) !== 0 ? t.scale(t.receiver) : -1;
  const isSame =
    f[t.sender + INITIAL] === t.sequence &&
    f[t.receiver + WINDOW] === t.window &&
    scale === t.packet!.tcpWindowScale &&
    hasTimestamp === t.hasTimestamp &&
    f[t.sender + LAST_TIMESTAMP] === t.timestamp;
  if (isSame) return false;
  if (queue.count(t.flow) === MAX_SYN_OFFERS) {
    t.note(StreamEvent.SYN3_SYN_FLOOD);
    return true;
  }
  const offer = queue.add(t.flow);
  if (offer < 0) return true;
  queue.set(offer, OFFER_SEQUENCE, f[t.sender + INITIAL]!);
  queue.set(offer, OFFER_WINDOW, f[t.receiver + WINDOW]!);
  queue.set(offer, OFFER_SCALE, scale);
  queue.set(offer, OFFER_HAS_TIMESTAMP, hasTimestamp ? 1 : 0);
  queue.set(offer, OFFER_TIMESTAMP, f[t.sender + LAST_TIMESTAMP]!);
  queue.set(offer, OFFER_TIME_S, f[t.sender + LAST_TIMESTAMP_S]!);
  return true;
}

/** Whether the SYN/ACK echoes the timestamp of that SYN, or is silent on it. */
export function isEchoOf(t: TcpContext, timestamp: number, client: number): boolean {
  if (!t.hasTimestamp || t.timestampEcho === 0) return true;
  if (!t.hasSenderFlag(client, OFFERED_TIMESTAMP)) return false;
  return timestamp === 0 || timestamp === t.timestampEcho;
}

/** Go back to the remembered SYN that this SYN/ACK answers, if there is one. */
export function adoptOlderSyn(t: TcpContext): boolean {
  const queue = t.handshakes;
  for (let offer = queue.first(t.flow); offer >= 0; offer = queue.next(offer)) {
    const hasTimestamp = queue.field(offer, OFFER_HAS_TIMESTAMP) === 1;
    const timestamp = queue.field(offer, OFFER_TIMESTAMP);
    const isAnswered = ((queue.field(offer, OFFER_SEQUENCE) + 1) | 0) === t.acknowledgement;
    const isEchoed =
      !t.hasTimestamp || t.timestampEcho === 0 || (hasTimestamp && timestamp === t.timestampEcho);
    if (!isAnswered || !isEchoed) continue;
    const client = t.receiver;
    t.startStream(client, queue.field(offer, OFFER_SEQUENCE));
    t.field[t.sender + WINDOW] = queue.field(offer, OFFER_WINDOW);
    const scale = queue.field(offer, OFFER_SCALE);
    t.clearSenderFlag(client, OFFERED_SCALE | OFFERED_TIMESTAMP | HAS_ZERO_TIMESTAMP);
    t.setScale(t.sender, Math.max(scale, 0));
    if (scale >= 0) t.setSenderFlag(client, OFFERED_SCALE);
    if (hasTimestamp) t.setSenderFlag(client, OFFERED_TIMESTAMP | (timestamp === 0 ? HAS_ZERO_TIMESTAMP : 0));
    t.field[client + LAST_TIMESTAMP] = timestamp;
    t.field[client + LAST_TIMESTAMP_S] = queue.field(offer, OFFER_TIME_S);
    t.clearFlag(HAS_SYN_DATA);
    return true;
  }
  return false;
}

/** The session goes on as the server's SYN/ACK says, whether that is the segment at hand or one kept before. */
export function answerSyn(
  t: TcpContext,
  sequence: number,
  acknowledgement: number,
  window: number,
  scale: number,
  hasTimestamp: boolean,
  timestamp: number,
  timeS: number,
): void {
  const f = t.field;
  const server = t.direction === FROM_SERVER ? t.sender : t.receiver;
  const client = t.direction === FROM_SERVER ? t.receiver : t.sender;
  t.setState(TCP_SYN_RECV);
  t.startStream(server, sequence);
  f[client + WINDOW] = window;
  const isTimed = hasTimestamp && t.hasSenderFlag(client, OFFERED_TIMESTAMP);
  t.clearFlag(TIMESTAMPS | FOUR_WAY);
  if (isTimed) {
    t.setFlag(TIMESTAMPS);
    f[server + LAST_TIMESTAMP] = timestamp;
    f[server + LAST_TIMESTAMP_S] = timeS;
    if (timestamp === 0) t.setSenderFlag(server, HAS_ZERO_TIMESTAMP);
  }
  f[client + LAST_ACK] = (f[client + INITIAL]! + 1) | 0;
  f[server + LAST_ACK] = (sequence + 1) | 0;
  t.updateLastAck(client, acknowledgement);
  const isScaled = scale >= 0 && t.hasSenderFlag(client, OFFERED_SCALE);
  t.setScale(client, isScaled ? scale : 0);
  if (!isScaled) t.setScale(server, 0);
  t.setNextWindow(client);
  t.setNextWindow(server);
}

/** A SYN/ACK with another sequence number: the client's ACK will say which one counts. */
export function keepSynAck(t: TcpContext): boolean {
  const queue = t.handshakes;
  for (let offer = queue.first(t.flow); offer >= 0; offer = queue.next(offer)) {
    if (queue.field(offer, OFFER_SEQUENCE) === t.sequence) return true;
  }
  if (queue.count(t.flow) === MAX_SYNACK_OFFERS) return t.reject(StreamEvent.SYN3_SYNACK_FLOOD);
  const offer = queue.add(t.flow);
  if (offer < 0) return false;
  queue.set(offer, OFFER_SEQUENCE, t.sequence);
  queue.set(offer, OFFER_ACKNOWLEDGEMENT, t.acknowledgement);
  queue.set(offer, OFFER_WINDOW, t.window);
  queue.set(offer, OFFER_SCALE, t.packet!.tcpWindowScale);
  queue.set(offer, OFFER_HAS_TIMESTAMP, t.hasTimestamp ? 1 : 0);
  queue.set(offer, OFFER_TIMESTAMP, t.timestamp);
  queue.set(offer, OFFER_TIME_S, t.timeS);
  return true;
}

/** The client's ACK decides which of several SYN/ACKs counts. */
export function adoptAnsweredSynAck(t: TcpContext): void {
  const queue = t.handshakes;
  for (let offer = queue.first(t.flow); offer >= 0; offer = queue.next(offer)) {
    if (
      ((queue.field(offer, OFFER_SEQUENCE) + 1) | 0) !== t.acknowledgement ||
      queue.field(offer, OFFER_ACKNOWLEDGEMENT) !== t.sequence
    ) {
      continue;
    }
    answerSyn(
      t,
      queue.field(offer, OFFER_SEQUENCE),
      queue.field(offer, OFFER_ACKNOWLEDGEMENT),
      queue.field(offer, OFFER_WINDOW),
      queue.field(offer, OFFER_SCALE),
      queue.field(offer, OFFER_HAS_TIMESTAMP) === 1,
      queue.field(offer, OFFER_TIMESTAMP),
      queue.field(offer, OFFER_TIME_S),
    );
    break;
  }
}
