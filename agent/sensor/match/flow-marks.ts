import { BitEffect, FLOWINT_IS_SET, FLOWINT_NOT_SET, FlowintEffect } from "../../signature/program.js";
import { compares } from "./comparison.js";
import { blockWith, lastBlock, MarkBlock, wipeFlow } from "./mark-blocks.js";
import { MarkColumns } from "./mark-columns.js";

const WORD_BITS = 32;
/** Columns kept free for the names of rules to come, besides what a word leaves: a usual update needs no other block. */
const SPARE_WORDS = 2;
const SPARE_INTS = 2;

/**
 * Marks (flowbits) and counters (flowints) that rules leave on flows, in columns beside the flow table. A row belongs to
 * the flow only while the generation is the same, so flows need not be wiped when they end.
 *
 * Columns have names, so that marks outlive the rule image whose rules set them: another image finds its own names again, and
 * new names get columns that are free. Where too few are, those of names that no rules have are wiped, and what is still
 * missing stands in another block of columns: an exchange of rules moves no mark. Memory: 4 bytes for 32 names and 8 for a
 * counter, for each flow, taken when it is marked; names of two images and what is spare, at the most.
 */
export class FlowMarks {
  readonly #maxFlows: number;
  readonly #bitColumns = new MarkColumns();
  readonly #intColumns = new MarkColumns();
  readonly #bits: MarkBlock<Uint32Array>;
  /** Their values and 1 more; 0: does not exist. */
  readonly #ints: MarkBlock<Float64Array>;
  readonly #generations: Float64Array;

  constructor(maxFlows: number, bitNames: readonly string[], intNames: readonly string[]) {
    this.#maxFlows = maxFlows;
    this.#bits = this.#bitBlock(0, bitNames.length);
    this.#ints = this.#intBlock(0, intNames.length);
    this.#bitColumns.adopt(bitNames, [], this.#bits.end * WORD_BITS);
    this.#intColumns.adopt(intNames, [], this.#ints.end);
    this.#generations = new Float64Array(maxFlows).fill(-1);
  }

  /** Where names of bits that were adopted stand. */
  bitColumnsOf(names: readonly string[]): Int32Array {
    return this.#bitColumns.columnsOf(names);
  }

  intColumnsOf(names: readonly string[]): Int32Array {
    return this.#intColumns.columnsOf(names);
  }

  /** Have columns for these names of bits; those of `kept` keep theirs, others while there is room. */
  adoptBits(names: readonly string[], kept: readonly string[]): void {
    const last = lastBlock(this.#bits);
    const capacity = last.end * WORD_BITS;
    this.#bitColumns.adopt(names, kept, capacity, (columns) => this.#wipeBits(columns));
    const missing = this.#bitColumns.count - capacity;
    if (missing > 0) last.next = this.#bitBlock(last.end, missing);
  }

  /** The same with names of counters. */
  adoptInts(names: readonly string[], kept: readonly string[]): void {
    const last = lastBlock(this.#ints);
    this.#intColumns.adopt(names, kept, last.end, (columns) => this.#wipeInts(columns));
    const missing = this.#intColumns.count - last.end;
    if (missing > 0) last.next = this.#intBlock(last.end, missing);
  }

  #bitBlock(start: number, names: number): MarkBlock<Uint32Array> {
    const width = Math.ceil(names / WORD_BITS) + SPARE_WORDS;
    return new MarkBlock(start, width, new Uint32Array(this.#maxFlows * width));
  }

  #intBlock(start: number, names: number): MarkBlock<Float64Array> {
    const width = names + SPARE_INTS;
    return new MarkBlock(start, width, new Float64Array(this.#maxFlows * width));
  }

  #wipeInts(columns: readonly number[]): void {
    for (const column of columns) {
      const { cells, start, width } = blockWith(this.#ints, column);
      for (let at = column - start; at < cells.length; at += width) cells[at] = 0;
    }
  }

  #wipeBits(columns: readonly number[]): void {
    for (
      let block: MarkBlock<Uint32Array> | undefined = this.#bits;
      block !== undefined;
      block = block.next
    ) {
      const kept = new Int32Array(block.width).fill(-1);
      for (const column of columns) {
        const word = (column >>> 5) - block.start;
        if (word >= 0 && word < block.width) kept[word]! &= ~(1 << (column & 31));
      }
      if (kept.every((mask) => mask === -1)) continue;
      const columnsOfBlock = [block.start * WORD_BITS, block.end * WORD_BITS] as const;
      if (this.#bitColumns.hasNames(...columnsOfBlock)) maskRows(block.cells, kept, this.#generations);
      else block.cells = new Uint32Array(block.cells.length);
    }
  }

  hasBit(flow: number, generation: number, bit: number): boolean {
    if (flow < 0 || this.#generations[flow] !== generation) return false;
    const { cells, width, start } = blockWith(this.#bits, bit >>> 5);
    return (cells[flow * width + (bit >>> 5) - start]! & (1 << (bit & 31))) !== 0;
  }

  /** @param effect BitEffect */
  changeBit(flow: number, generation: number, bit: number, effect: number): void {
    if (flow < 0) return;
    this.#own(flow, generation);
    const { cells, width, start } = blockWith(this.#bits, bit >>> 5);
    const word = flow * width + (bit >>> 5) - start;
    const mask = 1 << (bit & 31);
    if (effect === BitEffect.SET) cells[word]! |= mask;
    else if (effect === BitEffect.UNSET) cells[word]! &= ~mask;
    else cells[word]! ^= mask;
  }

  /** A counter that does not exist fails every comparison but "is not set"; what it is compared with counts as 0 then, as in Suricata. */
  checksInt(
    flow: number,
    generation: number,
    index: number,
    check: number,
    isVariable: boolean,
    operand: number,
  ): boolean {
    const value = this.#int(flow, generation, index);
    const exists = !Number.isNaN(value);
    if (check === FLOWINT_IS_SET) return exists;
    if (check === FLOWINT_NOT_SET) return !exists;
    return exists && compares(check, value, this.#operand(flow, generation, isVariable, operand), 0);
  }

  /** @param effect FlowintEffect; as in Suricata nothing is taken from a counter that does not exist, and it has 32 bits */
  changeInt(
    flow: number,
    generation: number,
    index: number,
    effect: number,
    isVariable: boolean,
    operand: number,
  ): void {
    if (flow < 0) return;
    this.#own(flow, generation);
    const other = this.#operand(flow, generation, isVariable, operand);
    const value = this.#int(flow, generation, index);
    if (effect === FlowintEffect.SUBTRACT && Number.isNaN(value)) return;
    const result =
      effect === FlowintEffect.ASSIGN
        ? other
        : effect === FlowintEffect.ADD
          ? (value || 0) + other
          : value - other;
    const { cells, width, start } = blockWith(this.#ints, index);
    cells[flow * width + index - start] = (result >>> 0) + 1;
  }

  clear(): void {
    this.#generations.fill(-1);
  }

  #operand(flow: number, generation: number, isVariable: boolean, operand: number): number {
    return isVariable ? this.#int(flow, generation, operand) || 0 : operand >>> 0;
  }

  #int(flow: number, generation: number, index: number): number {
    if (flow < 0 || this.#generations[flow] !== generation) return Number.NaN;
    const { cells, width, start } = blockWith(this.#ints, index);
    const stored = cells[flow * width + index - start]!;
    return stored === 0 ? Number.NaN : stored - 1;
  }

  #own(flow: number, generation: number): void {
    if (this.#generations[flow] === generation) return;
    this.#generations[flow] = generation;
    wipeFlow(this.#bits, flow);
    wipeFlow(this.#ints, flow);
  }
}

/**
 * Loops of their own: they run once in months and are compiled while they run, the sooner the less there is of them. Of flows that
 * were never marked nothing is touched.
 */
function maskRows(cells: Uint32Array, masks: Int32Array, generations: Float64Array): void {
  const width = masks.length;
  for (let flow = 0, row = 0; flow < generations.length; flow++, row += width) {
    if (generations[flow]! < 0) continue;
    for (let word = 0; word < width; word++) cells[row + word]! &= masks[word]!;
  }
}
