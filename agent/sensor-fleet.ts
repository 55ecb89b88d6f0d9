/** All sensors of the agent, one a source: started and stopped together, asked together how they do. */
import { randomInt } from "node:crypto";
import { dirname, join } from "node:path";
import type { Clock } from "./base/clock.js";
import type { AgentError } from "./base/errors.js";
import type { Config } from "./config/schema.js";
import { DataSetFile } from "./data-set-file.js";
import type { SensorView } from "./onsite/self-report.js";
import type { CaptureDriver } from "./sensor/capture/packet-source.js";
import type { SensorRecord } from "./sensor/detection.js";
import { DEFAULT_FLOW_LIMITS } from "./sensor/flow/flow-limits.js";
import type { SavedSet } from "./sensor/match/data-sets.js";
import type { RuleTraceReport } from "./sensor/rule-trace.js";
import { SensorSupervisor } from "./sensor/supervisor.js";
import type { Talker } from "./sensor/talker-look.js";
import type { SourceOptions } from "./sensor/thread-messages.js";
import type { RuleImage } from "./signature/image.js";

/** Kernel ring of a live capture: bridges about a second of a busy line. */
const CAPTURE_BUFFER_BYTES = 16 * 1024 * 1024;

export interface FleetEvents {
  readonly onRecords: (records: readonly SensorRecord[]) => void;
  readonly onStarted: (name: string, driver: CaptureDriver) => void;
  /** A capture file came to its end. */
  readonly onFinished: (name: string) => void;
  /** A sensor is gone and will be started again in `retryMs`; traffic in between is not seen. */
  readonly onGap: (name: string, reason: AgentError, retryMs: number) => void;
  /** What rules put into data sets could not be read, or not be written. */
  readonly onSetsNotKept: (error: Error) => void;
  /** The first start of a sensor failed: a person has to put something right. */
  readonly onFatal: (error: AgentError) => void;
}

/** Beside the store: what rules have put into data sets. */
const DATA_SET_FILE = "data-sets.state";
const SAVE_EVERY_MS = 60_000;

export class SensorFleet {
  readonly #supervisors: readonly SensorSupervisor[];
  readonly #events: FleetEvents;
  readonly #savedSets: DataSetFile;
  /** Of each sensor that has ended, not yet written. */
  readonly #lastSets: SavedSet[][];
  #saveTimer: NodeJS.Timeout | undefined;

  constructor(config: Config, image: RuleImage, clock: Clock, events: FleetEvents) {
    this.#events = events;
    this.#savedSets = new DataSetFile(join(dirname(config.store.path), DATA_SET_FILE));
    const sources = sourcesOf(config);
    this.#lastSets = sources.map(() => []);
    this.#supervisors = sources.map(({ name, source }, index) => {
      const flowLimits = {
        ...DEFAULT_FLOW_LIMITS,
        verifiesChecksums: true,
        hashSeed: randomInt(0x7fff_ffff),
      };
      return new SensorSupervisor({ interfaceName: name, source, image, flowLimits }, clock, {
        onRecords: events.onRecords,
        onLastSets: (sets) => this.#lastSets[index]!.push(...sets),
        onStarted: (driver) => events.onStarted(name, driver),
        onFinished: () => events.onFinished(name),
        onGap: (reason, retryMs) => events.onGap(name, reason, retryMs),
        onFatal: events.onFatal,
      });
    });
  }

  start(): void {
    const trouble = this.#savedSets.read();
    if (trouble) this.#events.onSetsNotKept(trouble);
    for (const supervisor of this.#supervisors) {
      supervisor.restoreSets(this.#savedSets.sets);
      supervisor.start();
    }
    this.#saveTimer = setInterval(() => void this.#saveSets(), SAVE_EVERY_MS);
  }

  /** End all sensors, asking first; resolves when they are gone. */
  async stop(patienceMs: number): Promise<void> {
    clearInterval(this.#saveTimer);
    await Promise.all(this.#supervisors.map((supervisor) => supervisor.stop(patienceMs)));
    await this.#saveSets();
  }

  /** Write down what rules have changed in data sets; the next sensors begin with it. */
  async #saveSets(): Promise<void> {
    const changed = await Promise.all(this.#supervisors.map(({ handle }) => handle?.changedSets() ?? []));
    try {
      if (!this.#savedSets.keep(changed.map((sets, i) => [...this.#lastSets[i]!.splice(0), ...sets]))) return;
    } catch (error) {
      this.#events.onSetsNotKept(error as Error);
    }
    for (const supervisor of this.#supervisors) supervisor.restoreSets(this.#savedSets.sets);
  }

  /** Judge by other rules; resolves when every sensor has adopted them. */
  async swapRules(image: RuleImage): Promise<void> {
    await Promise.all(this.#supervisors.map((supervisor) => supervisor.swapRules(image)));
  }

  /** Judge by further rules as well, unheard, or no more; resolves when every sensor does. */
  async shadow(image: RuleImage | undefined): Promise<void> {
    await Promise.all(this.#supervisors.map((supervisor) => supervisor.shadow(image)));
  }

  /** Run the steps of a rule beside the rules in force on every sensor, for `forMs` at the most; undefined ends that. */
  async trace(image: RuleImage | undefined, forMs: number): Promise<void> {
    await Promise.all(this.#supervisors.map(({ handle }) => handle?.trace(image, forMs)));
  }

  /** What the last trace has seen so far, a report a sensor. */
  async traced(): Promise<readonly RuleTraceReport[]> {
    const reports = await Promise.all(this.#supervisors.map(({ handle }) => handle?.traced()));
    return reports.filter((report) => report !== undefined);
  }

  /** Who sent and received since the last question, of all sensors. */
  async talkers(): Promise<readonly Talker[]> {
    return (await Promise.all(this.#supervisors.map(({ handle }) => handle?.talkers() ?? []))).flat();
  }

  /** Packets of the live source `name` until now; undefined where there is none. */
  async packets(name: string): Promise<number | undefined> {
    const supervisor = this.#supervisors.find(
      ({ interfaceName, isLive }) => isLive && interfaceName === name,
    );
    await supervisor?.sample();
    return supervisor?.counters["sensor.packets"];
  }

  /** Whether every source delivers, or has delivered all it had. */
  get isReady(): boolean {
    return this.#supervisors.every(({ isReady, hasFinished }) => isReady || hasFinished);
  }

  /** Whether somebody listens: a sensor's heartbeat advances, or all capture files have been read. */
  get isAlive(): boolean {
    const isAnyAlive = this.#supervisors.some(({ isAlive }) => isAlive);
    return isAnyAlive || this.#supervisors.every(({ hasFinished }) => hasFinished);
  }

  views(): SensorView[] {
    return this.#supervisors.map(viewOf);
  }

  /** Of all sensors together. */
  totals(): { packets: number; drops: number; restarts: number; alerts: number } {
    const views = this.views();
    const sum = (of: (view: SensorView) => number): number =>
      views.reduce((total, view) => total + of(view), 0);
    return {
      packets: sum(({ packets }) => packets),
      drops: sum(({ drops }) => drops),
      restarts: sum(({ restarts }) => restarts),
      alerts: this.counters()["sensor.detections"] ?? 0,
    };
  }

  /** The counters of all sensors, those of the same name added up. */
  counters(): Record<string, number> {
    const all: Record<string, number> = {};
    for (const { counters } of this.#supervisors) {
      for (const [name, value] of Object.entries(counters)) all[name] = (all[name] ?? 0) + value;
    }
    return all;
  }
}

/** Whether the configuration names anything to listen to. */
export function hasSource(config: Config): boolean {
  return sourcesOf(config).length > 0;
}

function sourcesOf(config: Config): { name: string; source: SourceOptions }[] {
  const { file, speed, interfaces, driver, snaplen, filter } = config.capture;
  if (file !== null) return [{ name: file, source: { kind: "file", path: file, speed } }];
  return interfaces.map((name) => ({
    name,
    source: { kind: "live", interface: name, driver, snaplen, filter, bufferBytes: CAPTURE_BUFFER_BYTES },
  }));
}

function viewOf(supervisor: SensorSupervisor): SensorView {
  const { counters, capture } = supervisor;
  return {
    interface: supervisor.interfaceName,
    isInterface: supervisor.isLive,
    driver: supervisor.driver ?? null,
    isAlive: supervisor.isAlive,
    hasFinished: supervisor.hasFinished,
    packets: counters["sensor.packets"] ?? 0,
    bytes: counters["sensor.bytes"] ?? 0,
    drops: (capture?.kernelDrops ?? 0) + (capture?.interfaceDrops ?? 0),
    restarts: supervisor.restarts,
    undecodable: counters["decode.unreadable"] ?? 0,
    shed: counters["sensor.detections_shed"] ?? 0,
    givenUpBytes: counters["load.payload_bytes_given_up"] ?? 0,
  };
}
