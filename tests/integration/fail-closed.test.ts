/** Each way to be healthy and blind, really made to happen to a running agent: what `status --check` then says and answers. */
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, type TestContext, test } from "vitest";
import { askAgent } from "#agent/onsite/control-client.js";
import type { Status } from "#agent/onsite/status.js";
import { NetworkNamespace, namespaceObstacle } from "../../scripts/network/network-namespace.js";
import { pcapFile } from "../support/capture-file.js";
import { FaultInjection } from "../support/fault-injection.js";
import { hasMosquitto, Mosquitto } from "../support/mosquitto.js";
import { poll } from "../support/poll.js";
import { RunningAgent, sekisho } from "../support/sekisho-process.js";

const obstacle = namespaceObstacle();
const RULE = 'alert tcp any any -> any any (msg:"x"; sid:9000001;)\n';
const DAY_S = 86_400;
/** An IPv4 packet whose header breaks off. */
const UNREADABLE = new Uint8Array([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 9]);

const root = mkdtempSync(join(tmpdir(), "sekisho-fail-closed-"));
afterAll(() => rmSync(root, { recursive: true }));

/** An agent on a cable of its own, and what it says of itself. */
function box({ onTestFinished }: TestContext, configuration: object, rules = RULE) {
  const folder = mkdtempSync(join(root, "box-"));
  const cable = new NetworkNamespace();
  const file = join(folder, "sekisho.yaml");
  const disk = join(folder, "disk");
  mkdirSync(disk);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", disk]);
  writeFileSync(join(folder, "site.rules"), rules);
  writeFileSync(
    file,
    JSON.stringify({
      rules: [join(folder, "site.rules")],
      capture: { interfaces: [cable.nearInterface], driver: "tcpdump" },
      store: { path: join(disk, "store.db"), budget_mib: 8 },
      control: { socket: join(folder, "control.sock") },
      health: { silence_min: 1, rules_max_age_days: 30 },
      ...configuration,
    }),
  );
  const faults = new FaultInjection(folder);
  const start = async (): Promise<RunningAgent> => {
    const agent = new RunningAgent(file, { environment: faults.environment });
    onTestFinished(async () => {
      await agent.kill();
      cable.remove();
      execFileSync("umount", ["--lazy", disk]);
    });
    await poll("capture to start", () => agent.log.includes("capture has started"));
    return agent;
  };
  /** On a machine that is busy an answer may take longer than a person would wait. */
  const status = async (): Promise<Status> => {
    let answer: unknown;
    await poll("an answer", async () => {
      answer = await askAgent(join(folder, "control.sock"), "/v1/status").catch(() => undefined);
      return answer !== undefined;
    });
    return answer as Status;
  };
  /** The exit code of `status --check` once the condition is there and the verdict is its level. */
  const codeFor = async (name: string, level: "failing" | "degraded"): Promise<number | null> => {
    await poll(`${name}, and ${level}`, async () => {
      const { conditions, verdict } = await status();
      return verdict === level && conditions.some((one) => one.name === name && one.level === level);
    });
    const { code, out } = sekisho(["status", "--check", "--config", file]);
    expect(out).toMatch(/^ {2}! /m);
    return code;
  };
  /** Put the clock on in steps between which a sensor gives a sign of life. */
  const waitLonger = async (seconds: number): Promise<void> => {
    for (let passed = 0; passed < seconds; passed += 10) {
      const { uptimeS } = await status();
      faults.make("later", "main");
      await poll("ten seconds to be over", async () => (await status()).uptimeS >= uptimeS + 12);
    }
  };
  const over = async (name: string): Promise<void> => {
    await poll(
      `the end of ${name}`,
      async () => !(await status()).conditions.some((one) => one.name === name),
    );
  };
  return { folder, cable, disk, start, status, codeFor, waitLonger, over };
}

function appendUntilFull(file: string): void {
  try {
    for (;;) appendFileSync(file, Buffer.alloc(64 * 1024));
  } catch {
    // Now it is.
  }
}

describe.skipIf(obstacle !== undefined)(
  `an agent that would be healthy and blind${obstacle ? ` (skipped: ${obstacle})` : ""}`,
  () => {
    test.concurrent("says so without rules, without cable, without packets and with nothing but unreadable ones", async (context) => {
      const { folder, cable, start, waitLonger, codeFor, over } = box(
        context,
        { rules_allow_empty: true },
        "",
      );
      await start();
      expect(await codeFor("rules.none", "failing")).toBe(1);

      cable.setFarUp(false);
      expect(await codeFor("capture.link_down", "failing")).toBe(1);
      cable.setFarUp(true);
      await over("capture.link_down");

      await waitLonger(60);
      expect(await codeFor("capture.silent", "failing")).toBe(1);

      const frames = Array.from({ length: 300 }, () => ({ bytes: UNREADABLE }));
      writeFileSync(join(folder, "unreadable.pcap"), pcapFile(frames));
      cable.replay(join(folder, "unreadable.pcap"), 3000);
      expect(await codeFor("capture.undecodable", "failing")).toBe(1);
      await over("capture.silent");
    });

    test.concurrent("says so when its store cannot write, and when that is over", async (context) => {
      const { disk, start, status, codeFor, over } = box(context, {});
      const agent = await start();
      const others = join(disk, "others");
      const isFailing = async (): Promise<boolean> => (await status()).verdict === "failing";
      await poll("the store to fail on a full disk", async () => {
        // It gives its ballast up first.
        appendUntilFull(others);
        // Has it write.
        agent.child.kill("SIGHUP");
        return isFailing();
      });
      expect(await codeFor("store.cannot_write", "failing")).toBe(1);
      rmSync(others);
      await over("store.cannot_write");
      expect(agent.log.split("the store cannot write")).toHaveLength(2);
    });

    test.skipIf(!hasMosquitto)(
      "says so when its rules are old, and when nobody acknowledges what it sends",
      { concurrent: true },
      async (context) => {
        const broker = await Mosquitto.start();
        context.onTestFinished(() => broker.stop());
        const { folder, start, status, waitLonger, codeFor } = box(context, {
          uplink: { url: broker.url },
          health: { rules_max_age_days: 30 },
        });
        const longAgoS = Date.now() / 1000 - 31 * DAY_S;
        utimesSync(join(folder, "site.rules"), longAgoS, longAgoS);
        const agent = await start();
        expect(await codeFor("rules.stale", "degraded")).toBe(3);
        // Has it tell its rules again.
        agent.child.kill("SIGHUP");
        await poll("something unacknowledged", async () => (await status()).uplink.unacknowledged > 0);
        await waitLonger(20);
        expect(await codeFor("monitor.silent", "degraded")).toBe(3);
      },
    );
  },
);
