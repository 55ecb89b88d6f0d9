/** `scripts/flood` in small: tables of a few thousand flows, which a flood fills again and again. Full size: the script. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readClassifications, shippedRulesFolder } from "../../../agent/config/rule-files.js";
import { runFlood } from "../../../scripts/flooding/flood.js";

it("a flood costs honest connections nothing: every planted request is found, only attackers lose flows", () => {
  const folder = shippedRulesFolder();
  const path = join(folder, "sekisho.rules");
  const maxFlows = 2048;
  const streamMemoryBytes = 2 * 1024 * 1024;
  const parserMemoryBytes = 1024 * 1024;
  const { found, counters, tuples } = runFlood({
    tuples: 40_000,
    planted: 100,
    tuplesPerSecond: 5000,
    seed: 20_261_123,
    rules: [{ path, text: readFileSync(path, "utf8") }],
    classifications: readClassifications([folder]),
    limits: { maxFlows, fairSourceFlows: 256, streamMemoryBytes, parserMemoryBytes },
  });
  expect([tuples, found]).toEqual([40_000, 100]);
  expect(counters["flow.emergencies"]).toBeGreaterThan(0);
  expect(counters["flow.evicted_new"]).toBeGreaterThan(10_000);
  expect(counters["flow.evicted_established"]).toBeGreaterThan(1000);
  expect(counters["flow.active"]).toBeLessThanOrEqual(maxFlows);
  expect(counters["proto.state_bytes"]).toBeLessThanOrEqual(parserMemoryBytes);
  expect(counters["stream.memory_bytes"]).toBeLessThanOrEqual(streamMemoryBytes);
});
