/**
 * One measured run in a process of its own: node engine-process.js JSON. Loads the rules, runs the capture several times, each
 * later than the one before, and prints what both cost. Steady state is what the rounds behind the first cost: V8 compiles
 * for most of the first one.
 */
import { readVariablesFile } from "#agent/config/variables-file.js";
import { loadRules } from "#agent/rule-loading.js";
import type { FrameSink } from "#agent/sensor/capture/packet-source.js";
import { DEFAULT_FLOW_LIMITS } from "#agent/sensor/flow/flow-limits.js";
import { registeredParsers } from "#agent/sensor/registered-parsers.js";
import { Sensor } from "#agent/sensor/sensor.js";
import { calibrate } from "./calibration.js";
import { playRounds } from "./capture-rounds.js";

export interface EngineRun {
  readonly rules: readonly string[];
  readonly variables: string | undefined;
  readonly capture: string;
  /** At least two: the first is the start. */
  readonly rounds: number;
  readonly maxFlows?: number;
}

export interface EngineFigures {
  readonly rules: number;
  readonly loadCpuMs: number;
  readonly loadedRssMiB: number;
  readonly packets: number;
  readonly detections: number;
  /** CPU time of the process, all threads: of the first round, and of all others. */
  readonly startUsPerPacket: number;
  readonly steadyUsPerPacket: number;
  /** The same in steps of the calibration loop, which does not depend on the machine. */
  readonly steadySteps: number;
  readonly endRssMiB: number;
  readonly peakRssMiB: number;
  readonly counters: Record<string, number>;
}

const MIB = 1024 * 1024;

async function measure(run: EngineRun): Promise<EngineFigures> {
  const before = process.cpuUsage();
  const groups = run.variables === undefined ? undefined : readVariablesFile(run.variables);
  // As the agent does: in a thread that ends with its work, and takes its memory with it.
  const { image } = await loadRules({
    paths: run.rules,
    homeNet: undefined,
    groups,
    policy: {},
    isUncached: true,
  });
  let detections = 0;
  const sensor = new Sensor({
    image,
    interfaceName: "bench",
    flowLimits: { ...DEFAULT_FLOW_LIMITS, maxFlows: run.maxFlows ?? DEFAULT_FLOW_LIMITS.maxFlows },
    makeParsers: registeredParsers,
    onDetection: () => {
      detections++;
    },
    // As on a box, where what devices tell of themselves is looked at.
    onObservation: () => undefined,
    wallMs: Date.now,
    opensMoreTunnels: false,
  });
  const loadCpuMs = cpuUs(before) / 1000;
  const loadedRssMiB = process.memoryUsage.rss() / MIB;
  const stepUs = calibrate() / 1e6;
  const begin = process.cpuUsage();
  let packets = 0;
  let startUs = 0;
  let startPackets = 0;
  const sink: FrameSink = {
    frame(bytes, offset, capturedLength, wireLength, linkType, timeUs) {
      sensor.frame(bytes, offset, capturedLength, wireLength, linkType, timeUs);
      packets++;
    },
  };
  playRounds(run.capture, run.rounds, sink, (round) => {
    if (round > 1) return;
    startUs = cpuUs(begin);
    startPackets = packets;
  });
  const steadyUsPerPacket = (cpuUs(begin) - startUs) / (packets - startPackets);
  return {
    rules: image.ruleCount,
    loadCpuMs,
    loadedRssMiB,
    packets,
    detections,
    startUsPerPacket: startUs / startPackets,
    steadyUsPerPacket,
    steadySteps: steadyUsPerPacket / Math.min(stepUs, calibrate() / 1e6),
    endRssMiB: process.memoryUsage.rss() / MIB,
    peakRssMiB: process.resourceUsage().maxRSS / 1024,
    counters: sensor.counters(),
  };
}

function cpuUs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}

process.stdout.write(`${JSON.stringify(await measure(JSON.parse(process.argv[2]!) as EngineRun))}\n`);
