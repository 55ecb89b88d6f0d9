/** One measured run in a process of its own: node growth-process.js JSON. What a packet costs among so many flows. */
import { DEFAULT_FLOW_LIMITS } from "#agent/sensor/flow/flow-limits.js";
import { registeredParsers } from "#agent/sensor/registered-parsers.js";
import { combineVariables, compileRuleFiles } from "#agent/sensor/rule-compiler.js";
import { Sensor } from "#agent/sensor/sensor.js";
import { LINKTYPE_ETHERNET } from "#agent/sensor/wire/link-type.js";
import { calibrate } from "./calibration.js";

export interface FlowsRun {
  readonly flows: number;
  /** Measured packets, of flows in no order. */
  readonly packets: number;
}

export interface FlowsFigures {
  readonly nsPerPacket: number;
  readonly steps: number;
  readonly rssMiB: number;
}

const SOURCE = 26;
const PORTS = 34;
/** A multiplier that visits all flows of a power of two in an order no cache foresees. */
const STRIDE = 0x9e3779b1;
const TICK_US = 10;

function measure({ flows, packets }: FlowsRun): FlowsFigures {
  const { image } = compileRuleFiles({
    files: [],
    classifications: "",
    variables: combineVariables(undefined, undefined),
  });
  const sensor = new Sensor({
    image,
    interfaceName: "bench",
    flowLimits: { ...DEFAULT_FLOW_LIMITS, maxFlows: Math.max(65_536, flows + 1024) },
    makeParsers: registeredParsers,
    onDetection: () => undefined,
    wallMs: Date.now,
  });
  const frame = datagram();
  let timeUs = Date.UTC(2026, 0, 5) * 1000;
  const play = (count: number): void => {
    for (let i = 0; i < count; i++) {
      address(frame, (Math.imul(i, STRIDE) >>> 0) % flows);
      timeUs += TICK_US;
      sensor.frame(frame, 0, frame.length, frame.length, LINKTYPE_ETHERNET, timeUs);
    }
  };
  play(flows);
  play(packets);
  const begin = process.cpuUsage();
  play(packets);
  const { user, system } = process.cpuUsage(begin);
  const nsPerPacket = ((user + system) * 1000) / packets;
  return {
    nsPerPacket,
    steps: nsPerPacket / (calibrate() / 1e3),
    rssMiB: process.memoryUsage.rss() / 1024 / 1024,
  };
}

/** An Ethernet frame with an empty UDP datagram. */
function datagram(): Uint8Array {
  const frame = new Uint8Array(14 + 20 + 8);
  frame.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0]);
  frame.set([0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 0, 203, 0, 113, 1], 14);
  frame.set([0, 0, 0x23, 0x28, 0, 8, 0, 0], PORTS);
  return frame;
}

function address(frame: Uint8Array, flow: number): void {
  frame[SOURCE + 1] = flow >>> 16;
  frame[SOURCE + 2] = flow >>> 8;
  frame[SOURCE + 3] = flow;
  frame[PORTS] = 0x40 | (flow & 0x3f);
  frame[PORTS + 1] = flow >>> 8;
}

process.stdout.write(`${JSON.stringify(measure(JSON.parse(process.argv[2]!) as FlowsRun))}\n`);
