/** What a set costs beside the one in force, counted as work and not as time, and what is decided by it. */
import { expect, onTestFinished, test, vi } from "vitest";
import type { Config } from "../../../agent/config/schema.js";
import { RuleSetWatch } from "../../../agent/rule-set-watch.js";
import { ShadowRun } from "../../../agent/sensor/shadow.js";
import type { RuleImage } from "../../../agent/signature/image.js";
import type { Figures } from "../../../agent/update/probation.js";

const IMAGE = {} as RuleImage;
const SETTINGS = { shadow_min: 0.1, confirm_min: 0.1, alerts_factor: 10, cost_factor: 2 };
/** Work of a frame for everything but rules, and for those in force. */
const FRAME = 10;
const ACTIVE = 20;
const FRAMES_PER_SECOND = 4_000;

/** An agent in whose shadow a set runs that does so much work a frame; the clock by which it is measured is its work. */
function shadowOf(candidateWork: number): Promise<void> {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  let workMs = 0;
  const does = (work: number) => () => {
    workMs += work;
  };
  let run: ShadowRun | undefined;
  let seconds = 0;
  const figures = (): Figures => ({
    ...{ packets: 0, drops: 0, alerts: 0, cpuMs: 0, rssBytes: 0, restarts: 0, isConnected: true },
    monotonicMs: seconds * 1000,
  });
  const second = (): void => {
    seconds++;
    for (let i = 0; i < FRAMES_PER_SECOND; i++) {
      run?.beginFrame();
      does(FRAME)();
      run?.judge(does(ACTIVE), does(candidateWork));
      run?.endFrame();
    }
  };
  const watch = new RuleSetWatch(SETTINGS as Config["rule_sets"], {
    figures,
    counters: () => run?.counters() ?? {},
    shadow: async (image) => {
      run = image && new ShadowRun(image, () => workMs);
    },
  });
  const timer = setInterval(second, 1000);
  const outcome = watch.shadow(IMAGE).finally(() => clearInterval(timer));
  outcome.catch(() => undefined);
  return vi.advanceTimersByTimeAsync(20_000).then(() => {
    expect(run).toBeUndefined();
    return outcome;
  });
}

test("a set that costs what the one in force costs comes out of the shadow", async () => {
  await expect(shadowOf(ACTIVE)).resolves.toBeUndefined();
});

test("a set that triples what a packet costs is refused, by what all of the packet costs", async () => {
  await expect(shadowOf(3 * (FRAME + ACTIVE) - FRAME)).rejects.toMatchObject({
    code: "error.rule_sets.shadow",
    params: { reason: "3.0 times the time a packet, 2 is the most" },
  });
});

test("rules that triple their own part may still be less than twice the packet", async () => {
  await expect(shadowOf(2 * ACTIVE)).resolves.toBeUndefined();
});
