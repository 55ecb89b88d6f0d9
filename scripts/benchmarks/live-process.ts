/**
 * One measured run in a process of its own: node live-process.js JSON. Sensor threads as the agent starts them, on
 * interfaces that are flooded from the other end of a cable, or on capture files side by side.
 */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readVariablesFile } from "#agent/config/variables-file.js";
import { loadRules } from "#agent/rule-loading.js";
import { HELPER_SOCKET } from "#agent/sensor/capture/capture-helper.js";
import type { DriverChoice } from "#agent/sensor/capture/live-source.js";
import type { CaptureStats } from "#agent/sensor/capture/packet-source.js";
import { DEFAULT_FLOW_LIMITS } from "#agent/sensor/flow/flow-limits.js";
import { SensorHandle } from "#agent/sensor/handle.js";
import type { SourceOptions } from "#agent/sensor/thread-messages.js";
import { NetworkNamespace } from "../network/network-namespace.js";
import { availableSender, sendFrames } from "./frame-sender.js";

export interface LiveRun {
  readonly rules: readonly string[];
  readonly variables: string | undefined;
  readonly capture: string;
  /** Packets a second for `seconds` over a cable; undefined reads the capture in `threads` threads at once. */
  readonly packetsPerSecond?: number;
  readonly driver: DriverChoice;
  readonly seconds: number;
  readonly threads: number;
}

export interface LiveFigures {
  readonly driver: string;
  readonly packets: number;
  readonly kernelDrops: number;
  readonly elapsedS: number;
  /** Packets of all threads together in a second, in the later half of what each reads: V8 has compiled what it runs by then. */
  readonly steadyPacketsPerS: number;
  /** CPU time of the process, all threads, without loading the rules. */
  readonly usPerPacket: number;
  /** CPU time of tcpdump, where it is one that captures. */
  readonly helperUsPerPacket: number;
}

const BUFFER_BYTES = 16 * 1024 * 1024;
const SETTLE_MS = 1500;
/** Of /proc; Linux has 100 on every machine that Node runs on. */
const TICKS_PER_S = 100;
const HELPER = fileURLToPath(new URL("../../../systemd/capture", import.meta.url));
const HELPER_START_MS = 500;
/** What runs first, so that the code is warm. */
const WARM_SECONDS = 4;
const WARM_PACKETS_PER_SECOND = 20_000;

interface Beat {
  readonly atS: number;
  readonly packets: number;
}

/** A sensor thread, and what it said last. */
class MeasuredSensor {
  readonly handle: SensorHandle;
  readonly started: Promise<string>;
  readonly ended: Promise<void>;
  counters: Readonly<Record<string, number>> = {};
  capture: CaptureStats | undefined;
  /** How far it was at each heartbeat. */
  readonly beats: Beat[] = [];

  constructor(name: string, source: SourceOptions, image: Awaited<ReturnType<typeof loadRules>>["image"]) {
    let begin: (driver: string) => void = () => undefined;
    let end: () => void = () => undefined;
    this.started = new Promise((resolve) => {
      begin = resolve;
    });
    this.ended = new Promise((resolve) => {
      end = resolve;
    });
    this.handle = new SensorHandle(
      { interfaceName: name, source, image, flowLimits: DEFAULT_FLOW_LIMITS },
      {
        onStarted: begin,
        onRecords: () => undefined,
        onLastSets: () => undefined,
        onHeartbeat: (counters, capture) => {
          this.counters = counters;
          this.capture = capture;
          this.beats.push({ atS: performance.now() / 1000, packets: counters["sensor.packets"] ?? 0 });
        },
        onEnded: (error) => {
          if (error) throw error;
          end();
        },
      },
    );
  }
}

async function measure(run: LiveRun): Promise<LiveFigures> {
  const groups = run.variables === undefined ? undefined : readVariablesFile(run.variables);
  const { image } = await loadRules({
    paths: run.rules,
    homeNet: undefined,
    groups,
    policy: {},
    isUncached: false,
  });
  return run.packetsPerSecond === undefined
    ? readSideBySide(run, image)
    : flooded(run, run.packetsPerSecond, image);
}

async function flooded(
  { capture, seconds, driver: choice }: LiveRun,
  packetsPerSecond: number,
  image: Awaited<ReturnType<typeof loadRules>>["image"],
): Promise<LiveFigures> {
  const cable = new NetworkNamespace();
  const helper = choice === "helper" ? spawn(HELPER, [HELPER_SOCKET], { stdio: "ignore" }) : undefined;
  if (helper) await new Promise((resolve) => setTimeout(resolve, HELPER_START_MS));
  try {
    const live = {
      kind: "live",
      driver: choice,
      snaplen: 65_535,
      filter: "",
      bufferBytes: BUFFER_BYTES,
    } as const;
    const sensor = new MeasuredSensor(
      cable.nearInterface,
      { ...live, interface: cable.nearInterface },
      image,
    );
    const driver = await sensor.started;
    const sender = availableSender();
    await sendFrames(cable, sender, capture, WARM_SECONDS, WARM_PACKETS_PER_SECOND);
    const before = await totalsOf(sensor);
    const ticksBefore = tcpdumpTicks(cable.nearInterface);
    const begin = process.cpuUsage();
    const elapsedS = await sendFrames(cable, sender, capture, seconds, packetsPerSecond);
    const after = await totalsOf(sensor);
    const { user, system } = process.cpuUsage(begin);
    const helperUs = ((tcpdumpTicks(cable.nearInterface) - ticksBefore) * 1e6) / TICKS_PER_S;
    const packets = after.packets - before.packets;
    const kernelDrops = after.kernelDrops - before.kernelDrops;
    sensor.handle.stop();
    await sensor.ended;
    const seen = Math.max(1, packets);
    const costs = { usPerPacket: (user + system) / seen, helperUsPerPacket: helperUs / seen };
    return { driver, packets, kernelDrops, elapsedS, steadyPacketsPerS: packets / elapsedS, ...costs };
  } finally {
    helper?.kill();
    cable.remove();
  }
}

/** Clock ticks of the tcpdump on this interface. */
function tcpdumpTicks(interfaceName: string): number {
  const stats = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => textOf(`/proc/${pid}/cmdline`).split("\0").includes(interfaceName))
    .map((pid) => textOf(`/proc/${pid}/stat`));
  return stats
    .filter((stat) => stat.includes("(tcpdump)"))
    .map((stat) => stat.slice(stat.lastIndexOf(")") + 2).split(" "))
    .reduce((sum, fields) => sum + Number(fields[11]) + Number(fields[12]), 0);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** What a sensor has seen, once what lay in the ring is read as well. */
async function totalsOf(sensor: MeasuredSensor): Promise<{ packets: number; kernelDrops: number }> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  await sensor.handle.sample();
  return { packets: sensor.counters["sensor.packets"] ?? 0, kernelDrops: sensor.capture?.kernelDrops ?? 0 };
}

async function readSideBySide(
  { capture, threads }: LiveRun,
  image: Awaited<ReturnType<typeof loadRules>>["image"],
): Promise<LiveFigures> {
  const begin = process.cpuUsage();
  const beganMs = performance.now();
  const sensors = Array.from(
    { length: threads },
    (_, index) =>
      new MeasuredSensor(
        `file${index}`,
        { kind: "file", path: capture, speed: Number.POSITIVE_INFINITY },
        image,
      ),
  );
  await Promise.all(sensors.map(({ ended }) => ended));
  const elapsedS = (performance.now() - beganMs) / 1000;
  const { user, system } = process.cpuUsage(begin);
  const packets = sensors.reduce((sum, { counters }) => sum + (counters["sensor.packets"] ?? 0), 0);
  const costs = { usPerPacket: (user + system) / packets, helperUsPerPacket: 0 };
  const steadyPacketsPerS = steadyRate(sensors.map(({ beats }) => beats));
  return { driver: "file", packets, kernelDrops: 0, elapsedS, steadyPacketsPerS, ...costs };
}

/** Packets a second of all from when the last one has read half of its packets until the first one ends; NaN where that is no time. */
function steadyRate(runs: readonly (readonly Beat[])[]): number {
  const halves = runs.map((beats) => {
    const half = (beats.at(-1)?.packets ?? 0) / 2;
    return beats.find(({ packets }) => packets >= half)?.atS ?? Number.NaN;
  });
  const from = Math.max(...halves);
  const to = Math.min(...runs.map((beats) => beats.at(-1)?.atS ?? Number.NaN));
  const packets = runs.map((beats) => packetsAt(beats, to) - packetsAt(beats, from));
  return to > from ? packets.reduce((sum, one) => sum + one, 0) / (to - from) : Number.NaN;
}

/** Between two heartbeats as if packets came evenly. */
function packetsAt(beats: readonly Beat[], atS: number): number {
  const next = beats.findIndex((beat) => beat.atS >= atS);
  const [a, b] = [beats[next - 1], beats[next]];
  if (b === undefined) return Number.NaN;
  if (a === undefined) return b.packets;
  return a.packets + ((b.packets - a.packets) * (atS - a.atS)) / (b.atS - a.atS);
}

process.stdout.write(JSON.stringify(await measure(JSON.parse(process.argv[2]!) as LiveRun)));
process.exit(0);
