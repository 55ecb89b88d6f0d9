/** Candidate rules run beside those in force: they see the same and are not heard. */

import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readCaptureFile } from "../../../agent/sensor/capture/capture-file.js";
import { DEFAULT_FLOW_LIMITS } from "../../../agent/sensor/flow/flow-limits.js";
import { registeredParsers } from "../../../agent/sensor/registered-parsers.js";
import { Sensor } from "../../../agent/sensor/sensor.js";
import { ShadowRun } from "../../../agent/sensor/shadow.js";
import type { RuleImage } from "../../../agent/signature/image.js";
import { imageOf } from "../../support/rules.js";

const CAPTURE = fileURLToPath(
  new URL("../../../rules/tests/command-and-control/input.pcap", import.meta.url),
);
const ANY_NAME = 'alert dns any any -> any any (msg:"name"; dns.query; pcre:"/./"; sid:1;)';
const ANY_TCP = 'alert tcp any any -> any any (msg:"segment"; sid:2;)';
const NOTHING = 'alert dns any any -> any any (msg:"no"; dns.query; content:"not there"; sid:3;)';

/** Alerts heard when a capture runs through `active` with `shadow` behind it. */
function run(active: RuleImage, shadow?: ShadowRun): number[] {
  const heard: number[] = [];
  const sensor = new Sensor({
    image: active,
    interfaceName: "",
    flowLimits: DEFAULT_FLOW_LIMITS,
    makeParsers: () => registeredParsers(),
    onDetection: ({ signatureId }) => heard.push(signatureId),
    wallMs: () => 0,
  });
  sensor.swapRules(active, shadow);
  readCaptureFile(CAPTURE, {
    frame: (...frame) => {
      shadow?.beginFrame();
      sensor.frame(...frame);
      shadow?.endFrame();
    },
  });
  sensor.finish();
  return heard;
}

test("a candidate's alerts are counted as it would have made them, and only those in force are heard", () => {
  const candidate = imageOf(ANY_NAME, ANY_TCP);
  const alone = run(candidate);
  const shadow = new ShadowRun(candidate);
  expect(run(imageOf(ANY_NAME), shadow)).toEqual(run(imageOf(ANY_NAME)));
  expect(shadow.alerts).toBe(alone.length);
  expect(alone.length).toBeGreaterThan(5);
  expect(shadow.failure).toBeUndefined();
});

test("a silent candidate behind loud rules counts nothing", () => {
  const shadow = new ShadowRun(imageOf(NOTHING));
  expect(run(imageOf(ANY_NAME), shadow).length).toBeGreaterThan(0);
  expect(shadow.alerts).toBe(0);
});

test("time is taken of some frames, of the whole and of either judging", () => {
  const shadow = new ShadowRun(imageOf(ANY_TCP));
  run(imageOf(ANY_NAME), shadow);
  const { "shadow.frames": frames } = shadow.counters();
  expect(frames).toBeGreaterThan(0);
  expect(shadow.frameMs).toBeGreaterThanOrEqual(shadow.activeMs + shadow.candidateMs);
});

test("a candidate that throws is left alone, and the rules in force go on", () => {
  const broken = imageOf(ANY_TCP);
  const shadow = new ShadowRun(broken);
  const judge = shadow.judge.bind(shadow);
  shadow.judge = (active) =>
    judge(active, () => {
      throw new Error("broken");
    });
  expect(run(imageOf(ANY_NAME), shadow)).toEqual(run(imageOf(ANY_NAME)));
  expect(shadow.failure).toBe("broken");
});
