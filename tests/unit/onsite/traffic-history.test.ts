import { expect, test } from "vitest";
import { TrafficHistoryRecorder } from "../../../agent/onsite/traffic-history.js";

const totals = (packets: number) => ({ packets, bytes: packets * 100, drops: 0, detections: packets / 600 });

test("a minute is the difference of two totals, by elapsed time, whatever the clock says", () => {
  const recorder = new TrafficHistoryRecorder();
  recorder.note(totals(1000), 0, Date.UTC(1970, 0, 1));
  recorder.note(totals(1500), 30_000, Date.UTC(2026, 0, 1));
  expect(recorder.history().timesS).toEqual([]);
  recorder.note(totals(7000), 60_000, Date.UTC(2026, 0, 1));
  expect(recorder.history()).toEqual({
    timesS: [Date.UTC(2026, 0, 1) / 1000],
    packetsPerS: [100],
    bitsPerS: [80_000],
    drops: [0],
    detections: [10],
  });
});

test("totals that fall began at zero again", () => {
  const recorder = new TrafficHistoryRecorder();
  recorder.note(totals(60_000), 0, 0);
  recorder.note(totals(600), 60_000, 60_000);
  expect(recorder.history().packetsPerS).toEqual([10]);
});

test("a day is kept, and no more", () => {
  const recorder = new TrafficHistoryRecorder();
  for (let minute = 0; minute <= 2000; minute++)
    recorder.note(totals(minute * 60), minute * 60_000, minute * 60_000);
  const { timesS } = recorder.history();
  expect(timesS).toHaveLength(1440);
  expect(timesS.at(-1)).toBe(2000 * 60);
});
