/** Which keys two configurations differ in. */
import type { JsonSchema, SchemaPath } from "../base/json-schema.js";
import { keyName } from "./problem.js";
import { CONFIG_SCHEMA, type Config } from "./schema.js";

/** Sections and keys that a running agent takes over when it is told to read its configuration again. */
const RELOADABLE = ["rules", "rules_allow_empty", "rules_cache", "rule_policy", "variables", "log"];

export interface ConfigDifference {
  /** Names of changed keys that hold at once. */
  readonly reloadable: readonly string[];
  /** Names of changed keys that need a restart. */
  readonly needsRestart: readonly string[];
}

/** What has changed from `before` to `after`. */
export function configDifference(before: Config, after: Config): ConfigDifference {
  const changed = configKeys().filter(
    (path) => JSON.stringify(configValue(before, path)) !== JSON.stringify(configValue(after, path)),
  );
  const isReloadable = ([section]: SchemaPath): boolean => RELOADABLE.includes(String(section));
  return {
    reloadable: changed.filter(isReloadable).map(keyName),
    needsRestart: changed.filter((path) => !isReloadable(path)).map(keyName),
  };
}

/** Every key that holds a value of its own, in the order of the schema. */
export function configKeys(schema: JsonSchema = CONFIG_SCHEMA, path: SchemaPath = []): SchemaPath[] {
  if (schema.properties === undefined) return [path];
  return Object.entries(schema.properties).flatMap(([name, property]) =>
    configKeys(property, [...path, name]),
  );
}

/** The value of a key. */
export function configValue(config: Config, path: SchemaPath): unknown {
  return path.reduce<unknown>(
    (part, name) => (part as Readonly<Record<string | number, unknown>> | undefined)?.[name],
    config,
  );
}
