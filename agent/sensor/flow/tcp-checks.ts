/**
 * Owns the checks every TCP segment passes, whatever the state: is the acknowledgement possible, is the timestamp
 * not older than what was seen (PAWS), may this RST close the session, is it a keep-alive, a probe, a repetition.
 * Behaviour of Suricata 7 with its policy for Linux hosts; where a receiver of today is stricter (RFC 5961 for RST,
 * RFC 7323 for timestamps), its reading counts, because what it rejects must not be believed either.
 */

import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from "../wire/packet-view.js";
import { FROM_CLIENT, TCP_CLOSED, TCP_ESTABLISHED, TCP_SYN_SENT } from "./flow-state.js";
import { isAfter, isBefore } from "./sequence.js";
import { StreamEvent } from "./stream-event.js";
import {
  ASYNC,
  HAS_KEEPALIVE,
  HAS_ZERO_TIMESTAMP,
  INITIAL,
  LAST_ACK,
  LAST_TIMESTAMP,
  LAST_TIMESTAMP_S,
  NEXT,
  NEXT_WINDOW,
  PROBE_FROM_CLIENT,
  PROBE_FROM_SERVER,
  SENT_RST,
  type TcpContext,
  TIMESTAMPS,
  WINDOW,
} from "./tcp-context.js";

/** Timestamps say nothing after 24 days of silence (RFC 7323, section 5.5). */
const PAWS_IDLE_S = 24 * 24 * 3600;

const OPTION_END = 0;
const OPTION_NOP = 1;
const OPTION_MD5 = 19;
const MD5_OPTION_BYTES = 18;

/** Whether the segment acknowledges what its receiver can have sent. */
export function isAckValid(t: TcpContext): boolean {
  if (!t.hasAck) return true;
  const f = t.field;
  const ack = t.acknowledgement;
  const lastAck = f[t.receiver + LAST_ACK]!;
  if (ack === lastAck) return true;
  if (isBefore(ack, lastAck)) {
    const window = f[t.receiver + WINDOW]!;
    if (window === 0 || !isBefore(ack, lastAck - window)) return true;
  } else {
    if (!isAfter(ack, f[t.receiver + NEXT_WINDOW]!) || t.hasFlag(ASYNC)) return true;
  }
  return t.reject(StreamEvent.PKT_INVALID_ACK);
}

/** Whether the timestamp is not older than one already taken (PAWS). Only asked where both sides use them. */
export function isTimestampValid(t: TcpContext): boolean {
  if (!t.hasTimestamp || !t.hasFlag(TIMESTAMPS)) return true;
  if (t.hasSenderFlag(t.sender, HAS_ZERO_TIMESTAMP)) return true;
  // Linux takes timestamps that are off by one.
  if (((t.timestamp - t.field[t.sender + LAST_TIMESTAMP]! + 1) | 0) >= 0) return true;
  const idleS = t.timeS - t.field[t.sender + LAST_TIMESTAMP_S]!;
  if (idleS > PAWS_IDLE_S && t.sequence === t.field[t.sender + NEXT]) return true;
  return t.reject(StreamEvent.PKT_INVALID_TIMESTAMP);
}

/** Remember the timestamp of an accepted segment; of one that came before its turn it does not count. */
export function updateTimestamp(t: TcpContext): void {
  if (!t.hasTimestamp || !t.hasFlag(TIMESTAMPS)) return;
  if (t.hasSenderFlag(t.sender, HAS_ZERO_TIMESTAMP)) {
    t.clearFlag(TIMESTAMPS);
    return;
  }
  if (isAfter(t.sequence, t.assembly.inOrder(t.d))) return;
  const idleS = t.timeS - t.field[t.sender + LAST_TIMESTAMP_S]!;
  const isOlder = ((t.timestamp - t.field[t.sender + LAST_TIMESTAMP]!) | 0) < 0;
  if (isOlder && idleS <= PAWS_IDLE_S) return;
  t.field[t.sender + LAST_TIMESTAMP] = t.timestamp;
  t.field[t.sender + LAST_TIMESTAMP_S] = t.timeS;
}

/**
 * Close the session if the receiver would. Since RFC 5961 that is a RST that stands exactly where the receiver is;
 * that place is the highest sequence number sent, or, with data in flight, what was acknowledged or read last.
 * Returns false if the RST is rejected.
 */
export function closeByReset(t: TcpContext): boolean {
  if (!isTimestampValid(t)) return false;
  if (t.payloadLength > 0) t.note(StreamEvent.RST_WITH_DATA);
  if (t.state === TCP_SYN_SENT) {
    if (!isResetOfSyn(t)) return t.reject(StreamEvent.RST_INVALID_ACK);
  } else {
    if (t.hasAck && t.acknowledgement !== 0 && !isAckValid(t)) return t.reject(StreamEvent.RST_INVALID_ACK);
    const f = t.field;
    const isExact =
      t.sequence === f[t.sender + NEXT] ||
      t.sequence === f[t.sender + LAST_ACK] ||
      t.sequence === t.assembly.inOrder(t.d);
    const isFromAsync = t.hasFlag(ASYNC) && !isBefore(t.sequence, f[t.sender + NEXT]!);
    if (!isExact && !isFromAsync) return false;
    t.field[t.sender + NEXT] = t.sequence;
  }
  t.setSenderFlag(t.sender, SENT_RST);
  t.setState(TCP_CLOSED);
  t.isReset = true;
  const gaps = t.assembly.gaps;
  t.assembly.passHoles(t.d);
  if (t.assembly.gaps !== gaps) t.note(StreamEvent.REASSEMBLY_SEQ_GAP);
  t.assembly.passHoles(t.d ^ 1);
  return true;
}

/** RFC 9293, section 3.10.7.3: from the server it has to acknowledge the SYN; from the client it follows the SYN. */
function isResetOfSyn(t: TcpContext): boolean {
  if (t.direction === FROM_CLIENT) {
    return t.sequence === t.field[t.sender + INITIAL] || t.sequence === t.field[t.sender + NEXT];
  }
  if (!t.hasAck) return false;
  return (
    t.acknowledgement === t.field[t.receiver + NEXT] ||
    t.acknowledgement === ((t.field[t.receiver + INITIAL]! + 1) | 0)
  );
}

/** Whether the segment carries a TCP-MD5 signature (RFC 2385). */
export function isSigned(t: TcpContext): boolean {
  const packet = t.packet!;
  if (packet.tcpOptionsLength < MD5_OPTION_BYTES) return false;
  const { bytes } = packet;
  const end = packet.tcpOptionsOffset + packet.tcpOptionsLength;
  for (let at = packet.tcpOptionsOffset; at + 1 < end; ) {
    const kind = bytes[at]!;
    if (kind === OPTION_END) return false;
    if (kind === OPTION_MD5) return true;
    const length = kind === OPTION_NOP ? 1 : bytes[at + 1]!;
    if (length === 0) return false;
    at += length;
  }
  return false;
}

/** Whether all of the payload was sent before; notes it. */
export function isRetransmission(t: TcpContext): boolean {
  if (t.payloadLength === 0) return false;
  const lastAck = t.field[t.sender + LAST_ACK]!;
  const isOld =
    (isBefore(t.sequence, lastAck) && isAfter(t.end, lastAck)) ||
    !isAfter(t.end, lastAck) ||
    !isAfter(t.end, t.field[t.sender + NEXT]!);
  if (isOld) t.note(StreamEvent.PKT_RETRANSMISSION);
  return isOld;
}

/**
 * The payload has been read and acknowledged: the receiver will not look at it, whatever it says now. Where some of it was missing
 * the state judges it.
 */
export function isSpuriousRetransmission(t: TcpContext): boolean {
  if (t.payloadLength === 0) return false;
  if (isAfter(t.end, t.field[t.sender + LAST_ACK]!)) return false;
  t.note(StreamEvent.PKT_SPURIOUS_RETRANSMISSION);
  return !isAfter(t.end, t.assembly.inOrder(t.d)) && !t.assembly.holes.has(t.d);
}

/**
 * Segments that change nothing and are not to be judged by the state: keep-alives and their answers, answers to
 * window probes, acknowledgements that came late, and forged shrinking of the window (Suricata bug 1238).
 */
export function isWithoutEffect(t: TcpContext): boolean {
  const f = t.field;
  const isPlain = (t.flags & (TCP_SYN | TCP_FIN | TCP_RST)) === 0;
  const isAtLastAck = t.acknowledgement === f[t.receiver + LAST_ACK];
  // The garbage byte of a keep-alive stands where a byte has been; behind a forged FIN it would be a new one.
  const isOld =
    t.payloadLength === 0 || (t.payloadLength === 1 && isBefore(t.sequence, t.assembly.inOrder(t.d)));
  if (isPlain && isOld && isAtLastAck && t.sequence === ((f[t.sender + NEXT]! - 1) | 0)) {
    t.setSenderFlag(t.sender, HAS_KEEPALIVE);
    return true;
  }
  const isEmpty = isPlain && t.payloadLength === 0;
  const isNext = t.sequence === f[t.sender + NEXT];
  const window = t.scaledWindow();
  const isAnsweringKeepAlive =
    isEmpty &&
    t.hasSenderFlag(t.receiver, HAS_KEEPALIVE) &&
    isAtLastAck &&
    isNext &&
    t.window !== 0 &&
    window === f[t.receiver + WINDOW];
  t.clearSenderFlag(t.sender, HAS_KEEPALIVE);
  if (isAnsweringKeepAlive) {
    t.clearSenderFlag(t.receiver, HAS_KEEPALIVE);
    return true;
  }
  const state = t.state;
  if (state < TCP_ESTABLISHED) return false;

  const probe = t.direction === FROM_CLIENT ? PROBE_FROM_SERVER : PROBE_FROM_CLIENT;
  const wasProbed = t.hasFlag(probe);
  if (wasProbed && isEmpty && t.window === 0 && f[t.receiver + WINDOW] === 0 && isAtLastAck && isNext)
    return true;

  const isWindowUpdate =
    isEmpty && t.window !== 0 && window !== f[t.receiver + WINDOW] && isAtLastAck && isNext;
  if (isWindowUpdate || state === TCP_CLOSED) return false;
  if (isPlain && isShrinkingWindow(t, window)) {
    t.note(StreamEvent.PKT_BAD_WINDOW_UPDATE);
    return true;
  }
  const isLateAck = isEmpty && isNext && isBefore(t.acknowledgement, f[t.receiver + LAST_ACK]!);
  return isLateAck && (t.flags & TCP_ACK) !== 0 && t.packet!.tcpSackCount === 0;
}

/** From beyond what was sent, acknowledging what was not sent, and taking back more window than that explains. */
function isShrinkingWindow(t: TcpContext, window: number): boolean {
  const f = t.field;
  const shrunkBy = f[t.receiver + WINDOW]! - window;
  if (
    shrunkBy <= t.payloadLength ||
    !isAfter(t.acknowledgement, f[t.receiver + NEXT]!) ||
    !isAfter(t.sequence, f[t.sender + NEXT]!)
  ) {
    return false;
  }
  const explained = (t.acknowledgement - f[t.receiver + LAST_ACK]!) | 0;
  return shrunkBy > explained + (window > 1024 ? 32 : 0);
}
