import { expect, it } from "vitest";
import { DEFAULT_FLOW_LIMITS } from "../../../../agent/sensor/flow/flow-limits.js";
import { FlowTracker } from "../../../../agent/sensor/flow/flow-tracker.js";
import { TEST_START_US, udpPacket } from "../../../support/segments.js";

const C = "192.168.1.10";
const S = "203.0.113.5";
const at = (second: number): number => TEST_START_US + second * 1e6;

it("a flow survives a single packet with a time far in the past", () => {
  const released: number[] = [];
  const tracker = new FlowTracker(
    { ...DEFAULT_FLOW_LIMITS, maxFlows: 64, streamMemoryBytes: 1 << 20 },
    (ended) => {
      released.push(ended);
    },
  );
  const flow = tracker.track(udpPacket(C, 1, S, 53, at(100_000)));
  tracker.expire(at(0), 10);
  expect(tracker.track(udpPacket(S, 53, C, 1, at(0)))).toBe(flow);
  tracker.expire(at(0), 10);
  expect(tracker.track(udpPacket(C, 1, S, 53, at(100_001)))).toBe(flow);
  expect(released).toEqual([]);
});

it("flows end when the clock was set back for good", () => {
  const released: number[] = [];
  const tracker = new FlowTracker(
    { ...DEFAULT_FLOW_LIMITS, maxFlows: 64, streamMemoryBytes: 1 << 20 },
    (ended) => {
      released.push(ended);
    },
  );
  const flow = tracker.track(udpPacket(C, 1, S, 53, at(100_000)));
  // A flow that keeps talking in the new time.
  for (let i = 0; i < 300; i++) tracker.track(udpPacket(C, 2, S, 53, at(i)));
  tracker.expire(at(300), 10);
  expect(released).toContain(flow);
  expect(tracker.table.usedCount).toBe(1);
});
