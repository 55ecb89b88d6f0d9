/** How TCP connections end, for whoever judges what is left of them. */
import { TCP_CLOSED, TCP_ESTABLISHED, TCP_NONE } from "./flow/flow-state.js";
import type { FlowTracker } from "./flow/flow-tracker.js";
import { APP } from "./flow/stream-heads.js";
import { type DirectionId, TO_CLIENT, TO_SERVER } from "./proto/protocols.js";
import { TCP_RST } from "./wire/packet-view.js";

/** A connection that ends in this state was not closed. */
function isOpenEnded(tcpState: number): boolean {
  return tcpState >= TCP_ESTABLISHED && tcpState !== TCP_CLOSED;
}

/**
 * Whether rules on the protocol of a connection are asked once more in this direction: it was not closed, or a RST has cut off what
 * they were not asked about yet. As in Suricata that is nothing of the server's where it was the server who sent it, and of the
 * client's what nobody has acknowledged, or the client has not followed up; of a server that said nothing rules on it are asked with
 * the client's, but where there are no rules on streams only of what was acknowledged.
 */
export function isAskedAtEnd(
  tracker: FlowTracker,
  flow: number,
  direction: DirectionId,
  hasStreamRules: boolean,
): boolean {
  const { table, streams } = tracker;
  const tcpState = table.tcpState(flow);
  if (isOpenEnded(tcpState)) return true;
  if (tcpState !== TCP_CLOSED) return false;
  if ((tracker.tcpFlags(flow, TO_SERVER) & TCP_RST) !== 0) return true;
  if ((tracker.tcpFlags(flow, TO_CLIENT) & TCP_RST) === 0) return false;
  const isAnswered = streams.receivedBytes(flow, TO_CLIENT) > 0;
  const isRequestAcknowledged = isAcknowledged(tracker, flow, TO_SERVER);
  if (!isAnswered && (isRequestAcknowledged || hasStreamRules)) return true;
  if (direction === TO_CLIENT) return false;
  return !isRequestAcknowledged || !isAcknowledged(tracker, flow, TO_CLIENT);
}

function isAcknowledged({ streams }: FlowTracker, flow: number, direction: DirectionId): boolean {
  return streams.receivedBytes(flow, direction) <= streams.acknowledgedBytes(flow, direction);
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
