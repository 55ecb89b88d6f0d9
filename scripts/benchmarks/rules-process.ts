/** One measurement of `bench rules` in a process of its own: node rules-process.js JSON. */
import { MessageChannel, receiveMessageOnPort } from "node:worker_threads";
import { readVariablesFile } from "#agent/config/variables-file.js";
import { type LoadedRules, loadRules } from "#agent/rule-loading.js";
import { readCaptureFile } from "#agent/sensor/capture/capture-file.js";
import { DEFAULT_FLOW_LIMITS } from "#agent/sensor/flow/flow-limits.js";
import { FlowMarks } from "#agent/sensor/match/flow-marks.js";
import { registeredParsers } from "#agent/sensor/registered-parsers.js";
import { Sensor } from "#agent/sensor/sensor.js";
import { bufferOf, imageIn } from "#agent/signature/image-file.js";

export interface RulesRun {
  /** cold: compile; cached: load what was kept; swap: exchange under traffic. */
  readonly task: "cold" | "cached" | "swap";
  readonly rules: readonly string[];
  readonly variables: string | undefined;
  readonly cacheFolder: string;
  readonly capture: string;
}

export interface LoadFigures {
  readonly rules: number;
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly isCached: boolean;
  readonly imageMiB: number;
  readonly peakRssMiB: number;
  readonly rssMiB: number;
}

export interface SwapFigures {
  /** Of SWAPS exchanges: the longest by the clock, and the one that took most CPU time. */
  readonly pauseMs: number;
  readonly pauseCpuMs: number;
  readonly packets: number;
  /** Every flow marked: a name more, and two exchanges of which each brings other names only. */
  readonly marksKeptCpuMs: number;
  readonly marksReplacedCpuMs: number;
}

const MIB = 1024 * 1024;
const SWAPS = 21;

async function measure(run: RulesRun): Promise<LoadFigures | SwapFigures> {
  return run.task === "swap" ? swap(run) : load(run, run.task === "cold");
}

function request(run: RulesRun, isUncached: boolean): Promise<LoadedRules> {
  const groups = run.variables === undefined ? undefined : readVariablesFile(run.variables);
  const { rules: paths, cacheFolder } = run;
  return loadRules({ paths, homeNet: undefined, groups, policy: {}, cacheFolder, isUncached });
}

async function load(run: RulesRun, isUncached: boolean): Promise<LoadFigures> {
  const cpu = process.cpuUsage();
  const begin = performance.now();
  const { image, isCached } = await request(run, isUncached);
  const wallMs = performance.now() - begin;
  const spentMs = cpuMs(cpu);
  return {
    rules: image.ruleCount,
    cpuMs: spentMs,
    wallMs,
    isCached,
    imageMiB: image.program.buffer.byteLength / MIB,
    peakRssMiB: process.resourceUsage().maxRSS / 1024,
    rssMiB: process.memoryUsage.rss() / MIB,
  };
}

/** Exchange the rules again and again while a capture runs: as a thread receives them, and adopts them. */
async function swap(run: RulesRun): Promise<SwapFigures> {
  const { image } = await request(run, false);
  const { port1, port2 } = new MessageChannel();
  const sensor = new Sensor({
    image,
    interfaceName: "bench",
    flowLimits: DEFAULT_FLOW_LIMITS,
    makeParsers: registeredParsers,
    onDetection: () => undefined,
    wallMs: Date.now,
  });
  let packets = 0;
  let pauseMs = 0;
  let pauseCpuMs = 0;
  let swaps = 0;
  const every = 500;
  readCaptureFile(run.capture, {
    frame(bytes, offset, capturedLength, wireLength, linkType, timeUs) {
      sensor.frame(bytes, offset, capturedLength, wireLength, linkType, timeUs);
      if (++packets % every !== 0 || swaps === SWAPS) return;
      port1.postMessage(bufferOf(image));
      const cpu = process.cpuUsage();
      const begin = performance.now();
      sensor.swapRules(imageIn(receiveMessageOnPort(port2)!.message));
      // The first exchange runs cold code, as the only one of a real box does: it counts like the others.
      pauseMs = Math.max(pauseMs, performance.now() - begin);
      pauseCpuMs = Math.max(pauseCpuMs, cpuMs(cpu));
      swaps++;
    },
  });
  port1.close();
  return { pauseMs, pauseCpuMs, packets, ...renameMarks(image.flowbitNames) };
}

function renameMarks(names: readonly string[]): Pick<SwapFigures, "marksKeptCpuMs" | "marksReplacedCpuMs"> {
  const { maxFlows } = DEFAULT_FLOW_LIMITS;
  const before = new FlowMarks(maxFlows, names, []);
  for (let flow = 0; flow < maxFlows; flow++) {
    for (let mark = 0; mark < 4; mark++)
      before.changeBit(flow, 1, (flow * 7 + mark * 31) % Math.max(1, names.length), 0);
  }
  let begin = process.cpuUsage();
  before.adoptBits(["new", ...[...names].reverse()], names);
  const marksKeptCpuMs = cpuMs(begin);
  begin = process.cpuUsage();
  // Rules of which no name was there before, twice: the first names make room for the third ones.
  const others = (kind: string) => names.map((name) => `${kind} ${name}`);
  before.adoptBits(others("second"), names);
  before.adoptBits(others("third"), others("second"));
  const marksReplacedCpuMs = cpuMs(begin);
  return { marksKeptCpuMs, marksReplacedCpuMs };
}

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

process.stdout.write(`${JSON.stringify(await measure(JSON.parse(process.argv[2]!) as RulesRun))}\n`);
