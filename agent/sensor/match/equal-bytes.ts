/** Comparisons of bytes in two arrays, with and without their case. */
import { LOWER_CASE } from "../proto/octets.js";

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
