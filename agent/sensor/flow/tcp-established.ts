/**
 * Owns what happens to segments of an established TCP session: acknowledgement and window have to fit before data is
 * believed, whoever sent it. Behaviour of Suricata 7. Functions return whether the segment was taken.
 */

import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from "../wire/packet-view.js";
import { FROM_CLIENT, FROM_SERVER } from "./flow-state.js";
import { isAfter, isBefore } from "./sequence.js";
import { StreamEvent } from "./stream-event.js";
import { closeByReset, isAckValid, isSigned, isTimestampValid, updateTimestamp } from "./tcp-checks.js";
import { closeByFin } from "./tcp-closing.js";
import {
  ASYNC,
  CONFIRMED,
  INITIAL,
  IS_SIGNED,
  LAST_ACK,
  MIDSTREAM,
  MIDSTREAM_ESTABLISHED,
  NEXT,
  NEXT_WINDOW,
  PROBE_FROM_CLIENT,
  PROBE_FROM_SERVER,
  type TcpContext,
  WINDOW,
} from "./tcp-context.js";

const SYN_ACK = TCP_SYN | TCP_ACK;

export function onEstablished(t: TcpContext): boolean {
  if ((t.flags & TCP_RST) !== 0) return closeByReset(t);
  if ((t.flags & TCP_FIN) !== 0) return isTimestampValid(t) && closeByFin(t);
  if ((t.flags & SYN_ACK) === SYN_ACK) return onSynAck(t);
  if ((t.flags & TCP_SYN) !== 0) {
    if (t.direction === FROM_SERVER) return t.reject(StreamEvent.EST_SYN_TOCLIENT);
    const isSame = t.sequence === t.field[t.sender + INITIAL];
    return t.reject(isSame ? StreamEvent.EST_SYN_RESEND : StreamEvent.EST_SYN_RESEND_DIFF_SEQ);
  }
  // Nobody takes a segment without ACK once the session stands.
  if ((t.flags & TCP_ACK) === 0) return false;
  if (!isTimestampValid(t)) return false;
  if (t.payloadLength > 0 && isSigned(t) && !t.hasFlag(IS_SIGNED | MIDSTREAM)) return false;
  if (t.direction === FROM_SERVER) t.setFlag(CONFIRMED);
  return onSegment(t);
}

/** A SYN/ACK again: the server did not see the client's ACK, or somebody plays. */
function onSynAck(t: TcpContext): boolean {
  if (t.direction === FROM_CLIENT) return t.reject(StreamEvent.EST_SYNACK_TOSERVER);
  if (t.acknowledgement !== t.field[t.receiver + LAST_ACK]) {
    return t.reject(StreamEvent.EST_SYNACK_RESEND_WITH_DIFFERENT_ACK);
  }
  if (t.sequence !== t.field[t.sender + INITIAL]) {
    return t.reject(StreamEvent.EST_SYNACK_RESEND_WITH_DIFF_SEQ);
  }
  return t.hasFlag(CONFIRMED) ? t.reject(StreamEvent.EST_SYNACK_RESEND) : true;
}

function onSegment(t: TcpContext): boolean {
  const f = t.field;
  const isProbeAnswer =
    t.hasFlag(t.direction === FROM_CLIENT ? PROBE_FROM_SERVER : PROBE_FROM_CLIENT) &&
    t.acknowledgement === ((f[t.receiver + NEXT]! + 1) | 0);
  if (isProbeAnswer) {
    // The receiver took the byte that was sent into its closed window.
    t.note(StreamEvent.EST_ACK_ZWP_DATA);
    f[t.receiver + NEXT] = t.acknowledgement;
  } else if (!isAckValid(t)) {
    return t.reject(StreamEvent.EST_INVALID_ACK);
  }
  if (t.direction === FROM_SERVER && t.hasFlag(MIDSTREAM_ESTABLISHED)) {
    f[t.sender + WINDOW] = t.scaledWindow();
    t.setNextWindow(t.sender);
    t.clearFlag(MIDSTREAM_ESTABLISHED);
  }
  if (!isBehindLastAck(t)) return t.reject(StreamEvent.EST_PKT_BEFORE_LAST_ACK);

  if (t.payloadLength === 1 && t.sequence === f[t.sender + NEXT] && f[t.sender + WINDOW] === 0) {
    t.setFlag(t.direction === FROM_CLIENT ? PROBE_FROM_CLIENT : PROBE_FROM_SERVER);
    const packet = t.packet!;
    t.assembly.holdSegment(t.d, t.sequence, packet.bytes, packet.payloadOffset, 1);
    t.isInStream = true;
    return true;
  }
  if (isAfter(t.end, f[t.sender + NEXT_WINDOW]!) && !t.hasFlag(MIDSTREAM | ASYNC)) {
    return t.reject(StreamEvent.EST_PACKET_OUT_OF_WINDOW);
  }
  updateTimestamp(t);
  if (!isBefore(t.end, f[t.sender + NEXT]!)) t.updateNext(t.sender, t.end);
  f[t.receiver + WINDOW] = t.scaledWindow();
  t.updateLastAck(t.receiver, t.acknowledgement);
  t.updateNextWindow(t.receiver);
  t.deliver();
  return true;
}

/** Whether the segment reaches what was acknowledged last, as all but repetitions do. */
function isBehindLastAck(t: TcpContext): boolean {
  const f = t.field;
  const next = f[t.sender + NEXT]!;
  const lastAck = f[t.sender + LAST_ACK]!;
  const isKeepAlive = t.payloadLength <= 1 && t.sequence === ((next - 1) | 0);
  if (isKeepAlive || !isBefore(t.end, lastAck)) return true;
  const isOneSided =
    t.hasFlag(ASYNC) ||
    (t.isAsyncOneSide &&
      t.hasFlag(MIDSTREAM) &&
      (t.sequence === next || lastAck === ((f[t.sender + INITIAL]! + 1) | 0)));
  if (isOneSided) {
    t.setFlag(ASYNC);
    t.updateLastAck(t.sender, t.sequence);
    return true;
  }
  // Acknowledged, but never seen: it fills what was missing.
  return isAfter(lastAck, next) && isAfter(t.end, next);
}
