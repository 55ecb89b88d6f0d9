/**
 * What judging one packet may cost, whatever the rules and the bytes: contents and expressions of one evaluation (a section of a
 * rule over one buffer) draw from one budget, and all evaluations over a packet and the messages it completes from another. When
 * that is used up each evaluation still gets enough for rules that look for a content or two; more is given up, which counts as not
 * matching.
 *
 * Work is counted in bytes compared with a content, about four nanoseconds each on a small machine; a step of the bounded engine is
 * worth five. V8's engine cannot be counted: what it gets is short enough by the worst case of the expression's form.
 */
import { MAX_STEPS } from "./bounded-expression.js";
import { MAX_NATIVE_STEPS } from "./expression.js";

export const WORK_OF_A_STEP = 5;
/** Two to four milliseconds. */
export const MAX_EVALUATION_WORK = MAX_STEPS * WORK_OF_A_STEP;
const MAX_PACKET_WORK = 2 * MAX_EVALUATION_WORK;
const MAX_PACKET_NATIVE_STEPS = 3 * MAX_NATIVE_STEPS;
/** Searches through its buffer that an evaluation gets in any case, and what short buffers get. */
const LEAST_PASSES = 2;
const LEAST_WORK = 1024;

export class PacketWork {
  #left = MAX_PACKET_WORK;
  #nativeLeft = MAX_PACKET_NATIVE_STEPS;

  begin(): void {
    this.#left = MAX_PACKET_WORK;
    this.#nativeLeft = MAX_PACKET_NATIVE_STEPS;
  }

  /** What the next evaluation may spend on a buffer of `length` bytes. */
  shareFor(length: number): number {
    if (this.#left >= MAX_EVALUATION_WORK) return MAX_EVALUATION_WORK;
    return Math.min(MAX_EVALUATION_WORK, Math.max(this.#left, LEAST_WORK + LEAST_PASSES * length));
  }

  /** Steps of V8's engine that the next evaluation may be in danger of. */
  get nativeShare(): number {
    return Math.min(MAX_NATIVE_STEPS, this.#nativeLeft);
  }

  spend(work: number, nativeSteps: number): void {
    this.#left -= work;
    this.#nativeLeft -= nativeSteps;
  }
}
