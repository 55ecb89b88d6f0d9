/**
 * Owns how a TCP session begins: the states NONE, SYN_SENT and SYN_RECV. Normal, simultaneous and split (four-way)
 * handshakes, data on a SYN with and without TCP Fast Open, repeated SYNs and SYN/ACKs that differ, and, where
 * switched on, sessions whose beginning was not seen or of which only one side is seen.
 *
 * Behaviour of Suricata 7; in addition a SYN with another sequence number is remembered, and the one that the server
 * answers counts. Functions return whether the segment was taken.
 */

import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from "../wire/packet-view.js";
import { FROM_CLIENT, FROM_SERVER, TCP_ESTABLISHED, TCP_SYN_RECV, TCP_SYN_SENT } from "./flow-state.js";
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
  INITIAL,
  LAST_ACK,
  LAST_TIMESTAMP,
  LAST_TIMESTAMP_S,
  MIDSTREAM,
  NEXT,
  NEXT_WINDOW,
  OFFERED_SCALE,
  OFFERED_TIMESTAMP,
  type TcpContext,
  TIMESTAMPS,
  WINDOW,
} from "./tcp-context.js";
import {
  adoptAnsweredSynAck,
  adoptOlderSyn,
  answerSyn,
  isEchoOf,
  keepOldSyn,
  keepSynAck,
  takeSyn,
} from "./tcp-offers.js";
import { assumeMidstreamWindow, onAsyncAck, pickUp, pickUpAtSynAck } from "./tcp-pickup.js";

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
    if (isFastOpen) {
      // It counts all the same where the client goes on behind it (`onHandshakeAck`).
      t.setFlag(FAST_OPEN_DATA_IGNORED);
      t.note(StreamEvent.SYN3_SYNACK_TFO_DATA_IGNORED);
    } else t.assembly.dropHeld(t.d ^ 1);
  } else if (isOfData && !isFastOpen) t.note(StreamEvent.SYN3_SYNACK_WITH_WRONG_ACK);
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
  if (isFastOpen) t.setFlag(FAST_OPEN);
  return true;
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
  return keepSynAck(t);
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
  // The client goes back to where the server is: what its SYN carried is to be sent again, and may be something else.
  if (isNext && t.hasFlag(FAST_OPEN_DATA_IGNORED)) t.assembly.dropHeld(t.d);
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
