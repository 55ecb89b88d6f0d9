import { expect, test } from "vitest";
import { CapturedValues, VariableOwner } from "../../../../agent/sensor/match/captured-values.js";
import { Endpoints } from "../../../../agent/sensor/match/endpoints.js";

const NAME = 7;
const text = Buffer.from("secret");

function endsOf(flow: number): Endpoints {
  return Object.assign(new Endpoints(), { flow, flowGeneration: 1 });
}

function isKept(values: CapturedValues, flow: number, name = NAME): boolean {
  return values.contains(VariableOwner.FLOW, name, text, 0, text.length, endsOf(flow));
}

test("what a rule on messages has captured is there for the next packet, not for the one at hand", () => {
  const values = new CapturedValues();
  values.capture(5, VariableOwner.FLOW, NAME, text, 0, text.length);
  values.keep(0, 10, endsOf(3), true);
  expect(isKept(values, 3)).toBe(false);
  values.beginPacket();
  expect(isKept(values, 3)).toBe(true);
  expect(isKept(values, 4)).toBe(false);
});

test("however many messages a packet completes and however many flows there are, what is kept is bounded and counted", () => {
  const values = new CapturedValues();
  for (let i = 0; i < 1000; i++) {
    values.capture(5, VariableOwner.FLOW, NAME + i, text, 0, text.length);
    values.keep(0, 10, endsOf(3), true);
  }
  expect(values.evictions).toBeGreaterThan(0);
  values.beginPacket();
  expect(isKept(values, 3, NAME)).toBe(false);
  expect(isKept(values, 3, NAME + 999)).toBe(true);
  values.clear();
  const before = values.evictions;
  for (let flow = 0; flow < 5000; flow++) {
    values.beginPacket();
    values.capture(5, VariableOwner.FLOW, NAME, text, 0, text.length);
    values.keep(0, 10, endsOf(flow), false);
  }
  expect(values.evictions - before).toBe(5000 - 4096);
  expect([isKept(values, 0), isKept(values, 4999)]).toEqual([false, true]);
});
