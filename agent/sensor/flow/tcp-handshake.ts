/**
 * Owns how a TCP session begins: the states NONE, SYN_SENT and SYN_RECV. Normal, simultaneous and split (four-way)
 * handshakes, data on a SYN with and without TCP Fast Open, repeated SYNs and SYN/ACKs that differ, and, where
 * switched on, sessions whose beginning was not seen or of which only one side is seen.
 *
 * Behaviour of Suricata 7; in addition a SYN with another sequence number is remembered, and the one that the server
 * answers counts. Functions return whether the segment was taken.
 */

import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from "../wire/packet-view.js";
import {
  FLOW_ESTABLISHED,
  FROM_CLIENT,
  FROM_SERVER,
  TCP_ESTABLISHED,
  TCP_SYN_RECV,
  TCP_SYN_SENT,
} from "./flow-state.js";
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
import { isAfter, isBefore } from "./sequence.js";
import { StreamEvent } from "./stream-event.js";
import { closeByReset, isAckValid, isTimestampValid, updateTimestamp } from "./tcp-checks.js";
import { closeByFin } from "./tcp-closing.js";
import {
  ASYNC,
  EVASION_ATTEMPT,
  FAST_OPEN,
  FAST_OPEN_DATA_IGNORED,
  FOUR_WAY,
  HAS_SYN_DATA,
  HAS_ZERO_TIMESTAMP,
  INITIAL,
  LAST_ACK,
  LAST_TIMESTAMP,
  LAST_TIMESTAMP_S,
  MAX_WINDOW_SCALE,
  MIDSTREAM,
  MIDSTREAM_ESTABLISHED,
  MIDSTREAM_SYNACK,
  NEXT,
  NEXT_WINDOW,
  OFFERED_SCALE,
  OFFERED_TIMESTAMP,
  SENDER_FLAGS,
  type TcpContext,
  TIMESTAMPS,
  WINDOW,
} from "./tcp-context.js";

const SYN_ACK = TCP_SYN | TCP_ACK;

/** No session yet: a SYN begins one. */
export function onNone(t: TcpContext): boolean {
  if ((t.flags & TCP_RST) !== 0) return t.reject(StreamEvent.RST_BUT_NO_SESSION);
  if ((t.flags & TCP_FIN) !== 0) {
    if (!t.isMidstream || t.payloadLength === 0) return t.reject(StreamEvent.FIN_BUT_NO_SESSION);
    pickUp(t);
    return closeByFin(t);
  }
  if ((t.flags & SYN_ACK) === SYN_ACK) {
    if (!t.isMidstream && !t.isAsyncOneSide) return false;
    pickUpAtSynAck(t);
    return true;
  }
  if ((t.flags & TCP_SYN) !== 0) {
    t.startSession();
    t.setState(TCP_SYN_SENT);
    takeSyn(t);
    return true;
  }
  if ((t.flags & TCP_ACK) === 0 || !t.isMidstream) return false;
  pickUp(t);
  t.deliver();
  return true;
}

export function onSynSent(t: TcpContext): boolean {
  const isFromServer = t.direction === FROM_SERVER;
  if ((t.flags & SYN_ACK) === SYN_ACK && (t.flags & TCP_RST) === 0) {
    return isFromServer ? onSynAck(t) : onFourWaySynAck(t);
  }
  if ((t.flags & TCP_RST) !== 0) return closeByReset(t);
  if ((t.flags & TCP_FIN) !== 0) return false;
  if ((t.flags & TCP_SYN) !== 0) {
    if (isFromServer) t.setFlag(FOUR_WAY);
    else if (!keepOldSyn(t)) return true;
    takeSyn(t);
    return true;
  }
  if ((t.flags & TCP_ACK) !== 0 && t.isAsyncOneSide && !isFromServer) return onAsyncAck(t);
  return false;
}

export function onSynRecv(t: TcpContext): boolean {
  if ((t.flags & TCP_RST) !== 0) {
    // A receiver that saw the wrong ACK before it (Linux) takes this RST for a stray one.
    if (t.hasFlag(EVASION_ATTEMPT)) return false;
    return closeByReset(t);
  }
  if ((t.flags & TCP_FIN) !== 0) return isTimestampValid(t) && closeByFin(t);
  if ((t.flags & SYN_ACK) === SYN_ACK) return onSynAckAgain(t);
  if ((t.flags & TCP_SYN) !== 0) {
    if (t.direction === FROM_SERVER) return t.reject(StreamEvent.SYN3_SYN_TOCLIENT_ON_SYN_RECV);
    if (t.sequence !== t.field[t.sender + INITIAL]) {
      return t.reject(StreamEvent.SYN3_SYN_RESEND_DIFF_SEQ_ON_SYN_RECV);
    }
    return true;
  }
  if ((t.flags & TCP_ACK) === 0) return false;
  if (t.direction === FROM_CLIENT) adoptAnsweredSynAck(t);
  if (!isTimestampValid(t)) return false;
  return t.direction === FROM_CLIENT ? onHandshakeAck(t) : onServerAck(t);
}

/** The sender of a SYN says where it begins and what it can do. */
function takeSyn(t: TcpContext): void {
  const packet = t.packet!;
  const f = t.field;
  t.startStream(t.sender, t.sequence);
  f[t.receiver + WINDOW] = t.window;
  setOffers(t, packet.tcpWindowScale, t.hasTimestamp, t.timestamp, t.timeS);
  if (packet.hasTcpFastOpen) t.setFlag(FAST_OPEN);
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
function keepOldSyn(t: TcpContext): boolean {
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

/** The server's SYN/ACK: it answers the last SYN, or one before. */
function onSynAck(t: TcpContext): boolean {
  const f = t.field;
  const client = t.receiver;
  const isFastOpen = t.hasFlag(FAST_OPEN) || t.packet!.hasTcpFastOpen;
  const isOfSyn = t.acknowledgement === ((f[client + INITIAL]! + 1) | 0);
  const isOfData = t.hasFlag(HAS_SYN_DATA) && t.acknowledgement === f[client + NEXT];
  const isTimely = isOfSyn || isOfData ? isEchoOf(t, f[client + LAST_TIMESTAMP]!, client) : false;
  if (!isTimely && !adoptOlderSyn(t)) {
    return t.reject(
      isOfSyn || isOfData ? StreamEvent.PKT_INVALID_TIMESTAMP : StreamEvent.SYN3_SYNACK_WITH_WRONG_ACK,
    );
  }
  t.handshakes.clear(t.flow);
  if (t.hasFlag(HAS_SYN_DATA) && t.acknowledgement === ((f[client + INITIAL]! + 1) | 0)) {
    f[client + NEXT] = t.acknowledgement;
    t.assembly.dropHeld(t.d ^ 1);
    if (isFastOpen) {
      t.setFlag(FAST_OPEN_DATA_IGNORED);
      t.note(StreamEvent.SYN3_SYNACK_TFO_DATA_IGNORED);
    }
  }
  answerSyn(
    t,
    t.sequence,
    t.acknowledgement,
    t.window,
    t.packet!.tcpWindowScale,
    t.hasTimestamp,
    t.timestamp,
    t.timeS,
  );
  if (isFastOpen) {
    t.setFlag(FAST_OPEN);
    t.table.setState(t.flow, FLOW_ESTABLISHED);
  }
  return true;
}

/** Whether the SYN/ACK echoes the timestamp of that SYN, or is silent on it. */
function isEchoOf(t: TcpContext, timestamp: number, client: number): boolean {
  if (!t.hasTimestamp || t.timestampEcho === 0) return true;
  if (!t.hasSenderFlag(client, OFFERED_TIMESTAMP)) return false;
  return timestamp === 0 || timestamp === t.timestampEcho;
}

/** Go back to the remembered SYN that this SYN/ACK answers, if there is one. */
function adoptOlderSyn(t: TcpContext): boolean {
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
function answerSyn(
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

/** Split or simultaneous handshake: the client answers the server's SYN. */
function onFourWaySynAck(t: TcpContext): boolean {
  const f = t.field;
  if (!t.hasFlag(FOUR_WAY)) return t.reject(StreamEvent.SYN3_SYNACK_IN_WRONG_DIRECTION);
  if (t.acknowledgement !== ((f[t.receiver + INITIAL]! + 1) | 0)) {
    return t.reject(StreamEvent.SYN4_SYNACK_WITH_WRONG_ACK);
  }
  if (t.sequence !== f[t.sender + INITIAL]) return t.reject(StreamEvent.SYN4_SYNACK_WITH_WRONG_SYN);
  t.handshakes.clear(t.flow);
  t.setState(TCP_SYN_RECV);
  f[t.receiver + WINDOW] = t.window;
  if (t.hasTimestamp && t.hasSenderFlag(t.receiver, OFFERED_TIMESTAMP)) {
    t.setFlag(TIMESTAMPS);
    f[t.sender + LAST_TIMESTAMP] = t.timestamp;
    f[t.sender + LAST_TIMESTAMP_S] = t.timeS;
  }
  f[t.receiver + LAST_ACK] = t.acknowledgement;
  f[t.sender + LAST_ACK] = (f[t.sender + INITIAL]! + 1) | 0;
  const scale = t.packet!.tcpWindowScale;
  const isScaled = scale >= 0 && t.hasSenderFlag(t.receiver, OFFERED_SCALE);
  t.setScale(t.receiver, isScaled ? scale : 0);
  if (!isScaled) t.setScale(t.sender, 0);
  t.setNextWindow(t.sender);
  t.setNextWindow(t.receiver);
  return true;
}

/** SYN_RECV: the SYN/ACK again. One with another sequence number may be the one that counts. */
function onSynAckAgain(t: TcpContext): boolean {
  const f = t.field;
  if (t.direction === FROM_CLIENT) return t.reject(StreamEvent.SYN3_SYNACK_TOSERVER_ON_SYN_RECV);
  if (t.acknowledgement !== f[t.receiver + LAST_ACK]) {
    return t.reject(StreamEvent.SYN3_SYNACK_RESEND_WITH_DIFFERENT_ACK);
  }
  if (t.sequence === f[t.sender + INITIAL]) return true;
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
function adoptAnsweredSynAck(t: TcpContext): void {
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

/** The third step: both numbers have to be right, or the sequence number ahead by what was not seen. */
function onHandshakeAck(t: TcpContext): boolean {
  const f = t.field;
  const isNext = t.sequence === f[t.sender + NEXT];
  const isRightAck = t.acknowledgement === f[t.receiver + NEXT];
  const isAhead =
    isAfter(t.sequence, f[t.sender + NEXT]!) && !isAfter(t.sequence, f[t.sender + NEXT_WINDOW]!);
  if (isNext && !isRightAck) {
    t.setFlag(EVASION_ATTEMPT);
    return t.reject(StreamEvent.SYN3_RIGHT_SEQ_WRONG_ACK_EVASION);
  }
  if (!isRightAck || !(isNext || isAhead)) return t.reject(StreamEvent.SYN3_WRONG_SEQ_WRONG_ACK);
  if (t.hasFlag(MIDSTREAM)) assumeMidstreamWindow(t);
  establish(t);
  // Normally the packet after the handshake is the first of an established flow; with data it is this one.
  t.isEstablishing = isNext && t.payloadLength > 0;
  return true;
}

/** SYN_RECV, and the server speaks: answering a four-way handshake, or the client's ACK was not seen. */
function onServerAck(t: TcpContext): boolean {
  const f = t.field;
  if (t.hasFlag(FOUR_WAY)) {
    if (t.sequence !== f[t.sender + NEXT]) return t.reject(StreamEvent.SYN4_WRONG_SEQ);
    if (!isAckValid(t)) return t.reject(StreamEvent.SYN4_INVALID_ACK);
    establish(t);
    return true;
  }
  const isPlausible =
    !isBefore(t.sequence, f[t.sender + NEXT]!) &&
    !isAfter(t.end, f[t.sender + NEXT_WINDOW]!) &&
    !isBefore(t.acknowledgement, f[t.receiver + LAST_ACK]!) &&
    !isAfter(t.acknowledgement, f[t.receiver + NEXT_WINDOW]!);
  if (!isPlausible && !t.isAsyncOneSide) return t.reject(StreamEvent.SYN3_WRONG_SEQ_WRONG_ACK);
  if (t.isAsyncOneSide) t.setFlag(ASYNC);
  if (t.hasFlag(MIDSTREAM)) assumeMidstreamWindow(t);
  establish(t);
  return true;
}

function establish(t: TcpContext): void {
  const f = t.field;
  t.handshakes.clear(t.flow);
  f[t.receiver + WINDOW] = t.scaledWindow();
  t.updateLastAck(t.receiver, t.acknowledgement);
  updateTimestamp(t);
  t.updateNext(t.sender, t.end);
  t.setNextWindow(t.receiver);
  t.setState(TCP_ESTABLISHED);
  t.deliver();
}

function assumeMidstreamWindow(t: TcpContext): void {
  t.field[t.sender + WINDOW] = t.scaledWindow();
  t.setNextWindow(t.sender);
  if (t.hasFlag(MIDSTREAM_SYNACK)) return;
  t.setScale(t.sender, MAX_WINDOW_SCALE);
  t.setScale(t.receiver, MAX_WINDOW_SCALE);
}

/** A session whose beginning was not seen: the sender of this segment is the client, scaling at its widest. */
function pickUp(t: TcpContext): void {
  const field = t.field;
  t.startSession();
  t.setFlag(MIDSTREAM | MIDSTREAM_ESTABLISHED);
  t.startStream(t.sender, (t.sequence - 1) | 0);
  t.startStream(t.receiver, (t.acknowledgement - 1) | 0);
  t.setScale(t.sender, MAX_WINDOW_SCALE);
  t.setScale(t.receiver, MAX_WINDOW_SCALE);
  field[t.sender + NEXT] = t.end;
  field[t.sender + WINDOW] = t.scaledWindow();
  field[t.sender + LAST_ACK] = t.sequence;
  t.setNextWindow(t.sender);
  field[t.receiver + LAST_ACK] = t.acknowledgement;
  field[t.receiver + NEXT_WINDOW] = t.acknowledgement;
  takeMidstreamTimestamps(t);
  t.setState(TCP_ESTABLISHED);
}

/** The same at a SYN/ACK: its sender is the server, so the flow turns round. */
function pickUpAtSynAck(t: TcpContext): void {
  const field = t.field;
  t.table.swapDirections(t.flow);
  t.begin(t.packet!, t.flow, FROM_SERVER);
  t.startSession();
  t.setFlag(MIDSTREAM | MIDSTREAM_SYNACK);
  t.startStream(t.sender, t.sequence);
  t.startStream(t.receiver, (t.acknowledgement - 1) | 0);
  field[t.sender + WINDOW] = t.window;
  field[t.receiver + WINDOW] = t.window;
  field[t.sender + LAST_ACK] = (t.sequence + 1) | 0;
  field[t.receiver + LAST_ACK] = t.acknowledgement;
  t.setNextWindow(t.sender);
  t.setNextWindow(t.receiver);
  // A server that offers scaling answers a client that did.
  if (t.packet!.tcpWindowScale >= 0) {
    t.setScale(t.receiver, t.packet!.tcpWindowScale);
    t.setScale(t.sender, MAX_WINDOW_SCALE);
  }
  takeMidstreamTimestamps(t);
  t.setState(TCP_SYN_RECV);
}

function takeMidstreamTimestamps(t: TcpContext): void {
  if (!t.hasTimestamp) return;
  t.setFlag(TIMESTAMPS);
  t.field[t.sender + LAST_TIMESTAMP] = t.timestamp;
  t.field[t.sender + LAST_TIMESTAMP_S] = t.timeS;
  t.field[t.receiver + LAST_TIMESTAMP] = t.timestampEcho;
  t.field[t.receiver + LAST_TIMESTAMP_S] = t.timeS;
  if (t.timestamp === 0) t.setSenderFlag(t.sender, HAS_ZERO_TIMESTAMP);
  if (t.timestampEcho === 0) t.setSenderFlag(t.receiver, HAS_ZERO_TIMESTAMP);
}

/** One-sided: after the SYN the client goes on, and nobody is seen to answer. */
function onAsyncAck(t: TcpContext): boolean {
  const field = t.field;
  if (t.sequence !== field[t.sender + NEXT]) return t.reject(StreamEvent.SYN3_ASYNC_WRONG_SEQ);
  t.handshakes.clear(t.flow);
  t.setFlag(ASYNC);
  t.setState(TCP_ESTABLISHED);
  t.startStream(t.receiver, (t.acknowledgement - 1) | 0);
  field[t.sender + WINDOW] = t.window;
  field[t.sender + LAST_ACK] = t.sequence;
  t.setNextWindow(t.sender);
  field[t.receiver + LAST_ACK] = t.acknowledgement;
  field[t.receiver + NEXT_WINDOW] = t.acknowledgement;
  if (t.hasSenderFlag(t.sender, OFFERED_SCALE)) t.setScale(t.sender, MAX_WINDOW_SCALE);
  if (t.hasTimestamp && t.hasSenderFlag(t.sender, OFFERED_TIMESTAMP)) t.setFlag(TIMESTAMPS);
  updateTimestamp(t);
  t.updateNext(t.sender, t.end);
  t.deliver();
  return true;
}
