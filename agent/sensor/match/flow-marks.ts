import { BitEffect, FLOWINT_IS_SET, FLOWINT_NOT_SET, FlowintEffect } from "../../signature/program.js";
import { compares } from "./comparison.js";

/**
 * Marks (flowbits) and counters (flowints) that rules leave on flows, in columns beside the flow table. A row belongs to
 * the flow only while the generation is the same, so flows need not be wiped when they end.
 */
export class FlowMarks {
  readonly #wordsPerFlow: number;
  readonly #intsPerFlow: number;
  readonly #bits: Uint32Array;
  readonly #ints: Float64Array;
  readonly #generations: Float64Array;

  constructor(maxFlows: number, flowbitCount: number, flowintCount: number) {
    this.#wordsPerFlow = Math.ceil(flowbitCount / 32);
    this.#intsPerFlow = flowintCount;
    this.#bits = new Uint32Array(maxFlows * this.#wordsPerFlow);
    this.#ints = new Float64Array(maxFlows * this.#intsPerFlow);
    this.#generations = new Float64Array(maxFlows).fill(-1);
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

  /** A counter that does not exist fails every comparison but "is not set". */
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
    const other = isVariable ? this.#int(flow, generation, operand) : operand;
    return exists && !Number.isNaN(other) && compares(check, value, other, 0);
  }

  /** @param effect FlowintEffect; a counter that does not exist counts as 0 */
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
    const other = isVariable ? this.#int(flow, generation, operand) || 0 : operand;
    const value = this.#int(flow, generation, index) || 0;
    const result =
      effect === FlowintEffect.ASSIGN
        ? other
        : effect === FlowintEffect.ADD
          ? value + other
          : Math.max(0, value - other);
    this.#ints[flow * this.#intsPerFlow + index] = result;
  }

  clear(): void {
    this.#generations.fill(-1);
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
