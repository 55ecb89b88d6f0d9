/**
 * One measured run in a process of its own: node engine-process.js JSON. Loads the rules, runs the capture, and prints
 * what both cost. Steady state is what the packets behind the first tenth cost, when everything is warm.
 */
import { readVariablesFile } from "#agent/config/variables-file.js";
import { loadRules } from "#agent/rule-loading.js";
import { readCaptureFile } from "#agent/sensor/capture/capture-file.js";
import type { FrameSink } from "#agent/sensor/capture/packet-source.js";
import { DEFAULT_FLOW_LIMITS } from "#agent/sensor/flow/flow-limits.js";
import { registeredParsers } from "#agent/sensor/registered-parsers.js";
import { Sensor } from "#agent/sensor/sensor.js";
import { calibrate } from "./calibration.js";

export interface EngineRun {
  readonly rules: readonly string[];
  readonly variables: string | undefined;
  readonly capture: string;
  /** Packets that belong to the start. */
  readonly warmPackets: number;
  readonly maxFlows?: number;
}

export interface EngineFigures {
  readonly rules: number;
  readonly loadCpuMs: number;
  readonly loadedRssMiB: number;
  readonly packets: number;
  readonly detections: number;
  /** CPU time of the process, all threads. */
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
    wallMs: Date.now,
    opensMoreTunnels: false,
  });
  const loadCpuMs = cpuUs(before) / 1000;
  const loadedRssMiB = process.memoryUsage.rss() / MIB;
  const stepUs = calibrate() / 1e6;
  const begin = process.cpuUsage();
  let warm = begin;
  let packets = 0;
  const sink: FrameSink = {
    frame(bytes, offset, capturedLength, wireLength, linkType, timeUs) {
      sensor.frame(bytes, offset, capturedLength, wireLength, linkType, timeUs);
      if (++packets === run.warmPackets) warm = process.cpuUsage();
    },
  };
  readCaptureFile(run.capture, sink);
  const steadyUs = cpuUs(warm);
  const startUs = cpuUs(begin) - steadyUs;
  return {
    rules: image.ruleCount,
    loadCpuMs,
    loadedRssMiB,
    packets,
    detections,
    startUsPerPacket: startUs / run.warmPackets,
    steadyUsPerPacket: steadyUs / (packets - run.warmPackets),
    steadySteps: steadyUs / (packets - run.warmPackets) / Math.min(stepUs, calibrate() / 1e6),
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
