/** How fast a series grows, told by the median of the slopes between all pairs of its points (Theil–Sen): steps and outliers do not decide it. */

export interface Slope {
  /** Units a second. */
  readonly slope: number;
  /** Bounds of 95 % (Sen 1968); they hold for points that do not depend on each other. */
  readonly lower: number;
  readonly upper: number;
}

/** Of two standard deviations: 95 %. */
const Z_95 = 1.96;

/**
 * @param points time in seconds and value; two at least, no two at the same time
 * @throws Error where there are fewer than two
 */
export function slopeOf(points: readonly (readonly [second: number, value: number])[]): Slope {
  const slopes: number[] = [];
  for (const [index, [second, value]] of points.entries()) {
    for (const [laterSecond, laterValue] of points.slice(index + 1)) {
      slopes.push((laterValue - value) / (laterSecond - second));
    }
  }
  if (slopes.length === 0) throw new Error("two points at least make a slope");
  slopes.sort((a, b) => a - b);
  const { length: pairs } = slopes;
  const n = points.length;
  const spread = Z_95 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const at = (rank: number): number => slopes[Math.min(pairs - 1, Math.max(0, rank))]!;
  return {
    slope: (at((pairs - 1) >> 1) + at(pairs >> 1)) / 2,
    lower: at(Math.floor((pairs - spread) / 2)),
    upper: at(Math.ceil((pairs + spread) / 2)),
  };
}
