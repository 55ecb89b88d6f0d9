/** Clocks that jump: nothing is lost, misordered, closed or ended early for it. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import type { Clock } from "../../agent/base/clock.js";
import type { Incident } from "../../agent/incident/incident.js";
import { CHAOS_SEED, chaosSize, chaosTimeoutMs, noise, report } from "../support/chaos.js";
import { Delivery } from "../support/delivery.js";
import { DeskRun } from "../support/desk-run.js";
import { hasMosquitto, Mosquitto } from "../support/mosquitto.js";
import { startMonitor } from "../support/uplink-bench.js";

const JUMPS = chaosSize(200, 12);
const YEAR_MS = 365.25 * 86_400_000;
const MINUTE = 60_000;

/** Where a clock may go, from where it is. */
const JUMP_TO: readonly ((wallMs: number) => number)[] = [
  () => 0,
  () => 5_000,
  (wallMs) => wallMs + 10 * YEAR_MS,
  (wallMs) => wallMs - 10 * YEAR_MS,
  (wallMs) => wallMs - 3_600_000,
  (wallMs) => wallMs + 3_600_000,
  (wallMs) => wallMs - 2_500,
  () => -1_000_000_000_000,
  () => 8.64e15,
  () => Date.now(),
];

class JumpClock implements Clock {
  offsetMs = 0;

  monotonicMs(): number {
    return performance.now();
  }

  wallMs(): number {
    return Date.now() + this.offsetMs;
  }
}

it.skipIf(!hasMosquitto)(
  `${JUMPS} jumps of the clock lose and misorder nothing on the way from the store to the monitor`,
  async () => {
    const random = noise(CHAOS_SEED + 4);
    const broker = await Mosquitto.start();
    onTestFinished(() => broker.stop());
    const clock = new JumpClock();
    const delivery = await Delivery.start(broker.url, { clock });
    const file = join(delivery.folder, "monitor.db");
    const monitor = await startMonitor(broker.url, file);
    for (let jump = 0; jump < JUMPS; jump++) {
      await delivery.give(1 + random(60), random);
      const to = JUMP_TO[random(JUMP_TO.length)]!(clock.wallMs());
      clock.offsetMs = to - Date.now();
      await delivery.give(1 + random(60), random);
      // With everything on its way, a broker that goes now and then.
      if (random(10) === 0) await broker.restart();
      else await sleep(random(30));
    }
    await delivery.settled();
    await monitor.stop();
    const verdict = await delivery.verify(file);
    report(
      `clock-jumps: ${JUMPS} jumps, ${verdict.accepted} accepted, ${verdict.lost} lost, ${verdict.doubled} doubled, ` +
        `${verdict.misordered} misordered`,
    );
    expect(verdict).toMatchObject({ lost: 0, doubled: 0, misordered: 0 });
    expect(monitor.totals()).toMatchObject({ invalid: 0, lost: 0, missing: 0 });
  },
  chaosTimeoutMs(),
);

it(`${JUMPS} jumps of the clock close no incident and end no period early`, () => {
  const random = noise(CHAOS_SEED + 5);
  const run = new DeskRun();
  let wrong = 0;
  let detections = 0;
  const closed = (): number =>
    run.messages.filter(
      ({ topic, payload }) => topic === "incident" && (JSON.parse(payload) as Incident).state === "closed",
    ).length;
  for (let jump = 0; jump < JUMPS; jump++) {
    run.observe({});
    detections++;
    run.pass(random(12) * MINUTE);
    run.clock.wall = JUMP_TO[random(JUMP_TO.length)]!(run.clock.wall);
    run.pass(random(12) * MINUTE);
    // The incident is idle after half an hour, and was hit less than that ago.
    wrong += closed();
  }
  run.observe({});
  detections++;
  run.pass(29 * MINUTE);
  expect(closed()).toBe(0);
  run.pass(2 * MINUTE);
  expect(closed()).toBe(1);
  run.clock.wall = Date.now();
  run.pass(3 * 3_600_000);
  const hours = run.summaries().filter(({ period }) => period === "hour");
  expect(hours.map(({ index }) => index)).toEqual(hours.map((_, i) => i + 1));
  expect(hours.reduce((sum, hour) => sum + hour.detections, 0)).toBe(detections);
  const early = hours.slice(1).filter(({ durationS }) => durationS < 1_799 || durationS > 5_430).length;
  report(
    `clock-jumps: ${JUMPS} jumps, ${wrong} incidents closed early, ${early} of ${hours.length} periods too short or too long`,
  );
  expect(wrong + early).toBe(0);
  expect(hours.some(({ clock }) => clock === "unset")).toBe(true);
  expect(hours.reduce((sum, { clockJumps }) => sum + clockJumps, 0)).toBeGreaterThan(JUMPS / 2);
});
