/**
 * Owns which rules are in force: loads those of the configuration, knows their version and age, and takes others only where
 * they are no worse than none: a set of which nothing loads never replaces one that detects.
 */
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { AgentError } from "./base/errors.js";
import type { Log } from "./base/log.js";
import { newestRuleFileMs } from "./config/rule-age.js";
import { NO_LAYERS, type RuleLayers, rulePaths } from "./config/rule-layers.js";
import type { RulePolicyPaths } from "./config/rule-policy-files.js";
import type { Config } from "./config/schema.js";
import { configuredGroups } from "./config/variables-file.js";
import { type LoadedRules, loadRules } from "./rule-loading.js";
import type { CompiledRules } from "./sensor/rule-compiler.js";
import type { RuleImage } from "./signature/image.js";

export interface RuleSummary {
  /** Rises by one with every set that has been in force since the start. */
  readonly generation: number;
  readonly loaded: number;
  readonly refused: number;
  /** Values of lists of names, addresses and fingerprints. */
  readonly indicators: number;
  /** The same for the same rules in the same revisions, whenever and wherever they were loaded. */
  readonly version: string;
  /** When the newest rule file was written, milliseconds since the epoch. */
  readonly newestMs: number | undefined;
}

export class ActiveRules {
  readonly #log: Log;
  #image: RuleImage;
  #summary: RuleSummary;
  #layers: RuleLayers;

  private constructor(config: Config, layers: RuleLayers, rules: LoadedRules, log: Log) {
    this.#log = log;
    this.#layers = layers;
    this.#image = rules.image;
    this.#summary = summaryOf(config, layers, rules, 1);
    this.#tell(rules);
  }

  /**
   * @param layers rule sets that have been installed
   * @throws AgentError where no rule loads, unless the configuration allows that
   */
  static async load(config: Config, log: Log, layers = NO_LAYERS): Promise<ActiveRules> {
    return new ActiveRules(config, layers, await loadConfigured(config, layers), log);
  }

  /**
   * Rules with other layers, compiled in a thread of their own, to be tried or to be put in force by `reload`.
   *
   * @throws AgentError as `load`
   */
  static prepare(config: Config, layers: RuleLayers): Promise<LoadedRules> {
    return loadConfigured(config, layers, true);
  }

  get image(): RuleImage {
    return this.#image;
  }

  get summary(): RuleSummary {
    return this.#summary;
  }

  /**
   * Read the rules again and make them those in force.
   *
   * @param adopt hands the image to the sensors; resolves when they judge by it
   * @param layers rule sets from now on; those until now where there are none
   * @param prepared rules of these layers that are compiled already
   * @throws AgentError where they cannot be loaded; then the ones in force stay
   */
  async reload(
    config: Config,
    adopt: (image: RuleImage) => Promise<void>,
    layers = this.#layers,
    prepared?: LoadedRules,
  ): Promise<void> {
    const rules = prepared ?? (await loadConfigured(config, layers));
    await adopt(rules.image);
    this.#image = rules.image;
    this.#layers = layers;
    this.#summary = summaryOf(config, layers, rules, this.#summary.generation + 1);
    this.#tell(rules);
  }

  #tell({ isCached }: LoadedRules): void {
    const { loaded, refused, indicators, generation, version } = this.#summary;
    if (loaded === 0 && indicators === 0) this.#log.warn("no rule is loaded: nothing will be detected");
    this.#log.info(
      { loaded, refused, indicators, generation, version, cached: isCached },
      "rules are loaded",
    );
  }
}

async function loadConfigured(config: Config, layers: RuleLayers, isUntried = false): Promise<LoadedRules> {
  const rules = await loadRules({
    paths: rulePaths(config.rules, layers),
    isUntried,
    homeNet: config.home_net,
    groups: configuredGroups(config.variables),
    policy: policyOf(config),
    cacheFolder: config.rules_cache ?? join(dirname(config.store.path), "rules-cache"),
    keepsSmall: true,
    hasSelfTest: true,
  });
  const counts = { loaded: rules.loadedSids.length, refused: rules.refused.length };
  if (counts.loaded === 0 && rules.indicatorCount === 0 && !config.rules_allow_empty) {
    throw new AgentError("error.rules.none_loaded", counts);
  }
  return rules;
}

function policyOf({ rule_policy }: Config): RulePolicyPaths {
  return {
    thresholdFile: rule_policy.threshold_file,
    disableConf: rule_policy.disable_conf,
    enableConf: rule_policy.enable_conf,
    dropConf: rule_policy.drop_conf,
    modifyConf: rule_policy.modify_conf,
  };
}

function summaryOf(
  config: Config,
  layers: RuleLayers,
  rules: CompiledRules,
  generation: number,
): RuleSummary {
  return {
    generation,
    loaded: rules.loadedSids.length,
    refused: rules.refused.length,
    indicators: rules.indicatorCount,
    version: versionOf(rules),
    newestMs: newestRuleFileMs(rulePaths(config.rules, layers)),
  };
}

function versionOf({ image, loadedSids }: CompiledRules): string {
  const { lists, table } = image.indicators;
  const hash = createHash("sha256").update(JSON.stringify(loadedSids)).update(image.descriptions.rows);
  if (table.count > 0) hash.update(JSON.stringify(lists)).update(table.rows);
  return hash.digest("hex").slice(0, 12);
}
