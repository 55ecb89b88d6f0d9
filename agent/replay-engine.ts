import { systemClock } from "./base/clock.js";
import { loadRules } from "./rule-loading.js";
import type { RuleRequest } from "./rule-request.js";
import { DEFAULT_ALERTS_PER_PACKET } from "./sensor/alert-queue.js";
import { type CaptureFileResult, readCaptureFile } from "./sensor/capture/capture-file.js";
import type { Detection } from "./sensor/detection.js";
import { DEFAULT_FLOW_LIMITS } from "./sensor/flow/flow-limits.js";
import { registeredParsers } from "./sensor/registered-parsers.js";
import type { CompiledRules } from "./sensor/rule-compiler.js";
import { Sensor } from "./sensor/sensor.js";
import type { TrafficRecord } from "./sensor/traffic-record.js";

/** Runs captures through a sensor without network and store, each in isolation; rules are loaded once a path. */
export class ReplayEngine {
  readonly #setting: Omit<RuleRequest, "paths">;
  readonly #readsMore: boolean;
  readonly #hasRecords: boolean;
  readonly #maxAlertsPerPacket: number;
  readonly #loaded = new Map<string, Promise<CompiledRules>>();
  #sensor: Sensor | undefined;
  #running: CompiledRules | undefined;
  #onDetection: (detection: Detection) => void = () => undefined;
  #onTraffic: (record: TrafficRecord) => void = () => undefined;

  /**
   * @param setting variables, policy and cache; `readsMore`: also what Suricata 7 does not read, default false
   * @param hasRecords tell `run`'s `onTraffic` of every message and flow
   * @param maxAlertsPerPacket alerts of one packet that are told
   */
  constructor(
    setting: Omit<RuleRequest, "paths">,
    hasRecords = false,
    maxAlertsPerPacket = DEFAULT_ALERTS_PER_PACKET,
  ) {
    this.#readsMore = setting.readsMore ?? false;
    this.#setting = { ...setting, readsMore: this.#readsMore };
    this.#hasRecords = hasRecords;
    this.#maxAlertsPerPacket = maxAlertsPerPacket;
  }

  /**
   * The rules at `paths`, ready to run.
   *
   * @throws AgentError where a path cannot be read
   */
  load(paths: readonly string[]): Promise<CompiledRules> {
    const key = paths.join("\0");
    let rules = this.#loaded.get(key);
    if (!rules) {
      rules = loadRules({ ...this.#setting, paths });
      this.#loaded.set(key, rules);
    }
    return rules;
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
        flowLimits: { ...DEFAULT_FLOW_LIMITS, takesUrgentOutOfBand: this.#readsMore },
        makeParsers: () => registeredParsers(this.#readsMore),
        onDetection: (detection) => this.#onDetection(detection),
        ...(this.#hasRecords ? { onTraffic: (record) => this.#onTraffic(record) } : {}),
        wallMs: systemClock.wallMs,
        opensMoreTunnels: this.#readsMore,
        maxAlertsPerPacket: this.#maxAlertsPerPacket,
      });
    } else if (this.#running !== rules) {
      this.#sensor.swapRules(rules.image);
    }
    this.#running = rules;
    this.#sensor.reset();
    return this.#sensor;
  }
}
