import type { RangeSets } from "../../signature/image.js";

/** Whether `value` lies in set `set` of one-word ranges (IPv4 addresses, ports). Logarithmic in the ranges. */
export function isInRanges(sets: RangeSets, set: number, value: number): boolean {
  let low = sets.starts[set]!;
  let high = sets.starts[set + 1]! - 1;
  const ranges = sets.ranges;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    if (value < ranges[middle * 2]!) high = middle - 1;
    else if (value > ranges[middle * 2 + 1]!) low = middle + 1;
    else return true;
  }
  return false;
}

/** Whether the four words at `offset` lie in set `set` of four-word ranges (IPv6 addresses). */
export function isInWideRanges(sets: RangeSets, set: number, words: Uint32Array): boolean {
  let low = sets.starts[set]!;
  let high = sets.starts[set + 1]! - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    if (compareWords(words, sets.ranges, middle * 8) < 0) high = middle - 1;
    else if (compareWords(words, sets.ranges, middle * 8 + 4) > 0) low = middle + 1;
    else return true;
  }
  return false;
}

function compareWords(words: Uint32Array, ranges: Uint32Array, offset: number): number {
  for (let i = 0; i < 4; i++) {
    const difference = words[i]! - ranges[offset + i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Number of the segment that holds `value`: the last border not above it. `borders` rises and begins with 0. */
export function segmentOf(borders: Uint32Array, value: number): number {
  let low = 0;
  let high = borders.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (borders[middle]! <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
