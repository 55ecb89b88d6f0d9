/** Owns the states of a flow, its timeout classes, and the TCP states behind them. Numbers stand in columns. */

/** Suricata's flow states. */
export const FLOW_NEW = 0;
export const FLOW_ESTABLISHED = 1;
export const FLOW_CLOSED = 2;

/** Why a flow ended, and Suricata's names of it in EVE `flow.reason`. */
export const FlowEnd = { TIMEOUT: 0, FORCED: 1, SHUTDOWN: 2, REUSED: 3 } as const;
export type FlowEndId = (typeof FlowEnd)[keyof typeof FlowEnd];
export const FLOW_END_NAMES: readonly string[] = ["timeout", "forced", "shutdown", "tcp_reuse"];

/** Which time-outs a flow has: the queue it stands in is `timeoutClass * 3 + state`. */
export const CLASS_TCP = 0;
export const CLASS_UDP = 1;
export const CLASS_ICMP = 2;
export const CLASS_OTHER = 3;
export const CLASS_COUNT = 4;
export const STATE_COUNT = 3;
export const QUEUE_COUNT = CLASS_COUNT * STATE_COUNT;

/** TCP states in Suricata's order: everything from ESTABLISHED on counts as established. */
export const TCP_NONE = 0;
export const TCP_SYN_SENT = 1;
export const TCP_SYN_RECV = 2;
export const TCP_ESTABLISHED = 3;
export const TCP_FIN_WAIT1 = 4;
export const TCP_FIN_WAIT2 = 5;
export const TCP_TIME_WAIT = 6;
export const TCP_LAST_ACK = 7;
export const TCP_CLOSE_WAIT = 8;
export const TCP_CLOSING = 9;
export const TCP_CLOSED = 10;

/** Suricata's names in EVE `flow.tcp.state`. */
export const TCP_STATE_NAMES: readonly string[] = [
  "none",
  "syn_sent",
  "syn_recv",
  "established",
  "fin_wait1",
  "fin_wait2",
  "time_wait",
  "last_ack",
  "close_wait",
  "closing",
  "closed",
];

/** Index of what travels from the client, or from the server, in everything kept per direction. */
export const FROM_CLIENT = 0;
export const FROM_SERVER = 1;
