import { ByteTable } from "../base/byte-table.js";
import { GrowingWords } from "../base/growing-words.js";
import type { TextTableBuilder } from "../base/text-table.js";
import { FIELD_LIMIT, Field, NumberField } from "../sensor/proto/fields.js";
import { STAGE_HEAD } from "../sensor/proto/message-view.js";
import { LOWER_CASE } from "../sensor/proto/octets.js";
import type { AddressGroup } from "./address-group.js";
import type { Base64DecodeCondition, Condition, ContentCondition, Operand } from "./condition.js";
import { MAX_PATTERN_BYTES } from "./content-pattern.js";
import { type DataSet, hashBytes } from "./data-set.js";
import type { InternTable } from "./intern-table.js";
import { ConditionFlag, ContentFlag, Op, ReputationSides } from "./program.js";
import {
  BYTE_OPERATORS,
  DATA_COMMANDS,
  EFFECTS,
  FLOWINT_CHECKS,
  FLOWINT_EFFECTS,
  hostbitKey,
  isVariable,
  JUMPS,
  MATH_OPERATORS,
  operandWord,
  positionFlags,
  positionWord,
  REPUTATION_COMPARISONS,
  readingWords,
  TRACKS,
} from "./program-operands.js";
import {
  type BitOperation,
  type FlowIntOperation,
  PseudoField,
  type Section,
  type Signature,
} from "./signature.js";

/** Tables the programs of all rules point into. */
export interface ProgramTables {
  readonly expressions: TextTableBuilder;
  readonly transformChains: InternTable;
  readonly flowbits: InternTable;
  readonly hostbits: InternTable;
  readonly flowints: InternTable;
}

const OWNERS = { flow: 0, packet: 1 } as const;

/** Writes the programs of all rules behind each other. */
export class ProgramEncoder {
  readonly words = new GrowingWords();
  /** Literal bytes behind each other; equal ones once. */
  readonly literals = new ByteTable();
  readonly numbers: number[] = [];
  /** Sets the rules look at, and which of them rules change. */
  readonly dataSets: DataSet[] = [];
  readonly changedSets = new Set<DataSet>();
  readonly savedSets = new Set<DataSet>();
  /** 1 for each field of messages that a rule looks at. */
  readonly fields = new Uint8Array(FIELD_LIMIT);
  readonly #numberIndexes = new Map<number, number>();
  readonly #lowerCase = new Uint8Array(MAX_PATTERN_BYTES);

  /** @param setsOf number of a group's sets, as in the row of a rule */
  constructor(
    readonly tables: ProgramTables,
    readonly setsOf: (group: AddressGroup) => number,
  ) {}

  /** Append the program of `signature`, behind a section that has to hold before all else; returns its first word. */
  encode(signature: Signature, guard?: Section): number {
    const start = this.words.length;
    if (guard) this.#section(guard, undefined);
    if (hasTests(signature)) this.#tests(signature);
    const { bits, flowInts, sections } = signature;
    for (const bit of bits) this.#bitCheck(bit);
    for (const flowint of flowInts) this.#flowintCheck(flowint);
    const decoded = sections.find(({ field }) => field === PseudoField.BASE64_DATA);
    for (const section of sections) {
      if (section !== decoded) this.#section(section, decoded);
    }
    this.#instruction(Op.END, 0);
    for (const bit of bits) this.#bitEffect(bit);
    for (const flowint of flowInts) this.#flowintEffect(flowint);
    this.#instruction(Op.END, 0);
    return start;
  }

  #tests(signature: Signature): void {
    for (const test of signature.packetTests) {
      this.#emit(Op.PACKET_TEST, test.value, test.operator, this.#number(test.a), this.#number(test.b));
    }
    for (const { side, addresses } of signature.reputationTests) {
      this.#emit(Op.REPUTATION, ReputationSides[side], this.setsOf(addresses));
    }
    for (const test of signature.messageTests) {
      if (test.field === NumberField.TLS_STEP || test.field === NumberField.TLS_CERT_CHAIN_LENGTH)
        this.fields[Field.TLS_STEP] = 1;
      this.#emit(Op.MESSAGE_TEST, test.field, test.operator, this.#number(test.a), this.#number(test.b));
    }
    for (const { field, isNegated, values } of signature.numberListTests) {
      this.#emit(Op.MESSAGE_NUMBER_IN, field, isNegated ? 1 : 0, ...values);
    }
    for (const test of signature.recordTests) {
      const [a, b] = [this.#number(test.a), this.#number(test.b)];
      const shape = [test.field, test.keyBytes, test.valueBytes, test.key];
      this.#emit(Op.RECORD_TEST, ...shape, test.operator, a, b, test.numberField);
    }
    const { messageEvents } = signature;
    if (messageEvents.length > 0)
      this.#emit(Op.MESSAGE_EVENT, signature.stage === STAGE_HEAD ? 1 : 0, ...messageEvents);
  }

  /** Number of a chain of transforms. */
  chainOf(transforms: Section["transforms"]): number {
    return this.tables.transformChains.indexOf(transforms.length === 0 ? "[]" : JSON.stringify(transforms));
  }

  /** Where the bytes of a literal stand; lower case where it is compared without case. */
  literal(content: ContentCondition): number {
    const { pattern, isNocase } = content;
    if (!isNocase) return this.literals.startOf(this.literals.indexOf(pattern));
    const lower = this.#lowerCase;
    for (let i = 0; i < pattern.length; i++) lower[i] = LOWER_CASE[pattern[i]!]!;
    return this.literals.startOf(this.literals.indexOf(lower, pattern.length));
  }

  #emit(code: number, ...operands: number[]): void {
    const at = this.#instruction(code, operands.length);
    for (let i = 0; i < operands.length; i++) this.words.set(at + i, operands[i]!);
  }

  /** Begin an instruction; where its operands stand, 0 at first. */
  #instruction(code: number, operandCount: number): number {
    const { words } = this;
    const at = words.grow(2 + operandCount) + 2;
    words.set(at - 2, code);
    words.set(at - 1, at + operandCount);
    return at;
  }

  #number(value: number): number {
    let index = this.#numberIndexes.get(value);
    if (index === undefined) {
      index = this.numbers.length;
      this.numbers.push(value);
      this.#numberIndexes.set(value, index);
    }
    return index;
  }

  #bitCheck(bit: BitOperation): void {
    if (bit.operation !== "isset" && bit.operation !== "isnotset") return;
    const isNegated = bit.operation === "isnotset" ? 1 : 0;
    if (bit.pattern !== undefined) {
      const owner = bit.kind === "flowvar" ? OWNERS.flow : OWNERS.packet;
      const literal = this.literals.startOf(this.literals.indexOf(bit.pattern));
      this.#emit(Op.VARIABLE_CHECK, owner, nameHash(bit.names[0]!), literal, bit.pattern.length);
    } else if (bit.kind === "flowbits") {
      const indexes = bit.names.map((name) => this.tables.flowbits.indexOf(name));
      this.#emit(Op.FLOWBIT_CHECK, isNegated, indexes.length, ...indexes);
    } else {
      this.#emit(
        Op.HOSTBIT_CHECK,
        isNegated,
        TRACKS[bit.track],
        this.tables.hostbits.indexOf(hostbitKey(bit)),
      );
    }
  }

  #bitEffect(bit: BitOperation): void {
    const effect = EFFECTS[bit.operation];
    if (effect === undefined) return;
    if (bit.kind === "flowvar" || bit.kind === "pktvar") this.#emit(Op.VARIABLE_EFFECT);
    else if (bit.kind === "flowbits") {
      this.#emit(Op.FLOWBIT_EFFECT, effect, this.tables.flowbits.indexOf(bit.names[0]!));
    } else {
      const index = this.tables.hostbits.indexOf(hostbitKey(bit));
      this.#emit(Op.HOSTBIT_EFFECT, effect, TRACKS[bit.track], index, bit.expireSeconds);
    }
  }

  #flowintCheck(flowint: FlowIntOperation): void {
    const check = FLOWINT_CHECKS[flowint.operation];
    if (check !== undefined) this.#flowint(Op.FLOWINT_CHECK, flowint, check);
  }

  #flowintEffect(flowint: FlowIntOperation): void {
    const effect = FLOWINT_EFFECTS[flowint.operation];
    if (effect !== undefined) this.#flowint(Op.FLOWINT_EFFECT, flowint, effect);
  }

  #flowint(code: number, { name, value }: FlowIntOperation, operation: number): void {
    const isVariable = typeof value === "string";
    const operand = isVariable ? this.tables.flowints.indexOf(value) : value;
    this.#emit(code, this.tables.flowints.indexOf(name), operation, isVariable ? 1 : 0, operand);
  }

  #section(section: Section, decoded: Section | undefined): void {
    const chain = this.chainOf(section.transforms);
    const at = this.#instruction(Op.SECTION, 3);
    this.words.set(at, section.field);
    if (section.field < FIELD_LIMIT) this.fields[section.field] = 1;
    this.words.set(at + 1, chain);
    const endWord = at + 2;
    for (const condition of section.conditions) this.#condition(condition, decoded);
    this.words.set(endWord, this.words.length);
  }

  #condition(condition: Condition, decoded: Section | undefined): void {
    switch (condition.kind) {
      case "content":
        this.#content(condition);
        break;
      case "pcre": {
        const flags =
          (condition.isNegated ? ConditionFlag.NEGATED : 0) |
          (condition.isRelative ? ConditionFlag.RELATIVE : 0) |
          (condition.isAnchored ? ConditionFlag.ANCHORED : 0);
        const key = `${condition.flags}/${condition.source}`;
        const { captures = [] } = condition;
        // The flag d asks for the places of groups, as in JavaScript.
        if (captures.length === 0) this.#emit(Op.PCRE, flags, this.tables.expressions.indexOf(key));
        else {
          const words = captures.flatMap(({ owner, name, group }) => [OWNERS[owner], nameHash(name), group]);
          const index = this.tables.expressions.indexOf(`d${key}`);
          this.#emit(Op.PCRE, flags | ConditionFlag.CAPTURES, index, ...words);
        }
        break;
      }
      case "isdataat": {
        const flags =
          (condition.isNegated ? ConditionFlag.NEGATED : 0) |
          (condition.isRelative ? ConditionFlag.RELATIVE : 0) |
          (isVariable(condition.count) ? ConditionFlag.COUNT_VARIABLE : 0);
        this.#emit(Op.DATA_AT, flags, operandWord(condition.count));
        break;
      }
      case "bsize":
        this.#emit(Op.BUFFER_SIZE, condition.operator, condition.a, condition.b);
        break;
      case "byte_test": {
        const value = this.#operandIndex(condition.value);
        const negated = condition.isNegated ? 1 : 0;
        const reading = readingWords(condition.reading);
        this.#emit(Op.BYTE_TEST, ...reading, BYTE_OPERATORS[condition.operator], negated, ...value);
        break;
      }
      case "byte_jump":
        this.#emit(
          Op.BYTE_JUMP,
          ...readingWords(condition.reading),
          condition.multiplier,
          condition.isAligned ? 1 : 0,
          JUMPS[condition.from],
          operandWord(condition.postOffset),
          isVariable(condition.postOffset) ? 1 : 0,
        );
        break;
      case "byte_extract": {
        const reading = readingWords(condition.reading);
        this.#emit(Op.BYTE_EXTRACT, ...reading, condition.multiplier, condition.align, condition.variable);
        break;
      }
      case "byte_math": {
        const value = this.#operandIndex(condition.value);
        const reading = readingWords(condition.reading);
        this.#emit(
          Op.BYTE_MATH,
          ...reading,
          MATH_OPERATORS[condition.operator],
          ...value,
          condition.variable,
        );
        break;
      }
      case "asn1": {
        const { checks, maxLength, offset, isRelative } = condition;
        this.#emit(Op.ASN1, checks, maxLength, offset, isRelative ? 1 : 0);
        break;
      }
      case "base64_decode":
        this.#base64(condition, decoded);
        break;
      case "dataset":
        if (condition.command === "set" || condition.command === "unset") {
          this.changedSets.add(condition.set);
        }
        if (condition.isSaved) this.savedSets.add(condition.set);
        this.#emit(Op.DATA_SET, DATA_COMMANDS[condition.command], this.#dataSet(condition.set));
        break;
      case "datarep": {
        const comparison = REPUTATION_COMPARISONS[condition.operator];
        this.#emit(Op.DATA_REPUTATION, this.#dataSet(condition.set), comparison, condition.reputation);
      }
    }
  }

  #content(content: ContentCondition): void {
    const { offset, depth, distance, within } = content;
    let flags = (content.isNegated ? ContentFlag.NEGATED : 0) | (content.isNocase ? ContentFlag.NOCASE : 0);
    if (content.isEndsWith) flags |= ContentFlag.ENDS_WITH;
    flags |= positionFlags(offset, ContentFlag.HAS_OFFSET, ContentFlag.OFFSET_VARIABLE);
    flags |= positionFlags(depth, ContentFlag.HAS_DEPTH, ContentFlag.DEPTH_VARIABLE);
    flags |= positionFlags(distance, ContentFlag.HAS_DISTANCE, ContentFlag.DISTANCE_VARIABLE);
    flags |= positionFlags(within, ContentFlag.HAS_WITHIN, ContentFlag.WITHIN_VARIABLE);
    const literal = this.literal(content);
    const { words } = this;
    const at = this.#instruction(Op.CONTENT, 7);
    words.set(at, flags);
    words.set(at + 1, literal);
    words.set(at + 2, content.pattern.length);
    words.set(at + 3, positionWord(offset));
    words.set(at + 4, positionWord(depth));
    words.set(at + 5, positionWord(distance));
    words.set(at + 6, positionWord(within));
  }

  /** Conditions on what is decoded stand inside the instruction that decodes it. */
  #base64(condition: Base64DecodeCondition, decoded: Section | undefined): void {
    const start = this.words.length;
    this.#emit(Op.BASE64, condition.isRelative ? 1 : 0, condition.offset, condition.byteCount, 0);
    for (const inner of decoded?.conditions ?? []) this.#condition(inner, undefined);
    this.words.set(start + 5, this.words.length);
  }

  #dataSet(set: DataSet): number {
    const index = this.dataSets.indexOf(set);
    return index < 0 ? this.dataSets.push(set) - 1 : index;
  }

  #operandIndex(operand: Operand): [isVariable: number, index: number] {
    return isVariable(operand) ? [1, operand.variable] : [0, this.#number(operand)];
  }
}

function hasTests(signature: Signature): boolean {
  const { packetTests, reputationTests, messageTests, numberListTests, recordTests, messageEvents } =
    signature;
  const onPackets = packetTests.length + reputationTests.length;
  return (
    onPackets + messageTests.length + numberListTests.length + recordTests.length + messageEvents.length > 0
  );
}

/** Variables are few and known by the hashes of their names, which stay the same where rules are exchanged. */
function nameHash(name: string): number {
  const bytes = new TextEncoder().encode(name);
  return hashBytes(bytes, 0, bytes.length) | 0;
}
