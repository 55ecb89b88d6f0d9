/** Which application protocol the flow of each frame speaks, as the sensor itself found it. */
import { formatAddress } from "#agent/base/address.js";
import { DEFAULT_FLOW_LIMITS } from "#agent/sensor/flow/flow-limits.js";
import { registeredParsers } from "#agent/sensor/registered-parsers.js";
import { combineVariables, compileRuleFiles } from "#agent/sensor/rule-compiler.js";
import { Sensor } from "#agent/sensor/sensor.js";
import { FrameDecoder } from "#agent/sensor/wire/frame-decoder.js";
import type { FrameList } from "./frame-list.js";

const NONE = "(none)";

/** One name a frame; `(none)` where the flow speaks nothing that is known, or there is no flow. */
export function protocolsOfFrames(frames: FrameList): string[] {
  const protocols = new Map<string, string>();
  const { image } = compileRuleFiles({
    files: [],
    classifications: "",
    variables: combineVariables(undefined, undefined),
  });
  const sensor = new Sensor({
    image,
    interfaceName: "bench",
    flowLimits: DEFAULT_FLOW_LIMITS,
    makeParsers: registeredParsers,
    onDetection: () => undefined,
    onTraffic: ({ event, ports, sourceAddress, destinationAddress, applicationProtocol }) => {
      if (event !== "flow" || ports === undefined || applicationProtocol === undefined) return;
      if (applicationProtocol === "failed") return;
      const key = flowKey(sourceAddress, ports[0], destinationAddress, ports[1]);
      protocols.set(key, applicationProtocol);
    },
    wallMs: Date.now,
  });
  frames.rewind();
  frames.play(sensor);
  sensor.finish();
  const decoder = new FrameDecoder();
  const names: string[] = [];
  frames.rewind();
  frames.play({
    frame(bytes, offset, length, wireLength, linkType, timeUs) {
      const count = decoder.decodeFrame(bytes, offset, length, wireLength, linkType, timeUs);
      const packet = count > 0 ? decoder.packets[count - 1] : undefined;
      if (packet === undefined || packet.transportOffset === 0) {
        names.push(NONE);
        return;
      }
      const { ipVersion, source, sourcePort, destination, destinationPort } = packet;
      const key = flowKey(
        formatAddress(ipVersion, source),
        sourcePort,
        formatAddress(ipVersion, destination),
        destinationPort,
      );
      names.push(protocols.get(key) ?? NONE);
    },
  });
  return names;
}

function flowKey(a: string, aPort: number, b: string, bPort: number): string {
  return [`${a} ${aPort}`, `${b} ${bPort}`].sort().join(" ");
}
