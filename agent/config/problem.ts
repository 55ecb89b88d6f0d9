/** Owns how mistakes in a configuration are said: every one with its place, all of them at once. */
import { AgentError, type ErrorCode } from "../base/errors.js";
import type { JsonSchema, SchemaPath, SchemaViolation } from "../base/json-schema.js";
import { type Language, type MessageParams, translate } from "../base/language.js";
import { nearestWord } from "./suggestion.js";

export interface ConfigProblem {
  readonly place: Place;
  readonly code: ErrorCode;
  readonly params: MessageParams;
}

/** A line of the file, or an environment variable (line 0). */
export interface Place {
  readonly name: string;
  readonly line: number;
}

/** A configuration that cannot be used, with every problem found in it. */
export class ConfigError extends AgentError {
  constructor(
    readonly source: string,
    readonly problems: readonly ConfigProblem[],
  ) {
    super("error.config.invalid", { source, problems: listOf(problems, "en") });
  }

  override describe(language: Language): string {
    return translate(language, this.code, { source: this.source, problems: listOf(this.problems, language) });
  }
}

function listOf(problems: readonly ConfigProblem[], language: Language): string {
  return [...problems]
    .sort((a, b) => a.place.line - b.place.line)
    .map(({ place, code, params }) => {
      const where = place.line === 0 ? place.name : `${place.name}:${place.line}`;
      return `  ${where}: ${translate(language, code, params)}`;
    })
    .join("\n");
}

/** The dotted name of a key as documentation writes it: `uplink.url`, `home_net[2]`. */
export function keyName(path: SchemaPath): string {
  if (path.length === 0) return "(top level)";
  return path.reduce<string>(
    (name, part) => (typeof part === "number" ? `${name}[${part}]` : name === "" ? part : `${name}.${part}`),
    "",
  );
}

/** What a violation of the schema means in a person's words. `root` is the whole schema. */
export function explainViolation(
  violation: SchemaViolation,
  root: JsonSchema,
): { code: ErrorCode; params: MessageParams } {
  const { path, keyword, schema, value } = violation;
  const key = keyName(path);
  switch (keyword) {
    case "additionalProperties":
      return explainUnknownKey(path, schema, root);
    case "type":
      return { code: typeProblem(schema), params: { key } };
    case "enum":
    case "const": {
      const allowed = (schema.enum ?? [schema.const]).filter((choice) => choice !== null);
      return { code: "error.config.problem.choice", params: { key, choices: allowed.join(", ") } };
    }
    case "minimum":
    case "maximum":
      return {
        code: "error.config.problem.range",
        params: { key, minimum: schema.minimum ?? "-∞", maximum: schema.maximum ?? "∞" },
      };
    case "minItems":
    case "minLength":
      return { code: "error.config.problem.empty", params: { key } };
    case "maxItems":
    case "maxLength":
    case "maxProperties": {
      const most = schema[keyword] ?? 0;
      return { code: "error.config.problem.too_long", params: { key, most } };
    }
    default:
      return { code: "error.config.problem.form", params: { key, value: shortText(value) } };
  }
}

function typeProblem(schema: JsonSchema): ErrorCode {
  const [type] = [schema.type].flat().filter((name) => name !== "null");
  switch (type) {
    case "integer":
      return "error.config.problem.not_integer";
    case "number":
      return "error.config.problem.not_number";
    case "boolean":
      return "error.config.problem.not_boolean";
    case "array":
      return "error.config.problem.not_list";
    case "object":
      return "error.config.problem.not_group";
    default:
      return "error.config.problem.not_text";
  }
}

function explainUnknownKey(
  path: SchemaPath,
  schema: JsonSchema,
  root: JsonSchema,
): { code: ErrorCode; params: MessageParams } {
  const key = keyName(path);
  const word = String(path.at(-1));
  const sibling = nearestWord(word, Object.keys(schema.properties ?? {}));
  const meant =
    sibling === undefined ? keyElsewhere(word, root, []) : keyName([...path.slice(0, -1), sibling]);
  if (meant === undefined) return { code: "error.config.problem.unknown_key", params: { key } };
  return { code: "error.config.problem.misspelt_key", params: { key, meant } };
}

/** A key of exactly this name in another section. */
function keyElsewhere(word: string, schema: JsonSchema, path: SchemaPath): string | undefined {
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const here = [...path, name];
    if (name === word) return keyName(here);
    const deeper = keyElsewhere(word, property, here);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

/** A value as it may stand in a sentence: at most 60 characters, on one line. */
export function shortText(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
  const line = text.replace(/\s+/g, " ");
  return line.length <= 60 ? line : `${line.slice(0, 59)}…`;
}
