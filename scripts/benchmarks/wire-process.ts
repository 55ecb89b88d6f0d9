/**
 * The parts of the sensor below the rules, measured one by one in this process: node --expose-gc wire-process.js JSON.
 * What is allocated is what the young generation grows by between two collections, so it has to be large
 * (--max-semi-space-size) and a pass must not fill it.
 */
import type { FrameSink } from "#agent/sensor/capture/packet-source.js";
import { DEFAULT_FLOW_LIMITS } from "#agent/sensor/flow/flow-limits.js";
import { FlowTracker } from "#agent/sensor/flow/flow-tracker.js";
import { APP, RAW } from "#agent/sensor/flow/stream-heads.js";
import { registeredParsers } from "#agent/sensor/registered-parsers.js";
import { combineVariables, compileRuleFiles } from "#agent/sensor/rule-compiler.js";
import { Sensor } from "#agent/sensor/sensor.js";
import { FrameDecoder } from "#agent/sensor/wire/frame-decoder.js";
import { IP_PROTOCOL_TCP } from "#agent/sensor/wire/packet-view.js";
import { calibrate } from "./calibration.js";
import { FrameList } from "./frame-list.js";
import { protocolsOfFrames } from "./frame-protocols.js";

export interface WireRun {
  readonly capture: string;
  /** Frames of each pass, at most. */
  readonly frames: number;
  readonly passes: number;
  /** No parsers one by one. */
  readonly isWholeOnly?: boolean;
}

export interface PartFigures {
  readonly name: string;
  readonly frames: number;
  readonly nsPerFrame: readonly number[];
  readonly bytesPerFrame: readonly number[];
}

export interface WireFigures {
  readonly parts: readonly PartFigures[];
  readonly stepNs: number;
}

/** Passes that warm the code up; they are not counted. */
const WARM_PASSES = 3;
/** A protocol of fewer frames than this says nothing. */
const FEWEST_FRAMES = 40;
/** Short lists are played several times within one measured pass. */
const FRAMES_PER_PASS = 10_000;
/** What asking for the memory takes itself. */
const OWN_BYTES = 2048;

function measure(run: WireRun): WireFigures {
  const all = FrameList.ofCapture(run.capture);
  const frames = all.select((index) => index < run.frames);
  const decode = part("decode", frames, run.passes, decodeOnly);
  const flow = part("decode and flow", frames, run.passes, decodeAndTrack);
  const whole = part("all of it, no rules", frames, run.passes, wholeSensor);
  const stepNs = calibrate() / 1e3;
  if (run.isWholeOnly) return { parts: [decode, flow, whole], stepNs };
  const protocols = protocolsOfFrames(frames);
  const byProtocol = [...new Set(protocols)].sort().flatMap((protocol) => {
    const list = frames.select((index) => protocols[index] === protocol);
    if (list.count < FEWEST_FRAMES) return [];
    const below = part("", list, run.passes, decodeAndTrack);
    const above = part(protocol, list, run.passes, wholeSensor);
    return [difference(above, below)];
  });
  return { parts: [decode, flow, whole, ...byProtocol], stepNs };
}

function difference(above: PartFigures, below: PartFigures): PartFigures {
  return {
    ...above,
    nsPerFrame: above.nsPerFrame.map((value, i) => value - below.nsPerFrame[i]!),
    bytesPerFrame: above.bytesPerFrame.map((value, i) => value - below.bytesPerFrame[i]!),
  };
}

function part(name: string, list: FrameList, passes: number, makeSink: () => FrameSink): PartFigures {
  const sink = makeSink();
  const rounds = Math.max(1, Math.ceil(FRAMES_PER_PASS / list.count));
  const nsPerFrame: number[] = [];
  const bytesPerFrame: number[] = [];
  for (let pass = -WARM_PASSES; pass < passes; pass++) {
    let cpuUs = 0;
    let bytes = 0;
    globalThis.gc?.();
    for (let round = 0; round < rounds; round++) {
      list.rewind();
      const heap = process.memoryUsage().heapUsed;
      const begin = process.cpuUsage();
      list.play(sink);
      const { user, system } = process.cpuUsage(begin);
      cpuUs += user + system;
      bytes += Math.max(0, process.memoryUsage().heapUsed - heap - OWN_BYTES);
    }
    if (pass < 0) continue;
    nsPerFrame.push((cpuUs * 1000) / (list.count * rounds));
    bytesPerFrame.push(bytes / (list.count * rounds));
  }
  return { name, frames: list.count, nsPerFrame, bytesPerFrame };
}

function decodeOnly(): FrameSink {
  const decoder = new FrameDecoder();
  return {
    frame: (bytes, offset, length, wireLength, linkType, timeUs) => {
      decoder.decodeFrame(bytes, offset, length, wireLength, linkType, timeUs);
    },
  };
}

/** Streams are followed, and nobody reads them. */
function decodeAndTrack(): FrameSink {
  const decoder = new FrameDecoder();
  const tracker = new FlowTracker(DEFAULT_FLOW_LIMITS, () => undefined);
  return {
    frame: (bytes, offset, length, wireLength, linkType, timeUs) => {
      const count = decoder.decodeFrame(bytes, offset, length, wireLength, linkType, timeUs);
      for (let i = count - 1; i >= 0; i--) {
        const packet = decoder.packets[i]!;
        if (packet.ipVersion === 0 || packet.isFragment) continue;
        const flow = tracker.track(packet);
        if (flow < 0) continue;
        if (packet.ipProtocol === IP_PROTOCOL_TCP && tracker.hasNewStreamData) {
          tracker.streams.stop(flow, tracker.direction, APP);
          tracker.streams.stop(flow, tracker.direction, RAW);
        }
        tracker.streams.finishPacket();
      }
      tracker.expire(timeUs, 2);
    },
  };
}

function wholeSensor(): FrameSink {
  const { image } = compileRuleFiles({
    files: [],
    classifications: "",
    variables: combineVariables(undefined, undefined),
  });
  return new Sensor({
    image,
    interfaceName: "bench",
    flowLimits: DEFAULT_FLOW_LIMITS,
    makeParsers: registeredParsers,
    onDetection: () => undefined,
    wallMs: Date.now,
  });
}

process.stdout.write(`${JSON.stringify(measure(JSON.parse(process.argv[2]!) as WireRun))}\n`);
