/** A flood of new 5-tuples past a sensor, with requests in honest connections that must be found all the same. */
import { DEFAULT_FLOW_LIMITS, type FlowLimits } from "#agent/sensor/flow/flow-limits.js";
import { registeredParsers } from "#agent/sensor/registered-parsers.js";
import { combineVariables, compileRuleFiles } from "#agent/sensor/rule-compiler.js";
import { Sensor } from "#agent/sensor/sensor.js";
import { LINKTYPE_ETHERNET } from "#agent/sensor/wire/link-type.js";
import { FuzzRandom } from "../fuzzing/random.js";
import { Attackers } from "./attackers.js";
import { FrameWriter } from "./frame-writer.js";
import { PLANTED_PATH, Visitors } from "./visitors.js";

const PLANTED_SID = 1;
const START_US = 1_700_000_000_000_000;

export interface FloodOptions {
  readonly tuples: number;
  readonly planted: number;
  /** New 5-tuples in a second of packet time. */
  readonly tuplesPerSecond: number;
  readonly seed: number;
  readonly rules: readonly { readonly path: string; readonly text: string }[];
  readonly classifications: string;
  readonly limits?: Partial<FlowLimits>;
  readonly onProgress?: (tuples: number) => void;
}

export interface FloodOutcome {
  readonly packets: number;
  readonly tuples: number;
  /** Honest connections whose planted request was found. */
  readonly found: number;
  readonly otherDetections: number;
  readonly counters: Readonly<Record<string, number>>;
}

export function runFlood(options: FloodOptions): FloodOutcome {
  const planted = `alert http any any -> any any (flow:established,to_server; http.uri; content:"${PLANTED_PATH}"; sid:${PLANTED_SID};)`;
  const { image } = compileRuleFiles({
    files: [...options.rules, { path: "planted.rules", text: planted }],
    classifications: options.classifications,
    variables: combineVariables(undefined, undefined),
  });
  const found = new Set<string>();
  let otherDetections = 0;
  const sensor = new Sensor({
    image,
    interfaceName: "flood0",
    flowLimits: {
      ...DEFAULT_FLOW_LIMITS,
      verifiesChecksums: true,
      hashSeed: options.seed,
      ...options.limits,
    },
    makeParsers: registeredParsers,
    onDetection: ({ signatureId, sourceAddress, sourcePort }) => {
      if (signatureId === PLANTED_SID) found.add(`${sourceAddress} ${sourcePort}`);
      else otherDetections++;
    },
    wallMs: () => 0,
  });
  const frame = new FrameWriter();
  const random = new FuzzRandom(options.seed);
  let packets = 0;
  let nowUs = START_US;
  const send = (): void => {
    packets++;
    sensor.frame(frame.bytes, 0, frame.length, frame.length, LINKTYPE_ETHERNET, nowUs);
  };
  const stepUs = 1e6 / options.tuplesPerSecond;
  const endUs = START_US + options.tuples * stepUs;
  const attackers = new Attackers(random, frame, send);
  const visitors = new Visitors(options.planted, START_US, endUs, random, frame, send);
  while (attackers.tuples < options.tuples || visitors.dueUs < Number.POSITIVE_INFINITY) {
    const attackUs =
      attackers.tuples < options.tuples ? START_US + attackers.tuples * stepUs : Number.POSITIVE_INFINITY;
    nowUs = Math.min(attackUs, visitors.dueUs);
    if (visitors.dueUs <= attackUs) visitors.step();
    else attackers.step();
    if (packets % 2 ** 20 === 0) options.onProgress?.(attackers.tuples);
  }
  const counters = sensor.counters();
  sensor.finish();
  return { packets, tuples: attackers.tuples, found: found.size, otherDetections, counters };
}
