import { LITERAL_STRIDE, LiteralColumn, type LiteralIndex } from "../../signature/image.js";
import { slotOfGram } from "../../signature/literal-index.js";
import type { CandidateList } from "./candidate-list.js";

/** Lower case of every byte (ASCII letters only). */
export const LOWER_CASE: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte,
);

/**
 * Put into `candidates` every rule of which the filed literal stands in the buffer `bytes[offset, end)` at a permitted
 * position, looking at what lies in `[from, end)`. One look-up in a bitmap a byte; linear in the length.
 */
export function scanLiterals(
  index: LiteralIndex,
  literals: Uint8Array,
  bytes: Uint8Array,
  offset: number,
  from: number,
  end: number,
  candidates: CandidateList,
): void {
  if (index.table4.length > 0) scanGrams4(index, literals, bytes, offset, from, end, candidates);
  if (index.table2.length > 0) scanGrams2(index, literals, bytes, offset, from, end, candidates);
  if (index.table1.length > 0) {
    for (let i = from; i < end; i++) {
      const entry = index.table1[LOWER_CASE[bytes[i]!]!]!;
      if (entry !== 0) verify(index, literals, entry, bytes, offset, end, i, candidates);
    }
  }
}

function scanGrams4(
  index: LiteralIndex,
  literals: Uint8Array,
  bytes: Uint8Array,
  offset: number,
  from: number,
  end: number,
  candidates: CandidateList,
): void {
  if (end - from < 4) return;
  const { bitmap4, table4 } = index;
  const slotMask = table4.length / 2 - 1;
  let gram =
    (LOWER_CASE[bytes[from]!]! << 16) | (LOWER_CASE[bytes[from + 1]!]! << 8) | LOWER_CASE[bytes[from + 2]!]!;
  for (let i = from + 3; i < end; i++) {
    gram = (gram << 8) | LOWER_CASE[bytes[i]!]!;
    const hash = Math.imul(gram, 0x9e3779b1) >>> 16;
    if ((bitmap4[hash >>> 5]! & (1 << (hash & 31))) === 0) continue;
    let slot = slotOfGram(gram, slotMask);
    for (;;) {
      const entry = table4[slot * 2 + 1]!;
      if (entry === 0) break;
      if (table4[slot * 2] === gram) {
        verify(index, literals, entry, bytes, offset, end, i - 3, candidates);
        break;
      }
      slot = (slot + 1) & slotMask;
    }
  }
}

function scanGrams2(
  index: LiteralIndex,
  literals: Uint8Array,
  bytes: Uint8Array,
  offset: number,
  from: number,
  end: number,
  candidates: CandidateList,
): void {
  if (end - from < 2) return;
  let previous = LOWER_CASE[bytes[from]!]!;
  for (let i = from + 1; i < end; i++) {
    const byte = LOWER_CASE[bytes[i]!]!;
    const entry = index.table2[(previous << 8) | byte]!;
    if (entry !== 0) verify(index, literals, entry, bytes, offset, end, i - 1, candidates);
    previous = byte;
  }
}

/** Compare the literals of all entries of one gram that was found at `position` (absolute in `bytes`). */
function verify(
  index: LiteralIndex,
  literals: Uint8Array,
  firstEntry: number,
  bytes: Uint8Array,
  offset: number,
  end: number,
  position: number,
  candidates: CandidateList,
): void {
  const entries = index.entries;
  for (let entry = firstEntry; entry !== 0; ) {
    const row = (entry - 1) * LITERAL_STRIDE;
    entry = entries[row + LiteralColumn.NEXT]!;
    const start = position - entries[row + LiteralColumn.ANCHOR]!;
    const length = entries[row + LiteralColumn.LENGTH]!;
    if (start < offset || start + length > end) continue;
    const relative = start - offset;
    if (relative < entries[row + LiteralColumn.MIN_POSITION]!) continue;
    if (relative > entries[row + LiteralColumn.MAX_POSITION]!) continue;
    const literal = entries[row + LiteralColumn.OFFSET]!;
    const isEqual =
      entries[row + LiteralColumn.IS_NOCASE] === 1
        ? equalsLowered(bytes, start, literals, literal, length)
        : equals(bytes, start, literals, literal, length);
    if (isEqual) candidates.add(entries[row + LiteralColumn.RULE]!);
  }
}

/** Whether `length` bytes are the same. */
export function equals(
  a: Uint8Array,
  offsetA: number,
  b: Uint8Array,
  offsetB: number,
  length: number,
): boolean {
  for (let i = 0; i < length; i++) {
    if (a[offsetA + i] !== b[offsetB + i]) return false;
  }
  return true;
}

/** Whether `length` bytes of `a` are, in lower case, those of `b`, which is in lower case. */
export function equalsLowered(
  a: Uint8Array,
  offsetA: number,
  b: Uint8Array,
  offsetB: number,
  length: number,
): boolean {
  for (let i = 0; i < length; i++) {
    if (LOWER_CASE[a[offsetA + i]!] !== b[offsetB + i]) return false;
  }
  return true;
}
