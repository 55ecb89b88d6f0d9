/**
 * The rule image: a rule set as flat typed arrays that a sensor runs without knowing the rule language. It holds no
 * functions and no cycles: image-file.ts puts all of it into one shared buffer, which sensor threads share and which is
 * written to disk as it is. Its form as bytes stands in image-layout.ts; a change here is made there too.
 *
 * Rules are numbered in the order in which they are judged. `RuleColumn` says what stands in a rule's row; its
 * program is a list of instructions (see program.ts).
 */

import type { TextTable } from "../base/text-table.js";
import type { DataTable } from "./data-set.js";
import type { IndicatorImage } from "./indicators/indicator-set.js";
import type { DescriptionTable } from "./rule-description.js";

/** Columns of a rule's row in `RuleImage.rules`. */
export const RuleColumn = {
  /** RuleFlag bits. */
  FLAGS: 0,
  /** Transport bits (see TransportBit); 0: every one. */
  TRANSPORTS: 1,
  /** Application protocols 0–31 and 32–63 as bits; both 0: every one. */
  PROTOCOLS_LOW: 2,
  PROTOCOLS_HIGH: 3,
  SOURCE_SET: 4,
  DESTINATION_SET: 5,
  SOURCE_PORTS: 6,
  DESTINATION_PORTS: 7,
  /** First word of the program. */
  PROGRAM: 8,
  /** First row of `thresholds`, or −1. */
  THRESHOLD: 9,
  /** Bits of FlowFlag. */
  FLOW_FLAGS: 10,
  /** How the rule is judged: RuleKind. */
  KIND: 11,
} as const;
export const RULE_STRIDE = 12;

export const RuleFlag = {
  TO_SERVER: 1,
  TO_CLIENT: 2,
  BIDIRECTIONAL: 4,
  NOALERT: 8,
  /** Actions, alert where none is set. */
  DROP: 16,
  REJECT: 32,
  PASS: 64,
  /** The rule has bits, counters or thresholds to keep after a match. */
  HAS_EFFECTS: 128,
  /** Conditions on the payload are looked for in the stream, and besides in packets that are part of it. */
  ON_STREAM: 256,
  ON_SEGMENT: 512,
  /** A pass rule that alerts all the same. */
  ALERTING: 1024,
  /** threshold.config hides all alerts of the rule (NOALERT is set as well). */
  SUPPRESSED: 2048,
  /** The flow is not judged any more behind a match. */
  BYPASSING: 4096,
  /** The program begins with a section on the payload that has to hold on the stream too before a packet is looked at. */
  GUARDED: 8192,
  /** What a pass or drop rule decides, it decides for the flow: it is about addresses, protocols or messages, not about one packet. */
  FLOW_WIDE: 16384,
  /** The rule asks for the protocol of the flow alone: once in each direction, when that is known. */
  ON_RECOGNITION: 32768,
} as const;

/** What the rule is judged on. */
export const RuleKind = {
  /** Header fields and payload of every packet. */
  PACKET: 0,
  /** Addresses only: the first packet of each direction of a flow. */
  ADDRESS: 1,
  /** Payload in the stream, and in packets outside any stream. */
  STREAM: 2,
  /** Fields of a message. */
  MESSAGE: 3,
} as const;

/** Transport protocols as bits. */
export const TransportBit = { TCP: 1, UDP: 2, ICMP: 4, ICMPV6: 8, SCTP: 16, OTHER: 32 } as const;

/** Sorted inclusive ranges of many sets behind each other. Set 0 is everything. */
export interface RangeSets {
  /** First range of set n at [n], end at [n + 1]; counted in ranges. */
  readonly starts: Uint32Array;
  /** `width` words of the first value, then `width` words of the last, for each range. */
  readonly ranges: Uint32Array;
}

/** Rules by IPv4 address: those of segment n are `rules[offsets[n], offsets[n + 1])`. */
export interface SegmentIndex {
  /** First address of each segment, rising, the first 0. */
  readonly borders: Uint32Array;
  readonly offsets: Uint32Array;
  readonly rules: Int32Array;
}

/** Rules that ask for addresses alone (see address-index.ts). */
export interface AddressIndex {
  readonly source: SegmentIndex;
  readonly destination: SegmentIndex;
  /** Tried on every IPv4 packet. */
  readonly everywhere: Int32Array;
  /** Tried on every IPv6 packet. */
  readonly v6: Int32Array;
}

export interface TransformRow {
  readonly name: string;
  /** The key of `xor` in hexadecimal, the expression of `pcrexform` as JSON; empty for the others. */
  readonly argument: string;
}

/** One thing that stands between a match and its alert; all of a rule are asked in turn. */
export interface ThresholdRow {
  readonly type: "limit" | "threshold" | "both" | "detection_filter" | "rate_filter" | "suppress";
  readonly track: "by_src" | "by_dst" | "by_both" | "by_rule" | "by_flow" | "by_either";
  readonly count: number;
  readonly seconds: number;
  /** Of `suppress`: IPv4 and IPv6 sets of the addresses, packed as in the rule's row. */
  readonly addressSets: number;
  /** Of `rate_filter`: RuleFlag of the action beyond the rate (0: alert), and how long it holds. */
  readonly newAction: number;
  readonly timeoutSeconds: number;
  /**
   * What is counted: the same number in every image for the same rule (gid, sid, rev) with the same thresholds. Thresholds of
   * one rule count together, as in Suricata.
   */
  readonly counter: number;
  /** Next row of the same rule, or −1. */
  readonly next: number;
}

/** A set of values that rules look buffers up in. */
export interface DataSetRow {
  readonly name: string;
  /** DataType number. */
  readonly type: number;
  /** What it holds at first. */
  readonly table: DataTable;
  /** A rule adds or removes values. */
  readonly isChanged: boolean;
  /** What rules have added or removed is to outlive the agent (`state`, `save`). */
  readonly isSaved: boolean;
}

export interface RuleImage {
  readonly ruleCount: number;
  /** RULE_STRIDE words a rule. */
  readonly rules: Int32Array;
  readonly program: Int32Array;
  /** Operands that do not fit into a word. */
  readonly numbers: Float64Array;
  /** All literals; those compared without case stand in lower case. */
  readonly literals: Uint8Array;
  readonly addressV4: RangeSets;
  readonly addressV6: RangeSets;
  readonly ports: RangeSets;
  /** Regular expressions, each as its JavaScript flags, a slash, and its source. Compiled when first needed. */
  readonly expressions: TextTable;
  /** Transforms of each chain; chain 0 is none. */
  readonly transformChains: readonly (readonly TransformRow[])[];
  /** See thresholdAt. */
  readonly thresholds: Int32Array;
  readonly flowbitNames: readonly string[];
  readonly hostbitNames: readonly string[];
  readonly flowintNames: readonly string[];
  readonly dataSets: readonly DataSetRow[];
  readonly variableCount: number;
  /** 1 for each field of messages that a rule looks at, by its number. */
  readonly fields: Uint8Array;

  /** What payloads and fields are looked up in (see search-words.ts); the groups below are places in it. */
  readonly search: Int32Array;
  /** Where the TableWords of tables of two-byte and three-byte grams stand in it. */
  readonly pairTables: Int32Array;
  /** PortedWord groups by transport class and direction: `class * 2 + direction`. */
  readonly packetGroups: Int32Array;
  /** Judged once a flow and direction. */
  readonly addressRules: AddressIndex;
  /** PortedWord groups by direction. */
  readonly streamGroups: Int32Array;
  /** The same: rules on streams and on packets of other transports that look at TCP packets outside of streams only. */
  readonly outsideGroups: Int32Array;
  /** The same: all rules on packets and streams that may hold of TCP packets outside of streams whose connection is not established. */
  readonly unestablishedGroups: Int32Array;
  /** BufferWord lists by direction and stage (`direction * STAGES + stage`). */
  readonly bufferGroups: Int32Array;
  /**
   * Rules that have no literal to wait for, by direction, stage and protocol (`(direction * STAGES + stage) * PROTOCOL_LIMIT +
   * protocol`): where they stand, and how many they are.
   */
  readonly messageRules: Int32Array;

  /** Lists of names, addresses and fingerprints, looked up beside the rules. */
  readonly indicators: IndicatorImage;
  /** See describeRule. */
  readonly descriptions: DescriptionTable;
}

/** Protocol numbers are below this. */
export const PROTOCOL_LIMIT = 64;

/** Classes of transport in `packetGroups`. */
export const TransportClass = { TCP: 0, UDP: 1, ICMP: 2, OTHER: 3 } as const;
export const TRANSPORT_CLASSES = 4;
