/**
 * How the cost of an input grows with its length, told by what does not depend on the machine: how many octets of the input are
 * read. `GROWTH_TIMES=1` also prints what the CPU says, for machines that have nothing else to do.
 */
import { expect } from "vitest";

/** From 1 to 64 KiB. */
export const GROWTH_SIZES = [1024, 65_536] as const;
/** What comes octet by octet is shorter: each octet is a call. */
export const OCTET_SIZES = [1024, 16_384] as const;
/** Exponent of the cost over the length: 1 where it grows in proportion, 2 where it grows with the square. */
const MAX_SLOPE = 1.1;
const TIME_ROUNDS = 9;

export type Wrap = (bytes: Uint8Array) => Uint8Array;

/**
 * Expect that `run` reads in proportion to the size of its input. It is to hand `wrap(bytes)` to what is measured.
 *
 * @param sizes shortest and longest input, where an input of 64 KiB makes no sense
 */
export function expectProportion(
  name: string,
  run: (size: number, wrap: Wrap) => void,
  sizes: readonly [number, number] = GROWTH_SIZES,
): void {
  const [short, long] = sizes;
  const reads = [readsOf(run, short), readsOf(run, long)] as const;
  const slope = Math.log(reads[1] / reads[0]) / Math.log(long / short);
  if (process.env.GROWTH_TIMES !== undefined) {
    const times = [timeOf(run, short), timeOf(run, long)] as const;
    const timeSlope = Math.log(times[1] / times[0]) / Math.log(long / short);
    const figures = [slope.toFixed(2), timeSlope.toFixed(2), `${times[1].toFixed(2)} ms`];
    process.stdout.write(`growth: ${figures.join("  ")}  ${name}\n`);
  }
  expect(reads[0], "octets read").toBeGreaterThan(0);
  expect(slope, `${name}: ${reads.join(" → ")} octets read`).toBeLessThanOrEqual(MAX_SLOPE);
}

function readsOf(run: (size: number, wrap: Wrap) => void, size: number): number {
  let reads = 0;
  const handler: ProxyHandler<Uint8Array> = {
    get(target, key) {
      if (typeof key === "string" && key.charCodeAt(0) >= 48 && key.charCodeAt(0) <= 57) {
        reads++;
        return target[key as unknown as number];
      }
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      return (...given: unknown[]): unknown => {
        const result: unknown = value.apply(target, given);
        if (key === "indexOf")
          reads += (result === -1 ? target.length : Number(result)) - Number(given[1] ?? 0);
        return result;
      };
    },
  };
  run(size, (bytes) => new Proxy(bytes, handler));
  return reads;
}

/** The least CPU time of some rounds, milliseconds. */
function timeOf(run: (size: number, wrap: Wrap) => void, size: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < TIME_ROUNDS; i++) {
    const before = performance.now();
    run(size, (bytes) => bytes);
    best = Math.min(best, performance.now() - before);
  }
  return best;
}
