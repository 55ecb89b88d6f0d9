/**
 * Runs a regular expression over bytes within a bounded number of steps, whatever the expression and the bytes.
 *
 * Alternatives are tried in the order of the expression and taken back where they fail, so matches are those of Perl and
 * JavaScript. A branch that failed once at a position is not tried there again, which makes the time linear in the bytes for
 * everything but back-references that are reached, and long look-arounds. Where MAX_STEPS are used up the expression counts as not matching, as in
 * Suricata, whose own limit is lower.
 *
 * The stack holds what is left to try: an instruction and the positions it is to be tried at, from one to another. Memory, shared
 * by all expressions of a matcher: see bounded-memory.ts.
 */
import {
  ExpressionOp,
  type ExpressionProgram,
  INSTRUCTION_WORDS,
} from "../../signature/expression/expression-program.js";
import { asserts } from "./bounded-assertion.js";
import { type BoundedMemory, STACK_ENTRY } from "./bounded-memory.js";

/** Two to four milliseconds of work. */
export const MAX_STEPS = 128 * 1024;
/** What it costs to begin at another place, and besides where the expression notes its groups. */
const STEPS_OF_A_START = 1;
const STEPS_OF_GROUPS = 2;
/** Bytes that a loop runs over count less than instructions. */
const BYTES_A_STEP_SHIFT = 2;
const MEMO_WORDS_A_STEP_SHIFT = 5;
/** And bytes that no match begins with. */
const PASSED_BYTES_A_STEP_SHIFT = 4;
/** Look-arounds inside look-arounds. */
const MAX_LOOK_DEPTH = 8;

export class BoundedExpression {
  /** Where the last match begins and ends, from the beginning of the subject. */
  start = 0;
  end = 0;
  /** Steps of the last search, and whether they were all used up. */
  steps = 0;
  isExhausted = false;
  readonly #program: ExpressionProgram;
  readonly #memory: BoundedMemory;
  readonly #slots: Int32Array;
  /** Beginning and end of the last run of each set. */
  readonly #runs: Int32Array;
  #runSeen = 0;
  /** Bytes that the last reference was compared with. */
  #compared = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #begin = 0;
  #length = 0;
  #maxSteps = MAX_STEPS;
  /** Words of the memo in use; 0: it would be too large. */
  #memoWords = 0;
  /** Whether a reference was tried from the position at hand. */
  #hasReferred = false;
  #memoStride = 0;
  #lookDepth = 0;
  /** Words of the stack in use. */
  #depth = 0;

  constructor(program: ExpressionProgram, memory: BoundedMemory) {
    this.#program = program;
    this.#memory = memory;
    this.#slots = new Int32Array(program.slotCount);
    this.#runs = new Int32Array(program.sets.length / 128);
  }

  /**
   * Look for a match in `bytes[begin, begin + length)` from position `from` on.
   *
   * @param isSticky only at `from`
   * @param maxSteps given up beyond, at most MAX_STEPS
   */
  find(
    bytes: Uint8Array,
    begin: number,
    length: number,
    from: number,
    isSticky: boolean,
    maxSteps = MAX_STEPS,
  ): boolean {
    this.#maxSteps = Math.min(maxSteps, MAX_STEPS);
    const { splitCount, savesGroups, first, isAnchored } = this.#program;
    this.#bytes = bytes;
    this.#begin = begin;
    this.#length = length;
    this.isExhausted = false;
    this.#memoStride = length + 1;
    const memoWords = Math.ceil((splitCount * this.#memoStride) / 32);
    this.#memoWords = memoWords <= this.#memory.memo.length ? memoWords : 0;
    this.#hasReferred = false;
    this.#runs.fill(0);
    this.#memory.memo.fill(0, 0, this.#memoWords);
    this.steps = this.#memoWords >> MEMO_WORDS_A_STEP_SHIFT;
    const last = isSticky ? from : isAnchored ? 0 : length;
    for (let at = from; at <= last; at++) {
      if (first !== undefined) {
        const passed = at;
        while (at < last && first[bytes[begin + at]!] === 0) at++;
        this.steps += (at - passed) >> PASSED_BYTES_A_STEP_SHIFT;
        if (at === length || first[bytes[begin + at]!] === 0) return false;
      }
      this.#depth = 0;
      this.steps += STEPS_OF_A_START;
      if (savesGroups) {
        this.#slots.fill(-1);
        this.steps += STEPS_OF_GROUPS;
      }
      this.#hasReferred = false;
      const end = this.#run(0, at, this.#memoWords > 0);
      if (end >= 0) {
        this.start = at;
        this.end = end;
        return true;
      }
      if (this.isExhausted) return false;
    }
    return false;
  }

  /** Where the last match of a group begins and ends, −1 where it took no part; only of programs that save them. */
  groupStart(group: number): number {
    return this.#slots[group * 2]!;
  }

  groupEnd(group: number): number {
    return this.#slots[group * 2 + 1]!;
  }

  /** Run from instruction `pc` at `position`; the end of the match, or −1. */
  #run(pc: number, position: number, usesMemo: boolean): number {
    const { words, sets } = this.#program;
    const { stack, memo } = this.#memory;
    const bytes = this.#bytes;
    const begin = this.#begin;
    const length = this.#length;
    const maxSteps = this.#maxSteps;
    const bottom = this.#depth;
    const maxDepth = stack.length - STACK_ENTRY;
    let depth = bottom;
    let steps = this.steps;
    for (;;) {
      if (++steps > maxSteps) return this.#giveUp(steps);
      let fails = false;
      const at = pc * INSTRUCTION_WORDS;
      switch (words[at]) {
        case ExpressionOp.SET:
          if (position < length && sets[(words[at + 1]! << 8) | bytes[begin + position]!] === 1) {
            position++;
            pc++;
          } else fails = true;
          break;
        case ExpressionOp.SPLIT: {
          if (usesMemo) {
            const bit = words[at + 3]! * this.#memoStride + position;
            if (isMarked(memo, bit)) {
              fails = true;
              break;
            }
            memo[bit >>> 5]! |= 1 << (bit & 31);
          }
          if (depth >= maxDepth) return this.#giveUp(steps);
          stack[depth] = words[at + 2]!;
          stack[depth + 1] = position;
          stack[depth + 2] = position;
          depth += STACK_ENTRY;
          pc = words[at + 1]!;
          break;
        }
        case ExpressionOp.LOOP: {
          const set = words[at + 1]! << 8;
          const limit = words[at + 2]!;
          const bit = words[at + 3]! * this.#memoStride;
          const start = position;
          const last = limit === 0 ? length : Math.min(length, position + limit);
          if (usesMemo && isMarked(memo, bit + position)) {
            fails = true;
            break;
          }
          if (usesMemo && limit === 0) {
            // Where an earlier loop has been, everything from there on has been tried.
            memo[(bit + position) >>> 5]! |= 1 << ((bit + position) & 31);
            while (
              position < last &&
              sets[set | bytes[begin + position]!] === 1 &&
              !isMarked(memo, bit + position + 1)
            ) {
              position++;
              memo[(bit + position) >>> 5]! |= 1 << ((bit + position) & 31);
            }
          } else {
            if (usesMemo) memo[(bit + position) >>> 5]! |= 1 << ((bit + position) & 31);
            while (position < last && sets[set | bytes[begin + position]!] === 1) position++;
          }
          pc++;
          if (position === start) break;
          steps += (position - start) >> BYTES_A_STEP_SHIFT;
          if (depth >= maxDepth) return this.#giveUp(steps);
          stack[depth] = pc;
          stack[depth + 1] = position - 1;
          stack[depth + 2] = start;
          depth += STACK_ENTRY;
          break;
        }
        case ExpressionOp.RUN: {
          const start = position;
          const limit = words[at + 2]!;
          const end = this.#runEnd(words[at + 1]!, start);
          // Where the last run of the set was seen already it costs nothing to see it again.
          steps += Math.max(0, this.#runSeen) >> BYTES_A_STEP_SHIFT;
          position = limit === 0 ? end : Math.min(end, start + limit);
          if (position - start >= words[at + 3]!) pc++;
          else fails = true;
          break;
        }
        case ExpressionOp.JUMP:
          pc = words[at + 1]!;
          break;
        case ExpressionOp.ASSERT:
          if (asserts(words[at + 1]!, bytes, begin, length, position)) pc++;
          else fails = true;
          break;
        case ExpressionOp.LOOK: {
          let look = words[at + 1]! * INSTRUCTION_WORDS;
          let looked = position - words[at + 4]!;
          // The bytes it begins with need no stack, and most end there.
          while (words[look] === ExpressionOp.SET && looked >= 0 && looked < length) {
            if (sets[(words[look + 1]! << 8) | bytes[begin + looked]!] === 0) break;
            look += INSTRUCTION_WORDS;
            looked++;
            steps++;
          }
          let holds = looked >= 0 && words[look] === ExpressionOp.MATCH;
          if (looked >= 0 && !holds && words[look] !== ExpressionOp.SET) {
            this.steps = steps;
            this.#depth = depth;
            holds = this.#looks(look / INSTRUCTION_WORDS, looked);
            steps = this.steps;
            if (this.isExhausted) return -1;
            if (this.#hasReferred) usesMemo = false;
          }
          if (holds === (words[at + 3] === 0)) pc = words[at + 2]!;
          else fails = true;
          break;
        }
        case ExpressionOp.BYTE_LOOK: {
          const looked = position - words[at + 2]!;
          const isThere = looked >= 0 && looked < length;
          if ((isThere ? sets[(words[at + 1]! << 8) | bytes[begin + looked]!]! : 0) !== words[at + 3]!) pc++;
          else fails = true;
          break;
        }
        case ExpressionOp.REFERENCE: {
          if (!this.#hasReferred) steps += this.#refer();
          usesMemo = false;
          const end = this.#repeats(words[at + 1]!, position);
          steps += this.#compared >> BYTES_A_STEP_SHIFT;
          if (end >= 0) {
            position = end;
            pc++;
          } else fails = true;
          break;
        }
        case ExpressionOp.SAVE: {
          const slot = words[at + 1]!;
          if (depth >= maxDepth) return this.#giveUp(steps);
          // Instead of an instruction: going back gives the slot its old position.
          stack[depth] = -1 - slot;
          stack[depth + 1] = this.#slots[slot]!;
          depth += STACK_ENTRY;
          this.#slots[slot] = position;
          pc++;
          break;
        }
        case ExpressionOp.MATCH:
          this.steps = steps;
          return position;
        default:
          fails = true;
      }
      if (!fails) continue;
      for (;;) {
        if (depth === bottom) {
          this.steps = steps;
          return -1;
        }
        depth -= STACK_ENTRY;
        if (stack[depth]! >= 0) break;
        this.#slots[-1 - stack[depth]!] = stack[depth + 1]!;
      }
      pc = stack[depth]!;
      position = stack[depth + 1]!;
      const lowest = stack[depth + 2]!;
      if (position === lowest) continue;
      // The next byte decides most often: go back to one that fits.
      const next = pc * INSTRUCTION_WORDS;
      if (words[next] === ExpressionOp.SET) {
        const set = words[next + 1]! << 8;
        const from = position;
        while (position > lowest && sets[set | bytes[begin + position]!] === 0) position--;
        steps += (from - position) >> BYTES_A_STEP_SHIFT;
      }
      if (position > lowest) {
        stack[depth + 1] = position - 1;
        depth += STACK_ENTRY;
      }
    }
  }

  /** Where the run of bytes of a set ends that `position` lies in; `#runSeen` tells how many bytes were looked at for it. */
  #runEnd(set: number, position: number): number {
    const runs = this.#runs;
    this.#runSeen = 0;
    if (position >= runs[set * 2]! && position < runs[set * 2 + 1]!) return runs[set * 2 + 1]!;
    const { sets } = this.#program;
    let end = position;
    while (end < this.#length && sets[(set << 8) | this.#bytes[this.#begin + end]!] === 1) end++;
    this.#runSeen = end - position;
    runs[set * 2] = position;
    runs[set * 2 + 1] = end;
    return end;
  }

  /**
   * What a group holds decides about the rest now: that a branch has failed says nothing about another try. Branches that
   * failed without a reference are forgotten with the others. Returns what that costs in steps.
   */
  #refer(): number {
    this.#hasReferred = true;
    this.#memory.memo.fill(0, 0, this.#memoWords);
    return this.#memoWords >> MEMO_WORDS_A_STEP_SHIFT;
  }

  #giveUp(steps: number): number {
    this.steps = steps;
    this.isExhausted = true;
    return -1;
  }

  /** Whether a look-around that goes on at instruction `pc` holds. */
  #looks(pc: number, position: number): boolean {
    if (this.#lookDepth === MAX_LOOK_DEPTH) {
      this.isExhausted = true;
      return false;
    }
    this.#lookDepth++;
    const depth = this.#depth;
    // Inside, having been somewhere says nothing: another look may have come to a good end from there.
    const holds = this.#run(pc, position, false) >= 0;
    this.#depth = depth;
    this.#lookDepth--;
    return holds;
  }

  /** End of a repetition of the group's bytes at `position`, or −1. A group that took no part matches nothing. */
  #repeats(group: number, position: number): number {
    const start = this.#slots[group * 2]!;
    const end = this.#slots[group * 2 + 1]!;
    this.#compared = 0;
    if (start < 0 || end < start) return position;
    const length = end - start;
    if (position + length > this.#length) return -1;
    const { isCaseless } = this.#program;
    for (let i = 0; i < length; i++) {
      const a = this.#bytes[this.#begin + start + i]!;
      const b = this.#bytes[this.#begin + position + i]!;
      if (a !== b && !(isCaseless && lowered(a) === lowered(b))) {
        this.#compared = i;
        return -1;
      }
    }
    this.#compared = length;
    return position + length;
  }
}

function isMarked(memo: Uint32Array, bit: number): boolean {
  return (memo[bit >>> 5]! & (1 << (bit & 31))) !== 0;
}

function lowered(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}
