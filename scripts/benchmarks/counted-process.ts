/**
 * What a packet makes the sensor do, counted instead of timed, in a process of its own: node --expose-gc counted-process.js JSON.
 * Bytes searched, literals compared and rules judged are the same on every machine and under every load; allocated bytes are
 * what the young generation grows by, which has to be large (--max-semi-space-size) so that a pass does not fill it.
 */
import { loadRules } from "#agent/rule-loading.js";
import { DEFAULT_FLOW_LIMITS } from "#agent/sensor/flow/flow-limits.js";
import { registeredParsers } from "#agent/sensor/registered-parsers.js";
import { Sensor } from "#agent/sensor/sensor.js";
import { FrameList } from "./frame-list.js";

export interface CountedRun {
  readonly capture: string;
  readonly rules: readonly string[];
}

/** For each packet. */
export interface CountedWork {
  readonly bytesSearched: number;
  readonly literalsCompared: number;
  readonly rulesJudged: number;
  readonly bytesAllocated: number;
}

/** Passes that let the code be compiled; what is allocated in them is not the packets'. Two leave some of it to be compiled in the passes that count. */
const WARM_PASSES = 8;
const PASSES = 4;

async function count(run: CountedRun): Promise<CountedWork> {
  const frames = FrameList.ofCapture(run.capture);
  const { image } = await loadRules({
    paths: run.rules,
    homeNet: undefined,
    groups: undefined,
    policy: {},
    isUncached: true,
  });
  const sensor = new Sensor({
    image,
    interfaceName: "bench",
    flowLimits: DEFAULT_FLOW_LIMITS,
    makeParsers: registeredParsers,
    onDetection: () => undefined,
    wallMs: () => 0,
  });
  let bytesAllocated = Number.POSITIVE_INFINITY;
  let before: Record<string, number> = {};
  for (let pass = -WARM_PASSES; pass < PASSES; pass++) {
    if (pass === 0) before = sensor.counters();
    frames.rewind();
    globalThis.gc?.();
    const heap = process.memoryUsage().heapUsed;
    frames.play(sensor);
    const grown = process.memoryUsage().heapUsed - heap;
    // The least of several: what is compiled meanwhile is allocated as well.
    if (pass >= 0 && grown > 0) bytesAllocated = Math.min(bytesAllocated, grown / frames.count);
  }
  const after = sensor.counters();
  const perPacket = (name: string) => (after[name]! - before[name]!) / (frames.count * PASSES);
  return {
    bytesSearched: perPacket("match.bytes_searched"),
    literalsCompared: perPacket("match.literals_compared"),
    rulesJudged: perPacket("match.rules_judged"),
    bytesAllocated,
  };
}

process.stdout.write(`${JSON.stringify(await count(JSON.parse(process.argv[2]!) as CountedRun))}\n`);
