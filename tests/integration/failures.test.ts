/** Faults of the agent itself, really made to happen: it is started again, and the monitor reads when nobody listened. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { askAgent } from "#agent/onsite/control-client.js";
import type { Status } from "#agent/onsite/status.js";
import { openSqlite } from "#agent/store/sqlite-driver.js";
import { writeStory } from "../../scripts/story/story.js";
import { type Fault, FaultInjection } from "../support/fault-injection.js";
import { poll } from "../support/poll.js";
import { RunningAgent } from "../support/sekisho-process.js";

const LAUNCH = fileURLToPath(new URL("../../systemd/launch", import.meta.url));
const isRoot = process.getuid?.() === 0;

const beganMs = Date.now();
const root = mkdtempSync(join(tmpdir(), "sekisho-failures-"));
const agents: RunningAgent[] = [];
afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.kill()));
  rmSync(root, { recursive: true });
});

/** Processes of tcpdump that an agent in `folder` has started. */
function tcpdumpsOf(folder: string): number {
  return readdirSync("/proc").filter((name) => {
    try {
      const isTcpdump = /^\d+$/.test(name) && readFileSync(`/proc/${name}/comm`, "latin1") === "tcpdump\n";
      return isTcpdump && readFileSync(`/proc/${name}/environ`, "latin1").includes(folder);
    } catch {
      // Gone by now, or somebody else's.
      return false;
    }
  }).length;
}

interface InfoMessage {
  readonly event: string;
  readonly code?: string;
  readonly reason?: string;
  readonly at?: string;
  readonly durationMs?: number;
}

/** What waits for the monitor of events with this name, in order. */
async function outboxOf(folder: string, event: string): Promise<InfoMessage[]> {
  const database = await openSqlite(join(folder, "store.db"));
  try {
    const rows = await database.all("SELECT payload FROM outbox WHERE topic = 'info' ORDER BY sequence");
    const messages = rows.map(({ payload }) => JSON.parse(String(payload)) as InfoMessage);
    return messages.filter((message) => message.event === event);
  } finally {
    await database.close();
  }
}

function box(name: string, capture: object) {
  const folder = join(root, name);
  mkdirSync(folder);
  const configuration = {
    capture,
    store: { path: join(folder, "store.db"), budget_mib: 8 },
    control: { socket: join(folder, "control.sock") },
  };
  writeFileSync(join(folder, "sekisho.yaml"), JSON.stringify(configuration));
  const faults = new FaultInjection(folder);
  const start = (environment: Readonly<Record<string, string>> = {}, launcher?: string): RunningAgent => {
    const agent = new RunningAgent(join(folder, "sekisho.yaml"), {
      environment: { ...faults.environment, ...environment },
      ...(launcher !== undefined && { launcher }),
    });
    agents.push(agent);
    return agent;
  };
  return { folder, faults, start };
}

/** Make each fault happen in turn; the reasons of the gaps that the monitor is told. */
async function sensorGapsAfter(made: readonly Fault[]): Promise<(string | undefined)[]> {
  const { folder, faults, start } = box(made.join("-"), { interfaces: ["lo"], driver: "tcpdump" });
  const agent = start();
  const starts = (): number => agent.log.split("capture has started").length - 1;
  const uptimeS = async (): Promise<number> => {
    const answer = await askAgent(join(folder, "control.sock"), "/v1/status").catch(() => undefined);
    return (answer as Status | undefined)?.uptimeS ?? 0;
  };
  const waitLonger = async (): Promise<void> => {
    const beforeS = await uptimeS();
    faults.make("later", "main");
    await poll("ten seconds to be over", async () => (await uptimeS()) >= beforeS + 10);
  };
  await poll("the sensor", () => starts() > 0);
  // A first start that fails within five seconds is a mistake in the set-up.
  await waitLonger();
  for (const fault of made) {
    const before = starts();
    faults.make(fault, "sensor");
    await poll(`the ${fault}`, () => !existsSync(join(folder, "fault.sensor")));
    if (fault === "stall") for (let i = 0; i < 2; i++) await waitLonger();
    await poll(`the sensor to be started again after ${fault}`, () => starts() > before);
    await poll(`the tcpdump of the sensor before ${fault} to end`, () => tcpdumpsOf(folder) === 1);
  }
  expect(await agent.stop()).toBe(0);
  return (await outboxOf(folder, "sensor_gap")).map(({ reason }) => reason);
}

/** systemd's part: a notification socket, whose reader prints what it is told. */
async function manager(folder: string) {
  const path = join(folder, "notify");
  const script =
    '$| = 1; my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die; print "listening\\n"; while (defined $s->recv(my $m, 4096)) { print "$m\\n" }';
  const reader = spawn("perl", ["-MSocket", "-MIO::Socket::UNIX", "-e", script, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  reader.stdout.on("data", (data: Buffer) => {
    text += data.toString();
  });
  await poll("the manager", () => text !== "");
  const clear = (): void => {
    text = "";
  };
  return { path, beats: () => text.split("WATCHDOG=1").length - 1, clear, end: () => reader.kill() };
}

/** Three runs that end with a fault of the main thread, and one that reads what is told of them. */
async function faultsOfMain() {
  const { folder, faults, start } = box("main", { file: "story.pcap", speed: 0.01 });
  writeStory(join(folder, "story.pcap"));
  const service = await manager(folder);
  const lastWords = join(folder, "last-words.json");
  const exits: unknown[] = [];
  let log = "";
  const startService = async (): Promise<ChildProcess> => {
    service.clear();
    const agent = start({ NOTIFY_SOCKET: service.path, WATCHDOG_USEC: "300000" }, LAUNCH);
    agent.child.stderr!.on("data", (data: Buffer) => {
      log += data.toString();
    });
    await poll("signs of life", () => service.beats() > 1);
    await poll("the words of the run before to be told", () => !existsSync(lastWords));
    return agent.child;
  };
  for (const fault of ["reject", "throw"] as const) {
    const agent = await startService();
    faults.make(fault, "main");
    exits.push(await once(agent, "close"));
  }
  const stalled = await startService();
  faults.make("stall", "main");
  await poll("the stall", () => !existsSync(join(folder, "fault.main")));
  // Longer than two beats: systemd's own patience is of no interest here. What was sent before may still be on its way.
  let beatsOfStalled = 1;
  for (let attempt = 0; attempt < 10 && beatsOfStalled > 0; attempt++) {
    service.clear();
    await sleep(700);
    beatsOfStalled = service.beats();
  }
  stalled.kill("SIGABRT");
  await once(stalled, "close");
  const last = await startService();
  last.kill("SIGTERM");
  exits.push(await once(last, "close"));
  service.end();
  return { exits, log, beatsOfStalled, gaps: await outboxOf(folder, "agent_gap") };
}

async function exitWithoutLastWords(): Promise<number | null> {
  const { folder, faults, start } = box("speechless", { file: "story.pcap", speed: 0.01 });
  writeStory(join(folder, "story.pcap"));
  mkdirSync(join(folder, "last-words.json"));
  const agent = start();
  await poll("the agent", () => agent.log.includes("sekisho is running"));
  faults.make("throw", "main");
  return agent.exitCode;
}

const isStall = (reason = ""): boolean => reason.includes("gave no sign of life");

// All at once: most of it is waiting.
const sensorFaults = isRoot ? sensorGapsAfter(["throw", "memory"]) : undefined;
const sensorStall = isRoot ? sensorGapsAfter(["stall"]) : undefined;
const mainFaults = faultsOfMain();
const speechless = exitWithoutLastWords();
void Promise.allSettled([sensorFaults, sensorStall, mainFaults, speechless]);

test.skipIf(!isRoot)(
  "a sensor that throws, or whose memory is full, is started again, and the monitor is told (skipped unless root)",
  async () => {
    // On a machine that is too busy a sensor may be late as well.
    expect((await sensorFaults)?.filter((reason) => !isStall(reason))).toEqual([
      expect.stringContaining("made to happen"),
      expect.stringContaining("memory limit"),
    ]);
  },
);

test.skipIf(!isRoot)(
  "a sensor whose event loop stands still is started again, and the monitor is told (skipped unless root)",
  async () => {
    const reasons = (await sensorStall) ?? [];
    expect(reasons.length).toBeGreaterThan(0);
    expect(reasons.filter((reason) => !isStall(reason))).toEqual([]);
  },
);

test("a fault of the main thread ends it loudly, with a code of its own, so that it is started again", async () => {
  const { exits, log } = await mainFaults;
  expect(exits).toEqual([
    [70, null],
    [70, null],
    [0, null],
  ]);
  expect(log.match(/"level":"fatal".*?"stack".*?"origin":"\w+"/g)).toHaveLength(2);
});

test("a main thread that stands still gives the watchdog no sign of life", async () => {
  expect((await mainFaults).beatsOfStalled).toBe(0);
});

test("the next start tells the monitor of a run that did not end in order: when, why, how long", async () => {
  const { gaps } = await mainFaults;
  expect(gaps).toEqual([
    expect.objectContaining({ code: "failed", reason: expect.stringContaining("unhandledRejection") }),
    expect.objectContaining({ code: "failed", reason: expect.stringContaining("uncaughtException") }),
    expect.objectContaining({ code: "killed" }),
  ]);
  for (const { at, durationMs } of gaps) {
    expect(Date.parse(at ?? "")).toBeGreaterThanOrEqual(beganMs);
    expect(Date.parse(at ?? "")).toBeLessThanOrEqual(Date.now());
    expect(durationMs ?? 0).toBeGreaterThanOrEqual(0);
  }
  expect(gaps.at(-1)?.durationMs).toBeDefined();
});

test("a disk that takes no last words does not keep the agent from ending", async () => {
  expect(await speechless).toBe(70);
});
