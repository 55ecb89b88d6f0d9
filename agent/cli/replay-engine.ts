import { systemClock } from "../base/clock.js";
import { readClassifications, readRuleFiles } from "../config/rule-files.js";
import type { VariableGroups } from "../config/variables-file.js";
import { type CaptureFileResult, readCaptureFile } from "../sensor/capture/capture-file.js";
import type { Detection } from "../sensor/detection.js";
import { DEFAULT_FLOW_LIMITS } from "../sensor/flow/flow-limits.js";
import type { RegisteredParser } from "../sensor/proto/app-layer.js";
import { registeredParsers } from "../sensor/registered-parsers.js";
import { type CompiledRules, combineVariables, compileRuleFiles } from "../sensor/rule-compiler.js";
import { Sensor } from "../sensor/sensor.js";

/** Runs captures through a sensor without network and store, each in isolation; rules are compiled once a path. */
export class ReplayEngine {
  readonly #variables: { homeNet: readonly string[] | undefined; groups: VariableGroups | undefined };
  readonly #parsers: RegisteredParser[];
  readonly #readsMore: boolean;
  readonly #compiled = new Map<string, CompiledRules>();
  #sensor: Sensor | undefined;
  #running: CompiledRules | undefined;
  #sink: (detection: Detection) => void = () => undefined;

  constructor(homeNet: readonly string[] | undefined, groups: VariableGroups | undefined, readsMore = false) {
    this.#variables = { homeNet, groups };
    this.#readsMore = readsMore;
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
  ): CaptureFileResult[] {
    this.#sink = onDetection;
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
        parsers: this.#parsers,
        onDetection: (detection) => this.#sink(detection),
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
