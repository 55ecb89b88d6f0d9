/** `sekisho selftest` with a running agent, a real interface, a real broker and the reference monitor. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { NetworkNamespace, namespaceObstacle } from "../../scripts/network/network-namespace.js";
import { type CommandOutcome, runCommand } from "../support/command-line.js";
import { MonitorProcess } from "../support/monitor-process.js";
import { freePort, hasMosquitto, Mosquitto } from "../support/mosquitto.js";
import { poll } from "../support/poll.js";
import { RunningAgent } from "../support/sekisho-process.js";
import { temporaryDirectory } from "../support/temporary-directory.js";

const obstacle = namespaceObstacle() ?? (hasMosquitto ? undefined : "needs mosquitto");

interface Leg {
  readonly leg: string;
  readonly state: string;
  readonly ms?: number;
  readonly code?: string;
  readonly text?: string;
  readonly way?: string;
}

describe.skipIf(obstacle !== undefined)(`the self-test${obstacle ? ` (skipped: ${obstacle})` : ""}`, () => {
  const cleanups: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  async function box(uplink: object) {
    const folder = await temporaryDirectory();
    const cable = new NetworkNamespace();
    cleanups.push(() => cable.remove());
    const path = (name: string): string => join(folder, name);
    const config = {
      device: { id: "box-7" },
      capture: { interfaces: [cable.nearInterface] },
      store: { path: path("sekisho.db"), budget_mib: 8 },
      control: { socket: path("control.sock") },
      uplink,
    };
    writeFileSync(path("sekisho.yaml"), JSON.stringify(config));
    const agent = new RunningAgent(path("sekisho.yaml"));
    cleanups.push(() => agent.stop());
    await poll("capture to start", () => agent.log.includes("capture has started"));
    const command = (...args: string[]): Promise<CommandOutcome> =>
      runCommand([...args, "--config", path("sekisho.yaml")]);
    return { cable, path, command };
  }

  const states = (legs: readonly Leg[]): string[] => legs.map(({ leg, state }) => `${leg} ${state}`);
  const legsOf = ({ out }: CommandOutcome): readonly Leg[] => JSON.parse(out).legs;
  const everyLeg = (state: string): string[] =>
    ["rules", "inject", "capture", "detect", "store", "send", "acknowledge"].map((leg) => `${leg} ${state}`);

  it("proves every leg with its time, and leaves no trace among what really happened", async () => {
    const broker = await Mosquitto.start(["allow_anonymous true"]);
    cleanups.push(() => broker.stop());
    const { command, path } = await box({ url: broker.url });
    const monitor = await MonitorProcess.start(broker.url, path("monitor.db"));
    cleanups.push(() => monitor.stop());

    const test = await command("selftest", "--json");
    expect(states(legsOf(test))).toEqual(everyLeg("proved"));
    expect(test.code).toBe(0);
    for (const { leg, ms } of legsOf(test)) if (leg !== "capture") expect(ms).toBeGreaterThanOrEqual(0);

    const japanese = await command("selftest", "--lang", "ja");
    expect(japanese.code).toBe(0);
    expect(japanese.out).toContain("検知は正常に動作しています");

    const { counters } = JSON.parse((await command("status", "--json")).out);
    expect(counters["sensor.detections"]).toBe(0);
    expect(JSON.parse((await command("incidents", "--json")).out)).toEqual([]);
    const devices = JSON.parse((await command("devices", "--json")).out);
    expect(JSON.stringify(devices)).not.toContain("192.0.2.77");
  });

  it("says which legs cannot be proved while the monitor is out of reach, and what keeps a flow from being sent", async () => {
    const { cable, command } = await box({ url: `mqtt://127.0.0.1:${await freePort()}` });
    const test = await command("selftest", "--json");
    const [send, acknowledge] = legsOf(test).slice(-2);
    expect([send?.state, acknowledge?.state]).toEqual(["unproved", "unproved"]);
    expect(send?.code).toBe("selftest.send.away");
    expect(states(legsOf(test).slice(0, -2))).toEqual(everyLeg("proved").slice(0, -2));
    expect(test.code).toBe(3);

    cable.setNearUp(false);
    const down = await command("selftest", "--json");
    expect(legsOf(down).find(({ leg }) => leg === "inject")).toMatchObject({ state: "failed" });
    expect(down.code).toBe(1);
  });
});
