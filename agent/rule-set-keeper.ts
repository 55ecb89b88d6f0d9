/**
 * Joins the rule sets to the running agent: loads the rules they make, puts new ones in force while traffic runs, and takes back
 * what does not prove itself. Whatever goes wrong here, the agent goes on detecting with what it has.
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { ActiveRules } from "./active-rules.js";
import type { Clock } from "./base/clock.js";
import { AgentError } from "./base/errors.js";
import type { Log } from "./base/log.js";
import { remove } from "./base/state-folder.js";
import { NO_LAYERS } from "./config/rule-layers.js";
import type { Config } from "./config/schema.js";
import { type Commands, jsonAnswer, type Routes } from "./onsite/control-server.js";
import type { RuleSetFact } from "./onsite/health-watch.js";
import { type DeliveryOptions, RuleSetDelivery } from "./rule-set-delivery.js";
import { ruleSetPorts } from "./rule-set-ports.js";
import { ruleSetReport } from "./rule-set-report.js";
import { RuleSetWatch, type WatchedParts } from "./rule-set-watch.js";
import type { RuleImage } from "./signature/image.js";
import { LAYERS } from "./update/layer.js";
import { type DeskPorts, RuleSetDesk } from "./update/rule-set-desk.js";
import { ruleSetFolder } from "./update/rule-set-folder.js";
import type { RuleSetChange } from "./update/update-state.js";
import {
  INSTALL_PATH,
  ROLLBACK_PATH,
  RULE_SETS_PATH,
  type RuleSetStatus,
  statusOf,
  type WishOutcome,
} from "./update/update-status.js";
import type { DesiredRules } from "./uplink/schema/desired-rules.js";
import type { RulesData } from "./uplink/schema/rules.js";

/** Who it was where nobody of the box was it. */
const MONITOR = "monitor";
const MAX_OUTCOMES = 20;
/** Names under which a command leaves a bundle for the agent. */
const DROPPED_NAME = /^dropped-[0-9a-f-]{36}\.bundle$/;

export interface KeeperOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
}

/** The parts of the agent that a new set concerns. */
export interface KeeperParts {
  readonly rules: ActiveRules;
  readonly swap: (image: RuleImage) => Promise<void>;
  readonly watched: WatchedParts;
  readonly fetchChunk: DeliveryOptions["fetchChunk"];
  /** Told of every change, once it is durable; without one where only the download has changed. */
  readonly onChange: (change?: RuleSetChange) => void;
}

export class RuleSetKeeper {
  readonly #options: KeeperOptions;
  readonly #desk: RuleSetDesk;
  readonly #outcomes: WishOutcome[] = [];
  #parts: KeeperParts | undefined;
  /** As it was last read: rules and variables in it may change while the agent runs. */
  #config: Config;
  #told: RuleSetChange | undefined;
  #watch: RuleSetWatch | undefined;
  #delivery: RuleSetDelivery | undefined;
  /** What was desired before the agent was up. */
  readonly #early: DesiredRules[] = [];

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#config = options.config;
    const { config, clock, version } = options;
    this.#desk = new RuleSetDesk({
      folder: ruleSetFolder(config.store.path),
      rootFile: config.rule_sets.root_file,
      reader: { device: config.device.id, groups: config.rule_sets.groups, agent: version },
      wallMs: clock.wallMs,
      onChange: () => this.#tell(),
    });
    this.#told = this.#desk.state.history.at(-1);
  }

  /**
   * The rules of the configuration and of the sets in force. Sets with which nothing can be loaded leave.
   *
   * @throws AgentError where also without them nothing can be loaded
   */
  async loadRules(): Promise<ActiveRules> {
    const { config, log } = this.#options;
    try {
      this.#desk.begin();
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      // Somebody is at work on the sets, or the disk is read-only: what is in force there counts all the same.
      log.error({ err: error }, "the rule sets are used as they lie there");
    }
    try {
      return await ActiveRules.load(config, log, this.#desk.folders);
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      log.error({ err: error }, "the rule sets cannot be used");
      if (this.#desk.state.previous === null) return ActiveRules.load(config, log, NO_LAYERS);
      await this.#desk.goBack("taken_back", error.message, "sekisho", { adopt: async () => undefined });
      return await ActiveRules.load(config, log, this.#desk.folders).catch(() =>
        ActiveRules.load(config, log, NO_LAYERS),
      );
    }
  }

  /** Begin to work: go on with what was cut, and watch what is not confirmed. */
  start(parts: KeeperParts): void {
    this.#parts = parts;
    this.#watch = new RuleSetWatch(this.#options.config.rule_sets, parts.watched);
    const { config, clock, log } = this.#options;
    const folder = ruleSetFolder(config.store.path);
    this.#delivery = new RuleSetDelivery({
      folder,
      clock,
      log,
      bytesPerSecond: config.rule_sets.download_kib_per_s * 1024,
      state: () => this.#desk.state,
      fetchChunk: parts.fetchChunk,
      web: () => webTrust(config),
      install: async (path) => void (await this.#desk.install(path, MONITOR, this.#ports())),
      onChange: () => parts.onChange(),
    });
    this.#tell();
    for (const desired of this.#early.splice(0)) this.#delivery.desire(desired);
    void this.#quietly(this.#desk.resume(this.#ports()), "the rule set that was begun is not used");
  }

  /** The configuration has been read again: further sets are compiled with the rules and variables of this one. */
  reconfigure(config: Config): void {
    this.#config = config;
  }

  /** Call about once a second. */
  tick(): void {
    const watch = this.#watch;
    if (watch === undefined) return;
    const isIdle = this.#desk.activity === "idle";
    if (isIdle) watch.observe();
    if (this.#desk.state.phase !== "confirming") {
      watch.settle();
      return;
    }
    const verdict = isIdle ? watch.judge() : undefined;
    if (verdict === undefined) return;
    if ("fault" in verdict) watch.forget();
    const work =
      "fault" in verdict
        ? this.#desk.goBack("taken_back", verdict.fault, "sekisho", this.#ports())
        : this.#desk.confirm();
    void this.#quietly(work, "what was decided about the rule set could not be done");
  }

  /** A monitor says which version the device is to have. Without a root of trust that is nothing. */
  desire(desired: DesiredRules): void {
    if (this.#desk.rootVersion === undefined) return;
    if (this.#delivery) this.#delivery.desire(desired);
    else this.#early.push(desired);
  }

  /** A version is taken back by those who signed it; whoever else says so is not heard. */
  withdraw(envelope: Uint8Array): void {
    void this.#quietly(this.#desk.withdraw(envelope, MONITOR, this.#ports()), "a withdrawal is not followed");
  }

  /** What the monitor is told. */
  report(): NonNullable<RulesData["sets"]> {
    return ruleSetReport(this.status(), this.#delivery?.status);
  }

  /** The agent ends: what is on trial is tried again at the next start. */
  stop(): void {
    this.#watch?.stop();
    this.#delivery?.stop();
  }

  status(): RuleSetStatus {
    const rules = this.#parts?.rules.summary ?? null;
    return statusOf(this.#desk, this.#options.clock.wallMs(), this.#outcomes, rules);
  }

  /** What a person should know of the sets in force, until something newer is. */
  facts(): readonly RuleSetFact[] {
    const { active, history } = this.#desk.state;
    const nowMs = this.#options.clock.wallMs();
    const expired = LAYERS.flatMap((layer): RuleSetFact[] => {
      const expires = active[layer]?.expires;
      if (expires === undefined || nowMs < Date.parse(expires)) return [];
      return [{ name: "rules.expired", subject: layer, params: { expires: expires.slice(0, 10) } }];
    });
    const last = history.findLast(({ what }) => what !== "refused" && what !== "accepted");
    const { what, layer: subject = "?", version = 0, reason = "" } = last ?? {};
    if (what === "taken_back")
      return [...expired, { name: "rules.taken_back", subject, params: { version, reason } }];
    if (what === "damaged") return [...expired, { name: "rules.damaged", subject, params: {} }];
    return expired;
  }

  /** What the control socket answers about rule sets. */
  get routes(): Routes {
    return { [RULE_SETS_PATH]: () => jsonAnswer(this.status()) };
  }

  get commands(): Commands {
    const begin = (work: (params: URLSearchParams, by: string) => Promise<Partial<WishOutcome>>) => {
      return (params: URLSearchParams) => {
        const id = randomUUID();
        void this.#run(id, () => work(params, params.get("by")?.slice(0, 64) || "?"));
        return jsonAnswer({ id });
      };
    };
    return {
      [INSTALL_PATH]: begin(async (params, by) => {
        const name = params.get("file") ?? "";
        if (!DROPPED_NAME.test(name))
          throw new AgentError("error.bundle.unreadable", { path: name, reason: "name" });
        const path = join(ruleSetFolder(this.#options.config.store.path), name);
        try {
          const { ref, isKnown } = await this.#desk.install(path, by, this.#ports());
          return { set: ref, isKnown };
        } finally {
          remove(path);
        }
      }),
      [ROLLBACK_PATH]: begin(async (params, by) => {
        await this.#desk.goBack("rolled_back", params.get("reason")?.slice(0, 500) ?? "", by, this.#ports());
        return {};
      }),
    };
  }

  async #run(id: string, work: () => Promise<Partial<WishOutcome>>): Promise<void> {
    let outcome: WishOutcome;
    try {
      outcome = { id, isOk: true, ...(await work()) };
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      outcome = { id, isOk: false, code: error.code, params: error.params };
    }
    this.#outcomes.push(outcome);
    if (this.#outcomes.length > MAX_OUTCOMES) this.#outcomes.shift();
  }

  #ports(): DeskPorts {
    const config = this.#config;
    this.#watch?.begin();
    return ruleSetPorts(
      config,
      async (folders, prepared) => {
        const parts = this.#parts;
        if (parts) await parts.rules.reload(config, parts.swap, folders, prepared);
        this.#watch?.settle();
      },
      async ({ image }) => this.#watch?.shadow(image),
    );
  }

  /** Changes that have not been told yet; those from before the agent was up are told with the first after. */
  #tell(): void {
    const parts = this.#parts;
    if (parts === undefined) return;
    const { history } = this.#desk.state;
    const told =
      this.#told === undefined ? -1 : history.findLastIndex((change) => isSame(change, this.#told!));
    for (const change of history.slice(told + 1)) {
      this.#options.log.info(change, "rule sets have changed");
      parts.onChange(change);
    }
    this.#told = history.at(-1);
  }

  async #quietly(work: Promise<void>, message: string): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      this.#options.log.error({ err: error }, message);
    }
  }
}

/** Web servers are believed as far as the system's authorities say, and those of the broker. */
function webTrust({ uplink }: Config): RequestOptions {
  if (uplink.ca_file === null) return {};
  try {
    return { ca: [...rootCertificates, readFileSync(uplink.ca_file, "utf8")] };
  } catch {
    return {};
  }
}

function isSame(a: RuleSetChange, b: RuleSetChange): boolean {
  return a.at === b.at && a.what === b.what && a.version === b.version;
}
