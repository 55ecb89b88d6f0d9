/** How operators and operands of rules are written as words of a program (see program.ts). */
import { Compare } from "./comparison.js";
import type { ByteMathCondition, ByteTestCondition, NumberReading, Operand } from "./condition.js";
import {
  BitEffect,
  ByteOperator,
  DataSetCommand,
  FLOWINT_IS_SET,
  FLOWINT_NOT_SET,
  FlowintEffect,
  HostTrack,
  JumpFrom,
  MathOperator,
  ReadingFlag,
} from "./program.js";
import type { BitOperation, FlowIntOperation } from "./signature.js";

export const BYTE_OPERATORS: Readonly<Record<ByteTestCondition["operator"], number>> = {
  "<": ByteOperator.LESS,
  ">": ByteOperator.GREATER,
  "=": ByteOperator.EQUAL,
  "<=": ByteOperator.LESS_OR_EQUAL,
  ">=": ByteOperator.GREATER_OR_EQUAL,
  "&": ByteOperator.AND,
  "^": ByteOperator.XOR,
};
export const MATH_OPERATORS: Readonly<Record<ByteMathCondition["operator"], number>> = {
  "+": MathOperator.ADD,
  "-": MathOperator.SUBTRACT,
  "*": MathOperator.MULTIPLY,
  "/": MathOperator.DIVIDE,
  "<<": MathOperator.SHIFT_LEFT,
  ">>": MathOperator.SHIFT_RIGHT,
};
export const JUMPS = { cursor: JumpFrom.CURSOR, beginning: JumpFrom.BEGINNING, end: JumpFrom.END } as const;
export const TRACKS = {
  flow: 0,
  ip_src: HostTrack.SOURCE,
  ip_dst: HostTrack.DESTINATION,
  ip_pair: HostTrack.PAIR,
} as const;
export const EFFECTS: Readonly<Partial<Record<BitOperation["operation"], number>>> = {
  set: BitEffect.SET,
  unset: BitEffect.UNSET,
  toggle: BitEffect.TOGGLE,
};
export const FLOWINT_CHECKS: Readonly<Partial<Record<FlowIntOperation["operation"], number>>> = {
  "==": Compare.EQUAL,
  "!=": Compare.NOT_EQUAL,
  "<": Compare.LESS,
  "<=": Compare.LESS_OR_EQUAL,
  ">": Compare.GREATER,
  ">=": Compare.GREATER_OR_EQUAL,
  isset: FLOWINT_IS_SET,
  notset: FLOWINT_NOT_SET,
};
export const FLOWINT_EFFECTS: Readonly<Partial<Record<FlowIntOperation["operation"], number>>> = {
  "=": FlowintEffect.ASSIGN,
  "+": FlowintEffect.ADD,
  "-": FlowintEffect.SUBTRACT,
};

export const DATA_COMMANDS = {
  isset: DataSetCommand.IS_SET,
  isnotset: DataSetCommand.IS_NOT_SET,
  set: DataSetCommand.SET,
  unset: DataSetCommand.UNSET,
} as const;
export const REPUTATION_COMPARISONS = {
  "<": Compare.LESS,
  ">": Compare.GREATER,
  "==": Compare.EQUAL,
} as const;

export function positionFlags(operand: Operand | undefined, has: number, variable: number): number {
  if (operand === undefined) return 0;
  return isVariable(operand) ? has | variable : has;
}

export function positionWord(operand: Operand | undefined): number {
  return operand === undefined ? 0 : operandWord(operand);
}

export function readingWords(reading: NumberReading): number[] {
  const flags =
    (reading.isRelative ? ReadingFlag.RELATIVE : 0) |
    (reading.isLittleEndian ? ReadingFlag.LITTLE_ENDIAN : 0) |
    (reading.isDcerpcEndian ? ReadingFlag.DCERPC_ENDIAN : 0);
  return [
    operandWord(reading.byteCount),
    isVariable(reading.byteCount) ? 1 : 0,
    operandWord(reading.offset),
    isVariable(reading.offset) ? 1 : 0,
    flags,
    reading.base,
    reading.bitmask | 0,
  ];
}

export function isVariable(operand: Operand): operand is { readonly variable: number } {
  return typeof operand !== "number";
}

export function operandWord(operand: Operand): number {
  return isVariable(operand) ? operand.variable : operand;
}

/** xbits and hostbits of one name on different tracks are different bits. */
export function hostbitKey(bit: BitOperation): string {
  return `${bit.kind}:${bit.track === "ip_pair" ? "pair" : "host"}:${bit.names[0]}`;
}
