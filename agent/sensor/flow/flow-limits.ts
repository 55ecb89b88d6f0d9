/**
 * Owns the bounds and time-outs of the flow room. Nothing in this room grows beyond what stands here; the memory is
 * taken once, when the tracker is made. Time-outs are those of Suricata 7's shipped configuration.
 */

/** Seconds of silence after which a flow ends, by its state. */
export interface StateTimeouts {
  readonly newS: number;
  readonly establishedS: number;
  readonly closedS: number;
}

/** What holds normally, and what holds while the table is full. */
export interface ProtocolTimeouts {
  readonly normal: StateTimeouts;
  readonly emergency: StateTimeouts;
}

export interface FlowLimits {
  /** Flows tracked at the same time; all tables together take about 0.5 KiB for each. */
  readonly maxFlows: number;
  /**
   * About what the parsers may remember of all flows together. Beyond it flows are given up, as if the table were full: the
   * answered one that was silent longest, of the source with most flows.
   */
  readonly parserMemoryBytes: number;
  /** Pool for stream bytes that have to be kept: unread message heads and segments that came too early. */
  readonly streamMemoryBytes: number;
  /** Unread bytes kept per direction and reader. Consumed bytes do not count. At most 64 KiB. */
  readonly streamHeadBytes: number;
  /** Bytes of each direction the RAW reader sees, from the start of the connection. */
  readonly rawDepthBytes: number;
  /** Segments that came before their turn, kept per direction while a hole is open. */
  readonly maxPendingSegments: number;
  /** Pick up TCP connections whose beginning was not seen. */
  readonly midstream: boolean;
  /** Expect that only one side of TCP connections is seen. */
  readonly asyncOneSide: boolean;
  /**
   * Leave the urgent byte out of the stream, as applications that do not ask for it in line read it (RFC 6093). False: it is
   * part of the stream, as in Suricata 7 without `urgent.policy`.
   */
  readonly takesUrgentOutOfBand: boolean;
  /**
   * Pass over TCP segments with a wrong checksum, unless so many are wrong that they cannot have been filled in where they
   * were captured (Suricata's `checksum-checks: auto`). False: believe them all (`-k none`).
   */
  readonly verifiesChecksums: boolean;
  /** Whether equal 5-tuples in different VLANs are different flows. */
  readonly vlanTracking: boolean;
  /** Any 32-bit number; give a random one in live use, so that nobody can aim at one hash bucket. */
  readonly hashSeed: number;
  /** A source that holds more flows than this is the first to lose unanswered ones when the table is full. */
  readonly fairSourceFlows: number;
  readonly timeouts: {
    readonly tcp: ProtocolTimeouts;
    readonly udp: ProtocolTimeouts;
    readonly icmp: ProtocolTimeouts;
    readonly other: ProtocolTimeouts;
  };
}

const CONNECTIONLESS_TIMEOUTS: ProtocolTimeouts = {
  normal: { newS: 30, establishedS: 300, closedS: 0 },
  emergency: { newS: 10, establishedS: 100, closedS: 0 },
};

export const DEFAULT_FLOW_LIMITS: FlowLimits = {
  maxFlows: 65_536,
  parserMemoryBytes: 24 * 1024 * 1024,
  streamMemoryBytes: 32 * 1024 * 1024,
  streamHeadBytes: 16 * 1024,
  rawDepthBytes: 1024 * 1024,
  maxPendingSegments: 128,
  midstream: false,
  asyncOneSide: false,
  takesUrgentOutOfBand: true,
  verifiesChecksums: false,
  vlanTracking: true,
  hashSeed: 0,
  fairSourceFlows: 4_096,
  timeouts: {
    tcp: {
      normal: { newS: 60, establishedS: 600, closedS: 60 },
      emergency: { newS: 5, establishedS: 100, closedS: 10 },
    },
    udp: CONNECTIONLESS_TIMEOUTS,
    icmp: CONNECTIONLESS_TIMEOUTS,
    other: CONNECTIONLESS_TIMEOUTS,
  },
};

/** The table is left in emergency once this part of it is free again (`flow.emergency-recovery`). */
export const EMERGENCY_RECOVERY_SHARE = 0.3;
