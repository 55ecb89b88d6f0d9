import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { writeStory } from "../../scripts/story/story.js";
import { hasMosquitto, Mosquitto } from "../support/mosquitto.js";
import { poll } from "../support/poll.js";
import { RunningAgent } from "../support/sekisho-process.js";
import { temporaryDirectory } from "../support/temporary-directory.js";

const MONITOR = fileURLToPath(new URL("../../dist/scripts/monitor/main.js", import.meta.url));
const INCIDENTS_OF_STORY = 5;

it.skipIf(!hasMosquitto)(
  "what an agent found without a broker reaches the monitor after a power cut, a restart and over MQTT 5",
  async () => {
    const folder = await temporaryDirectory();
    const path = (name: string): string => join(folder, name);
    writeStory(path("story.pcap"));
    const broker = await Mosquitto.start();
    try {
      await broker.kill();
      const configuration = (speed: number) =>
        JSON.stringify({
          device: { id: "restarted-box" },
          home_net: ["192.168.10.0/24"],
          capture: { file: path("story.pcap"), speed },
          store: { path: path("sekisho.db"), budget_mib: 8 },
          uplink: { url: broker.url },
        });
      writeFileSync(path("sekisho.yaml"), configuration(100_000));
      const first = new RunningAgent(path("sekisho.yaml"));
      await poll("everything found to be committed", () => first.log.includes("has come to its end"));
      await first.kill();

      await broker.restart();
      // The restarted agent plays so slowly that it finds nothing new while it delivers the old.
      writeFileSync(path("sekisho.yaml"), configuration(0.01));
      const second = new RunningAgent(path("sekisho.yaml"));
      const monitor = spawn(process.execPath, [
        ...[MONITOR, "--url", broker.url, "--db", path("monitor.db")],
        ...["--json", "--expect", String(INCIDENTS_OF_STORY), "--until-idle", "20"],
      ]);
      let out = "";
      monitor.stdout.on("data", (chunk: Buffer) => {
        out += chunk.toString();
      });
      const [code] = await once(monitor, "close");
      expect(await second.stop()).toBe(0);
      expect(code).toBe(0);
      const sids = [...out.matchAll(/"sid":(\d+)/g)].map((match) => Number(match[1]));
      expect([...new Set(sids)].sort()).toEqual([9000001, 9000002, 9000003, 9000004, 9000011]);
      expect(second.log).not.toContain('"level":"fatal"');
    } finally {
      await broker.stop();
    }
  },
);
