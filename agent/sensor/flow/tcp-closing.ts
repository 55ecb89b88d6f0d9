/**
 * Owns how a TCP session ends: FIN, and the states from FIN_WAIT1 to TIME_WAIT. A FIN ends its direction only when
 * the receiver has acknowledged it (`StreamAssembly.close`), so a forged one hides nothing that follows.
 * Behaviour of Suricata 7. Functions return whether the segment was taken.
 */

import { TCP_FIN, TCP_RST, TCP_SYN } from "../wire/packet-view.js";
import {
  FROM_CLIENT,
  FROM_SERVER,
  TCP_CLOSE_WAIT,
  TCP_CLOSED,
  TCP_CLOSING,
  TCP_FIN_WAIT1,
  TCP_FIN_WAIT2,
  TCP_LAST_ACK,
  TCP_TIME_WAIT,
} from "./flow-state.js";
import { isAfter, isBefore } from "./sequence.js";
import { StreamEvent } from "./stream-event.js";
import {
  closeByReset,
  isAckValid,
  isRetransmission,
  isTimestampValid,
  updateTimestamp,
} from "./tcp-checks.js";
import {
  ASYNC,
  LAST_ACK,
  MIDSTREAM,
  NEXT,
  NEXT_WINDOW,
  SENT_FIN,
  type TcpContext,
  WINDOW,
} from "./tcp-context.js";

/** The first FIN of a session, in SYN_RECV or ESTABLISHED. */
export function closeByFin(t: TcpContext): boolean {
  const f = t.field;
  if (!isAckValid(t)) return t.reject(StreamEvent.FIN_INVALID_ACK);
  const isInWindow =
    !isBefore(t.sequence, f[t.sender + LAST_ACK]!) &&
    (!isAfter(t.end, f[t.sender + NEXT_WINDOW]!) || t.hasFlag(MIDSTREAM | ASYNC));
  if (!isInWindow) return t.reject(StreamEvent.FIN_OUT_OF_WINDOW);
  if ((t.flags & TCP_SYN) !== 0) return t.reject(StreamEvent.FIN_SYN);
  t.setState(t.direction === FROM_CLIENT ? TCP_CLOSE_WAIT : TCP_FIN_WAIT1);
  takeFin(t);
  return true;
}

/** Segments after the first FIN. */
export function onClosing(t: TcpContext): boolean {
  const state = t.state;
  if ((t.flags & TCP_RST) !== 0) return closeByReset(t);
  const isFin = (t.flags & TCP_FIN) !== 0;
  if (isFin && (state === TCP_LAST_ACK || state === TCP_TIME_WAIT)) return true;
  if ((t.flags & TCP_SYN) !== 0 && !isFin) return t.reject(StreamEvent.SHUTDOWN_SYN_RESEND);
  if (!isTimestampValid(t)) return false;
  if (isFin && state !== TCP_CLOSING) return onFin(t, state);
  return t.hasAck ? onAck(t, state) : false;
}

function onFin(t: TcpContext, state: number): boolean {
  const f = t.field;
  const next = f[t.sender + NEXT]!;
  const hasSentFin = t.hasSenderFlag(t.sender, SENT_FIN);
  const isOldData = isRetransmission(t);
  const isAgain = hasSentFin && (isOldData || ((t.end + 1) | 0) === next);
  if (!isAgain) {
    // One less: the receiver may have been seen to acknowledge this FIN before it was seen.
    const isWrong =
      isBefore(t.end, (next - 1) | 0) ||
      isAfter(t.sequence, (f[t.sender + LAST_ACK]! + f[t.sender + WINDOW]!) | 0);
    if (isWrong) return t.reject(finWrongSeq(state));
  }
  if (!isAckValid(t)) return t.reject(invalidAck(state));
  if (isAgain) {
    acceptAck(t);
    t.deliver();
    return true;
  }
  if (!hasSentFin) {
    const isFinAcked = t.hasAck && !isBefore(t.acknowledgement, f[t.receiver + NEXT]!);
    if (state === TCP_FIN_WAIT1) t.setState(isFinAcked ? TCP_TIME_WAIT : TCP_CLOSING);
    else if (state === TCP_FIN_WAIT2) t.setState(TCP_TIME_WAIT);
    else if (t.direction === FROM_SERVER) t.setState(TCP_LAST_ACK);
  }
  takeFin(t);
  return true;
}

/** The FIN is the sender's: nothing of it follows. */
function takeFin(t: TcpContext): void {
  const f = t.field;
  updateTimestamp(t);
  t.setSenderFlag(t.sender, SENT_FIN);
  t.updateNext(t.sender, (t.end + 1) | 0);
  acceptAck(t);
  t.deliver();
  t.assembly.close(t.d, t.end);
  // An acknowledgement of what was not seen says that it was sent.
  if (t.hasAck && isBefore(f[t.receiver + NEXT]!, t.acknowledgement))
    f[t.receiver + NEXT] = t.acknowledgement;
}

function acceptAck(t: TcpContext): void {
  const f = t.field;
  f[t.receiver + WINDOW] = t.scaledWindow();
  if (t.hasAck) t.updateLastAck(t.receiver, t.acknowledgement);
  t.updateNextWindow(t.receiver);
}

function onAck(t: TcpContext, state: number): boolean {
  const f = t.field;
  const isAgain = isRetransmission(t);
  const isNext = t.sequence === f[t.sender + NEXT];
  const wrongPlace = checkPlace(t, state, isAgain, isNext);
  if (wrongPlace !== StreamEvent.NONE) return t.reject(wrongPlace);
  if (!isAckValid(t)) return t.reject(invalidAck(state));
  if (!isAgain) {
    const isFinAcked = !isBefore(t.acknowledgement, f[t.receiver + NEXT]!);
    if (state === TCP_FIN_WAIT1 && t.direction === FROM_CLIENT && isNext && isFinAcked) {
      t.setState(TCP_FIN_WAIT2);
    } else if (state === TCP_CLOSING) {
      t.setState(TCP_TIME_WAIT);
    } else if (state === TCP_TIME_WAIT) {
      t.setState(TCP_CLOSED);
    } else if (state === TCP_LAST_ACK && t.direction === FROM_CLIENT && isNext) {
      t.setState(TCP_CLOSED);
    }
  }
  updateTimestamp(t);
  if (t.payloadLength > 0 && isAfter(t.end, f[t.sender + NEXT]!)) t.updateNext(t.sender, t.end);
  acceptAck(t);
  if (isBefore(f[t.receiver + NEXT]!, t.acknowledgement)) f[t.receiver + NEXT] = t.acknowledgement;
  t.deliver();
  return true;
}

/** NONE, or the event that says why a segment cannot stand where it does. */
function checkPlace(t: TcpContext, state: number, isAgain: boolean, isNext: boolean): number {
  const f = t.field;
  const lastAck = f[t.sender + LAST_ACK]!;
  const isLoose = isAgain || t.hasFlag(MIDSTREAM | ASYNC);
  const reach = f[t.sender + NEXT_WINDOW]!;
  // A FIN takes a sequence number, and not every stack counts it.
  const isAtFin = isNext || t.sequence === ((f[t.sender + NEXT]! - 1) | 0);
  switch (state) {
    case TCP_FIN_WAIT1:
      return isLoose || !isAfter(t.end, reach) || isAtFin ? StreamEvent.NONE : StreamEvent.FIN1_ACK_WRONG_SEQ;
    case TCP_FIN_WAIT2:
      return isLoose || !isAfter(t.end, reach) || isAtFin ? StreamEvent.NONE : StreamEvent.FIN2_ACK_WRONG_SEQ;
    case TCP_CLOSE_WAIT:
      if (t.payloadLength > 0 && !isAfter(t.end, lastAck)) return StreamEvent.CLOSEWAIT_PKT_BEFORE_LAST_ACK;
      return isLoose || !isAfter(t.end, reach) || isAtFin
        ? StreamEvent.NONE
        : StreamEvent.CLOSEWAIT_ACK_OUT_OF_WINDOW;
    case TCP_CLOSING:
      return isAtFin ? StreamEvent.NONE : StreamEvent.CLOSING_ACK_WRONG_SEQ;
    case TCP_LAST_ACK:
      if (t.direction === FROM_SERVER || isAgain || isAtFin || isBefore(t.sequence, f[t.sender + NEXT]!)) {
        return StreamEvent.NONE;
      }
      return StreamEvent.LASTACK_ACK_WRONG_SEQ;
    default:
      return isAgain || isAtFin ? StreamEvent.NONE : StreamEvent.TIMEWAIT_ACK_WRONG_SEQ;
  }
}

function finWrongSeq(state: number): number {
  if (state === TCP_FIN_WAIT1) return StreamEvent.FIN1_FIN_WRONG_SEQ;
  if (state === TCP_FIN_WAIT2) return StreamEvent.FIN2_FIN_WRONG_SEQ;
  return StreamEvent.CLOSEWAIT_FIN_OUT_OF_WINDOW;
}

function invalidAck(state: number): number {
  switch (state) {
    case TCP_FIN_WAIT1:
      return StreamEvent.FIN1_INVALID_ACK;
    case TCP_FIN_WAIT2:
      return StreamEvent.FIN2_INVALID_ACK;
    case TCP_CLOSE_WAIT:
      return StreamEvent.CLOSEWAIT_INVALID_ACK;
    case TCP_CLOSING:
      return StreamEvent.CLOSING_INVALID_ACK;
    case TCP_LAST_ACK:
      return StreamEvent.LASTACK_INVALID_ACK;
    default:
      return StreamEvent.TIMEWAIT_INVALID_ACK;
  }
}
