/**
 * The only file that sees everything: joins sensor, incidents, store and uplink into the agent of `sekisho run`.
 *
 * Detections go through the incident book; what that makes of them is committed with them in one transaction, and the
 * uplink sends what has been committed.
 */
import { createHash, randomInt } from "node:crypto";
import { dirname, join } from "node:path";
import type { Clock } from "./base/clock.js";
import { ClockWatch } from "./base/clock-quality.js";
import { Counters } from "./base/counters.js";
import { AgentError } from "./base/errors.js";
import type { Log } from "./base/log.js";
import { NetworkSet } from "./base/network-set.js";
import { newestRuleFileMs } from "./config/rule-age.js";
import { shippedRulesFolder } from "./config/rule-files.js";
import type { RulePolicyPaths } from "./config/rule-policy-files.js";
import type { Config } from "./config/schema.js";
import { DeviceHints } from "./incident/device-hints.js";
import type { HealthSample } from "./incident/gap-watch.js";
import { IncidentDesk } from "./incident/incident-desk.js";
import { SuppressionDesk } from "./incident/suppression-desk.js";
import { suppressionFileFor } from "./incident/suppression-file.js";
import { ControlPoint } from "./onsite/control-point.js";
import { SelfReport, type SensorView } from "./onsite/self-report.js";
import type { Status } from "./onsite/status.js";
import { loadRules } from "./rule-loading.js";
import type { SensorRecord } from "./sensor/detection.js";
import { DEFAULT_FLOW_LIMITS } from "./sensor/flow/flow-limits.js";
import type { CompiledRules } from "./sensor/rule-compiler.js";
import { SensorSupervisor } from "./sensor/supervisor.js";
import type { SourceOptions } from "./sensor/thread-messages.js";
import type { StoreEntry } from "./store/record.js";
import { retentionOf } from "./store/retention.js";
import { Store } from "./store/store.js";
import type { HealthData } from "./uplink/schema/health.js";
import { Uplink } from "./uplink/uplink.js";

const TICK_MS = 1000;
/** Kernel ring of a live capture: bridges about a second of a busy line. */
const CAPTURE_BUFFER_BYTES = 16 * 1024 * 1024;
/** Open incidents taken up again after a restart. */
const MAX_RESUMED = 2048;

export interface AgentOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** Nobody can listen, and no restart helps: the process has to end. */
  readonly onFatal: (error: AgentError) => void;
}

export class Agent {
  readonly #options: AgentOptions;
  readonly #counters = new Counters();
  readonly #rules: CompiledRules;
  readonly #store: Store;
  readonly #desk: IncidentDesk;
  readonly #suppressions: SuppressionDesk;
  readonly #clockWatch: ClockWatch;
  readonly #hints = new DeviceHints();
  readonly #uplink: Uplink;
  readonly #supervisors: readonly SensorSupervisor[];
  readonly #report: SelfReport;
  readonly #control: ControlPoint;
  readonly #ruleVersion: string;
  #hasControl = true;
  #tickTimer: NodeJS.Timeout | undefined;

  private constructor(options: AgentOptions, rules: CompiledRules, store: Store) {
    const { config, clock, log, version } = options;
    this.#options = options;
    this.#rules = rules;
    this.#ruleVersion = ruleVersionOf(rules);
    this.#store = store;
    const homeNet = new NetworkSet(config.home_net);
    this.#clockWatch = new ClockWatch(clock);
    const shared = { clock, watch: this.#clockWatch, counters: this.#counters };
    this.#suppressions = new SuppressionDesk({ ...shared, file: suppressionFileFor(config.store.path), log });
    this.#desk = new IncidentDesk({
      ...shared,
      isInside: (address) => homeNet.has(address),
      hints: this.#hints,
      limits: { idleMs: config.incident.idle_min * 60_000 },
      suppressions: this.#suppressions,
      budgetBytesPerHour: config.uplink.budget_kib_per_hour * 1024,
    });
    this.#uplink = new Uplink({
      config: config.uplink,
      device: config.device.id,
      boot: store.status().boot,
      outbox: store.outbox,
      clock,
      log,
      counters: this.#counters,
      health: () => this.#health(),
      version,
    });
    this.#supervisors = sourcesOf(config).map(({ name, source }) => this.#supervise(name, source));
    this.#report = this.#makeReport();
    this.#control = new ControlPoint({ ...config.control, metricsPort: config.metrics.port }, () =>
      this.#report.status(),
    );
  }

  /**
   * Load the rules, open the store, begin to listen and to send.
   *
   * @throws AgentError where nothing could be detected or kept: no rules, no source, no store
   */
  static async start(options: AgentOptions): Promise<Agent> {
    const { config, clock, log } = options;
    if (sourcesOf(config).length === 0) throw new AgentError("error.run.no_source");
    const rules = await loadConfiguredRules(config, log);
    const watch = new ClockWatch(clock);
    const store = await Store.open({
      path: config.store.path,
      budgetBytes: config.store.budget_mib * 1024 * 1024,
      shares: config.store.shares_percent,
      retention: retentionOf(config.store.retention_days),
      clock,
      clockQuality: () => watch.quality,
    });
    const agent = new Agent(options, rules, store);
    try {
      await agent.#begin();
    } catch (error) {
      await agent.stop(0);
      throw error;
    }
    return agent;
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

  /** How the agent does, as `sekisho status` shows it. */
  status(): Status {
    return this.#report.status();
  }

  /** Stop listening, commit and send what is there within `drainMs`, release everything. */
  async stop(drainMs: number): Promise<void> {
    const deadlineMs = this.#options.clock.monotonicMs() + drainMs;
    const leftMs = (): number => Math.max(0, deadlineMs - this.#options.clock.monotonicMs());
    clearInterval(this.#tickTimer);
    await this.#control.close();
    await Promise.all(this.#supervisors.map((supervisor) => supervisor.stop(leftMs() / 3)));
    void this.#keep(this.#desk.settle());
    await within(this.#store.flush(), leftMs() / 2);
    await this.#uplink.stop(leftMs() * 0.8);
    await within(this.#store.close(), leftMs());
  }

  async #begin(): Promise<void> {
    const { log } = this.#options;
    const troubles = await this.#control.open();
    for (const trouble of troubles) log.error({ err: trouble }, "questions from the box are not answered");
    this.#hasControl = troubles.length === 0;
    this.#store.onStatus(({ state, error }) => {
      if (state === "degraded")
        log.error({ err: error }, "the store cannot write; the newest records wait in memory");
      else if (state === "ready") log.info("the store writes again");
    });
    const open = await this.#store.openIncidents(MAX_RESUMED);
    this.#desk.resumeIncidents([...open].reverse().map(({ payload }) => JSON.parse(payload)));
    await this.#resumeSummaries();
    await this.#suppressions.refresh();
    this.#uplink.start();
    for (const supervisor of this.#supervisors) supervisor.start();
    this.#tickTimer = setInterval(() => this.#tick(), TICK_MS);
  }

  #tick(): void {
    this.#report.observe();
    void this.#keep(this.#desk.tick(this.#healthSample()));
    void this.#suppressions.refresh();
    if (!this.#desk.hasSummaries) void this.#resumeSummaries();
  }

  /** A store that cannot be read yet says nothing about the last run: it is asked again. */
  async #resumeSummaries(): Promise<void> {
    const tally = await this.#store.tally();
    if (tally && !this.#desk.hasSummaries) void this.#keep(this.#desk.resumeSummaries(tally));
  }

  #healthSample(): HealthSample {
    const { conditions, sensors, rules } = this.#report.status();
    const { loaded, refused } = rules;
    return { conditions, sensors, rules: { version: this.#ruleVersion, loaded, refused } };
  }

  #supervise(name: string, source: SourceOptions): SensorSupervisor {
    const { clock, log, onFatal } = this.#options;
    const options = {
      interfaceName: name,
      source,
      image: this.#rules.image,
      flowLimits: { ...DEFAULT_FLOW_LIMITS, hashSeed: randomInt(0x7fff_ffff) },
    };
    return new SensorSupervisor(options, clock, {
      onRecords: (records) => this.#onRecords(records),
      onStarted: (driver) => log.info({ interface: name, driver }, "capture has started"),
      onFinished: () => {
        // Said only when everything found is on disk.
        void this.#keep(this.#desk.closeAll()).then(() => {
          log.info({ interface: name }, "the capture file has come to its end");
        });
      },
      onGap: (error, retryMs) => {
        log.error({ interface: name, err: error, retryMs }, "the sensor is gone and will be started again");
        void this.#keep([gapEntry(name, error, clock.wallMs())]);
      },
      onFatal,
    });
  }

  #onRecords(records: readonly SensorRecord[]): void {
    const entries: StoreEntry[] = [];
    for (const record of records) {
      if (record.kind === "detection") entries.push(...this.#desk.observe(record));
      else if (record.kind === "observation") this.#hints.observe(record);
    }
    void this.#keep(entries);
  }

  /** Have entries committed; resolves when they are, or were shed. */
  async #keep(entries: readonly StoreEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const { shed } = await this.#store.append(entries);
    if (shed > 0) this.#counters.add("store.shed", shed);
  }

  #makeReport(): SelfReport {
    const { config, clock, version } = this.#options;
    const newestMs = newestRuleFileMs(rulePathsOf(config));
    return new SelfReport(
      {
        device: config.device.id,
        version,
        monotonicMs: clock.monotonicMs,
        wallMs: clock.wallMs,
        clockQuality: () => this.#clockWatch.quality,
        rules: () => ({
          loaded: this.#rules.loadedSids.length,
          refused: this.#rules.refused.length,
          newestMs,
        }),
        sensors: () => this.#supervisors.map((supervisor) => sensorView(supervisor)),
        store: () => {
          const { state, usage, budgetBytes } = this.#store.status();
          const bytes = Object.values(usage).reduce((sum, part) => sum + part.bytes, 0);
          return { state, bytes, budgetBytes, shed: this.#counters.get("store.shed") };
        },
        uplink: () => {
          const { reason, ...state } = this.#uplink.state();
          return { ...state, reason: reason ?? null };
        },
        outbox: () => {
          const { records, bytes } = this.#store.status().usage.outbox;
          return { messages: records, bytes };
        },
        counters: () => this.#allCounters(),
        hasControl: () => this.#hasControl,
      },
      {
        silenceMs: config.health.silence_min * 60_000,
        rulesMaxAgeDays: config.health.rules_max_age_days,
        uplinkPatienceMs: config.health.uplink_patience_min * 60_000,
      },
    );
  }

  #health(): HealthData {
    const status = this.#report.status();
    return {
      uptimeS: status.uptimeS,
      rssBytes: status.rssBytes,
      clock: status.clock,
      verdict: status.verdict,
      conditions: status.conditions.map(({ name, level, subject }) => ({
        name,
        level,
        ...(subject !== undefined && { subject }),
      })),
      sensors: status.sensors.map((sensor) => ({
        interface: sensor.interface,
        alive: sensor.isAlive,
        packets: sensor.packets,
        drops: sensor.drops,
      })),
      rules: { generation: 1, loaded: status.rules.loaded, refused: status.rules.refused },
      store: { bytes: status.store.bytes, budgetBytes: status.store.budgetBytes },
      counters: { ...status.counters },
    };
  }

  #allCounters(): Record<string, number> {
    const all = this.#counters.snapshot();
    for (const { counters } of this.#supervisors) {
      for (const [name, value] of Object.entries(counters)) all[name] = (all[name] ?? 0) + value;
    }
    return all;
  }
}

function sensorView(supervisor: SensorSupervisor): SensorView {
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
  };
}

function gapEntry(interfaceName: string, error: AgentError, wallMs: number): StoreEntry {
  const gap = {
    event: "sensor_gap",
    interface: interfaceName,
    at: new Date(wallMs).toISOString(),
    reason: error.message,
  };
  return { priority: "high", message: { topic: "info", payload: JSON.stringify(gap) } };
}

function sourcesOf(config: Config): { name: string; source: SourceOptions }[] {
  const { file, speed, interfaces, driver, snaplen, filter } = config.capture;
  if (file !== null) return [{ name: file, source: { kind: "file", path: file, speed } }];
  return interfaces.map((name) => ({
    name,
    source: { kind: "live", interface: name, driver, snaplen, filter, bufferBytes: CAPTURE_BUFFER_BYTES },
  }));
}

function rulePathsOf(config: Config): readonly string[] {
  return config.rules.length > 0 ? config.rules : [shippedRulesFolder()];
}

async function loadConfiguredRules(config: Config, log: Log): Promise<CompiledRules> {
  const portGroups = Object.entries(config.variables.port_groups).map(([name, value]) => [
    name,
    String(value),
  ]);
  const rules = await loadRules({
    paths: rulePathsOf(config),
    homeNet: config.home_net,
    groups: { addressGroups: config.variables.address_groups, portGroups: Object.fromEntries(portGroups) },
    policy: policyPaths(config),
    cacheFolder: config.rules_cache ?? join(dirname(config.store.path), "rules-cache"),
  });
  const counts = { loaded: rules.loadedSids.length, refused: rules.refused.length };
  if (counts.loaded === 0 && !config.rules_allow_empty)
    throw new AgentError("error.rules.none_loaded", counts);
  if (counts.loaded === 0) log.warn("no rule is loaded: nothing will be detected");
  log.info({ ...counts, cached: rules.isCached }, "rules are loaded");
  return rules;
}

function policyPaths({ rule_policy }: Config): RulePolicyPaths {
  return {
    thresholdFile: rule_policy.threshold_file,
    disableConf: rule_policy.disable_conf,
    enableConf: rule_policy.enable_conf,
    dropConf: rule_policy.drop_conf,
    modifyConf: rule_policy.modify_conf,
  };
}

/** The same for the same rules in the same revisions, whenever and wherever they were loaded. */
function ruleVersionOf({ image, loadedSids }: CompiledRules): string {
  const hash = createHash("sha256").update(JSON.stringify(loadedSids)).update(image.descriptions.rows);
  return hash.digest("hex").slice(0, 12);
}

async function within(work: Promise<unknown>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, timeout]);
  clearTimeout(timer);
}
