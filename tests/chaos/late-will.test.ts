/** Last wills that come late: a device that is there is never taken for a lost one. */
import { connectAsync, type MqttClient } from "mqtt";
import { expect, it, onTestFinished } from "vitest";
import { CHAOS_SEED, chaosSize, chaosTimeoutMs, noise, report } from "../support/chaos.js";
import { hasMosquitto, Mosquitto } from "../support/mosquitto.js";
import { MqttProxy } from "../support/mqtt-proxy.js";
import { poll } from "../support/poll.js";
import { startDevice, startMonitor, temporaryFolder } from "../support/uplink-bench.js";

const WILLS = chaosSize(200, 5);
const TOPIC = "sekisho/v1/box-1/up/state";

async function client(url: string): Promise<MqttClient> {
  const made = await connectAsync(url, { protocolVersion: 5 });
  onTestFinished(() => made.endAsync(true));
  return made;
}

it.skipIf(!hasMosquitto)(
  `${WILLS} wills of earlier connections, sent after the next birth, do not make the device lost`,
  async () => {
    const random = noise(CHAOS_SEED + 2);
    const broker = await Mosquitto.start();
    onTestFinished(() => broker.stop());
    const proxy = await MqttProxy.start(broker.port);
    onTestFinished(() => proxy.stop());
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const seen: { status: string; session: number }[] = [];
    const monitor = await startMonitor(broker.url, folder.file, {
      onState: ({ status, session }) => void seen.push({ status, session }),
    });
    onTestFinished(() => monitor.stop());
    const { uplink } = startDevice(proxy.url);
    onTestFinished(() => uplink.stop(0));
    // Another node of a cluster, which delivers the wills when it pleases.
    const other = await client(broker.url);
    const retained: string[] = [];
    const reader = await client(broker.url);
    reader.on("message", (_topic, payload) => void retained.push(JSON.parse(payload.toString()).data.status));
    await reader.subscribeAsync(TOPIC, { qos: 1 });

    let wrong = 0;
    const wills: Buffer[] = [];
    const isOnline = (session: number): boolean =>
      seen.some((one) => one.status === "online" && one.session === session);
    for (let round = 0; round < WILLS; round++) {
      await poll("birth", () => uplink.state().isConnected && isOnline(uplink.state().session));
      wills.push(proxy.will!);
      const { session } = uplink.state();
      proxy.cut();
      await poll("the next birth", () => {
        const now = uplink.state();
        return now.session > session && now.isConnected && isOnline(now.session);
      });
      const before = seen.length;
      await other.publishAsync(TOPIC, wills[random(wills.length)]!, { qos: 1, retain: true });
      await poll(
        "the state to be told again",
        () => retained.lastIndexOf("online") > retained.lastIndexOf("lost"),
      );
      wrong += seen.slice(before).filter(({ status }) => status === "lost").length;
    }
    report(`late-will: ${WILLS} late wills, ${wrong} devices wrongly taken for lost`);
    expect(wrong).toBe(0);
  },
  chaosTimeoutMs(),
);
