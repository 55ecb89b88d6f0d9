/** How TCP connections end, for whoever judges what is left of them. */
import { TCP_CLOSED, TCP_ESTABLISHED, TCP_NONE } from "./flow/flow-state.js";
import type { FlowTracker } from "./flow/flow-tracker.js";
import { APP } from "./flow/stream-buffers.js";
import { TO_CLIENT, TO_SERVER } from "./proto/protocols.js";

/** A connection that ends in this state was not closed: as in Suricata rules on its protocol are asked once more in each direction. */
export function isOpenEnded(tcpState: number): boolean {
  return tcpState >= TCP_ESTABLISHED && tcpState !== TCP_CLOSED;
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
