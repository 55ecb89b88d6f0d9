import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createLog } from "../../agent/base/log.js";
import { loadConfig } from "../../agent/config/load.js";
import { EvidenceDesk } from "../../agent/evidence-desk.js";
import { ManualClock } from "../support/manual-clock.js";
import { poll } from "../support/poll.js";
import { memoryDirectory } from "../support/temporary-directory.js";

const HEALTH = {
  conditions: [{ name: "capture.silent", subject: "lan0" }],
  sensors: [{ interface: "lan0", isAlive: true, packets: 7, drops: 0 }],
  rules: { loaded: 3, refused: 0 },
  clock: "synchronized",
} as const;

it("seals before its hour is over where much has come, so that no segment outgrows memory", async () => {
  const folder = await memoryDirectory();
  writeFileSync(join(folder, "sekisho.yaml"), `store: {path: ${join(folder, "sekisho.db")}}\n`);
  const sealed: string[] = [];
  const desk = new EvidenceDesk({
    config: loadConfig(join(folder, "sekisho.yaml"), {}),
    clock: new ManualClock(),
    log: createLog({ level: "silent" }),
    version: "0.0.0",
    clockQuality: () => "synchronized",
    publish: ({ seal }) => sealed.push(seal),
  });
  const write = async (mebibytes: number): Promise<void> => {
    for (let n = 0; n < mebibytes; n++) {
      desk.action("test", { text: "x".repeat(1024 * 1024) });
      await desk.keep([]);
    }
    desk.tick(HEALTH);
  };
  await write(7);
  await new Promise((resolve) => setImmediate(resolve));
  expect(sealed).toEqual([]);
  await write(2);
  await poll("a seal", () => sealed.length === 1);
  await desk.stop();
});
