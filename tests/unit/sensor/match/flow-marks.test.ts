import { expect, test } from "vitest";
import { FlowMarks } from "../../../../agent/sensor/match/flow-marks.js";
import { BitEffect, FLOWINT_IS_SET, FlowintEffect } from "../../../../agent/signature/program.js";

const FLOWS = 64;
const GENERATION = 7;
const named = (kind: string, count: number) => Array.from({ length: count }, (_, index) => `${kind}${index}`);

function marked(marks: FlowMarks, flow: number, names: readonly string[]): string[] {
  const columns = marks.bitColumnsOf(names);
  return names.filter((_, index) => marks.hasBit(flow, GENERATION, columns[index]!));
}

function mark(marks: FlowMarks, flow: number, name: string): void {
  marks.changeBit(flow, GENERATION, marks.bitColumnsOf([name])[0]!, BitEffect.SET);
}

function counted(marks: FlowMarks, flow: number, names: readonly string[]): string[] {
  const columns = marks.intColumnsOf(names);
  return names.filter((_, index) =>
    marks.checksInt(flow, GENERATION, columns[index]!, FLOWINT_IS_SET, false, 0),
  );
}

test("marks stay where rules bring more names than there is room for, and none of the new names is marked", () => {
  const before = named("a", 40);
  const marks = new FlowMarks(FLOWS, before, []);
  mark(marks, 3, "a0");
  mark(marks, 3, "a39");
  const after = [...named("b", 500), "a39"];
  marks.adoptBits(after, before);
  expect(marked(marks, 3, before)).toEqual(["a0", "a39"]);
  expect(marked(marks, 3, after)).toEqual(["a39"]);
  mark(marks, 3, "b0");
  mark(marks, 3, "b499");
  expect(marked(marks, 3, after)).toEqual(["b0", "b499", "a39"]);
  expect(marked(marks, 3, before)).toEqual(["a0", "a39"]);
});

test("names that no rules have make room, and what takes their columns is not marked", () => {
  const generations = ["a", "b", "c", "d", "e"].map((kind) => named(kind, 200));
  const marks = new FlowMarks(FLOWS, generations[0]!, []);
  for (const [index, names] of generations.entries()) {
    const kept = generations[index - 1] ?? [];
    marks.adoptBits(names, kept);
    for (let flow = 0; flow < FLOWS; flow++) expect(marked(marks, flow, names)).toEqual([]);
    for (const name of names) mark(marks, index, name);
    expect(marked(marks, index, names)).toEqual(names);
    if (index > 0) expect(marked(marks, index - 1, kept)).toEqual(kept);
  }
  // Two images at a time have names: twice 200, and what is spare in each of two blocks.
  expect(Math.max(...marks.bitColumnsOf(generations[4]!))).toBeLessThan(400 + 2 * 96);
});

test("a name that stays keeps its marks where the others of its block make room", () => {
  const marks = new FlowMarks(FLOWS, ["stays", ...named("a", 200)], []);
  for (const name of ["stays", "a0", "a199"]) mark(marks, 3, name);
  marks.adoptBits(["stays", ...named("b", 200)], ["stays", ...named("a", 200)]);
  marks.adoptBits(["stays", ...named("c", 200)], ["stays", ...named("b", 200)]);
  expect(marked(marks, 3, ["stays", ...named("c", 200)])).toEqual(["stays"]);
});

test("a flow that came in place of another has none of its marks, in whatever block", () => {
  const marks = new FlowMarks(FLOWS, ["a"], []);
  marks.adoptBits(named("b", 300), ["a"]);
  mark(marks, 5, "b299");
  expect(marks.hasBit(5, GENERATION + 1, marks.bitColumnsOf(["b299"])[0]!)).toBe(false);
  marks.changeBit(5, GENERATION + 1, marks.bitColumnsOf(["a"])[0]!, BitEffect.SET);
  expect(marks.hasBit(5, GENERATION + 1, marks.bitColumnsOf(["b299"])[0]!)).toBe(false);
});

test("counters stay and go as bits do, and one of a new name does not exist until it is set", () => {
  const generations = ["a", "b", "c", "d"].map((kind) => named(kind, 20));
  const marks = new FlowMarks(FLOWS, [], generations[0]!);
  for (const [index, names] of generations.entries()) {
    marks.adoptInts(names, generations[index - 1] ?? []);
    for (let flow = 0; flow < FLOWS; flow++) expect(counted(marks, flow, names)).toEqual([]);
    for (const column of marks.intColumnsOf(names)) {
      marks.changeInt(9, GENERATION + index, column, FlowintEffect.ASSIGN, false, 0);
      marks.changeInt(index, GENERATION, column, FlowintEffect.ADD, false, 2);
    }
    expect(counted(marks, index, names)).toEqual(names);
  }
});
