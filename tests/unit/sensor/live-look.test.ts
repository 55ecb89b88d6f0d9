/** What a sensor answers about the traffic of now: who talks most, and where a rule is stopped. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadConfig } from "#agent/config/load.js";
import { stepImage } from "#agent/rule-by-number.js";
import { readCaptureFile } from "#agent/sensor/capture/capture-file.js";
import { DEFAULT_FLOW_LIMITS } from "#agent/sensor/flow/flow-limits.js";
import { registeredParsers } from "#agent/sensor/registered-parsers.js";
import { RuleTrace, STEP_GID } from "#agent/sensor/rule-trace.js";
import { Sensor } from "#agent/sensor/sensor.js";
import { imageOf } from "../../support/rules.js";

const capture = (name: string): string =>
  fileURLToPath(new URL(`../../../rules/tests/${name}/input.pcap`, import.meta.url));
const CAPTURE = capture("command-and-control");
const IN_FORCE = imageOf('alert dns any any -> any any (msg:"name"; dns.query; pcre:"/./"; sid:1;)');
const CONFIG = loadConfig(undefined, {
  SEKISHO_STORE_PATH: "/nowhere/sekisho.db",
  SEKISHO_HOME_NET: "192.168.0.0/16",
});

function sensor(): Sensor {
  return new Sensor({
    image: IN_FORCE,
    interfaceName: "",
    flowLimits: { ...DEFAULT_FLOW_LIMITS, maxFlows: 4096 },
    makeParsers: () => registeredParsers(),
    onDetection: () => undefined,
    wallMs: () => 0,
  });
}

describe("a rule that is followed on live traffic", () => {
  it("is told apart by the condition that stopped it, flow by flow, and the rules in force go on", () => {
    const found = stepImage(CONFIG, 1, 9_000_001, STEP_GID);
    const trace = new RuleTrace(found!.image);
    const running = sensor();
    running.swapRules(IN_FORCE, trace);
    for (const name of ["command-and-control", "dynamic-dns"]) readCaptureFile(capture(name), running);
    const { flows, flowsByStep, isRunning, failure, uncounted } = trace.report(true);
    expect([isRunning, failure, uncounted]).toEqual([true, undefined, 0]);
    expect(flowsByStep).toHaveLength(found!.steps.length);
    const all = flowsByStep.reduce((sum, count) => sum + count, 0);
    expect(flowsByStep.at(-1)).toBeGreaterThan(0);
    expect(all).toBeGreaterThan(flowsByStep.at(-1)!);
    expect(flows).toHaveLength(all);
    expect(flows[0]!.flow).toMatch(/^192\.168\.[\d.]+:\d+ → [\d.]+:53 UDP$/);
    expect(trace.counters()).toEqual({});
    expect(running.counters()["sensor.detections"]).toBeGreaterThan(0);
  });

  it("is not there where its text is not", () => {
    expect(stepImage(CONFIG, 1, 77, STEP_GID)).toBeUndefined();
    expect(stepImage(CONFIG, 9, 9_000_001, STEP_GID)).toBeUndefined();
  });
});

describe("who talks most", () => {
  it("is counted since the last question, both ways, for either end", () => {
    const running = sensor();
    readCaptureFile(CAPTURE, running);
    const first = running.talkers();
    const sent = first.reduce((sum, { bytesSent }) => sum + bytesSent, 0);
    const received = first.reduce((sum, { bytesReceived }) => sum + bytesReceived, 0);
    expect(sent).toBeGreaterThan(1000);
    expect(sent).toBe(received);
    const volumes = first.map((talker) => talker.bytesSent + talker.bytesReceived);
    expect(volumes).toEqual(volumes.toSorted((a, b) => b - a));
    expect(running.talkers()).toEqual([]);
    readCaptureFile(CAPTURE, running);
    expect(running.talkers().length).toBeGreaterThan(0);
  });
});
