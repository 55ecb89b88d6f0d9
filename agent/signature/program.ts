/**
 * Instructions of a rule's program. Every instruction begins with its code and the position of the next one, so an
 * interpreter can skip what it does not judge. Operands follow as words; `*_VARIABLE` flags say that an operand is
 * the number of a variable.
 *
 * A program is: tests of packet, message and marks; then sections (buffer conditions); then END. Behind END stand the
 * effects of a match (marks to set), again closed by END.
 */
export const Op = {
  END: 0,
  /** value, operator, a (index of `numbers`), b (index) */
  PACKET_TEST: 1,
  /** field, operator, a, b */
  MESSAGE_TEST: 2,
  /** isNewsAlone, events… to the next instruction: all are there, and behind the head, or judged alone, one of them is news */
  MESSAGE_EVENT: 3,
  /** isNegated, count, flowbit… : any of the bits is set */
  FLOWBIT_CHECK: 4,
  /** BitEffect, flowbit */
  FLOWBIT_EFFECT: 5,
  /** isNegated, HostTrack, hostbit */
  HOSTBIT_CHECK: 6,
  /** BitEffect, HostTrack, hostbit, expireSeconds */
  HOSTBIT_EFFECT: 7,
  /** flowint, comparison, isVariable, value */
  FLOWINT_CHECK: 8,
  /** flowint, FlowintEffect, isVariable, value */
  FLOWINT_EFFECT: 9,
  /** field, transformChain, end of the section; conditions follow */
  SECTION: 10,
  /** flags, literal offset, literal length, offset, depth, distance, within */
  CONTENT: 11,
  /** flags, expression; with CAPTURES for each capture VariableOwner, hash of the name, group */
  PCRE: 12,
  /** flags, count */
  DATA_AT: 13,
  /** operator, a, b */
  BUFFER_SIZE: 14,
  /** reading (7 words), operator, isNegated, isVariable, value (index of `numbers` or variable) */
  BYTE_TEST: 15,
  /** reading, multiplier, isAligned, from, post offset, isVariable */
  BYTE_JUMP: 16,
  /** reading, multiplier, align, variable */
  BYTE_EXTRACT: 17,
  /** reading, operator, isVariable, value (index of `numbers` or variable), result variable */
  BYTE_MATH: 18,
  /** isRelative, offset, byteCount (0: to the end), end of the conditions on what was decoded; they follow */
  BASE64: 19,
  /** DataSetCommand, set */
  DATA_SET: 20,
  /** set, comparison, reputation */
  DATA_REPUTATION: 21,
  /** field, isNegated, values…, to the next instruction */
  MESSAGE_NUMBER_IN: 22,
  /** field, bytes of a key, bytes of a value, key, operator, a, b, number field without records (see RecordTest) */
  RECORD_TEST: 23,
  /** ReputationSide, IPv4 and IPv6 sets of addresses, packed as in the rule's row */
  REPUTATION: 24,
  /** Asn1Check bits, longest object, offset, isRelative */
  ASN1: 25,
  /** VariableOwner, hash of the name, literal offset, literal length */
  VARIABLE_CHECK: 26,
  /** What the rule captured is kept. */
  VARIABLE_EFFECT: 27,
} as const;

export const ContentFlag = {
  NEGATED: 1,
  NOCASE: 2,
  HAS_OFFSET: 4,
  HAS_DEPTH: 8,
  HAS_DISTANCE: 16,
  HAS_WITHIN: 32,
  ENDS_WITH: 64,
  OFFSET_VARIABLE: 128,
  DEPTH_VARIABLE: 256,
  DISTANCE_VARIABLE: 512,
  WITHIN_VARIABLE: 1024,
} as const;

/** Flags of PCRE and DATA_AT. */
export const ConditionFlag = {
  NEGATED: 1,
  RELATIVE: 2,
  ANCHORED: 4,
  COUNT_VARIABLE: 8,
  CAPTURES: 16,
} as const;

/** Words of a number reading: byteCount, isCountVariable, offset, isOffsetVariable, flags, base, bitmask. */
export const READING_WORDS = 7;
export const ReadingFlag = { RELATIVE: 1, LITTLE_ENDIAN: 2, DCERPC_ENDIAN: 4 } as const;

export const BitEffect = { SET: 0, UNSET: 1, TOGGLE: 2 } as const;
export const HostTrack = { SOURCE: 0, DESTINATION: 1, PAIR: 2 } as const;
export const FlowintEffect = { ASSIGN: 0, ADD: 1, SUBTRACT: 2 } as const;
/** FLOWINT_CHECK beyond Compare: whether the counter exists. */
export const FLOWINT_IS_SET = 32;
export const FLOWINT_NOT_SET = 33;

export const ByteOperator = {
  LESS: 0,
  GREATER: 1,
  EQUAL: 2,
  LESS_OR_EQUAL: 3,
  GREATER_OR_EQUAL: 4,
  AND: 5,
  XOR: 6,
} as const;
export const MathOperator = {
  ADD: 0,
  SUBTRACT: 1,
  MULTIPLY: 2,
  DIVIDE: 3,
  SHIFT_LEFT: 4,
  SHIFT_RIGHT: 5,
} as const;
export const Asn1Check = { BITSTRING_OVERFLOW: 1, DOUBLE_OVERFLOW: 2, OVERSIZE_LENGTH: 4 } as const;
export const ReputationSides = { src: 0, dst: 1, any: 2, both: 3 } as const;
export const DataSetCommand = { IS_SET: 0, IS_NOT_SET: 1, SET: 2, UNSET: 3 } as const;
export const JumpFrom = { CURSOR: 0, BEGINNING: 1, END: 2 } as const;
