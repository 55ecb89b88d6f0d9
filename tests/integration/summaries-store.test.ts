/** The incident desk on a real store: what is summed up agrees with what is stored, whenever the agent ends. */
import { expect, it } from "vitest";
import { ClockWatch } from "../../agent/base/clock-quality.js";
import { Counters } from "../../agent/base/counters.js";
import { IncidentDesk } from "../../agent/incident/incident-desk.js";
import type { Summary } from "../../agent/incident/summary.js";
import type { Store } from "../../agent/store/store.js";
import { directoryOf, isInside, makeDetection } from "../support/detection.js";
import { ManualClock } from "../support/manual-clock.js";
import { openStore, readOutbox } from "../support/store.js";
import { memoryDirectory } from "../support/temporary-directory.js";

const SAMPLE = { conditions: [], sensors: [], rules: { version: "abc", loaded: 1, refused: 0 } };
const MINUTE = 60_000;

async function startDesk(store: Store, clock: ManualClock): Promise<IncidentDesk> {
  const desk = new IncidentDesk({
    clock,
    watch: new ClockWatch(clock, () => true),
    isInside,
    devices: directoryOf(),
    counters: new Counters(),
    suppressions: { find: () => undefined },
    budgetBytesPerHour: 512 * 1024,
    detailBytesPerHour: 1024 * 1024,
  });
  await store.append(desk.resumeSummaries((await store.tally()) ?? []));
  return desk;
}

it("no detection is counted twice or not at all over runs that end at any moment", async () => {
  const directory = await memoryDirectory();
  const clock = new ManualClock(new Date(2026, 10, 27, 9, 5).getTime());
  let accepted = 0;
  for (let run = 0; run < 12; run++) {
    const store = await openStore(directory);
    const desk = await startDesk(store, clock);
    for (let i = 0; i < 40; i++) {
      const detection = makeDetection({ severity: 1 + (i % 3), clientAddress: `192.168.1.${i % 7}` });
      const appended = store.append(desk.observe(detection));
      clock.advance(MINUTE / 2);
      const ticked = store.append(desk.tick(SAMPLE));
      await Promise.all([appended, ticked]);
      accepted++;
    }
    // The power fails: nothing is settled. What was counted and not given to the store is gone with its detection.
    desk.observe(makeDetection());
    await store.close();
    clock.wall += 1_000;
  }
  const store = await openStore(directory);
  const desk = await startDesk(store, clock);
  for (let i = 0; i < 200; i++) {
    clock.advance(MINUTE / 2);
    await store.append(desk.tick(SAMPLE));
  }
  const summaries = (await readOutbox(store))
    .filter(({ topic }) => topic === "summary")
    .map(({ payload }) => JSON.parse(payload) as Summary)
    .filter(({ period }) => period === "hour")
    .sort((a, b) => a.index - b.index);
  expect(summaries.map(({ index }) => index)).toEqual(summaries.map((_, i) => i + 1));
  expect(summaries.reduce((sum, { detections }) => sum + detections, 0)).toBe(accepted);
  expect((await store.recentDetections(10_000)).length).toBe(accepted);
  for (const [i, { from }] of summaries.entries()) if (i > 0) expect(from).toBe(summaries[i - 1]!.to);
});
