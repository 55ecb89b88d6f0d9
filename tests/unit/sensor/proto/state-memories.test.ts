/** Memory of flows that are over serves those that come. */
import { expect, it } from "vitest";
import { StateMemories } from "../../../../agent/sensor/proto/state-memories.js";
import { TlsParser } from "../../../../agent/sensor/proto/tls/tls-parser.js";

it("a state begins with the memory of one that is over, and knows nothing of what that has said", () => {
  const parser = new TlsParser();
  const first = parser.createState();
  first.memory.fill(0x61);
  first.serverNameLength = 10;
  parser.release(first);
  const second = parser.createState();
  expect(second.memory).toBe(first.memory);
  expect(second.serverNameLength).toBe(-1);
  expect(parser.createState().memory).not.toBe(second.memory);
});

it("no more is kept than 256 flows had", () => {
  const memories = new StateMemories(64);
  const taken = Array.from({ length: 300 }, () => memories.take());
  for (const memory of taken) memories.giveBack(memory);
  const again = Array.from({ length: 300 }, () => memories.take());
  expect(again.filter((memory) => taken.includes(memory)).length).toBe(256);
});
