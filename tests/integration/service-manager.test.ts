/** Readiness and signs of life as systemd would read them, through the launcher of the unit. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { writeStory } from "../../scripts/story/story.js";
import { poll } from "../support/poll.js";
import { MAIN } from "../support/sekisho-process.js";
import { temporaryDirectory } from "../support/temporary-directory.js";

/** A busy machine takes long to start a process with its threads; nothing is decided by it. */
const RULE = 'alert tcp any any -> any any (msg:"x"; sid:9000001;)\n';
const LAUNCH = fileURLToPath(new URL("../../systemd/launch", import.meta.url));

/** A datagram socket such as systemd's; Node has none of the unix family, so Perl reads and prints `pid message`. */
const READER = `
use strict; use warnings; use Socket; use IO::Socket::UNIX; $| = 1;
my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die $!;
print "listening\\n";
while (defined $s->recv(my $m, 4096)) { print "$m\\n" }
`;

async function start(program: string, args: readonly string[], environment: Record<string, string> = {}) {
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  const running = { child, text: "" };
  child.stdout.on("data", (data: Buffer) => {
    running.text += data.toString();
  });
  const exited = once(child, "close");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  return running;
}

async function agentUnderManager(config: (folder: string) => string) {
  const folder = await temporaryDirectory();
  const socket = join(folder, "notify");
  const manager = await start("perl", ["-e", READER, socket]);
  await poll("the manager", () => manager.text.includes("listening"));
  writeFileSync(join(folder, "one.rules"), RULE);
  writeFileSync(join(folder, "sekisho.yaml"), `rules: [one.rules]\n${config(folder)}`);
  const agent = await start(
    LAUNCH,
    [process.execPath, MAIN, "run", "--config", join(folder, "sekisho.yaml")],
    {
      NOTIFY_SOCKET: socket,
      WATCHDOG_USEC: "600000",
      PATH: `${join(folder, "bin")}:${process.env.PATH}`,
    },
  );
  return { manager, agent: agent.child };
}

async function exitCodeOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null) await once(child, "close");
  return child.exitCode;
}

test("the agent says that it is ready, keeps saying that it lives, and says that it stops", async () => {
  const { manager, agent } = await agentUnderManager((folder) => {
    writeStory(join(folder, "story.pcap"));
    return `store: {path: ${folder}/s.db, budget_mib: 8}\ncapture: {file: ${folder}/story.pcap, speed: 20}\n`;
  });
  await poll(
    "readiness and life",
    () => manager.text.includes("READY=1") && manager.text.split("WATCHDOG=1").length > 3,
  );
  await poll("a word on how it does", () => /STATUS=sekisho .*working/.test(manager.text));
  agent.kill("SIGTERM");
  expect(await exitCodeOf(agent)).toBe(0);
  await poll("the goodbye", () => manager.text.includes("STOPPING=1"));
});

test("the agent is not ready before the interface is open, however long that takes", async () => {
  let openFile = "";
  const { manager, agent } = await agentUnderManager((folder) => {
    openFile = join(folder, "open");
    mkdirSync(join(folder, "bin"));
    // It is asked for its figures each second (SIGUSR1), which would end a sleep.
    const slowTcpdump = `#!/bin/sh\ntrap '' USR1\nuntil [ -e ${openFile} ]; do sleep 0.1; done\necho 'tcpdump: listening on lo' >&2\nexec sleep 60\n`;
    writeFileSync(join(folder, "bin/tcpdump"), slowTcpdump, { mode: 0o755 });
    return `store: {path: ${folder}/s.db, budget_mib: 8}\ncapture: {interfaces: [lo], driver: tcpdump}\n`;
  });
  // Each beat is one of the main process that also looks whether to say it.
  await poll("a running agent", () => manager.text.split("STATUS=").length > 2);
  expect(manager.text).not.toContain("READY=1");
  writeFileSync(openFile, "");
  await poll("readiness", () => manager.text.includes("READY=1"));
  agent.kill("SIGTERM");
  expect(await exitCodeOf(agent)).toBe(0);
});

test("an agent that cannot listen never says that it is ready", async () => {
  const { manager, agent } = await agentUnderManager(
    (folder) => `store: {path: ${folder}/s.db, budget_mib: 8}\ncapture: {interfaces: [sekisho-no-if]}\n`,
  );
  expect(await exitCodeOf(agent)).toBe(1);
  expect(manager.text).not.toContain("READY=1");
});
