/**
 * One measured run in a process of its own: node live-process.js JSON. Sensor threads as the agent starts them, on
 * interfaces that are flooded from the other end of a cable, or on capture files side by side.
 */
import { readVariablesFile } from "#agent/config/variables-file.js";
import { loadRules } from "#agent/rule-loading.js";
import type { CaptureStats } from "#agent/sensor/capture/packet-source.js";
import { DEFAULT_FLOW_LIMITS } from "#agent/sensor/flow/flow-limits.js";
import { SensorHandle } from "#agent/sensor/handle.js";
import type { SourceOptions } from "#agent/sensor/thread-messages.js";
import { NetworkNamespace } from "../network/network-namespace.js";

export interface LiveRun {
  readonly rules: readonly string[];
  readonly variables: string | undefined;
  readonly capture: string;
  /** Packets a second for `seconds` over a cable; undefined reads the capture in `threads` threads at once. */
  readonly packetsPerSecond?: number;
  readonly seconds: number;
  readonly threads: number;
}

export interface LiveFigures {
  readonly driver: string;
  readonly packets: number;
  readonly kernelDrops: number;
  readonly elapsedS: number;
  /** CPU time of the process, all threads, without loading the rules. */
  readonly usPerPacket: number;
}

const BUFFER_BYTES = 16 * 1024 * 1024;
const SETTLE_MS = 1500;
/** What runs first, so that the code is warm. */
const WARM_SECONDS = 4;
const WARM_PACKETS_PER_SECOND = 20_000;

/** A sensor thread, and what it said last. */
class MeasuredSensor {
  readonly handle: SensorHandle;
  readonly started: Promise<string>;
  readonly ended: Promise<void>;
  counters: Readonly<Record<string, number>> = {};
  capture: CaptureStats | undefined;

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
        onHeartbeat: (counters, capture) => {
          this.counters = counters;
          this.capture = capture;
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
  { capture, seconds }: LiveRun,
  packetsPerSecond: number,
  image: Awaited<ReturnType<typeof loadRules>>["image"],
): Promise<LiveFigures> {
  const cable = new NetworkNamespace();
  try {
    const live = {
      kind: "live",
      driver: "auto",
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
    await flood(cable, capture, WARM_SECONDS, WARM_PACKETS_PER_SECOND);
    const before = await totalsOf(sensor);
    const begin = process.cpuUsage();
    const elapsedS = await flood(cable, capture, seconds, packetsPerSecond);
    const after = await totalsOf(sensor);
    const { user, system } = process.cpuUsage(begin);
    const packets = after.packets - before.packets;
    const kernelDrops = after.kernelDrops - before.kernelDrops;
    sensor.handle.stop();
    await sensor.ended;
    return { driver, packets, kernelDrops, elapsedS, usPerPacket: (user + system) / Math.max(1, packets) };
  } finally {
    cable.remove();
  }
}

/** @returns seconds it took */
async function flood(
  cable: NetworkNamespace,
  capture: string,
  seconds: number,
  packetsPerSecond: number,
): Promise<number> {
  const beganMs = performance.now();
  const sender = cable.flood(capture, seconds, packetsPerSecond);
  await new Promise((resolve) => sender.once("close", resolve));
  return (performance.now() - beganMs) / 1000;
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
  return { driver: "file", packets, kernelDrops: 0, elapsedS, usPerPacket: (user + system) / packets };
}

process.stdout.write(JSON.stringify(await measure(JSON.parse(process.argv[2]!) as LiveRun)));
process.exit(0);
