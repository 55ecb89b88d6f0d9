/**
 * Two builds of the sensor in one process: node duel-process.js JSON. Both are given the same packets in turn, some thousand at a
 * time, so that whatever slows the machine down slows both; the ratio of what they cost tells less than a run of each would hide.
 */
import { pathToFileURL } from "node:url";
import { readVariablesFile } from "#agent/config/variables-file.js";
import { readCaptureFile } from "#agent/sensor/capture/capture-file.js";
import type { Sensor } from "#agent/sensor/sensor.js";
import { FrameList } from "./frame-list.js";

export interface DuelRun {
  /** Folders of two built checkouts; the first is the measure. */
  readonly builds: readonly [string, string];
  readonly rules: readonly string[];
  readonly variables: string | undefined;
  readonly capture: string;
  /** Packets that warm both up and do not count. */
  readonly warmPackets: number;
}

export interface DuelFigures {
  readonly rules: number;
  readonly packets: number;
  /** Of each build. */
  readonly usPerPacket: readonly number[];
  readonly detections: readonly number[];
  /** For each turn, what the second cost by what the first cost. */
  readonly ratios: readonly number[];
}

const PACKETS_A_TURN = 3000;
const TURN_BYTES = 4 * 1024 * 1024;

interface Build {
  readonly sensor: Sensor;
  readonly ruleCount: number;
  detections: number;
  cpuUs: number;
}

/** Everything of the build comes from its own folder: code is not shared, so neither is what the compiler learns. */
async function loadBuild(folder: string, run: DuelRun): Promise<Build> {
  const url = (name: string): string => pathToFileURL(`${folder}/dist/${name}`).href;
  const { loadRules } = (await import(url("rule-loading.js"))) as typeof import("#agent/rule-loading.js");
  const { Sensor } = (await import(url("sensor/sensor.js"))) as typeof import("#agent/sensor/sensor.js");
  const { registeredParsers } = (await import(
    url("sensor/registered-parsers.js")
  )) as typeof import("#agent/sensor/registered-parsers.js");
  const { DEFAULT_FLOW_LIMITS } = (await import(
    url("sensor/flow/flow-limits.js")
  )) as typeof import("#agent/sensor/flow/flow-limits.js");
  const groups = run.variables === undefined ? undefined : readVariablesFile(run.variables);
  const { image } = await loadRules({
    paths: run.rules,
    homeNet: undefined,
    groups,
    policy: {},
    isUncached: true,
  });
  const sensor = new Sensor({
    image,
    interfaceName: "bench",
    flowLimits: DEFAULT_FLOW_LIMITS,
    makeParsers: registeredParsers,
    onDetection: () => {
      build.detections++;
    },
    // As `engine` does, and as on a box.
    onObservation: () => undefined,
    wallMs: Date.now,
    opensMoreTunnels: false,
  });
  const build: Build = { sensor, ruleCount: image.ruleCount, detections: 0, cpuUs: 0 };
  return build;
}

async function duel(run: DuelRun): Promise<DuelFigures> {
  const builds = [await loadBuild(run.builds[0], run), await loadBuild(run.builds[1], run)];
  const ratios: number[] = [];
  let packets = 0;
  let measured = 0;
  let turn = 0;
  let chunk = new FrameList(TURN_BYTES);
  const play = (): void => {
    const isMeasured = packets >= run.warmPackets;
    const costs = [0, 0];
    chunk.rewind();
    for (let i = 0; i < 2; i++) {
      const which = (i + turn) % 2;
      const begin = process.cpuUsage();
      chunk.play(builds[which]!.sensor);
      const { user, system } = process.cpuUsage(begin);
      costs[which] = user + system;
    }
    turn++;
    packets += chunk.count;
    if (isMeasured && chunk.count > 0) {
      measured += chunk.count;
      for (const [which, cost] of costs.entries()) builds[which]!.cpuUs += cost;
      ratios.push(costs[1]! / costs[0]!);
    }
    chunk = new FrameList(TURN_BYTES);
  };
  readCaptureFile(run.capture, {
    frame(bytes, offset, capturedLength, _wireLength, linkType, timeUs) {
      chunk.add(bytes, offset, capturedLength, linkType, timeUs);
      if (chunk.count === PACKETS_A_TURN) play();
    },
  });
  play();
  return {
    rules: builds[0]!.ruleCount,
    packets,
    usPerPacket: builds.map(({ cpuUs }) => cpuUs / measured),
    detections: builds.map(({ detections }) => detections),
    ratios,
  };
}

process.stdout.write(`${JSON.stringify(await duel(JSON.parse(process.argv[2]!) as DuelRun))}\n`);
