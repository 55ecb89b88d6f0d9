import { expect, test } from "vitest";
import type { Observation, SensorRecord } from "../../../agent/sensor/detection.js";
import { RecordBatch } from "../../../agent/sensor/record-batch.js";
import { makeDetection } from "../../support/detection.js";

const RECORD: Observation = {
  kind: "observation",
  timeUs: 0,
  interfaceName: "lan0",
  event: "arp",
  address: "192.168.10.7",
  macAddress: "02:00:00:00:00:07",
  fields: {},
};

function bench(maxPerSecond: number) {
  const sent: (readonly SensorRecord[])[] = [];
  const clock = { nowMs: 0 };
  const batch = new RecordBatch(
    "lan0",
    maxPerSecond,
    () => clock.nowMs,
    (records) => sent.push(records),
  );
  return { batch, sent, clock };
}

test("a full batch leaves at once, a small one when it has waited fifty milliseconds", () => {
  const { batch, sent, clock } = bench(1000);
  for (let i = 0; i < 65; i++) batch.add(RECORD);
  expect(sent.map((records) => records.length)).toEqual([64]);
  clock.nowMs = 49;
  batch.tick();
  expect(sent).toHaveLength(1);
  clock.nowMs = 50;
  batch.tick();
  expect(sent.map((records) => records.length)).toEqual([64, 1]);
});

test("what is beyond the rate is counted and dropped, and the next second has room again", () => {
  const { batch, sent, clock } = bench(10);
  clock.nowMs = 5000;
  for (let i = 0; i < 25; i++) batch.add(RECORD);
  batch.flush();
  expect(sent.flat()).toHaveLength(10);
  expect(batch.shedCount).toBe(15);
  clock.nowMs = 6000;
  batch.add(RECORD);
  batch.flush();
  expect(sent.flat()).toHaveLength(11);
});

test("what was dropped is told by class, at once and then once a minute, and at the end", () => {
  const { batch, sent, clock } = bench(1);
  const told = () => sent.flat().flatMap((record) => (record.kind === "overflow" ? [record.shed] : []));
  for (const severity of [1, 2, 2, 3]) batch.add(makeDetection({ severity }));
  batch.add(RECORD);
  batch.tick();
  expect(told()).toEqual([{ severity_2: 2, severity_3: 1, observation: 1 }]);
  for (clock.nowMs = 1_000; clock.nowMs < 60_000; clock.nowMs += 1_000) {
    for (let i = 0; i < 3; i++) batch.add(RECORD);
    batch.tick();
  }
  expect(told()).toHaveLength(1);
  batch.tick();
  expect(told()).toEqual([expect.anything(), { observation: 118 }]);
  clock.nowMs += 1;
  batch.add(RECORD);
  batch.add(RECORD);
  batch.close();
  expect(told()[2]).toEqual({ observation: 1 });
});
