/**
 * Owns the check of a value against a JSON Schema (draft 2020-12) that stands in the source as a plain literal.
 *
 * One literal gives three things: the TypeScript type (`XStatic` of TypeBox, types only), this check, and the
 * published `.json` file. A library that compiles schemas at run time would cost 10 to 20 MB of memory and a
 * tenth of a second at every start; here there is nothing but a walk along the literal. The walk knows the
 * keywords of `JsonSchema` below, whose type keeps other keywords out of the literals.
 *
 * Bound: recursion is as deep as the schema; at most `limit` violations are collected, then the walk ends.
 */

type TypeName = "null" | "boolean" | "integer" | "number" | "string" | "array" | "object";

/** The keywords in use here; `default` is no test, `withDefaults` reads it. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly $id?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: TypeName | readonly TypeName[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly propertyNames?: JsonSchema;
  readonly items?: false | JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
}

/** The complete form of a type read from a schema whose every property has a default: nothing is optional. */
export type Complete<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [Key in keyof T]-?: Complete<T[Key]> }
    : T;

export type SchemaPath = readonly (string | number)[];

/** One reason why a value is not valid. `schema` is the subschema that said so. */
export interface SchemaViolation {
  readonly path: SchemaPath;
  readonly keyword: keyof JsonSchema;
  readonly schema: JsonSchema;
  readonly value: unknown;
}

/** Everything in `value` that breaks `schema`, at most `limit` violations; empty where it is valid. */
export function checkSchema(schema: JsonSchema, value: unknown, limit = 100): SchemaViolation[] {
  const violations: SchemaViolation[] = [];
  walk(schema, value, [], violations, limit);
  return violations;
}

/** Whether `value` is valid against `schema`. */
export function isValid(schema: JsonSchema, value: unknown): boolean {
  return checkSchema(schema, value, 1).length === 0;
}

/** A copy of `value` with every absent property of the schema set to its `default`. */
export function withDefaults(schema: JsonSchema, value: unknown): unknown {
  const present = value === undefined ? structuredClone(schema.default) : value;
  if (schema.properties === undefined || !(isObject(present) || present === undefined)) return present;
  const result: Record<string, unknown> = { ...present };
  for (const [name, property] of Object.entries(schema.properties)) {
    const filled = withDefaults(property, present?.[name]);
    if (filled !== undefined) result[name] = filled;
  }
  return result;
}

/** Whether it is an object of JSON: no array, no null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isOfType(value: unknown, type: TypeName): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "integer":
      return Number.isInteger(value);
    case "number":
      return Number.isFinite(value);
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    default:
      return typeof value === type;
  }
}

function walk(
  schema: JsonSchema,
  value: unknown,
  path: SchemaPath,
  violations: SchemaViolation[],
  limit: number,
): void {
  if (violations.length >= limit) return;
  const broken = brokenKeyword(schema, value);
  if (broken !== undefined) {
    violations.push({ path, keyword: broken, schema, value });
    return;
  }
  if (Array.isArray(value)) walkArray(schema, value, path, violations, limit);
  else if (isObject(value)) walkObject(schema, value, path, violations, limit);
}

/** The first keyword that `value` itself breaks, its members left aside. */
function brokenKeyword(schema: JsonSchema, value: unknown): keyof JsonSchema | undefined {
  if (schema.type !== undefined) {
    const types = typeof schema.type === "string" ? [schema.type] : schema.type;
    if (!types.some((type) => isOfType(value, type))) return "type";
  }
  if (schema.enum !== undefined && !schema.enum.includes(value)) return "enum";
  if (schema.const !== undefined && schema.const !== value) return "const";
  if (typeof value === "number") {
    if (schema.minimum !== undefined && value < schema.minimum) return "minimum";
    if (schema.maximum !== undefined && value > schema.maximum) return "maximum";
  } else if (typeof value === "string") {
    if (schema.minLength !== undefined && lengthOf(value) < schema.minLength) return "minLength";
    if (schema.maxLength !== undefined && lengthOf(value) > schema.maxLength) return "maxLength";
    if (schema.pattern !== undefined && !expressionOf(schema.pattern).test(value)) return "pattern";
  } else if (Array.isArray(value)) {
    if (schema.minItems !== undefined && value.length < schema.minItems) return "minItems";
    if (schema.maxItems !== undefined && value.length > schema.maxItems) return "maxItems";
  } else if (isObject(value) && schema.maxProperties !== undefined) {
    if (Object.keys(value).length > schema.maxProperties) return "maxProperties";
  }
  return undefined;
}

function walkArray(
  schema: JsonSchema,
  value: readonly unknown[],
  path: SchemaPath,
  violations: SchemaViolation[],
  limit: number,
): void {
  const prefix = schema.prefixItems ?? [];
  for (let i = 0; i < value.length && violations.length < limit; i++) {
    const item = i < prefix.length ? prefix[i] : schema.items;
    if (item === false) violations.push({ path: [...path, i], keyword: "items", schema, value: value[i] });
    else if (item !== undefined) walk(item, value[i], [...path, i], violations, limit);
  }
}

function walkObject(
  schema: JsonSchema,
  value: Readonly<Record<string, unknown>>,
  path: SchemaPath,
  violations: SchemaViolation[],
  limit: number,
): void {
  for (const name of schema.required ?? []) {
    if (violations.length >= limit) return;
    if (!Object.hasOwn(value, name))
      violations.push({ path: [...path, name], keyword: "required", schema, value });
  }
  for (const [name, member] of Object.entries(value)) {
    if (violations.length >= limit) return;
    const memberPath = [...path, name];
    if (schema.propertyNames !== undefined && !isValid(schema.propertyNames, name)) {
      violations.push({ path: memberPath, keyword: "propertyNames", schema, value: name });
    }
    const property = Object.hasOwn(schema.properties ?? {}, name) ? schema.properties?.[name] : undefined;
    const rule: boolean | JsonSchema = property ?? schema.additionalProperties ?? true;
    if (rule === false) {
      violations.push({ path: memberPath, keyword: "additionalProperties", schema, value: member });
    } else if (rule !== true) {
      walk(rule, member, memberPath, violations, limit);
    }
  }
}

/** Length as JSON Schema counts it: in code points. */
function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}

/** Compiled once per pattern text; the texts come from the literals, so there are few. */
const expressions = new Map<string, RegExp>();

function expressionOf(pattern: string): RegExp {
  let expression = expressions.get(pattern);
  if (expression === undefined) {
    expression = new RegExp(pattern, "u");
    expressions.set(pattern, expression);
  }
  return expression;
}
