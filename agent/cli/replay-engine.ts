import { systemClock } from "../base/clock.js";
import { readClassifications, readRuleData, readRuleFiles } from "../config/rule-files.js";
import type { VariableGroups } from "../config/variables-file.js";
import { type CaptureFileResult, readCaptureFile } from "../sensor/capture/capture-file.js";
import type { Detection } from "../sensor/detection.js";
import { DEFAULT_FLOW_LIMITS } from "../sensor/flow/flow-limits.js";
import type { RegisteredParser } from "../sensor/proto/app-layer.js";
import { registeredParsers } from "../sensor/registered-parsers.js";
import { type CompiledRules, combineVariables, compileRuleFiles } from "../sensor/rule-compiler.js";
import { Sensor } from "../sensor/sensor.js";
import type { TrafficRecord } from "../sensor/traffic-record.js";

/** Runs captures through a sensor without network and store, each in isolation; rules are compiled once a path. */
export class ReplayEngine {
  readonly #variables: { homeNet: readonly string[] | undefined; groups: VariableGroups | undefined };
  readonly #readsMore: boolean;
  readonly #hasRecords: boolean;
  readonly #parsers: RegisteredParser[];
  readonly #compiled = new Map<string, CompiledRules>();
  #sensor: Sensor | undefined;
  #running: CompiledRules | undefined;
  #onDetection: (detection: Detection) => void = () => undefined;
  #onTraffic: (record: TrafficRecord) => void = () => undefined;

  /**
   * @param readsMore also what Suricata 7 does not read
   * @param hasRecords tell `run`'s `onTraffic` of every message and flow
   */
  constructor(
    homeNet: readonly string[] | undefined,
    groups: VariableGroups | undefined,
    readsMore = false,
    hasRecords = false,
  ) {
    this.#variables = { homeNet, groups };
    this.#readsMore = readsMore;
    this.#hasRecords = hasRecords;
    this.#parsers = registeredParsers(readsMore);
  }

  /**
   * Read and compile the rules at `paths`.
   *
   * @throws AgentError where a path cannot be read
   */
  compile(paths: readonly string[]): CompiledRules {
    const key = paths.join("\0");
    let compiled = this.#compiled.get(key);
    if (!compiled) {
      compiled = compileRuleFiles({
        files: readRuleFiles(paths),
        classifications: readClassifications(paths),
        variables: combineVariables(this.#variables.homeNet, this.#variables.groups),
        parsers: this.#parsers,
        readData: readRuleData,
      });
      this.#compiled.set(key, compiled);
    }
    return compiled;
  }

  /**
   * Run captures one after another as one stretch of traffic, with fresh flows, thresholds and marks before the first.
   *
   * @throws AgentError where a file cannot be read at all; one that is cut short gives what could be read
   */
  run(
    rules: CompiledRules,
    captures: readonly string[],
    onDetection: (detection: Detection) => void,
    onTraffic: (record: TrafficRecord) => void = () => undefined,
  ): CaptureFileResult[] {
    this.#onDetection = onDetection;
    this.#onTraffic = onTraffic;
    const sensor = this.#sensorFor(rules);
    const results = captures.map((path) => readCaptureFile(path, sensor));
    sensor.finish();
    return results;
  }

  /** Counters of the sensor since the engine was made. */
  counters(): Record<string, number> {
    return this.#sensor?.counters() ?? {};
  }

  #sensorFor(rules: CompiledRules): Sensor {
    if (!this.#sensor) {
      this.#sensor = new Sensor({
        image: rules.image,
        interfaceName: "",
        flowLimits: DEFAULT_FLOW_LIMITS,
        makeParsers: () => registeredParsers(this.#readsMore),
        onDetection: (detection) => this.#onDetection(detection),
        ...(this.#hasRecords ? { onTraffic: (record) => this.#onTraffic(record) } : {}),
        wallMs: systemClock.wallMs,
        opensMoreTunnels: this.#readsMore,
      });
    } else if (this.#running !== rules) {
      this.#sensor.swapRules(rules.image);
    }
    this.#running = rules;
    this.#sensor.reset();
    return this.#sensor;
  }
}
