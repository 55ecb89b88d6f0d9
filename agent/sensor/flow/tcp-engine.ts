/**
 * Owns the way of one TCP segment through its session: what has no effect is passed over, the state decides on the
 * rest, and a RST whose sender goes on afterwards is found out. Refuses (returns false) what the receiver would not
 * take, with a `StreamEvent` where Suricata has one. Allocates nothing.
 */

import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from "../wire/packet-view.js";
import {
  FROM_CLIENT,
  TCP_CLOSE_WAIT,
  TCP_CLOSED,
  TCP_CLOSING,
  TCP_ESTABLISHED,
  TCP_LAST_ACK,
  TCP_NONE,
  TCP_SYN_RECV,
  TCP_SYN_SENT,
  TCP_TIME_WAIT,
} from "./flow-state.js";
import { isAfter } from "./sequence.js";
import { StreamEvent } from "./stream-event.js";
import { isAckValid, isSpuriousRetransmission, isWithoutEffect } from "./tcp-checks.js";
import { onClosing } from "./tcp-closing.js";
import {
  ASYNC,
  FAST_OPEN_DATA_IGNORED,
  INITIAL,
  LAST_ACK,
  NEXT,
  PROBE_FROM_CLIENT,
  PROBE_FROM_SERVER,
  SENT_RST,
  type TcpContext,
} from "./tcp-context.js";
import { onEstablished } from "./tcp-established.js";
import { onNone, onSynRecv, onSynSent } from "./tcp-handshake.js";

/** Take the segment at hand into its session. Returns whether it was valid. */
export function onTcpSegment(t: TcpContext): boolean {
  if (!t.hasAck && t.acknowledgement !== 0) t.note(StreamEvent.PKT_BROKEN_ACK);
  const state = t.state;
  if (state === TCP_NONE) return onNone(t);
  t.seeFlags();
  if (t.hasFlag(ASYNC) && t.flagsSeen(t.d ^ 1) !== 0) t.clearFlag(ASYNC);
  if (state >= TCP_SYN_RECV) {
    if (isWithoutEffect(t)) return true;
    if (isSpuriousRetransmission(t)) return passOverRepetition(t, state);
  }
  if (state === TCP_CLOSED) return onClosed(t);
  return dispatch(t, state);
}

/**
 * Whether a SYN (or, for sessions picked up, a SYN/ACK) on an existing flow begins a new one with the same tuple:
 * the old session is over, or there was none. The context has the segment and the old flow.
 */
export function isNewSession(t: TcpContext): boolean {
  if ((t.flags & (TCP_RST | TCP_FIN)) !== 0 || (t.flags & TCP_SYN) === 0) return false;
  const isSynAck = (t.flags & TCP_ACK) !== 0;
  if (isSynAck && !t.isMidstream && !t.isAsyncOneSide) return false;
  const state = t.state;
  if (state === TCP_NONE) return !isSynAck || t.direction === FROM_CLIENT;
  if (t.hasFlag(FAST_OPEN_DATA_IGNORED)) return !isSynAck && t.direction === FROM_CLIENT;
  if (t.sequence === t.field[t.sender + INITIAL]) return false;
  if (state === TCP_CLOSE_WAIT || state === TCP_CLOSING) {
    // Half closed; a forged FIN does not count: it has to be acknowledged.
    return t.assembly.hasEnded(t.d);
  }
  return state === TCP_TIME_WAIT || state === TCP_LAST_ACK || state === TCP_CLOSED;
}

/**
 * What was read and acknowledged comes again. Only as Suricata sees it the last of it still stands in the stream, where rules do not
 * look at it again; whatever came before that is no part of it any more.
 */
function passOverRepetition(t: TcpContext, state: number): boolean {
  if (state === TCP_ESTABLISHED) {
    if (t.end === t.field[t.sender + LAST_ACK]) t.isInStream = true;
    else t.note(StreamEvent.EST_PKT_BEFORE_LAST_ACK);
  } else if (state > TCP_ESTABLISHED && state !== TCP_CLOSED) t.note(StreamEvent.PKT_RETRANSMISSION);
  return true;
}

function dispatch(t: TcpContext, state: number): boolean {
  switch (state) {
    case TCP_SYN_SENT:
      return onSynSent(t);
    case TCP_SYN_RECV:
      return onSynRecv(t);
    case TCP_ESTABLISHED: {
      const isValid = onEstablished(t);
      // A probe is answered by the next segment from the other side, or not at all.
      t.clearFlag(t.direction === FROM_CLIENT ? PROBE_FROM_SERVER : PROBE_FROM_CLIENT);
      return isValid;
    }
    default:
      return onClosing(t);
  }
}

/**
 * Closed. If by a RST, and its sender sends new data (or the server answers the SYN): the RST was not the sender's, or
 * the receiver has not taken it. The session goes on where it was. What was under way in the other direction, or is
 * repeated, does not count.
 */
function onClosed(t: TcpContext): boolean {
  if ((t.flags & TCP_RST) !== 0) return true;
  const before = t.stateBefore;
  if (before === TCP_TIME_WAIT || before === TCP_LAST_ACK) {
    // Closed by FINs: the last acknowledgements may come in any order.
    if (t.payloadLength > 0 || !t.hasAck || !isAckValid(t)) return false;
    t.updateLastAck(t.receiver, t.acknowledgement);
    return true;
  }
  if (!t.hasSenderFlag(t.sender, SENT_RST)) return false;
  const isSynAnswer = before === TCP_SYN_SENT && (t.flags & (TCP_SYN | TCP_ACK)) === (TCP_SYN | TCP_ACK);
  const isNewData =
    t.payloadLength > 0 && (t.flags & TCP_FIN) === 0 && isAfter(t.end, t.field[t.sender + NEXT]!);
  if (!isSynAnswer && !isNewData) return false;
  t.setState(before);
  if (!dispatch(t, before)) {
    t.setState(TCP_CLOSED);
    t.stateBefore = before;
    return false;
  }
  t.clearSenderFlag(t.sender, SENT_RST);
  t.note(StreamEvent.SUSPECTED_RST_INJECT);
  return true;
}
