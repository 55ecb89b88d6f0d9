/** Monitors killed: what was accepted is in the monitor's file, once, in order (5 minutes). */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { CHAOS_SEED, chaosSize, chaosTimeoutMs, noise, Progress, report } from "../support/chaos.js";
import { Delivery } from "../support/delivery.js";
import { MonitorProcess } from "../support/monitor-process.js";
import { hasMosquitto, Mosquitto } from "../support/mosquitto.js";

const KILLS = chaosSize(100, 3);

it.skipIf(!hasMosquitto)(
  `nothing is lost, doubled or misordered over ${KILLS} kills of the monitor`,
  async () => {
    const random = noise(CHAOS_SEED + 1);
    const broker = await Mosquitto.start();
    onTestFinished(() => broker.stop());
    const delivery = await Delivery.start(broker.url);
    const file = join(delivery.folder, "monitor.db");
    const progress = new Progress("monitor-kill", KILLS);
    for (let kill = 0; kill < KILLS; kill++) {
      const monitor = await MonitorProcess.start(broker.url, file);
      const giving = delivery.give(20 + random(200), random);
      await sleep(random(150));
      await monitor.kill();
      await giving;
      progress.reach(kill + 1);
    }
    const last = await MonitorProcess.start(broker.url, file);
    await delivery.settled();
    await last.stop();
    const verdict = await delivery.verify(file);
    report(
      `monitor-kill: ${KILLS} kills, ${verdict.accepted} accepted, ${verdict.lost} lost, ${verdict.doubled} doubled, ` +
        `${verdict.misordered} misordered, ${delivery.counters.get("uplink.repeated")} sent again`,
    );
    expect(verdict).toMatchObject({ lost: 0, doubled: 0, misordered: 0 });
  },
  chaosTimeoutMs(),
);
