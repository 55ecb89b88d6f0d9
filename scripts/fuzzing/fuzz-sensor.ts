/** Sensors to be fuzzed: with small tables, so that full ones are met often, and with the rules given. */
import { eveTraffic } from "#agent/cli/eve.js";
import { readClassifications, readRuleData, readRuleFiles } from "#agent/config/rule-files.js";
import { eveAlert } from "#agent/forward/eve-alert.js";
import { DEFAULT_FLOW_LIMITS, type FlowLimits } from "#agent/sensor/flow/flow-limits.js";
import { registeredParsers } from "#agent/sensor/registered-parsers.js";
import { combineVariables, compileRuleFiles } from "#agent/sensor/rule-compiler.js";
import { Sensor } from "#agent/sensor/sensor.js";
import type { RuleImage } from "#agent/signature/image.js";
import type { FuzzProgress } from "./fuzz-run.js";

const FUZZ_LIMITS: FlowLimits = {
  ...DEFAULT_FLOW_LIMITS,
  maxFlows: 512,
  fairSourceFlows: 64,
  streamMemoryBytes: 2 * 1024 * 1024,
  hashSeed: 0x5eed,
};

/** All address groups are any, so that no rule is quiet because of an address. */
export function compileForFuzzing(paths: readonly string[]): RuleImage {
  const variables = combineVariables(["0.0.0.0/0", "::/0"], { addressGroups: { EXTERNAL_NET: "any" } });
  const { image, loadedSids } = compileRuleFiles({
    files: readRuleFiles(paths),
    classifications: readClassifications(paths),
    variables,
    readData: readRuleData,
  });
  if (loadedSids.length === 0) throw new Error(`no rule loads of ${paths.join(" ")}`);
  return image;
}

/** A sensor whose detections (and records, if `tellsTraffic`) are written as they would be, and counted. */
export function fuzzSensor(image: RuleImage, progress: FuzzProgress, tellsTraffic: boolean): Sensor {
  return new Sensor({
    image,
    interfaceName: "fuzz0",
    flowLimits: FUZZ_LIMITS,
    makeParsers: registeredParsers,
    onDetection: (detection) => {
      JSON.stringify(eveAlert(detection));
      progress.detections++;
    },
    ...(tellsTraffic
      ? {
          onTraffic: (record) => {
            JSON.stringify(eveTraffic(record));
            progress.records++;
          },
        }
      : {}),
    wallMs: () => 0,
  });
}
