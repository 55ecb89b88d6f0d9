import { describe, expect, test } from "vitest";
import type { Standing } from "../../../scripts/rulesets/fleet.js";
import { placeOf, type RolloutPlan, ringsOf, rollOut } from "../../../scripts/rulesets/rollout.js";

const DEVICES = Array.from({ length: 200 }, (_, i) => `box-${i}`);
const PLAN: RolloutPlan = {
  layer: "vendor",
  version: 7,
  percentages: [5, 25, 100],
  devices: DEVICES,
  maxFailures: 0,
  ringTimeoutMs: 60_000,
  settleMs: 5_000,
};

/** A fleet on a clock of its own: a device that is asked confirms after a while, unless `outcome` says otherwise. */
function bench(
  outcome: (device: string) => Standing = () => ({ kind: "confirmed" }),
  verdicts = new Map<string, string>(),
) {
  let nowMs = 0;
  const asked = new Map<string, number>();
  const retracted: string[] = [];
  const ports = {
    fleet: {
      standing: (device: string): Standing => {
        const since = asked.get(device);
        if (since === undefined) return { kind: "waiting" };
        return nowMs - since < 3_000 ? { kind: "confirming" } : outcome(device);
      },
      report: (device: string) => ({ device, verdict: verdicts.get(device) ?? "ok" }),
    },
    ask: async (device: string) => void asked.set(device, nowMs),
    retract: async (device: string) => void retracted.push(device),
    nowMs: () => nowMs,
    pause: async (milliseconds: number) => {
      nowMs += milliseconds;
    },
    progress: () => undefined,
  };
  return { asked, retracted, ports, now: () => nowMs };
}

describe("rings", () => {
  test("hold every device once, in about their shares, the same ones when it is done again", () => {
    const rings = ringsOf(PLAN);
    expect(rings.flat().sort()).toEqual([...DEVICES].sort());
    expect(rings[0]!.length).toBeGreaterThan(2);
    expect(rings[0]!.length).toBeLessThan(20);
    expect(ringsOf(PLAN)).toEqual(rings);
  });

  test("are others for another version, so that not the same boxes are always the first", () => {
    const first = new Set(ringsOf(PLAN)[0]);
    const next = ringsOf({ ...PLAN, version: 8 })[0]!;
    expect(next.filter((device) => first.has(device)).length).toBeLessThan(next.length);
    expect(placeOf("box-1", PLAN)).toBe(placeOf("box-1", PLAN));
  });
});

describe("a rollout", () => {
  test("asks ring after ring and ends when all have confirmed", async () => {
    const { ports, asked, now } = bench();
    const result = await rollOut(PLAN, ports);
    expect(result).toMatchObject({ isDone: true, rings: 3, failed: [], open: [], untouched: [] });
    expect(result.confirmed).toHaveLength(200);
    const [first, second] = ringsOf(PLAN);
    // Nobody of the second ring is asked before the first has confirmed and been looked at for a while.
    expect(asked.get(second![0]!)! - asked.get(first![0]!)!).toBeGreaterThanOrEqual(8_000);
    expect(now()).toBeLessThan(60_000);
  });

  test("stops at the ring in which one device fails: no other ring is exposed", async () => {
    const victim = ringsOf(PLAN)[1]![3]!;
    const { ports, asked } = bench((device) =>
      device === victim ? { kind: "failed", reason: "an alert storm" } : { kind: "confirmed" },
    );
    const result = await rollOut(PLAN, ports);
    expect(result).toMatchObject({
      isDone: false,
      rings: 2,
      failed: [{ device: victim, reason: "an alert storm" }],
    });
    expect(asked.size).toBe(ringsOf(PLAN)[0]!.length + ringsOf(PLAN)[1]!.length);
    expect(result.untouched).toEqual(expect.arrayContaining(ringsOf(PLAN)[2]!));
  });

  test("stops where a device that was well is failing with the new set, though it has confirmed", async () => {
    const [ring] = ringsOf(PLAN);
    const verdicts = new Map<string, string>();
    const { ports } = bench((device) => {
      if (device === ring![0]) verdicts.set(device, "failing");
      return { kind: "confirmed" };
    }, verdicts);
    const result = await rollOut(PLAN, ports);
    expect(result).toMatchObject({ isDone: false, rings: 1, failed: [{ device: ring![0] }] });
  });

  test("is not held up by one that was failing before", async () => {
    const [ring] = ringsOf(PLAN);
    expect(await rollOut(PLAN, bench(undefined, new Map([[ring![0]!, "failing"]])).ports)).toMatchObject({
      isDone: true,
    });
  });

  test("stops where a ring takes too long, and takes back what was asked of those that have not begun", async () => {
    const silent = ringsOf(PLAN)[0]![0]!;
    const { ports, retracted } = bench((device) => ({ kind: device === silent ? "waiting" : "confirmed" }));
    const result = await rollOut(PLAN, ports);
    expect(result).toMatchObject({ isDone: false, open: [silent] });
    expect(retracted).toEqual([silent]);
  });

  test("that is begun again asks only those that have not got it", async () => {
    const { ports, asked } = bench();
    await rollOut(PLAN, ports);
    for (const device of asked.keys()) asked.set(device, -10_000);
    let again = 0;
    await rollOut(PLAN, { ...ports, ask: async () => void again++ });
    expect(again).toBe(0);
  });

  test("bears as many failures as it is told to", async () => {
    const victim = ringsOf(PLAN)[0]![0]!;
    const { ports } = bench((device) =>
      device === victim ? { kind: "failed", reason: "x" } : { kind: "confirmed" },
    );
    expect(await rollOut({ ...PLAN, maxFailures: 1 }, ports)).toMatchObject({
      isDone: true,
      failed: [{ device: victim }],
    });
  });
});
