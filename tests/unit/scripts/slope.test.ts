import { expect, test } from "vitest";
import { slopeOf } from "../../support/slope.js";

const minutes = (count: number, valueAt: (minute: number) => number): [number, number][] =>
  Array.from({ length: count }, (_, minute) => [minute * 60, valueAt(minute)]);

test("a line has its slope, without doubt", () => {
  expect(slopeOf(minutes(45, (minute) => 100 + 3 * minute))).toEqual({
    slope: 0.05,
    lower: 0.05,
    upper: 0.05,
  });
});

test("a step at the end, and single outliers, are no slope; a leak below noise is one", () => {
  const noisy = (minute: number): number => ((minute * 7919) % 13) - 6;
  const flat = minutes(45, (minute) => (minute === 44 || minute === 9 ? 5000 : noisy(minute)));
  const { slope, lower, upper } = slopeOf(flat);
  expect(Math.abs(slope)).toBeLessThan(0.002);
  expect(lower).toBeLessThan(0);
  expect(upper).toBeGreaterThan(0);
  expect(slopeOf(minutes(45, (minute) => noisy(minute) + minute)).lower).toBeGreaterThan(0);
});

test("one point has none", () => {
  expect(() => slopeOf([[0, 1]])).toThrow("two points");
});
