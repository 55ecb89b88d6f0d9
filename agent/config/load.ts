/**
 * Owns the way from a YAML file and the environment to a checked, complete, frozen `Config`.
 *
 * Order: file, then `SEKISHO_…` variables, then defaults. Every problem of all of them is reported at once.
 */
import { dirname, join, resolve } from "node:path";
import { checkSchema, type JsonSchema, type SchemaPath, withDefaults } from "../base/json-schema.js";
import { defaultDeviceId } from "./device-id.js";
import { applyOverrides, type Environment, type Override, readOverrides } from "./environment.js";
import { ConfigError, type ConfigProblem, explainViolation, type Place } from "./problem.js";
import { CONFIG_SCHEMA, type Config } from "./schema.js";
import { checkSemantics } from "./semantics.js";
import { readYamlFile, type YamlFile } from "./yaml-file.js";

/** Keys whose value is a path; relative ones start at the file's folder, those of the environment here. */
const PATH_KEYS: readonly SchemaPath[] = [
  ["capture", "file"],
  ["rules"],
  ["rule_policy", "threshold_file"],
  ["rule_policy", "disable_conf"],
  ["rule_policy", "enable_conf"],
  ["rule_policy", "drop_conf"],
  ["rule_policy", "modify_conf"],
  ["rules_cache"],
  ["rule_sets", "root_file"],
  ["store", "path"],
  ["control", "socket"],
  ["uplink", "password_file"],
  ["uplink", "ca_file"],
  ["uplink", "cert_file"],
  ["uplink", "key_file"],
  ["syslog", "cert_file"],
  ["syslog", "key_file"],
  ["syslog", "client_ca_file"],
];

/** A configuration, and where each of its values was written. */
export interface LoadedConfig {
  readonly config: Config;
  /** The line or variable that set the key at `path`; undefined where it is the default. */
  readonly originOf: (path: SchemaPath) => Place | undefined;
}

/**
 * The configuration in `file` (undefined: defaults only), with the overrides of `environment`.
 *
 * @throws AgentError where the file cannot be read; ConfigError with every problem where it cannot be used.
 */
export function loadConfig(file: string | undefined, environment: Environment): Config {
  return loadConfigWithOrigins(file, environment).config;
}

/**
 * The same, with the origin of every value.
 *
 * @throws as `loadConfig`
 */
export function loadConfigWithOrigins(file: string | undefined, environment: Environment): LoadedConfig {
  const schema: JsonSchema = CONFIG_SCHEMA;
  const yaml = file === undefined ? undefined : readYamlFile(file);
  if (yaml && yaml.problems.length > 0) throw new ConfigError(file ?? "", yaml.problems);
  const { overrides, unknown } = readOverrides(schema, environment);
  const fromFile = dropEmptyGroups(schema, yaml?.value ?? {});
  const written = applyOverrides(resolvePaths(fromFile, dirname(resolve(file ?? "."))), overrides);
  const placeOf = placeFinder(yaml, overrides);
  const violations = checkSchema(schema, written);
  // What has the right shape is looked at more closely even where something else has not.
  const sound = violations.reduce((value, { path }) => without(value, path), written);
  const config = complete(schema, resolvePaths(sound, "."));
  const problems: ConfigProblem[] = [
    ...unknown.map(
      ({ variable, meant }): ConfigProblem => ({
        place: { name: variable, line: 0 },
        code: meant === undefined ? "error.config.problem.unknown_key" : "error.config.problem.misspelt_key",
        params: { key: variable, meant: meant ?? "" },
      }),
    ),
    ...violations.map((violation) => ({
      place: placeOf(violation.path),
      ...explainViolation(violation, schema),
    })),
    ...checkSemantics(config).map(({ path, code, params }) => ({ place: placeOf(path), code, params })),
  ];
  if (problems.length > 0) throw new ConfigError(file ?? "environment", problems);
  return {
    config: deepFreeze(config),
    originOf: (path) => (isWritten(written, path) ? placeOf(path) : undefined),
  };
}

function isWritten(value: unknown, path: SchemaPath): boolean {
  const [head, ...rest] = path;
  if (head === undefined) return true;
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, head)) return false;
  return isWritten((value as Readonly<Record<string | number, unknown>>)[head], rest);
}

/** A valid value with all defaults, the device's name and the socket's place; its type follows from the schema. */
function complete(schema: JsonSchema, value: unknown): Config {
  const config = withDefaults(schema, value) as Config;
  return {
    ...config,
    device: { id: config.device.id ?? defaultDeviceId() },
    control: { socket: config.control.socket ?? join(dirname(config.store.path), "control.sock") },
  };
}

function placeFinder(
  yaml: YamlFile | undefined,
  overrides: readonly Override[],
): (path: SchemaPath) => Place {
  return (path) => {
    const override = overrides.find((one) => one.path.every((part, i) => part === path[i]));
    if (override !== undefined) return { name: override.variable, line: 0 };
    return yaml?.placeOf(path) ?? { name: "defaults", line: 0 };
  };
}

/** `value` without the member at `path`; a list is taken out as a whole. */
function without(value: unknown, path: SchemaPath): unknown {
  const [head, ...rest] = path;
  if (head === undefined || typeof value !== "object" || value === null || Array.isArray(value))
    return undefined;
  const entries = Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
    if (name !== head) return [[name, member]];
    const remaining = rest.length === 0 ? undefined : without(member, rest);
    return remaining === undefined ? [] : [[name, remaining]];
  });
  return Object.fromEntries(entries);
}

/** A section without content (`uplink:` and nothing below) is YAML's null; it means the same as no section. */
function dropEmptyGroups(schema: JsonSchema, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(
      ([name, member]) => member !== null || schema.properties?.[name]?.type !== "object",
    ),
  );
}

function resolvePaths(value: unknown, folder: string): unknown {
  return PATH_KEYS.reduce((result, path) => resolveAt(result, path, folder), value);
}

function resolveAt(value: unknown, path: SchemaPath, folder: string): unknown {
  const [head, ...rest] = path;
  if (head === undefined) {
    if (Array.isArray(value)) return value.map((item: unknown) => resolveAt(item, [], folder));
    return typeof value === "string" && value !== "" ? resolve(folder, value) : value;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, head)) {
    return value;
  }
  const group = value as Readonly<Record<string, unknown>>;
  return { ...group, [head]: resolveAt(group[head], rest, folder) };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) deepFreeze(member);
    Object.freeze(value);
  }
  return value;
}
