import { connectAsync } from "mqtt";
import { expect, it, onTestFinished } from "vitest";
import { hasMosquitto, Mosquitto } from "../support/mosquitto.js";
import { poll } from "../support/poll.js";
import { startDevice } from "../support/uplink-bench.js";

it.skipIf(!hasMosquitto)(
  "a monitor's command is heard over the broker and answered through the outbox",
  async () => {
    const broker = await Mosquitto.start();
    onTestFinished(() => broker.stop());
    let asked = 0;
    const device = startDevice(broker.url, {
      config: { acknowledgement: "broker" },
      commands: {
        handlers: { rules: () => void asked++ },
        reply: (result) => void device.outbox.append("high", result, "result"),
      },
    });
    onTestFinished(() => device.uplink.stop(0));
    const monitor = await connectAsync(broker.url, { protocolVersion: 5 });
    onTestFinished(() => monitor.endAsync(true));
    const results: unknown[] = [];
    monitor.on("message", (_topic, payload) => void results.push(JSON.parse(payload.toString()).data));
    await monitor.subscribeAsync("sekisho/v1/box-1/up/result", { qos: 1 });
    await poll("the device", () => device.uplink.state().isConnected);
    await monitor.publishAsync("sekisho/v1/box-1/down/cmd/rules", '{"v":1,"id":"q-7"}', { qos: 1 });
    await monitor.publishAsync("sekisho/v1/box-1/down/cmd/reboot", '{"v":1,"id":"q-8"}', { qos: 1 });
    await poll("both results", () => results.length >= 2);
    expect(asked).toBe(1);
    expect(results).toContainEqual({ id: "q-7", command: "rules", ok: true });
    expect(results).toContainEqual({ id: "q-8", command: "reboot", ok: false, code: "unknown_command" });
    await poll("an empty outbox", () => device.outbox.size === 0);
  },
);
