import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkSchema, isValid, type JsonSchema, withDefaults } from "../../../agent/base/json-schema.js";
import { CONFIG_SCHEMA } from "../../../agent/config/schema.js";
import { ACK_SCHEMA } from "../../../agent/uplink/schema/ack.js";
import { HEALTH_SCHEMA } from "../../../agent/uplink/schema/health.js";
import { STATE_SCHEMA } from "../../../agent/uplink/schema/state.js";
import { FUZZ_SEED } from "../../support/fuzz-seed.js";

/** A value that mostly fits the schema, with a mistake here and there. */
function nearlyValid(schema: JsonSchema): fc.Arbitrary<unknown> {
  const strange = fc.oneof(
    fc.constantFrom<unknown>(null, true, -1, 1.5, "", "?", [], {}, 2 ** 60),
    fc.jsonValue(),
  );
  return fc.oneof({ weight: 12, arbitrary: fitting(schema) }, { weight: 1, arbitrary: strange });
}

function fitting(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const types = [schema.type ?? "object"].flat();
  return fc.oneof(...types.map((type) => ofType(type, schema)));
}

function ofType(type: string, schema: JsonSchema): fc.Arbitrary<unknown> {
  switch (type) {
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.integer({ min: (schema.minimum ?? 0) - 1, max: (schema.minimum ?? 0) + 1000 });
    case "number":
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case "string":
      return fc.oneof(
        fc.string({ unit: "grapheme", maxLength: 20 }),
        fc.constant("2026-11-22T00:00:00.000Z"),
      );
    case "array": {
      const prefix = schema.prefixItems ?? [];
      if (prefix.length > 0) return fc.tuple(...prefix.map(nearlyValid));
      return fc.array(nearlyValid(schema.items || {}), { maxLength: 5 });
    }
    default: {
      const properties = Object.entries(schema.properties ?? {}).map(([name, member]) => [
        name,
        nearlyValid(member),
      ]);
      const required: string[] = [...(schema.required ?? [])];
      const model: Record<string, fc.Arbitrary<unknown>> = Object.fromEntries(properties);
      const known = fc.record(model, { requiredKeys: required });
      const extra = fc.dictionary(fc.string({ maxLength: 4 }), fc.constantFrom<unknown>("x", 1), {
        maxKeys: 1,
      });
      return fc.tuple(known, fc.option(extra, { freq: 8, nil: {} })).map(([a, b]) => ({ ...a, ...b }));
    }
  }
}

describe("check against a JSON Schema", () => {
  it.each([
    ["acknowledgement", ACK_SCHEMA, 4_000],
    ["state", STATE_SCHEMA, 4_000],
    ["health", HEALTH_SCHEMA, 4_000],
    // A hundred values in each.
    ["configuration", CONFIG_SCHEMA, 1_000],
  ])("agrees with Ajv about any %s", (_name, schema: JsonSchema, numRuns) => {
    const validate = new Ajv2020({ strict: false }).compile(schema);
    let valid = 0;
    fc.assert(
      fc.property(nearlyValid(schema), (generated) => {
        const value: unknown = JSON.parse(JSON.stringify(generated ?? null));
        if (validate(value)) valid++;
        expect(isValid(schema, value)).toBe(validate.errors === null);
      }),
      { numRuns, seed: FUZZ_SEED },
    );
    // Both answers must have been asked for.
    expect(valid).toBeGreaterThan(0);
    expect(valid).toBeLessThan(numRuns);
  });

  it("names the place and the keyword of every violation", () => {
    const violations = checkSchema(CONFIG_SCHEMA, { uplink: { url: 5, portt: 1 }, rules: ["", 7] });
    expect(violations.map(({ path, keyword }) => `${path.join(".")} ${keyword}`)).toEqual([
      "uplink.url type",
      "uplink.portt additionalProperties",
      "rules.0 minLength",
      "rules.1 type",
    ]);
  });

  it("stops at its limit", () => {
    const value = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`k${i}`, 1]));
    expect(checkSchema(CONFIG_SCHEMA, value, 10)).toHaveLength(10);
  });

  it("is not led astray by names of Object's own", () => {
    const schema: JsonSchema = {
      type: "object",
      properties: {},
      required: ["toString"],
      additionalProperties: false,
    };
    expect(checkSchema(schema, {}).map(({ keyword }) => keyword)).toEqual(["required"]);
    const hostile: unknown = JSON.parse('{"__proto__": 1, "constructor": 2}');
    expect(checkSchema({ ...schema, required: [] }, hostile)).toHaveLength(2);
  });

  it("fills in defaults without touching what it was given", () => {
    const schema: JsonSchema = {
      type: "object",
      default: {},
      properties: {
        a: { default: [1] },
        b: { type: "object", default: {}, properties: { c: { default: null } } },
      },
    };
    const given = Object.freeze({ a: [2] });
    expect(withDefaults(schema, given)).toEqual({ a: [2], b: { c: null } });
    const first = withDefaults(schema, undefined);
    expect(first).toEqual({ a: [1], b: { c: null } });
    expect((first as { a: unknown }).a).not.toBe(schema.properties?.a?.default);
  });
});
