import { expect, it } from "vitest";
import { Counters } from "../../../agent/base/counters.js";
import { CommandDesk, type CommandHandlers } from "../../../agent/uplink/command-desk.js";
import type { ResultData } from "../../../agent/uplink/schema/command.js";
import { ManualClock } from "../../support/manual-clock.js";

const topic = (name: string, device = "box-1"): string => `sekisho/v1/${device}/down/cmd/${name}`;
const text = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

function makeDesk(handlers: CommandHandlers) {
  const results: ResultData[] = [];
  const counters = new Counters();
  const clock = new ManualClock();
  const reply = (result: ResultData) => void results.push(result);
  const desk = new CommandDesk("box-1", { handlers, reply }, clock, counters);
  return { desk, results, counters, clock };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it("a command is done and answered under its id, once for each time it comes", async () => {
  let done = 0;
  const { desk, results } = makeDesk({ health: () => void done++ });
  for (let i = 0; i < 2; i++) {
    expect(desk.receive(topic("health"), text({ v: 1, id: "a-1" }))).toBe(true);
    await turn();
  }
  expect(done).toBe(2);
  expect(results).toEqual([1, 2].map(() => ({ id: "a-1", command: "health", ok: true })));
});

it("one that is not known or fails is answered with the reason", async () => {
  const { desk, results } = makeDesk({
    rules: () => {
      throw new Error("the disk is away");
    },
  });
  desk.receive(topic("rules"), text({ v: 1, id: "1" }));
  desk.receive(topic("constructor"), text({ v: 1, id: "2" }));
  await turn();
  expect(results).toContainEqual({
    id: "1",
    command: "rules",
    ok: false,
    code: "failed",
    reason: "the disk is away",
  });
  expect(results).toContainEqual({ id: "2", command: "constructor", ok: false, code: "unknown_command" });
});

it("what is no command is not answered", async () => {
  const { desk, results } = makeDesk({ health: () => undefined });
  expect(desk.receive(topic("health", "box-2"), text({ v: 1, id: "1" }))).toBe(false);
  expect(desk.receive(topic("health"), Buffer.from("{"))).toBe(false);
  expect(desk.receive(topic("health"), text({ v: 2, id: "1" }))).toBe(false);
  expect(desk.receive(topic("health"), text({ v: 1, id: "x".repeat(65) }))).toBe(false);
  expect(desk.receive(topic("../health"), text({ v: 1, id: "1" }))).toBe(false);
  await turn();
  expect(results).toEqual([]);
});

it("a flood of commands does not fill the outbox", async () => {
  const { desk, results, counters, clock } = makeDesk({ health: () => undefined });
  for (let i = 0; i < 1_000; i++) {
    desk.receive(topic("health"), text({ v: 1, id: `${i}` }));
    await turn();
  }
  expect(results).toHaveLength(20);
  expect(counters.get("uplink.commands_refused")).toBe(980);
  clock.advance(60_000);
  desk.receive(topic("health"), text({ v: 1, id: "later" }));
  await turn();
  expect(results.at(-1)).toEqual({ id: "later", command: "health", ok: true });
});
