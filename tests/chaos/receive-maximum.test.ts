/** A proxy that counts: never more publishes open than the broker's Receive Maximum (20 minutes). */
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { chaosSize, chaosTimeoutMs, Progress, report } from "../support/chaos.js";
import { hasMosquitto, Mosquitto } from "../support/mosquitto.js";
import { MqttProxy } from "../support/mqtt-proxy.js";
import { poll } from "../support/poll.js";
import { startDevice } from "../support/uplink-bench.js";

const PUBLISHES = chaosSize(1_000_000, 800);
const IS_LARGE = PUBLISHES > 100_000;
/**
 * Devices, each with a connection and a window of its own, and how many messages wait at once in each, in memory: many where
 * the maximum is low, so that the broker is busy all the same; few with much where it is high, so that it is used.
 */
const LOADS = {
  low: { devices: IS_LARGE ? 256 : 8, waiting: 50 },
  high: { devices: IS_LARGE ? 16 : 4, waiting: 4_000 },
} as const;

/** Somebody who listens and forgets: to a broker that has nobody the device does not believe. */
async function listen(port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  const topic = Buffer.from("sekisho/#");
  // CONNECT of MQTT 3.1.1, clean session, no keep alive, client id "x"; then SUBSCRIBE at QoS 0.
  socket.write(Buffer.from([0x10, 13, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0, 0, 1, 0x78]));
  socket.write(
    Buffer.concat([Buffer.from([0x82, 5 + topic.length, 0, 1, 0, topic.length]), topic, Buffer.of(0)]),
  );
  // CONNACK and SUBACK.
  let bytes = 0;
  await new Promise<void>((resolve) => {
    socket.on("data", (chunk) => {
      bytes += chunk.length;
      if (bytes >= 9) resolve();
    });
  });
}

it.skipIf(!hasMosquitto).each([1, 10, 65_535])(
  `of ${PUBLISHES} publishes at a Receive Maximum of %i none is one too many`,
  async (maximum) => {
    const broker = await Mosquitto.start([
      "allow_anonymous true",
      `max_inflight_messages ${maximum}`,
      "max_queued_messages 0",
    ]);
    onTestFinished(() => broker.stop());
    const proxy = await MqttProxy.start(broker.port);
    onTestFinished(() => proxy.stop());
    proxy.allowed = maximum;
    await listen(broker.port);
    const { devices: count, waiting } = maximum > 100 ? LOADS.high : LOADS.low;
    const devices = Array.from({ length: count }, (_, i) =>
      startDevice(proxy.url, {
        device: `box-${i + 1}`,
        config: { acknowledgement: "broker", receive_window: 65_535, protocol: 5 },
        // The own window wide open, so that only the broker's bound holds.
        limits: {
          ackWindowStart: 65_535,
          ackWindowLargest: 65_535,
          ackTimeoutMs: 600_000,
          healthEveryMs: 60_000,
        },
      }),
    );
    for (const { uplink } of devices) onTestFinished(() => uplink.stop(0));
    const startedMs = performance.now();
    const progress = new Progress(`receive-maximum ${maximum}`, PUBLISHES);
    for (let given = 0; given < PUBLISHES; ) {
      for (const { outbox } of devices)
        for (; given < PUBLISHES && outbox.size < waiting; given++) outbox.append("normal", { n: given });
      progress.reach(given);
      await sleep(5);
    }
    const left = (): number => devices.reduce((sum, { outbox }) => sum + outbox.size, 0);
    // As long as something leaves within a minute, however slow the machine.
    for (let before = left(); before > 0; before = left()) {
      await poll("outboxes to get emptier", () => left() < before, 60_000);
    }
    const perSecond = Math.round((PUBLISHES / (performance.now() - startedMs)) * 1000);
    report(
      `receive-maximum: ${maximum}: ${proxy.published} publishes, ${proxy.violations} violations, ` +
        `at most ${proxy.mostOpen} open on one of ${proxy.connections} connections, ${perSecond} a second`,
    );
    expect(proxy.published).toBeGreaterThanOrEqual(PUBLISHES);
    expect(proxy.violations).toBe(0);
    expect(proxy.mostOpen).toBeLessThanOrEqual(maximum);
  },
  chaosTimeoutMs(),
);
