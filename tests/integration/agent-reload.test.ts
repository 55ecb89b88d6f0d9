import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { askAgent } from "../../agent/onsite/control-client.js";
import type { Status } from "../../agent/onsite/status.js";
import { writeStory } from "../../scripts/story/story.js";
import { poll } from "../support/poll.js";
import { RunningAgent } from "../support/sekisho-process.js";
import { temporaryDirectory } from "../support/temporary-directory.js";

const rule = (sid: number): string =>
  `alert dns any any -> any any (msg:"r"; dns.query; content:"x"; sid:${sid};)\n`;

test("SIGHUP brings new rules into force, says what needs a restart, and survives a configuration that cannot be used", async () => {
  const folder = await temporaryDirectory();
  const path = (name: string): string => join(folder, name);
  writeStory(path("story.pcap"));
  writeFileSync(path("own.rules"), rule(1));
  const settings = `store: {path: s.db, budget_mib: 8}\nrules: [own.rules]\n`;
  writeFileSync(path("sekisho.yaml"), `${settings}capture: {file: story.pcap, speed: 0.1}\n`);
  const agent = new RunningAgent(path("sekisho.yaml"));
  onTestFinished(() => agent.kill());
  await poll("the capture", () => agent.log.includes("capture has started"));
  const hangup = async (after: string): Promise<void> => {
    const before = agent.log.length;
    agent.child.kill("SIGHUP");
    await poll(after, () => agent.log.slice(before).includes(after));
  };
  const loaded = async (): Promise<number> =>
    ((await askAgent(path("control.sock"), "/v1/status")) as Status).rules.loaded;

  writeFileSync(path("own.rules"), rule(1) + rule(2));
  await hangup("the configuration has been read again");
  expect(agent.log).toMatch(/"loaded":2,"refused":0,.*"generation":2/);
  expect(await loaded()).toBe(2);

  writeFileSync(path("own.rules"), "alert nonsense\n");
  await hangup("the new configuration cannot be used; everything stays as it was");
  writeFileSync(path("sekisho.yaml"), "stroe: {}\n");
  await hangup("did you mean store?");
  expect(await loaded()).toBe(2);

  writeFileSync(path("own.rules"), rule(3));
  writeFileSync(
    path("sekisho.yaml"),
    `${settings}capture: {file: story.pcap, speed: 0.2}\nlog: {level: debug}\n`,
  );
  await hangup("these changes need a restart");
  expect(agent.log).toContain('"changed":["log.level"]');
  expect(agent.log).toContain('"keys":["capture.speed"]');
  expect(await loaded()).toBe(1);
  expect(await agent.stop()).toBe(0);
});
