import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const DIST = new URL("../../../dist/", import.meta.url);
const built = (name: string) => import(new URL(name, DIST).href);
const source = (name: string) => import(new URL(`../../../agent/${name}`, import.meta.url).href);

test.each([
  "sensor/sensor",
  "sensor/sensor-loop",
  "sensor/rule-compiler",
  "sensor/match/expression",
  "sensor/match/expression-warmth",
])("the built %s has the names of its source, and they come from the joined module", async (name) => {
  const names = Object.keys(await source(`${name}.ts`)).sort();
  const door = (await built(`${name}.js`)) as Record<string, unknown>;
  const engine = (await built("engine.js")) as Record<string, unknown>;
  expect(Object.keys(door).sort()).toEqual(names);
  for (const each of names) expect(door[each]).toBe(engine[each]);
});

test("what the joined module throws is caught as an error of the program", async () => {
  const { readCaptureFile } = await built("sensor/capture/capture-file.js");
  const { AgentError } = await built("base/errors.js");
  expect(() => readCaptureFile("/no/such.pcap", { frame: () => undefined })).toThrow(AgentError);
});

test("functions and classes of the joined module are constants", () => {
  const engine = readFileSync(new URL("engine.js", DIST), "utf8");
  expect(engine).toMatch(/^const track\w* = |^const Sensor = class/m);
  expect(engine).not.toMatch(/^(?:async )?function|^class |^var \w+ = class/m);
});

test("in the joined module nothing is put off until it is asked for, which would make every constant a variable", () => {
  expect(readFileSync(new URL("engine.js", DIST), "utf8")).not.toMatch(/__esm|__commonJS|__toESM/);
});
