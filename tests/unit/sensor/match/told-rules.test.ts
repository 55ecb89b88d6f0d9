import { expect, test } from "vitest";
import { Endpoints } from "../../../../agent/sensor/match/endpoints.js";
import { ToldRules } from "../../../../agent/sensor/match/told-rules.js";

const ends = (flow: number, direction: 0 | 1, flowGeneration = 1) =>
  Object.assign(new Endpoints(), { flow, direction, flowGeneration });

test("a rule is news once for each flow, direction and part, and again for the next flow in the same slot", () => {
  const told = new ToldRules();
  const ask = () => [
    told.isNews(1, ends(5, 0), 0),
    told.isNews(1, ends(5, 1), 0),
    told.isNews(2, ends(5, 0), 0),
    told.isNews(1, ends(5, 0), 4),
  ];
  expect([ask(), ask()]).toEqual([
    [true, true, true, true],
    [false, false, false, false],
  ]);
  expect(told.isNews(1, ends(5, 0, 2), 0)).toBe(true);
  expect(told.isNews(1, ends(-1, 0), 0)).toBe(true);
  expect(told.isNews(1, ends(-1, 0), 0)).toBe(true);
});

test("neighbours do not push each other out: of the rules of a flow nearly all are remembered", () => {
  for (let flow = 0; flow < 40; flow++) {
    const told = new ToldRules();
    const all = Array.from({ length: 200 }, (_, i) => [i >> 1, ends(flow, i % 2 === 0 ? 0 : 1)] as const);
    for (const [rule, from] of all) told.isNews(rule, from, 0);
    expect(all.filter(([rule, from]) => told.isNews(rule, from, 0)).length).toBeLessThan(12);
  }
});
