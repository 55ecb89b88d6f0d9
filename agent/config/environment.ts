/**
 * Owns the environment's say in the configuration: `SEKISHO_UPLINK_URL` overrides `uplink.url`, and so on for every
 * key that holds one value or a list of them (`SEKISHO_CAPTURE_INTERFACES=lan0,lan1`). Tables stay in the file.
 */
import type { JsonSchema, SchemaPath } from "../base/json-schema.js";
import { nearestWord } from "./suggestion.js";

const PREFIX = "SEKISHO_";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Override {
  readonly variable: string;
  readonly path: SchemaPath;
  readonly value: unknown;
}

export interface Overrides {
  readonly overrides: readonly Override[];
  /** Variables that begin like a section's but name no key; mistyped ones would else be lost in silence. */
  readonly unknown: readonly { readonly variable: string; readonly meant: string | undefined }[];
}

/** The overrides that `environment` holds for the keys of `schema`. Values are converted, not yet checked. */
export function readOverrides(schema: JsonSchema, environment: Environment): Overrides {
  const keys = new Map(overridableKeys(schema, []).map((key) => [variableOf(key.path), key]));
  const sections = Object.entries(schema.properties ?? {})
    .filter(([, property]) => property.properties !== undefined)
    .map(([name]) => `${variableOf([name])}_`);
  const overrides: Override[] = [];
  const unknown: { variable: string; meant: string | undefined }[] = [];
  for (const [variable, text] of Object.entries(environment)) {
    if (text === undefined || !variable.startsWith(PREFIX)) continue;
    const key = keys.get(variable);
    if (key !== undefined) {
      overrides.push({ variable, path: key.path, value: convert(text, key.schema) });
    } else if (sections.some((section) => variable.startsWith(section))) {
      unknown.push({ variable, meant: nearestWord(variable, [...keys.keys()]) });
    }
  }
  return { overrides, unknown };
}

/** `value` with the overrides laid over it. */
export function applyOverrides(value: unknown, overrides: readonly Override[]): unknown {
  const isGroup = (part: unknown): part is Record<string, unknown> =>
    typeof part === "object" && part !== null && !Array.isArray(part);
  let result = value;
  for (const { path, value: replacement } of overrides) {
    const set = (part: unknown, rest: SchemaPath): unknown => {
      const [head, ...tail] = rest;
      if (head === undefined) return replacement;
      if (part !== undefined && !isGroup(part)) return part;
      return { ...part, [head]: set(part?.[head], tail) };
    };
    result = set(result, path);
  }
  return result;
}

function variableOf(path: SchemaPath): string {
  return PREFIX + path.join("_").toUpperCase();
}

function overridableKeys(schema: JsonSchema, path: SchemaPath): { path: SchemaPath; schema: JsonSchema }[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const here = [...path, name];
    if (property.properties !== undefined) return overridableKeys(property, here);
    return property.type === "object" ? [] : [{ path: here, schema: property }];
  });
}

/** The value a text stands for; what does not convert stays text and is refused by the check. */
function convert(text: string, schema: JsonSchema): unknown {
  const types: readonly unknown[] = [schema.type].flat();
  const canBeNull = types.includes("null") || schema.enum?.includes(null);
  if (text === "" && canBeNull) return null;
  if (types.includes("array")) return text === "" ? [] : text.split(",").map((item) => item.trim());
  if (types.includes("boolean")) return text === "true" ? true : text === "false" ? false : text;
  const isNumeric =
    types.includes("integer") ||
    types.includes("number") ||
    schema.enum?.some((choice) => choice === Number(text));
  return isNumeric && /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
