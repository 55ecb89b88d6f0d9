/** Owns the EVE objects of an ended flow: what was counted, why it ended, and what TCP came to. */
import { eveTimestamp } from "../base/eve-timestamp.js";
import {
  FLOW_CLOSED,
  FLOW_END_NAMES,
  FLOW_NEW,
  TCP_CLOSED,
  TCP_NONE,
  TCP_STATE_NAMES,
} from "./flow/flow-state.js";
import type { FlowTracker } from "./flow/flow-tracker.js";
import { TO_CLIENT, TO_SERVER } from "./proto/protocols.js";
import {
  IP_PROTOCOL_TCP,
  TCP_ACK,
  TCP_CWR,
  TCP_ECE,
  TCP_FIN,
  TCP_PSH,
  TCP_RST,
  TCP_SYN,
  TCP_URG,
} from "./wire/packet-view.js";

type Eve = Readonly<Record<string, unknown>>;

/** Suricata's names of flags, in its order. */
const FLAG_NAMES: readonly (readonly [flag: number, name: string])[] = [
  [TCP_SYN, "syn"],
  [TCP_FIN, "fin"],
  [TCP_RST, "rst"],
  [TCP_PSH, "psh"],
  [TCP_ACK, "ack"],
  [TCP_URG, "urg"],
  [TCP_ECE, "ecn"],
  [TCP_CWR, "cwr"],
];

/**
 * The objects `flow` and, for TCP, `tcp` of the flow that ends now.
 *
 * @param gaps bits of the directions in which octets were missing
 */
export function describeFlow(tracker: FlowTracker, flow: number, isAlerted: boolean, gaps: number): Eve {
  const { table } = tracker;
  const firstUs = table.firstUs(flow);
  const lastUs = table.lastUs(flow);
  const state = table.state(flow);
  return {
    flow: {
      pkts_toserver: table.packets(flow, TO_SERVER),
      pkts_toclient: table.packets(flow, TO_CLIENT),
      bytes_toserver: table.bytes(flow, TO_SERVER),
      bytes_toclient: table.bytes(flow, TO_CLIENT),
      start: eveTimestamp(firstUs),
      end: eveTimestamp(lastUs),
      age: Math.floor(lastUs / 1e6) - Math.floor(firstUs / 1e6),
      state: state === FLOW_NEW ? "new" : state === FLOW_CLOSED ? "closed" : "established",
      reason: FLOW_END_NAMES[tracker.endReason],
      alerted: isAlerted,
    },
    ...(table.ipProtocol(flow) === IP_PROTOCOL_TCP ? { tcp: describeTcp(tracker, flow, gaps) } : {}),
  };
}

/** Flags and state of a session; where none was followed, no flags (as in Suricata). */
function describeTcp(tracker: FlowTracker, flow: number, gaps: number): Eve {
  const state = tracker.table.tcpState(flow);
  const isFollowed = state !== TCP_NONE;
  const toServer = isFollowed ? tracker.tcpFlags(flow, TO_SERVER) : 0;
  const toClient = isFollowed ? tracker.tcpFlags(flow, TO_CLIENT) : 0;
  const all = toServer | toClient;
  const tcp: Record<string, unknown> = {
    tcp_flags: flagsText(all),
    tcp_flags_ts: flagsText(toServer),
    tcp_flags_tc: flagsText(toClient),
  };
  if (!isFollowed) return tcp;
  for (const [flag, name] of FLAG_NAMES) if ((all & flag) !== 0) tcp[name] = true;
  tcp.state = TCP_STATE_NAMES[Math.min(state, TCP_CLOSED)];
  if ((gaps & (1 << TO_SERVER)) !== 0) tcp.ts_gap = true;
  if ((gaps & (1 << TO_CLIENT)) !== 0) tcp.tc_gap = true;
  return tcp;
}

function flagsText(flags: number): string {
  return flags.toString(16).padStart(2, "0");
}
