/**
 * A loop of fixed work that stands for the machine: table look-ups and multiplications over a few kilobytes, as the
 * sensor's own work is. A cost divided by this one says the same on a fast machine, a slow one, and a busy one.
 */
const BYTES = 16_384;
const ROUNDS = 400;

/** CPU microseconds of this process for one million steps of the loop: the least of `tries`. */
export function calibrate(tries = 5): number {
  const bytes = Uint8Array.from({ length: BYTES }, (_, i) => (i * 167 + (i >>> 5)) & 0xff);
  const table = Int32Array.from({ length: 65_536 }, (_, i) => Math.imul(i, 0x9e3779b1));
  let best = Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let attempt = 0; attempt < tries; attempt++) {
    const begin = process.cpuUsage();
    for (let round = 0; round < ROUNDS; round++) sum ^= walk(bytes, table, round);
    const { user, system } = process.cpuUsage(begin);
    best = Math.min(best, ((user + system) * 1e6) / (BYTES * ROUNDS));
  }
  // The sum is used, so that no compiler leaves the loop out.
  return sum === 0.5 ? 0 : best;
}

function walk(bytes: Uint8Array, table: Int32Array, seed: number): number {
  let hash = seed;
  for (let i = 0; i < bytes.length; i++) {
    hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    hash ^= table[hash >>> 16]!;
  }
  return hash;
}
