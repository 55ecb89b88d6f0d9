/** Brokers killed and wiped: what was accepted reaches the monitor, once, in order. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { CHAOS_SEED, chaosSize, chaosTimeoutMs, noise, report } from "../support/chaos.js";
import { Delivery } from "../support/delivery.js";
import { MonitorProcess } from "../support/monitor-process.js";
import { hasMosquitto, Mosquitto } from "../support/mosquitto.js";

/** A broker that writes what it knows to disk when it is told to: what it starts with is older than what it had. */
const PERSISTENT = [
  "allow_anonymous true",
  "persistence true",
  "persistence_location {folder}/",
  "autosave_interval 0",
];

async function undergo(rounds: number, afterKill: (broker: Mosquitto, round: number) => void) {
  const random = noise(CHAOS_SEED);
  const broker = await Mosquitto.start(PERSISTENT);
  onTestFinished(() => broker.stop());
  const delivery = await Delivery.start(broker.url);
  const file = join(delivery.folder, "monitor.db");
  const monitor = await MonitorProcess.start(broker.url, file);
  onTestFinished(() => monitor.kill());
  for (let round = 0; round < rounds; round++) {
    await delivery.give(10 + random(150), random);
    await sleep(random(120));
    await broker.save();
    await delivery.give(20, random);
    await sleep(random(20));
    await broker.kill();
    // Some of what is given comes while there is no broker.
    if (random(3) === 0) await delivery.give(10, random);
    afterKill(broker, round);
    await broker.restart();
    if (random(2) === 0) await sleep(random(300));
  }
  await delivery.settled();
  await monitor.stop();
  return { verdict: await delivery.verify(file), counters: delivery.counters };
}

describe.skipIf(!hasMosquitto)("the way to the monitor", () => {
  const kills = chaosSize(200, 4);
  it(
    `loses, doubles and misorders nothing over ${kills} kills of the broker`,
    async () => {
      const { verdict, counters } = await undergo(kills, () => undefined);
      report(
        `broker-kill: ${kills} kills, ${verdict.accepted} accepted, ${verdict.lost} lost, ${verdict.doubled} doubled, ` +
          `${verdict.misordered} misordered, ${counters.get("uplink.repeated")} sent again`,
      );
      expect(verdict).toMatchObject({ lost: 0, doubled: 0, misordered: 0 });
    },
    chaosTimeoutMs(),
  );

  const wipes = chaosSize(100, 3);
  it(
    `loses, doubles and misorders nothing over ${wipes} wipes of all the broker knew`,
    async () => {
      let wiped = 0;
      const { verdict, counters } = await undergo(wipes, ({ folder }) => {
        for (const name of readdirSync(folder).filter((one) => one.startsWith("mosquitto.db"))) {
          rmSync(join(folder, name));
          wiped++;
        }
      });
      report(
        `broker-wipe: ${wipes} kills with ${wiped} files of state removed, ${verdict.accepted} accepted, ` +
          `${verdict.lost} lost, ${verdict.doubled} doubled, ${verdict.misordered} misordered, ` +
          `${counters.get("uplink.repeated")} sent again`,
      );
      expect(verdict).toMatchObject({ lost: 0, doubled: 0, misordered: 0 });
    },
    chaosTimeoutMs(),
  );
});
