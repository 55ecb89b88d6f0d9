/** How TCP connections end, for whoever judges what is left of them. */
import { TCP_CLOSED, TCP_ESTABLISHED, TCP_NONE } from "./flow/flow-state.js";
import type { FlowTracker } from "./flow/flow-tracker.js";
import { TO_CLIENT, TO_SERVER } from "./proto/protocols.js";

/** A connection that ends in this state was not closed: as in Suricata rules on its protocol are asked once more in each direction. */
export function isOpenEnded(tcpState: number): boolean {
  return tcpState >= TCP_ESTABLISHED && tcpState !== TCP_CLOSED;
}

/** The flow has no session, or nobody ever spoke in it and rules are not asked at its end: most scans, most flows of a busy line. */
export function endsUnheard({ table, streams }: FlowTracker, flow: number): boolean {
  const tcpState = table.tcpState(flow);
  if (tcpState === TCP_NONE) return true;
  if (isOpenEnded(tcpState)) return false;
  return streams.receivedBytes(flow, TO_SERVER) + streams.receivedBytes(flow, TO_CLIENT) === 0;
}
