/** Up to here insertion is faster than two passes over 256 counters. */
const INSERTION_LIMIT = 64;
const counts = new Uint32Array(256);

/**
 * Sort `values[0, count)` upwards in linear time (least significant digit first); `buffer` has at least the same
 * length and is written over.
 */
export function sortUint16(values: Uint16Array, count: number, buffer: Uint16Array): void {
  if (count <= INSERTION_LIMIT) {
    for (let i = 1; i < count; i++) {
      const value = values[i]!;
      let at = i - 1;
      while (at >= 0 && values[at]! > value) {
        values[at + 1] = values[at]!;
        at--;
      }
      values[at + 1] = value;
    }
    return;
  }
  distribute(values, buffer, count, 0);
  distribute(buffer, values, count, 8);
}

function distribute(from: Uint16Array, to: Uint16Array, count: number, shift: number): void {
  counts.fill(0);
  for (let i = 0; i < count; i++) counts[(from[i]! >>> shift) & 255]!++;
  let start = 0;
  for (let digit = 0; digit < 256; digit++) {
    const length = counts[digit]!;
    counts[digit] = start;
    start += length;
  }
  for (let i = 0; i < count; i++) {
    const value = from[i]!;
    to[counts[(value >>> shift) & 255]!++] = value;
  }
}
