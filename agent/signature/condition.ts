import type { DataSet } from "./data-set.js";

/**
 * What a rule asks of the bytes of one buffer, in the order in which it stands in the rule. A condition may move
 * the cursor (where the last match ended); relative ones start there.
 */

/** A number written in the rule, or the value an earlier `byte_extract` or `byte_math` put into a variable. */
export type Operand = number | { readonly variable: number };

export interface ContentCondition {
  readonly kind: "content";
  pattern: Uint8Array;
  isNegated: boolean;
  isNocase: boolean;
  offset: Operand | undefined;
  depth: Operand | undefined;
  distance: Operand | undefined;
  within: Operand | undefined;
  isEndsWith: boolean;
  fastPattern: "no" | "wanted" | "only";
}

/** A group of an expression whose text is kept under a name. */
export interface VariableCapture {
  readonly group: number;
  readonly owner: "flow" | "packet";
  readonly name: string;
}

export interface PcreCondition {
  readonly kind: "pcre";
  readonly source: string;
  /** Flags of the JavaScript expression: some of `i`, `s`, `m`. */
  readonly flags: string;
  readonly isNegated: boolean;
  readonly isRelative: boolean;
  /** The expression must match where it starts to look. */
  readonly isAnchored: boolean;
  readonly captures?: readonly VariableCapture[];
}

export interface DataAtCondition {
  readonly kind: "isdataat";
  readonly count: Operand;
  readonly isNegated: boolean;
  readonly isRelative: boolean;
}

export interface BufferSizeCondition {
  readonly kind: "bsize";
  /** Written as `urilen`. */
  readonly isUriLength?: true;
  readonly operator: number;
  readonly a: number;
  readonly b: number;
}

/** How a number is read out of the buffer. */
export interface NumberReading {
  readonly byteCount: Operand;
  readonly offset: Operand;
  readonly isRelative: boolean;
  readonly isLittleEndian: boolean;
  /** In the byte order of the DCERPC call, the one of `isLittleEndian` where no order is known. */
  readonly isDcerpcEndian: boolean;
  /** 0: binary; 8, 10 or 16: digits in text. */
  readonly base: number;
  readonly bitmask: number;
}

export interface ByteTestCondition {
  readonly kind: "byte_test";
  readonly reading: NumberReading;
  readonly operator: "<" | ">" | "=" | "<=" | ">=" | "&" | "^";
  readonly isNegated: boolean;
  readonly value: Operand;
}

export interface ByteJumpCondition {
  readonly kind: "byte_jump";
  readonly reading: NumberReading;
  readonly multiplier: number;
  readonly isAligned: boolean;
  readonly from: "cursor" | "beginning" | "end";
  readonly postOffset: Operand;
}

export interface ByteExtractCondition {
  readonly kind: "byte_extract";
  readonly reading: NumberReading;
  readonly multiplier: number;
  readonly align: 0 | 2 | 4;
  readonly variable: number;
}

export interface ByteMathCondition {
  readonly kind: "byte_math";
  readonly reading: NumberReading;
  readonly operator: "+" | "-" | "*" | "/" | "<<" | ">>";
  readonly value: Operand;
  readonly variable: number;
}

export interface Base64DecodeCondition {
  readonly kind: "base64_decode";
  /** Bytes to decode; 0: to the end. */
  readonly byteCount: number;
  readonly offset: number;
  readonly isRelative: boolean;
}

/** Whether the whole buffer is a value of a set; `set` and `unset` change it at once and hold where that changed something. */
export interface DataSetCondition {
  readonly kind: "dataset";
  readonly command: "isset" | "isnotset" | "set" | "unset";
  readonly set: DataSet;
  /** What the set holds is to outlive the agent. */
  readonly isSaved: boolean;
}

/** How the reputation of the whole buffer compares; a buffer that is no value of the set has none. */
export interface DataRepCondition {
  readonly kind: "datarep";
  readonly set: DataSet;
  readonly operator: "<" | ">" | "==";
  readonly reputation: number;
}

/** An object in BER, from `offset` on, that fails one of the checks. */
export interface Asn1Condition {
  readonly kind: "asn1";
  /** Asn1Check bits. */
  readonly checks: number;
  readonly maxLength: number;
  readonly offset: number;
  readonly isRelative: boolean;
}

export type Condition =
  | Asn1Condition
  | ContentCondition
  | PcreCondition
  | DataAtCondition
  | BufferSizeCondition
  | ByteTestCondition
  | ByteJumpCondition
  | ByteExtractCondition
  | ByteMathCondition
  | Base64DecodeCondition
  | DataSetCondition
  | DataRepCondition;

/**
 * Without an open buffer a relative reading looks at the buffer of the condition before it, also where an old modifier has
 * moved that one (`content:"x"; http_uri; isdataat:!1,relative`).
 */
export function isRelativeReading(condition: Condition): boolean {
  switch (condition.kind) {
    case "isdataat":
    case "base64_decode":
      return condition.isRelative;
    case "byte_test":
    case "byte_jump":
    case "byte_extract":
    case "byte_math":
      return condition.reading.isRelative;
    default:
      return false;
  }
}
