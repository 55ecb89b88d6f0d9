import type { ProtocolId } from "../sensor/proto/protocols.js";
import type { AddressGroup } from "./address-group.js";
import type { Comparison } from "./comparison.js";
import type { Condition } from "./condition.js";
import type { IntervalSet } from "./interval-set.js";

/** Pseudo-field of the bytes above the transport header (packet or stream); fields of messages start at 1. */
export const PAYLOAD_FIELD = 0;
/** Pseudo-fields beyond those of messages: headers and addresses of the packet, and what `base64_decode` has decoded. */
export const PseudoField = {
  IPV4_HEADER: 200,
  IPV6_HEADER: 201,
  TCP_HEADER: 202,
  UDP_HEADER: 203,
  ICMPV4_HEADER: 204,
  ICMPV6_HEADER: 205,
  IP_SOURCE: 206,
  IP_DESTINATION: 207,
  BASE64_DATA: 210,
  SIP_PDU: 220,
  SIP_REQUEST_LINE: 221,
  SIP_REQUEST_HEADERS: 222,
  SIP_REQUEST_BODY: 223,
  SIP_RESPONSE_LINE: 224,
  SIP_RESPONSE_HEADERS: 225,
  SIP_RESPONSE_BODY: 226,
} as const;

/** Whether a field belongs to messages of an application protocol. */
export function isMessageField(field: number): boolean {
  return field > PAYLOAD_FIELD && field < PseudoField.IPV4_HEADER;
}
/** Directions a rule or buffer can look at, as a bit mask. */
export const TO_SERVER_BIT = 1;
export const TO_CLIENT_BIT = 2;
export const BOTH_DIRECTIONS = 3;

export type RuleAction = "alert" | "drop" | "reject" | "pass";

/** Numbers of a packet that rules compare. */
export const PacketValue = {
  DSIZE: 0,
  TTL: 1,
  TOS: 2,
  IP_PROTO: 3,
  IP_ID: 4,
  FRAGMENT_BITS: 5,
  FRAGMENT_OFFSET: 6,
  ICMP_TYPE: 7,
  ICMP_CODE: 8,
  ICMP_ID: 9,
  ICMP_SEQUENCE: 10,
  TCP_FLAGS: 11,
  TCP_SEQUENCE: 12,
  TCP_ACKNOWLEDGEMENT: 13,
  TCP_WINDOW: 14,
  TCP_MSS: 15,
  IP_OPTION: 16,
  SAME_IP: 17,
  STREAM_SIZE_CLIENT: 18,
  STREAM_SIZE_SERVER: 19,
  DECODE_EVENT: 20,
  STREAM_EVENT: 21,
  IP_VERSION: 22,
  /** The protocol recognised on the flow, for `app-layer-protocol`. */
  APPLICATION_PROTOCOL: 23,
  /** Stream size of either direction / both directions. */
  STREAM_SIZE_EITHER: 24,
  STREAM_SIZE_BOTH: 25,
  /** 1 where the checksum is right, else 0. */
  IPV4_CHECKSUM: 26,
  TRANSPORT_CHECKSUM: 27,
  ICMPV6_MTU: 28,
  /** Whole seconds since the flow began. */
  FLOW_AGE: 29,
  /** A call of ONC RPC: its program, version and procedure. */
  RPC_PROGRAM: 30,
  RPC_VERSION: 31,
  RPC_PROCEDURE: 32,
  /** Bits of RecognitionEvent. */
  RECOGNITION_EVENT: 33,
} as const;
export type PacketValueId = (typeof PacketValue)[keyof typeof PacketValue];

export interface PacketTest extends Comparison {
  readonly value: PacketValueId;
}

export interface MessageTest extends Comparison {
  /** A NumberField. */
  readonly field: number;
}

export type ReputationSide = "src" | "dst" | "any" | "both";

/** Ends of a packet have to be among some addresses. */
export interface ReputationTest {
  readonly side: ReputationSide;
  readonly addresses: AddressGroup;
  /** As the rule writes it. */
  readonly text: string;
}

/** A number of a message is (not) one of a list. */
export interface NumberListTest {
  readonly field: number;
  readonly isNegated: boolean;
  readonly values: readonly number[];
}

/** A field made of records of fixed size, big-endian: one has the key and a value that compares. */
export interface RecordTest extends Comparison {
  readonly field: number;
  /** 0: records are values alone. */
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly key: number;
  /** A NumberField that stands for the one value where the message has no records; −1: none. */
  readonly numberField: number;
}

/** Conditions on one buffer. */
export interface Section {
  readonly field: number;
  /** Names and arguments of the transforms, in order. */
  readonly transforms: readonly Transform[];
  readonly conditions: Condition[];
}

export interface Transform {
  readonly name: string;
  readonly argument: string;
}

/** Bits of the `flow` keyword. */
export const FlowFlag = {
  ESTABLISHED: 1,
  NOT_ESTABLISHED: 2,
  STATELESS: 4,
  ONLY_STREAM: 8,
  NO_STREAM: 16,
  ONLY_FRAGMENT: 32,
  NO_FRAGMENT: 64,
} as const;

export interface BitOperation {
  readonly kind: "flowbits" | "xbits" | "hostbits" | "flowvar" | "pktvar";
  readonly operation: "set" | "unset" | "toggle" | "isset" | "isnotset";
  /** More than one name: any of them (`a|b`). */
  readonly names: readonly string[];
  readonly track: "flow" | "ip_src" | "ip_dst" | "ip_pair";
  /** Seconds; 0: no expiry. */
  readonly expireSeconds: number;
  /** What the value of a variable has to contain. */
  readonly pattern?: Uint8Array;
}

export interface FlowIntOperation {
  readonly name: string;
  readonly operation: "=" | "+" | "-" | "==" | "!=" | "<" | ">" | "<=" | ">=" | "isset" | "notset";
  /** A number, or the name of another flowint. */
  readonly value: number | string;
}

export interface Threshold {
  readonly type: "limit" | "threshold" | "both" | "detection_filter" | "rate_filter";
  readonly track: "by_src" | "by_dst" | "by_both" | "by_rule" | "by_flow";
  readonly count: number;
  readonly seconds: number;
  /** Of a rate_filter: what an alert beyond the rate is told as, and for how long. */
  readonly newAction?: "alert" | "drop" | "pass" | "log" | "sdrop" | "reject";
  readonly timeoutSeconds?: number;
}

/** Alerts that go out from, or to, some addresses are not told (`suppress` of threshold.config). */
export interface Suppression {
  readonly track: "by_src" | "by_dst" | "by_either";
  readonly addresses: AddressGroup;
}

/** One rule, parsed and checked, not yet compiled. */
export interface Signature {
  readonly file: string;
  readonly line: number;
  /** The rule as written, after edits. */
  readonly text: string;
  /** RuleKind numbers that stand instead of what the conditions say: of parts of a rule that are judged where the whole is. */
  readonly judgedOn?: readonly number[];
  readonly action: RuleAction;
  /** IP protocol numbers the header allows; undefined: every one. */
  readonly ipProtocols: readonly number[] | undefined;
  readonly applicationProtocols: readonly ProtocolId[] | undefined;
  /** `tcp-pkt` and `tcp-stream` say where payload conditions look. */
  readonly payloadMode: "auto" | "packet" | "stream";
  readonly source: AddressGroup;
  readonly sourcePorts: IntervalSet;
  readonly destination: AddressGroup;
  readonly destinationPorts: IntervalSet;
  readonly isBidirectional: boolean;

  readonly sid: number;
  readonly gid: number;
  readonly rev: number;
  readonly message: string;
  readonly classtype: string;
  /** From `priority`, else from the classtype, else 3. */
  readonly priority: number;
  readonly references: readonly string[];
  /** As the rule writes it: an object a rule would take more memory than all else. See parseMetadata. */
  readonly metadata: string;

  /** What `flow` and the buffers leave: TO_SERVER_BIT, TO_CLIENT_BIT or both. */
  readonly directions: number;
  readonly flowFlags: number;
  readonly sections: readonly Section[];
  readonly packetTests: readonly PacketTest[];
  readonly reputationTests: readonly ReputationTest[];
  readonly messageTests: readonly MessageTest[];
  readonly numberListTests: readonly NumberListTest[];
  readonly recordTests: readonly RecordTest[];
  /** Malformations of the application layer (AppLayerEvent numbers). */
  readonly messageEvents: readonly number[];
  readonly bits: readonly BitOperation[];
  readonly flowInts: readonly FlowIntOperation[];
  /** The rule's own, then those of threshold.config. */
  readonly thresholds: readonly Threshold[];
  readonly suppressions: readonly Suppression[];
  /** threshold.config hides all alerts of the rule; what it marks stays. */
  readonly isSuppressed: boolean;
  readonly isNoAlert: boolean;
  /** A pass rule that alerts all the same. */
  readonly isAlerting: boolean;
  /** `bypass`: behind a match the flow is not judged any more. */
  readonly isBypassing: boolean;
  /** Latest stage of a message any buffer of the rule needs. */
  readonly stage: number;
  /** The rule looks at fields of an application protocol. */
  readonly isMessageRule: boolean;
  /** It asks for what never comes here; why stands among the notes. */
  readonly isSilent: boolean;
  /** Things the operator should know although the rule loads. */
  readonly notes: readonly string[];
}
