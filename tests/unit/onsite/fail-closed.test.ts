/** Healthy and blind is the worst failure: each way to it, from what the parts say to what a person and a script read. */
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runStatus } from "../../../agent/cli/status.js";
import { healthMessage } from "../../../agent/health-message.js";
import type { ConditionName } from "../../../agent/onsite/condition.js";
import { ControlPoint } from "../../../agent/onsite/control-point.js";
import { metricsAnswer } from "../../../agent/onsite/metrics.js";
import { type ReportedParts, SelfReport, type SensorView } from "../../../agent/onsite/self-report.js";
import { temporaryDirectory } from "../../support/temporary-directory.js";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const NOW_MS = 1_800_000_000_000;
const SILENCE_MIN = 10;

/** What differs from an agent that is well; of the sensor as it is after `second` seconds. */
interface Trouble {
  readonly parts?: Partial<ReportedParts>;
  readonly sensor?: (second: number) => Partial<SensorView>;
}

const TROUBLES: readonly (readonly [why: string, name: ConditionName, exitCode: number, trouble: Trouble])[] =
  [
    ["no rules", "rules.none", 1, { parts: { rules: () => ({ loaded: 0, refused: 7, newestMs: NOW_MS }) } }],
    [
      "stale rules",
      "rules.stale",
      3,
      { parts: { rules: () => ({ loaded: 9, refused: 0, newestMs: NOW_MS - 91 * DAY_MS }) } },
    ],
    ["no packets though the link is up", "capture.silent", 1, { sensor: () => ({ packets: 5 }) }],
    ["a sensor without a sign of life", "sensor.stalled", 1, { sensor: () => ({ isAlive: false }) }],
    [
      "a majority of packets that cannot be decoded",
      "capture.undecodable",
      1,
      { sensor: (second) => ({ undecodable: second * 600 }) },
    ],
    [
      "a store that cannot write",
      "store.cannot_write",
      1,
      { parts: { store: () => ({ state: "degraded", bytes: 0, budgetBytes: 1, shed: 0 }) } },
    ],
    [
      "a monitor that acknowledges nothing",
      "monitor.silent",
      3,
      {
        parts: {
          uplink: () => ({
            isConfigured: true,
            isConnected: true,
            reason: null,
            unacknowledged: 9,
            isMonitorSilent: true,
          }),
        },
      },
    ],
  ];

/** What an agent says of itself that has been in this trouble for longer than any patience. */
function reportIn({ parts, sensor }: Trouble): SelfReport {
  let second = 0;
  const view = (): SensorView => ({
    ...{ interface: "lo", isInterface: true, driver: "pcap", isAlive: true, hasFinished: false },
    ...{ packets: second * 1000, bytes: 0, drops: 0, restarts: 0, undecodable: 0, shed: 0, givenUpBytes: 0 },
    ...sensor?.(second),
  });
  const report = new SelfReport(
    {
      ...{ device: "box-17", version: "0.1.0", clockQuality: () => "synchronized", ruleSets: () => [] },
      ...{
        monotonicMs: () => second * 1000,
        wallMs: () => NOW_MS,
        hasControl: () => true,
        counters: () => ({}),
      },
      rules: () => ({ loaded: 9, refused: 0, newestMs: NOW_MS }),
      sensors: () => [view()],
      store: () => ({ state: "ready", bytes: 0, budgetBytes: 1, shed: 0 }),
      uplink: () => ({
        isConfigured: true,
        isConnected: true,
        reason: null,
        unacknowledged: 0,
        isMonitorSilent: false,
      }),
      outbox: () => ({ messages: 0, bytes: 0 }),
      ...parts,
    },
    { silenceMs: SILENCE_MIN * MINUTE_MS, rulesMaxAgeDays: 90, uplinkPatienceMs: 15 * MINUTE_MS },
  );
  for (; second <= (SILENCE_MIN + 1) * 60; second++) report.observe();
  return report;
}

/** `sekisho status` against the agent's real socket. */
async function ask(report: SelfReport, isCheck: boolean) {
  const socket = join(await temporaryDirectory(), "control.sock");
  const point = new ControlPoint({ socket, metricsPort: null }, () => report.status());
  onTestFinished(() => point.close());
  await point.open();
  const lines: string[] = [];
  const out = (text: string): void => void lines.push(text);
  const context = { language: "en", out, err: out, environment: {}, isTerminal: false } as const;
  const code = await runStatus(context, { config: undefined, socket, check: isCheck, json: false });
  return { code, screen: lines.join("\n") };
}

test.each(TROUBLES)("%s: %s, and exit code %i of status --check", async (_, name, exitCode, trouble) => {
  const report = reportIn(trouble);
  const level = exitCode === 1 ? "failing" : "degraded";
  expect(report.status()).toMatchObject({ verdict: level, conditions: [{ name, level }] });
  expect(healthMessage(report.status(), 1)).toMatchObject({ verdict: level, conditions: [{ name, level }] });
  expect(metricsAnswer(report.status()).body).toMatch(
    new RegExp(`^sekisho_condition\\{name="${name}",level="${level}".*\\} 1$`, "m"),
  );
  const { code, screen } = await ask(report, true);
  expect(code).toBe(exitCode);
  expect(screen).toMatch(/^ {2}! /m);
  expect(screen).not.toMatch(/: working$/m);
  expect((await ask(report, false)).code).toBe(0);
});

test("an agent that is well has no condition, and status --check says 0", async () => {
  const { code, screen } = await ask(reportIn({}), true);
  expect({ code, screen }).toEqual({ code: 0, screen: expect.stringMatching(/: working$/m) });
});

test("before its capture has begun an agent is not said to be well: status --check says 1", async () => {
  const { code, screen } = await ask(reportIn({ sensor: () => ({ driver: null }) }), true);
  expect(code).toBe(1);
  expect(screen).toMatch(/is about to listen/);
});
