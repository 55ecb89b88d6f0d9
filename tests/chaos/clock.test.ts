/** Jumps of the wall clock, ten years either way and to 1970: nothing is lost, misordered or expired early. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { CHAOS_SEED, chaosSize, chaosTimeoutMs, noise, report } from "../support/chaos.js";
import { ManualClock } from "../support/manual-clock.js";
import { detection, idsOf, incident, log, message, openStore, readOutbox } from "../support/store.js";
import { memoryDirectory } from "../support/temporary-directory.js";

const JUMPS = chaosSize(200, 40);
const DAY_MS = 86_400_000;
const YEAR_MS = 365.25 * DAY_MS;
const RETENTION_DAYS = { detections: 3, incidents: 6, logs: 1 };
/** Marks of age are an hour apart or less than a step of this test. */
const STEP_MS = DAY_MS / 8;

const JUMP_KINDS: readonly ((wallMs: number, random: (bound: number) => number) => number)[] = [
  (wallMs) => wallMs + 10 * YEAR_MS,
  (wallMs) => wallMs - 10 * YEAR_MS,
  () => 0,
  (wallMs, random) => wallMs - random(48 * 3_600_000),
  // A step of NTP.
  (wallMs, random) => wallMs + random(4_000) - 2_000,
  () => 4_102_444_800_000,
  () => Date.UTC(2026, 10, 28),
];

it(
  `loses, misorders and expires nothing early over ${JUMPS} jumps of the clock`,
  async () => {
    const directory = await memoryDirectory();
    const random = noise(CHAOS_SEED);
    const clock = new ManualClock();
    const retention = {
      detections: RETENTION_DAYS.detections * DAY_MS,
      incidents: RETENTION_DAYS.incidents * DAY_MS,
      logs: RETENTION_DAYS.logs * DAY_MS,
    };
    const open = () => openStore(join(directory, "store"), { clock, retention });
    let store = await open();
    /** Milliseconds of operation, and at which of them each number was stored. */
    let operatedMs = 0;
    const storedMs: number[] = [];
    const waiting: number[] = [];
    let expired = 0;
    for (let jump = 0; jump < JUMPS; jump++) {
      clock.wall = JUMP_KINDS[random(JUMP_KINDS.length)]!(clock.wall, random);
      const id = storedMs.length;
      const { sequences } = await store.append([
        message(id),
        detection(id),
        log(id),
        incident(`I${id}`, false),
      ]);
      expect(sequences).toEqual([id + 1]);
      storedMs.push(operatedMs);
      waiting.push(id);
      if (random(4) === 0) {
        // With or without a last word, and off for a while that the clock may or may not show.
        await store.close();
        clock.wall += random(2) * random(30) * DAY_MS;
        store = await open();
      }
      for (let step = random(6); step > 0; step--) {
        clock.advance(STEP_MS);
        operatedMs += STEP_MS;
        await store.maintain();
      }
      expect(idsOf(await readOutbox(store)), `jump ${jump}`).toEqual(waiting);
      if (random(5) === 0) {
        await store.outbox.acknowledge(id + 1);
        waiting.length = 0;
      }
      const kept = {
        detections: (await store.recentDetections(10_000)).map(({ signatureId }) => signatureId),
        logs: (await store.recentLogs(10_000)).map(({ payload }) => JSON.parse(payload).id as number),
        incidents: (await store.recentIncidents(10_000)).map((found) => Number(found.id.slice(1))),
      };
      for (const [part, ids] of Object.entries(kept)) {
        expect(ids, `jump ${jump}: the order of ${part}`).toEqual([...ids].sort((a, b) => b - a));
        const limitMs = RETENTION_DAYS[part as keyof typeof RETENTION_DAYS] * DAY_MS;
        const young = storedMs.flatMap((ms, number) => (operatedMs - ms < limitMs ? [number] : []));
        const missing = young.filter((number) => !ids.includes(number));
        expect(missing, `jump ${jump}: ${part} expired early`).toEqual([]);
        // At the latest one step and one pause between marks after its time.
        const old = ids.filter((number) => operatedMs - storedMs[number]! > limitMs + 2 * STEP_MS);
        expect(old, `jump ${jump}: ${part} kept too long`).toEqual([]);
        if (part === "logs") expired = storedMs.length - ids.length;
      }
    }
    expect(expired).toBeGreaterThan(JUMPS / 4);
    report(
      `clock: ${JUMPS} jumps, ${storedMs.length * 4} records, 0 lost, misordered or expired early; ${expired} log lines expired in time`,
    );
  },
  chaosTimeoutMs(),
);
