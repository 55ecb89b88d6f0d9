/** A small sensor with the given rules, which notes what it alerts on. */
import { DEFAULT_FLOW_LIMITS, type FlowLimits } from "../../agent/sensor/flow/flow-limits.js";
import { registeredParsers } from "../../agent/sensor/registered-parsers.js";
import { Sensor } from "../../agent/sensor/sensor.js";
import type { SensorOptions } from "../../agent/sensor/sensor-options.js";
import { imageOf } from "./rules.js";

/** The sensor, and the sids that have alerted so far. */
export function sensorWith(
  rules: readonly string[],
  { limits, ...options }: { readonly limits?: Partial<FlowLimits> } & Partial<SensorOptions> = {},
): { readonly sensor: Sensor; readonly sids: number[] } {
  const sids: number[] = [];
  const sensor = new Sensor({
    image: imageOf(...rules),
    interfaceName: "test0",
    flowLimits: { ...DEFAULT_FLOW_LIMITS, maxFlows: 64, streamMemoryBytes: 1024 * 1024, ...limits },
    makeParsers: registeredParsers,
    onDetection: ({ signatureId }) => sids.push(signatureId),
    wallMs: () => 0,
    ...options,
  });
  return { sensor, sids };
}
