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

/** Grams (pieces of literals) that are looked up in a text, and where they stand in literals (see gram-table.ts). */
export interface GramTable {
  /** One bit for each hash of a gram, a power of two of them; empty where the table is. */
  readonly bitmap: Uint32Array;
  /** How far a 32-bit hash is shifted to number a bit. */
  readonly shift: number;
  /** Open-addressed hash table: gram, first row + 1. Length is a power of two, twice. */
  readonly slots: Int32Array;
  /**
   * GRAM_LINK_STRIDE words a literal, those of one gram behind each other: number of the literal, bytes before the gram with
   * length and flags (see gram-table.ts), where in the literal four other bytes stand, and these.
   */
  readonly links: Int32Array;
}
export const GRAM_LINK_STRIDE = 4;

/** A literal prefilter over one buffer (see literal-index.ts): every literal stands in one of the tables. */
export interface LiteralIndex {
  /** Four-byte grams, looked up at every fourth position. */
  readonly wide: GramTable;
  /** Three-byte grams, looked up at every second position. */
  readonly narrow: GramTable;
  /** Two-byte grams, looked up at every position. */
  readonly short: GramTable;
  /** Single bytes, looked up at every position. */
  readonly single: GramTable;
  /** Four-byte grams, looked up at `anchors` only. */
  readonly anchored: GramTable;
  /** Places in the buffer, counted from its begin. */
  readonly anchors: Int32Array;
  /** Single bytes, looked up at `shortAnchors` only: the first of literals of up to three. */
  readonly shortAnchored: GramTable;
  readonly shortAnchors: Int32Array;
  /** LITERAL_STRIDE words a literal. */
  readonly entries: Int32Array;
  /** What ends in new bytes is found when so many bytes before them are looked at again. */
  readonly reach: number;
  /** The same for literals at anchors. */
  readonly anchorReach: number;
}

export const LiteralColumn = {
  RULE: 0,
  OFFSET: 1,
  LENGTH: 2,
  IS_NOCASE: 3,
  /** Earliest and latest position of the literal in the buffer. */
  MIN_POSITION: 4,
  MAX_POSITION: 5,
} as const;
export const LITERAL_STRIDE = 6;

/** Rules that are tried together. */
export interface RuleGroup {
  /** Tried whenever the group is. */
  readonly always: Int32Array;
  /** Tried where one of their literals is found; undefined where no rule has one. */
  readonly literals: LiteralIndex | undefined;
}

/** Rules of one transport class and direction, apart by what most of them name (see port-filing.ts). */
export interface PortedGroup {
  /** Rules for any protocol and for any port, or for too many. */
  readonly any: RuleGroup;
  /** Open-addressed hash tables of ports: port + 1, number of the group. Length is a power of two, twice; or 0. */
  readonly destinationPorts: Int32Array;
  readonly sourcePorts: Int32Array;
  /** Number of the group of each application protocol, or −1; PROTOCOL_LIMIT of them, or 0. */
  readonly protocols: Int32Array;
  readonly groups: readonly RuleGroup[];
}

/** A group of message rules that wait for a literal in one buffer. */
export interface BufferGroup {
  readonly field: number;
  readonly transformChain: number;
  readonly literals: LiteralIndex;
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

  /** By transport class and direction: `class * 2 + direction`. */
  readonly packetGroups: readonly PortedGroup[];
  /** Judged once a flow and direction. */
  readonly addressRules: AddressIndex;
  /** By direction. */
  readonly streamGroups: readonly PortedGroup[];
  /** By direction and stage (`direction * 2 + stage`), each by buffer. */
  readonly bufferGroups: readonly (readonly BufferGroup[])[];
  /** By direction and stage and protocol (`(direction * 2 + stage) * PROTOCOL_LIMIT + protocol`): no literal to wait for. */
  readonly messageAlways: readonly Int32Array[];

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
