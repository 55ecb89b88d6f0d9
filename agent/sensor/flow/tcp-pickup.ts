/**
 * Owns TCP sessions that are taken up where they are: their beginning was not seen (`midstream`), or only one side is
 * (`asyncOneSide`). Both are off by default. What was not negotiated in sight is assumed at its widest.
 */

import { FROM_SERVER, TCP_ESTABLISHED, TCP_SYN_RECV } from "./flow-state.js";
import { StreamEvent } from "./stream-event.js";
import { updateTimestamp } from "./tcp-checks.js";
import {
  ASYNC,
  HAS_ZERO_TIMESTAMP,
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
  type TcpContext,
  TIMESTAMPS,
  WINDOW,
} from "./tcp-context.js";

export function assumeMidstreamWindow(t: TcpContext): void {
  t.field[t.sender + WINDOW] = t.scaledWindow();
  t.setNextWindow(t.sender);
  if (t.hasFlag(MIDSTREAM_SYNACK)) return;
  t.setScale(t.sender, MAX_WINDOW_SCALE);
  t.setScale(t.receiver, MAX_WINDOW_SCALE);
}

/** A session whose beginning was not seen: the sender of this segment is the client, scaling at its widest. */
export function pickUp(t: TcpContext): void {
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
export function pickUpAtSynAck(t: TcpContext): void {
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
export function onAsyncAck(t: TcpContext): boolean {
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
