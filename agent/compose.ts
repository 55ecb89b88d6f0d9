/**
 * The only file that sees everything: joins sensor, incidents, store and uplink into the agent of `sekisho run`.
 *
 * Detections go through the incident book; what that makes of them is committed with them in one transaction, and the
 * uplink sends what has been committed.
 */
import type { ActiveRules } from "./active-rules.js";
import { gapEntry, messageEntry, overflowEntry, ruleSetEntry, rulesEntry } from "./agent-messages.js";
import { agentReport } from "./agent-report.js";
import { agentUplink } from "./agent-uplink.js";
import type { Clock } from "./base/clock.js";
import { ClockWatch } from "./base/clock-quality.js";
import { Counters } from "./base/counters.js";
import { AgentError } from "./base/errors.js";
import type { Log } from "./base/log.js";
import { NetworkSet } from "./base/network-set.js";
import { within } from "./base/within.js";
import type { BoxPage } from "./box-page.js";
import { CaptureKeeper } from "./capture-keeper.js";
import { type ConfigDifference, configDifference } from "./config/difference.js";
import type { Config } from "./config/schema.js";
import { controlPoint } from "./control-joining.js";
import { DeviceDesk } from "./device-desk.js";
import { EvidenceDesk } from "./evidence-desk.js";
import { ForwardDesk } from "./forward-desk.js";
import { healthMessage } from "./health-message.js";
import type { HealthSample } from "./incident/gap-watch.js";
import type { Device } from "./incident/incident.js";
import { IncidentDesk } from "./incident/incident-desk.js";
import { SuppressionDesk } from "./incident/suppression-desk.js";
import { suppressionFileFor } from "./incident/suppression-file.js";
import { incidentRoutes } from "./incident-questions.js";
import { LiveLook } from "./live-look.js";
import { LogDesk } from "./log-desk.js";
import type { ControlPoint } from "./onsite/control-point.js";
import type { SelfReport } from "./onsite/self-report.js";
import type { Status } from "./onsite/status.js";
import { openPage } from "./page-opening.js";
import { Resumption } from "./resumption.js";
import { RuleSetKeeper } from "./rule-set-keeper.js";
import { SelfTestDesk } from "./self-test-desk.js";
import type { SensorRecord } from "./sensor/detection.js";
import { hasSource, SensorFleet } from "./sensor-fleet.js";
import type { RuleImage } from "./signature/image.js";
import type { StoreEntry } from "./store/record.js";
import type { Store } from "./store/store.js";
import { openStore } from "./store-opening.js";
import type { Figures } from "./update/probation.js";
import type { HealthData } from "./uplink/schema/health.js";
import type { Uplink } from "./uplink/uplink.js";

const TICK_MS = 1000;

export interface AgentOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** Where the configuration was read from, for the checks of the page; undefined: the usual file. */
  readonly configFile?: string | undefined;
  /** Nobody can listen, and no restart helps: the process has to end. */
  readonly onFatal: (error: AgentError) => void;
}

export class Agent {
  readonly #options: AgentOptions;
  readonly #counters = new Counters();
  readonly #rules: ActiveRules;
  readonly #ruleSets: RuleSetKeeper;
  readonly #store: Store;
  readonly #desk: IncidentDesk;
  readonly #resumption: Resumption;
  readonly #suppressions: SuppressionDesk;
  readonly #clockWatch: ClockWatch;
  readonly #devices: DeviceDesk;
  readonly #captures: CaptureKeeper;
  readonly #uplink: Uplink;
  readonly #fleet: SensorFleet;
  readonly #logs: LogDesk;
  readonly #evidence: EvidenceDesk;
  readonly #forward: ForwardDesk;
  readonly #selfTest: SelfTestDesk;
  readonly #report: SelfReport;
  readonly #control: ControlPoint;
  #hasControl = true;
  #page: BoxPage | undefined;
  #tickTimer: NodeJS.Timeout | undefined;

  private constructor(options: AgentOptions, ruleSets: RuleSetKeeper, rules: ActiveRules, store: Store) {
    const { config, clock, log } = options;
    this.#options = options;
    this.#ruleSets = ruleSets;
    this.#rules = rules;
    this.#store = store;
    const homeNet = new NetworkSet(config.home_net);
    const isInside = (address: string): boolean => homeNet.has(address);
    this.#clockWatch = new ClockWatch(clock);
    const shared = { clock, watch: this.#clockWatch, counters: this.#counters };
    const onAction = (event: string, details: object): void => this.#evidence.action(event, details);
    this.#suppressions = new SuppressionDesk({
      ...{ ...shared, file: suppressionFileFor(config.store.path), log },
      onChange: (change) => onAction("suppressions", change),
    });
    this.#captures = new CaptureKeeper(config.store.path, { clock, counters: this.#counters, log });
    this.#devices = new DeviceDesk(
      { config, clock, counters: this.#counters, isInside, onAction },
      (entries) => this.#keep(entries),
    );
    this.#desk = new IncidentDesk({
      ...shared,
      isInside,
      devices: this.#devices,
      limits: { idleMs: config.incident.idle_min * 60_000 },
      suppressions: this.#suppressions,
      budgetBytesPerHour: config.uplink.budget_kib_per_hour * 1024,
      detailBytesPerHour: config.store.detail_mib_per_hour * 1024 * 1024,
    });
    this.#resumption = new Resumption({
      ...{ store, storePath: config.store.path, desk: this.#desk, devices: this.#devices },
      ...{ clock, watch: this.#clockWatch },
      keep: (entries) => this.#keep(entries),
    });
    this.#selfTest = new SelfTestDesk({
      ...options,
      counters: this.#counters,
      outbox: store.outbox,
      ruleCount: () => this.#rules.summary.loaded + this.#rules.summary.indicators,
      packets: (name) => this.#fleet.packets(name),
      uplink: () => this.#uplink.state(),
      keep: (entries) => this.#keep(entries),
      isStoreReady: () => store.status().state === "ready",
    });
    this.#uplink = agentUplink({
      ...options,
      counters: this.#counters,
      boot: () => store.status().boot,
      outbox: this.#selfTest.outbox,
      health: () => this.#health(),
      ruleSets,
      tellRules: () => this.#keep([this.#rulesEntry()]),
      keep: (entries) => this.#keep(entries),
    });
    this.#fleet = this.#makeFleet();
    this.#logs = new LogDesk(
      options,
      rules.image,
      (entries) => this.#keep(entries),
      (records) => this.#onRecords(records),
    );
    this.#evidence = new EvidenceDesk({
      ...options,
      clockQuality: () => this.#clockWatch.quality,
      publish: (seal) => void this.#keep([{ ...messageEntry("checkpoint", seal), priority: "normal" }]),
    });
    this.#forward = new ForwardDesk({ ...options, clockQuality: () => this.#clockWatch.quality });
    this.#report = agentReport({
      options,
      clockQuality: () => this.#clockWatch.quality,
      rules: () => this.#rules.summary,
      ruleSets: () => ruleSets.facts(),
      logs: [this.#logs, this.#evidence],
      forward: this.#forward,
      fleet: this.#fleet,
      store,
      uplink: this.#uplink,
      counters: this.#counters,
      hasControl: () => this.#hasControl,
    });
    const lookUp = (address: string): Device => this.#devices.lookUp(address);
    const live = new LiveLook({ config, clock, fleet: () => this.#fleet, isInside, lookUp });
    this.#control = controlPoint(
      config,
      [ruleSets, this.#evidence, this.#devices, this.#selfTest, live, { routes: incidentRoutes(store) }],
      () => this.#controlStatus(),
    );
  }

  /**
   * Load the rules, open the store, begin to listen and to send.
   *
   * @throws AgentError where nothing could be detected or kept: no rules, no source, no store
   */
  static async start(options: AgentOptions): Promise<Agent> {
    const { config, clock } = options;
    if (!hasSource(config)) throw new AgentError("error.run.no_source");
    const ruleSets = new RuleSetKeeper(options);
    const watch = new ClockWatch(clock);
    const opening = openStore(config, clock, () => watch.quality);
    // Both at once: each start is time in which nobody listens.
    const [loading, opened] = await Promise.allSettled([ruleSets.loadRules(), opening]);
    if (opened.status === "rejected") throw opened.reason;
    const store = opened.value;
    if (loading.status === "rejected") {
      await store.close();
      throw loading.reason;
    }
    const agent = new Agent(options, ruleSets, loading.value, store);
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
    return this.#fleet.isReady;
  }

  /** Whether somebody listens: a sensor's heartbeat advances, or all capture files have been read. */
  get isAlive(): boolean {
    return this.#fleet.isAlive;
  }

  /**
   * Take over what of another configuration can be taken over while running, which is above all the rules.
   *
   * @returns names of the changed keys, apart by whether they hold now or after a restart
   * @throws AgentError where the new rules cannot be loaded; then the ones in force stay
   */
  async reload(config: Config): Promise<ConfigDifference> {
    await this.#rules.reload(config, (image) => this.#swapRules(image));
    this.#ruleSets.reconfigure(config);
    void this.#keep([this.#rulesEntry()]);
    this.#options.log.level = config.log.level;
    const difference = configDifference(this.#options.config, config);
    this.#evidence.action("reload", difference);
    return difference;
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
    this.#ruleSets.stop();
    await this.#control.close();
    await this.#page?.close();
    await Promise.all([this.#fleet.stop(leftMs() / 3), this.#logs.stop(leftMs() / 3)]);
    void this.#keep([...this.#desk.settle(), ...this.#devices.settle()]);
    await within(this.#store.flush(), leftMs() / 2);
    await within(this.#evidence.stop(), leftMs() / 4);
    await Promise.all([this.#uplink.stop(leftMs() * 0.8), this.#forward.stop(leftMs() * 0.5)]);
    await within(this.#store.close(), leftMs());
  }

  async #begin(): Promise<void> {
    const { log } = this.#options;
    const troubles = [...(await this.#control.open()), ...(await this.#openPage())];
    for (const trouble of troubles) log.error({ err: trouble }, "questions from the box are not answered");
    this.#hasControl = troubles.length === 0;
    this.#store.onStatus(({ state, error }) => {
      if (state === "degraded")
        log.error({ err: error }, "the store cannot write; the newest records wait in memory");
      else if (state === "ready") log.info("the store writes again");
    });
    await this.#resumption.begin();
    await this.#suppressions.refresh();
    this.#evidence.rules(this.#rules.summary);
    this.#uplink.start();
    this.#forward.start();
    this.#fleet.start();
    await this.#logs.start();
    this.#ruleSets.start({
      rules: this.#rules,
      swap: (image) => this.#swapRules(image),
      watched: {
        figures: () => this.#figures(),
        counters: () => this.#fleet.counters(),
        shadow: (image) => this.#fleet.shadow(image),
      },
      fetchChunk: (bundle, index) => this.#uplink.fetchChunk(bundle, index),
      onChange: (change) => void this.#keep([...(change ? [ruleSetEntry(change)] : []), this.#rulesEntry()]),
    });
    this.#tickTimer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** What is wrong with the box's page, if one is wanted. */
  async #openPage(): Promise<readonly AgentError[]> {
    const { config, clock, configFile } = this.#options;
    const { page, troubles } = await openPage({
      ...{ config, clock, configFile },
      store: this.#store,
      selfTest: this.#selfTest,
      status: () => this.#report.status(),
      devices: () => this.#devices.cards(),
      onAction: (event, details) => this.#evidence.action(event, details),
    });
    this.#page = page;
    return troubles;
  }

  #controlStatus(): Status {
    const pageSetupCode = this.#page?.setupCode;
    return { ...this.#report.status(), ...(pageSetupCode !== undefined && { pageSetupCode }) };
  }

  /** What a new rule set is judged by. */
  #figures(): Figures {
    const { user, system } = process.cpuUsage();
    const { isConfigured, isConnected } = this.#uplink.state();
    return {
      ...this.#fleet.totals(),
      monotonicMs: this.#options.clock.monotonicMs(),
      cpuMs: (user + system) / 1000,
      rssBytes: process.memoryUsage.rss(),
      isConnected: isConfigured ? isConnected : undefined,
    };
  }

  #tick(): void {
    this.#report.observe();
    this.#evidence.tick(this.#report.status());
    this.#ruleSets.tick();
    void this.#keep(this.#desk.tick(this.#healthSample()));
    this.#resumption.tick();
    this.#devices.tick();
    this.#captures.tick();
    void this.#suppressions.refresh();
  }

  #rulesEntry(): StoreEntry {
    return rulesEntry(this.#rules.summary, this.#ruleSets.report());
  }

  #healthSample(): HealthSample {
    const { conditions, sensors, rules } = this.#report.status();
    const { loaded, refused } = rules;
    const { version } = this.#rules.summary;
    return { conditions, sensors, rules: { version, loaded, refused } };
  }

  #makeFleet(): SensorFleet {
    const { config, clock, log, onFatal } = this.#options;
    return new SensorFleet(config, this.#rules.image, clock, {
      onRecords: (records) => this.#onRecords(records),
      onStarted: (name, driver) => log.info({ interface: name, driver }, "capture has started"),
      onFinished: (name) => {
        // Said only when everything found is on disk.
        void this.#keep([...this.#desk.closeAll(), ...this.#devices.settle()]).then(() => {
          log.info({ interface: name }, "the capture file has come to its end");
        });
      },
      onGap: (name, error, retryMs) => {
        log.error({ interface: name, err: error, retryMs }, "the sensor is gone and will be started again");
        void this.#keep([gapEntry(name, error, clock.wallMs())]);
      },
      onSetsNotKept: (err) => log.error({ err }, "what rules put into data sets is not kept"),
      onFatal,
    });
  }

  async #swapRules(image: RuleImage): Promise<void> {
    this.#logs.swapRules(image);
    await this.#fleet.swapRules(image);
  }

  #onRecords(records: readonly SensorRecord[]): void {
    const entries: StoreEntry[] = [];
    for (const record of records) {
      if (this.#selfTest.owns(record)) continue;
      if (record.kind === "detection") entries.push(...this.#desk.observe(record));
      else if (record.kind === "observation") this.#devices.observe(record);
      else if (record.kind === "overflow") entries.push(overflowEntry(record, this.#options.clock.wallMs()));
    }
    void this.#keep(entries);
  }

  /** Have entries committed; resolves when they are, or were shed. */
  async #keep(entries: readonly StoreEntry[]): Promise<void> {
    if (entries.length === 0) return;
    this.#forward.offer(entries, this.#options.clock.wallMs());
    const [{ shed }] = await Promise.all([this.#store.append(entries), this.#evidence.keep(entries)]);
    if (shed > 0) this.#counters.add("store.shed", shed);
  }

  #health(): HealthData {
    return healthMessage(this.#report.status(), this.#rules.summary.generation);
  }
}
