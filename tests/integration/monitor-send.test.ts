/** Commands of a person at the monitor: asked over a real broker, answered, or told why not. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import type { CommandHandlers } from "../../agent/uplink/command-desk.js";
import { type Command, sendCommand } from "../../scripts/monitor/command-sender.js";
import { hasMosquitto, Mosquitto } from "../support/mosquitto.js";
import { poll } from "../support/poll.js";
import { startDevice } from "../support/uplink-bench.js";

const MAIN = fileURLToPath(new URL("../../dist/scripts/monitor/main.js", import.meta.url));
const RULES = { version: "abc", generation: 1, loaded: 7, refused: 0, newest: null };

async function start(handlers: CommandHandlers | "none") {
  const broker = await Mosquitto.start();
  onTestFinished(() => broker.stop());
  const device = startDevice(broker.url, {
    config: { acknowledgement: "broker" },
    ...(handlers !== "none" && {
      commands: { handlers, reply: (result) => void device.outbox.append("high", result, "result") },
    }),
  });
  onTestFinished(() => device.uplink.stop(0));
  await poll("the device", () => device.uplink.state().isConnected);
  const send = (command: Command, name = "box-1", timeoutMs = 15_000) =>
    sendCommand({
      broker: { host: "127.0.0.1", port: broker.port, isTls: false, isLoopback: true },
      tls: {},
      device: name,
      command,
      timeoutMs,
    });
  return { broker, device, send };
}

describe.skipIf(!hasMosquitto)("a command that is sent to a device", () => {
  it("is answered with its result and what the device had to tell", async () => {
    const { device, send } = await start({
      health: () => device.uplink.tellHealth(),
      rules: () => void device.outbox.append("high", RULES, "rules"),
    });
    expect(await send("rules")).toMatchObject({ result: { ok: true }, told: { data: RULES } });
    expect(await send("health")).toMatchObject({ result: { ok: true }, told: { data: { uptimeS: 1 } } });
  });

  it("fails with the device's own reason", async () => {
    const { send } = await start({
      health: () => {
        throw new Error("no store");
      },
    });
    expect((await send("health")).result).toMatchObject({ ok: false, code: "failed", reason: "no store" });
    expect((await send("rules")).result).toMatchObject({ ok: false, code: "unknown_command" });
  });

  it("is not sent to a device nobody knows, that is away, or that hears no commands", async () => {
    const { device, send } = await start("none");
    await expect(send("health", "box-9")).rejects.toMatchObject({ code: "error.monitor.unknown_device" });
    await expect(send("health")).rejects.toMatchObject({ code: "error.monitor.not_listening" });
    await device.uplink.stop(0);
    await expect(send("health")).rejects.toMatchObject({
      code: "error.monitor.device_away",
      params: { status: "stopped" },
    });
  });

  it("does not wait for ever for an answer, or for a broker", async () => {
    const { broker, send } = await start({ health: () => new Promise<void>(() => undefined) });
    await expect(send("health", "box-1", 300)).rejects.toMatchObject({ code: "error.monitor.no_answer" });
    await broker.stop();
    await expect(send("health")).rejects.toMatchObject({ code: "error.monitor.broker" });
  });

  it("prints JSON for machines and one sentence with a remedy where it fails", async () => {
    const { broker, device } = await start({ health: () => device.uplink.tellHealth() });
    const run = (...args: string[]) =>
      promisify(execFile)(process.execPath, [MAIN, "send", ...args, "--url", broker.url, "--lang", "en"]);
    const { stdout } = await run("health", "--device", "box-1", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      event: "result",
      device: "box-1",
      command: "health",
      ok: true,
    });
    await expect(run("health", "--device", "box-9")).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^No device named box-9 .+\.\n$/),
    });
  });
});
