/** A proxy that counts: never more publishes open than the broker's Receive Maximum. */
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { chaosSize, chaosTimeoutMs, report } from "../support/chaos.js";
import { hasMosquitto, Mosquitto } from "../support/mosquitto.js";
import { MqttProxy } from "../support/mqtt-proxy.js";
import { poll } from "../support/poll.js";
import { startDevice } from "../support/uplink-bench.js";

const PUBLISHES = chaosSize(1_000_000, 800);
/** Each has a connection and a window of its own; together they keep the broker busy at a Receive Maximum of 1 too. */
const DEVICES = PUBLISHES > 100_000 ? 256 : 8;
/** So many wait at once in each: the outbox is in memory here. */
const WAITING = 500;

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
    const devices = Array.from({ length: DEVICES }, (_, i) =>
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
    for (let given = 0; given < PUBLISHES; ) {
      for (const { outbox } of devices)
        for (; given < PUBLISHES && outbox.size < WAITING; given++) outbox.append("normal", { n: given });
      await sleep(5);
    }
    await poll("empty outboxes", () => devices.every(({ outbox }) => outbox.size === 0), 60_000);
    const perSecond = Math.round((PUBLISHES / (performance.now() - startedMs)) * 1000);
    report(
      `receive-maximum: ${maximum}: ${proxy.published} publishes, ${proxy.violations} violations, ` +
        `at most ${proxy.mostOpen} open, ${perSecond} a second`,
    );
    expect(proxy.published).toBeGreaterThanOrEqual(PUBLISHES);
    expect(proxy.violations).toBe(0);
    expect(proxy.mostOpen).toBeLessThanOrEqual(maximum);
    for (const { counters } of devices) expect(counters.get("uplink.connections")).toBe(1);
  },
  chaosTimeoutMs(90_000),
);
