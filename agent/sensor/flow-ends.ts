/** How TCP connections end, for whoever judges what is left of them. */
import { TCP_CLOSED, TCP_ESTABLISHED, TCP_NONE } from "./flow/flow-state.js";
import type { FlowTracker } from "./flow/flow-tracker.js";
import { APP } from "./flow/stream-buffers.js";
import { type DirectionId, TO_CLIENT, TO_SERVER } from "./proto/protocols.js";

/** A connection that ends in this state was not closed. */
function isOpenEnded(tcpState: number): boolean {
  return tcpState >= TCP_ESTABLISHED && tcpState !== TCP_CLOSED;
}

/**
 * Whether rules on the protocol of a connection are asked once more in this direction: it was not closed, or a RST has cut off what
 * nobody acknowledged, which is looked at only now.
 */
export function isAskedAtEnd({ table, streams }: FlowTracker, flow: number, direction: DirectionId): boolean {
  const tcpState = table.tcpState(flow);
  if (isOpenEnded(tcpState)) return true;
  return (
    tcpState === TCP_CLOSED &&
    streams.receivedBytes(flow, direction) > streams.acknowledgedBytes(flow, direction)
  );
}

/**
 * The flow has no session, or nobody ever spoke in it and rules are not asked at its end (most scans, most flows of a busy line), or
 * there are no rules, and its parsers have all that they want.
 */
export function endsUnheard({ table, streams }: FlowTracker, flow: number, isWithoutRules: boolean): boolean {
  const tcpState = table.tcpState(flow);
  if (tcpState === TCP_NONE) return true;
  const isSilent = streams.receivedBytes(flow, TO_SERVER) + streams.receivedBytes(flow, TO_CLIENT) === 0;
  if (isSilent && !isOpenEnded(tcpState)) return true;
  return isWithoutRules && streams.isStopped(flow, TO_SERVER, APP) && streams.isStopped(flow, TO_CLIENT, APP);
}
