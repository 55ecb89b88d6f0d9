import { BitEffect, FLOWINT_IS_SET, FLOWINT_NOT_SET, FlowintEffect } from "../../signature/program.js";
import { compares } from "./comparison.js";

const WORD_BITS = 32;
/** Columns kept free for the names of rules to come, besides what a word leaves: a usual update needs no other table. */
const SPARE_WORDS = 2;
const SPARE_INTS = 2;

/**
 * Marks (flowbits) and counters (flowints) that rules leave on flows, in columns beside the flow table. A row belongs to
 * the flow only while the generation is the same, so flows need not be wiped when they end.
 *
 * Columns have names, so that marks outlive the rule image whose rules set them: another image finds its own names again, and
 * new names get columns that are free. Memory: 4 bytes for 32 names and 8 for a counter, for each flow, taken when it is marked.
 */
export class FlowMarks {
  #bitNames: readonly string[];
  #intNames: readonly string[];
  readonly #wordsPerFlow: number;
  readonly #intsPerFlow: number;
  readonly #bits: Uint32Array;
  readonly #ints: Float64Array;
  readonly #generations: Float64Array;

  constructor(maxFlows: number, bitNames: readonly string[], intNames: readonly string[]) {
    this.#bitNames = bitNames;
    this.#intNames = intNames;
    this.#wordsPerFlow = Math.ceil(bitNames.length / WORD_BITS) + SPARE_WORDS;
    this.#intsPerFlow = intNames.length + SPARE_INTS;
    this.#bits = new Uint32Array(maxFlows * this.#wordsPerFlow);
    this.#ints = new Float64Array(maxFlows * this.#intsPerFlow);
    this.#generations = new Float64Array(maxFlows).fill(-1);
  }

  /** By column. */
  get bitNames(): readonly string[] {
    return this.#bitNames;
  }

  get intNames(): readonly string[] {
    return this.#intNames;
  }

  /** Have columns for these names as well; false, and nothing is changed, where too few are free. */
  adopt(bitNames: readonly string[], intNames: readonly string[]): boolean {
    const bits = union(this.#bitNames, bitNames);
    const ints = union(this.#intNames, intNames);
    if (bits.length > this.#wordsPerFlow * WORD_BITS || ints.length > this.#intsPerFlow) return false;
    this.#bitNames = bits;
    this.#intNames = ints;
    return true;
  }

  /** Into new marks: what `other` holds under the names that are here, too. Both have the same number of flows. */
  copyFrom(other: FlowMarks): void {
    this.#generations.set(other.#generations);
    this.#ints.fill(Number.NaN);
    const bitOf = columnsOf(other.#bitNames, this.#bitNames);
    const intOf = columnsOf(other.#intNames, this.#intNames);
    for (let flow = 0; flow < this.#generations.length; flow++) {
      if (other.#generations[flow]! < 0) continue;
      for (let word = 0; word < other.#wordsPerFlow; word++) {
        let bits = other.#bits[flow * other.#wordsPerFlow + word]!;
        for (; bits !== 0; bits &= bits - 1) {
          const bit = bitOf[word * WORD_BITS + 31 - Math.clz32(bits & -bits)]!;
          if (bit >= 0) this.#bits[flow * this.#wordsPerFlow + (bit >>> 5)]! |= 1 << (bit & 31);
        }
      }
      for (let i = 0; i < intOf.length; i++) {
        const int = intOf[i]!;
        if (int >= 0)
          this.#ints[flow * this.#intsPerFlow + int] = other.#ints[flow * other.#intsPerFlow + i]!;
      }
    }
  }

  hasBit(flow: number, generation: number, bit: number): boolean {
    if (flow < 0 || this.#generations[flow] !== generation) return false;
    return (this.#bits[flow * this.#wordsPerFlow + (bit >>> 5)]! & (1 << (bit & 31))) !== 0;
  }

  /** @param effect BitEffect */
  changeBit(flow: number, generation: number, bit: number, effect: number): void {
    if (flow < 0) return;
    this.#own(flow, generation);
    const word = flow * this.#wordsPerFlow + (bit >>> 5);
    const mask = 1 << (bit & 31);
    if (effect === BitEffect.SET) this.#bits[word]! |= mask;
    else if (effect === BitEffect.UNSET) this.#bits[word]! &= ~mask;
    else this.#bits[word]! ^= mask;
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
    this.#ints[flow * this.#intsPerFlow + index] = result >>> 0;
  }

  clear(): void {
    this.#generations.fill(-1);
  }

  #operand(flow: number, generation: number, isVariable: boolean, operand: number): number {
    return isVariable ? this.#int(flow, generation, operand) || 0 : operand >>> 0;
  }

  #int(flow: number, generation: number, index: number): number {
    if (flow < 0 || this.#generations[flow] !== generation) return Number.NaN;
    return this.#ints[flow * this.#intsPerFlow + index]!;
  }

  #own(flow: number, generation: number): void {
    if (this.#generations[flow] === generation) return;
    this.#generations[flow] = generation;
    this.#bits.fill(0, flow * this.#wordsPerFlow, (flow + 1) * this.#wordsPerFlow);
    this.#ints.fill(Number.NaN, flow * this.#intsPerFlow, (flow + 1) * this.#intsPerFlow);
  }
}

/** For each of `names` its place among `wanted`, or −1. */
export function columnsOf(names: readonly string[], wanted: readonly string[]): Int32Array {
  const places = new Map(wanted.map((name, place) => [name, place]));
  return Int32Array.from(names, (name) => places.get(name) ?? -1);
}

/** The names of both, those of `a` at their places. */
export function union(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])];
}
