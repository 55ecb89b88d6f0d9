/** What all bounded expressions of one judge share: a stack of what is left to try, and marks of what has been tried. 4 MiB. */

/** Words of a stack entry: instruction, position, last position. */
export const STACK_ENTRY = 3;
const STACK_WORDS = 256 * 1024 * STACK_ENTRY;
const MEMO_BITS = 8 * 1024 * 1024;

export class BoundedMemory {
  readonly stack: Int32Array;
  readonly memo: Uint32Array;

  constructor(stackWords = STACK_WORDS, memoBits = MEMO_BITS) {
    this.stack = new Int32Array(stackWords);
    this.memo = new Uint32Array(memoBits / 32);
  }
}
