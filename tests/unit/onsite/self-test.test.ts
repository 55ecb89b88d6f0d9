import { describe, expect, it } from "vitest";
import { selfTestToken } from "#agent/base/self-test-mark.js";
import { displayWidth } from "#agent/base/text-layout.js";
import { probePackets } from "#agent/onsite/self-test/probe-packets.js";
import {
  type Injected,
  SelfTest,
  type SelfTestPorts,
  type TestedUplink,
} from "#agent/onsite/self-test/self-test.js";
import { selfTestVerdict } from "#agent/onsite/self-test/self-test-report.js";
import { legLines } from "#agent/onsite/self-test/self-test-screen.js";

const PATIENCE = { inject: 5, detect: 5, store: 5, monitor: 5, connection: 5 };
const CONNECTED: TestedUplink = {
  isConfigured: true,
  isConnected: true,
  reason: "-",
  acknowledgement: "monitor",
};
const NEVER = new Promise<never>(() => undefined);

/** A box on which everything works, but for what a test changes. */
function testOn(changes: Partial<SelfTestPorts> = {}, isByCaller = false): SelfTest {
  let count = 0;
  let packets = 10;
  const test: SelfTest = new SelfTest(
    {
      monotonicMs: () => ++count,
      wallMs: () => 0,
      newToken: () => (++count).toString(16).padStart(16, "0"),
      interfaces: ["lan0"],
      filter: "",
      ruleCount: () => 1,
      packets: async () => packets++,
      inject: async (_name, token) => {
        test.detected(token);
        return { way: "frames", sentMs: 0 };
      },
      tell: () => ({
        committed: Promise.resolve(true),
        sent: Promise.resolve(),
        acknowledged: Promise.resolve(),
      }),
      uplink: () => CONNECTED,
      patience: PATIENCE,
      ...changes,
    },
    isByCaller,
  );
  return test;
}

async function legsOf(test: SelfTest): Promise<Record<string, string>> {
  await test.run();
  const { legs, isRunning } = test.report();
  expect(isRunning).toBe(false);
  return Object.fromEntries(
    legs.map(({ leg, state, reason }) => [leg, reason ? `${state} ${reason.key}` : state]),
  );
}

const unheard = async (): Promise<Injected> => ({ way: "frames", sentMs: 0 });

describe("a self-test", () => {
  it("is proved where every leg is", async () => {
    const test = testOn();
    await test.run();
    expect(selfTestVerdict(test.report())).toBe("proved");
    expect(test.report().legs.map(({ state }) => state)).toEqual(Array(7).fill("proved"));
  });

  it("names the leg that fails, and calls nothing behind it failed", async () => {
    const behind = { store: "unproved selftest.not_reached", send: "unproved selftest.not_reached" };
    const trouble = { key: "error.capture.permission", params: {} } as const;
    expect(await legsOf(testOn({ inject: async () => ({ trouble }) }))).toMatchObject({
      inject: "failed error.capture.permission",
      capture: "unproved selftest.not_reached",
      ...behind,
    });
    expect(await legsOf(testOn({ inject: unheard, packets: async () => 10 }))).toMatchObject({
      inject: "proved",
      capture: "failed selftest.capture.unseen",
      ...behind,
    });
    expect(await legsOf(testOn({ inject: unheard, packets: async () => undefined }))).toMatchObject({
      capture: "failed selftest.capture.no_sensor",
    });
    expect(await legsOf(testOn({ inject: unheard }))).toMatchObject({
      capture: "proved",
      detect: "failed selftest.detect.silent",
      ...behind,
    });
    const lost = { committed: Promise.resolve(false), sent: NEVER, acknowledged: NEVER };
    expect(await legsOf(testOn({ tell: () => lost }))).toMatchObject({
      detect: "proved",
      store: "failed selftest.store.failed",
      send: "unproved selftest.not_reached",
    });
    const unanswered = {
      committed: Promise.resolve(true),
      sent: Promise.resolve(),
      acknowledged: NEVER,
    };
    expect(await legsOf(testOn({ tell: () => unanswered }))).toMatchObject({
      send: "proved",
      acknowledge: "failed selftest.acknowledge.silent",
    });
    expect(await legsOf(testOn({ ruleCount: () => 0 }))).toMatchObject({
      rules: "failed selftest.rules.none",
      acknowledge: "proved",
    });
  });

  it("calls unproved what cannot be told: a filter, no monitor, no connection, no interface", async () => {
    const filter = "not port 53";
    expect(await legsOf(testOn({ inject: unheard, filter, packets: async () => 10 }))).toMatchObject({
      capture: "unproved selftest.capture.filter",
    });
    expect(await legsOf(testOn({ inject: unheard, filter }))).toMatchObject({
      detect: "unproved selftest.capture.filter",
    });
    const waiting = { committed: Promise.resolve(true), sent: NEVER, acknowledged: NEVER };
    for (const [uplink, key] of [
      [{ ...CONNECTED, isConfigured: false, isConnected: false }, "selftest.send.none"],
      [{ ...CONNECTED, isConnected: false }, "selftest.send.away"],
      [CONNECTED, "selftest.send.waits"],
    ] as const) {
      const test = testOn({ uplink: () => uplink, tell: () => waiting });
      expect(await legsOf(test)).toMatchObject({
        send: `unproved ${key}`,
        acknowledge: "unproved selftest.not_reached",
      });
      expect(selfTestVerdict(test.report())).toBe("unproved");
    }
    expect(await legsOf(testOn({ interfaces: [] }))).toMatchObject({
      inject: "unproved selftest.inject.no_interface",
    });
  });

  it("has the caller send where it may not itself, and does not wait for ever", async () => {
    const silent = testOn({ inject: () => NEVER }, true);
    expect(await legsOf(silent)).toMatchObject({ inject: "failed selftest.inject.no_caller" });
    const helped = testOn({ inject: () => NEVER, patience: { ...PATIENCE, inject: 10_000 } }, true);
    const running = helped.run();
    for (let turn = 0; turn < 20 && helped.report().wanted === undefined; turn++) await Promise.resolve();
    const { wanted } = helped.report();
    expect(wanted?.interface).toBe("lan0");
    helped.detected(wanted!.token);
    helped.callerInjected("wan0", { trouble: { key: "selftest.inject.failed", params: {} } });
    helped.callerInjected("lan0", { way: "frames", sentMs: 0 });
    await running;
    expect(selfTestVerdict(helped.report())).toBe("proved");
  });

  it("does not take another box's flow, or a stranger's, for its own", () => {
    const test = testOn();
    expect(test.detected("0123456789abcdef")).toBe(false);
    expect(selfTestToken("12ab.selftest.sekisho.invalid")).toBe("12ab");
    expect(selfTestToken("www.12ab.selftest.sekisho.invalid")).toBeUndefined();
    expect(selfTestToken("12ab.selftest.sekisho.invalid.example")).toBeUndefined();
  });

  it("says to whom a right is missing, and who has it", async () => {
    const params = { interface: "lan0", reason: "Operation not permitted" };
    const trouble = { key: "error.capture.permission", params } as const;
    const test = testOn({ inject: async () => ({ trouble }) });
    await test.run();
    const text = test
      .report()
      .legs.flatMap((leg) => legLines(leg, "en"))
      .join(" ");
    expect(text.replace(/ +/g, " ")).toContain(
      "may not send on lan0 (as with the capture helper). “sudo sekisho selftest”",
    );
  });

  it("fits eighty columns in both languages", async () => {
    const test = testOn({ inject: unheard, interfaces: ["enp0s31f6.4094"] });
    await test.run();
    for (const language of ["en", "ja"] as const) {
      const lines = test.report().legs.flatMap((leg) => legLines(leg, language));
      expect(lines.filter((line) => displayWidth(line) > 80)).toEqual([]);
    }
  });
});

describe("the flow of a self-test", () => {
  it("is a DNS question and its answer with right checksums", () => {
    const { packets, payload } = probePackets("ab12", 50_000);
    expect(packets).toHaveLength(2);
    for (const packet of packets) {
      expect(onesSum(packet.subarray(0, 20))).toBe(0xffff);
      const length = packet.readUInt16BE(24);
      const pseudo = Buffer.concat([packet.subarray(12, 20), Buffer.from([0, 17]), packet.subarray(24, 26)]);
      expect(onesSum(Buffer.concat([pseudo, packet.subarray(20, 20 + length)]))).toBe(0xffff);
    }
    expect(packets[0]!.subarray(28)).toEqual(payload);
    expect(payload.toString("latin1")).toContain("\u0004ab12\u0008selftest\u0007sekisho\u0007invalid\u0000");
  });
});

function onesSum(bytes: Buffer): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i]! << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}
