import { Field, NumberField } from "../../sensor/proto/fields.js";
import { Protocol, type ProtocolId } from "../../sensor/proto/protocols.js";
import type { BufferSpec } from "../buffers/buffer-spec.js";
import { Compare, parseComparison } from "../comparison.js";
import type { ByteTestCondition } from "../condition.js";
import { RuleError } from "../rule-error.js";
import { BOTH_DIRECTIONS } from "../signature.js";
import { requireValue, splitArguments } from "./arguments.js";
import type { Keyword } from "./keyword.js";

const PROTOCOLS: readonly ProtocolId[] = [Protocol.DCERPC, Protocol.SMB];
/** UUID and version of every interface that is accepted where the call is made. */
const ACCEPTED_INTERFACE: BufferSpec = {
  names: ["dcerpc.iface"],
  field: Field.DCERPC_IFACE,
  protocols: PROTOCOLS,
  directions: BOTH_DIRECTIONS,
};
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
const UUID_BYTES = 16;
/** Longest range inside of a list. */
const MAX_LISTED = 256;
/** Comparisons of versions, as operators of a byte test. */
const VERSION_TEST = /^([<>=!])\s*(\d{1,5})$/;

export const dcerpcKeywords: readonly Keyword[] = [
  {
    // `uuid[,<operator><version>][,any_frag]`: an interface that was bound and accepted.
    names: ["dcerpc.iface", "dce_iface"],
    apply(rule, value, _context, name) {
      const [uuid, ...options] = splitArguments(value, name);
      if (uuid === undefined || !UUID.test(uuid)) throw new RuleError(`${name}: "${uuid}" is not a UUID`);
      const octets = uuid.replaceAll("-", "").match(/../g) ?? [];
      rule.addConditionTo(ACCEPTED_INTERFACE, {
        kind: "content",
        pattern: Uint8Array.from(octets, (octet) => Number.parseInt(octet, 16)),
        isNegated: false,
        isNocase: false,
        offset: 0,
        depth: UUID_BYTES,
        distance: undefined,
        within: undefined,
        isEndsWith: false,
        fastPattern: "no",
      });
      for (const option of options) {
        const version = VERSION_TEST.exec(option);
        if (version) rule.addConditionTo(ACCEPTED_INTERFACE, versionTest(version[1]!, Number(version[2])));
        else if (option !== "any_frag") throw new RuleError(`${name}: cannot read "${option}"`);
      }
    },
  },
  {
    // `5`, `!5`, `>5`, `<5`, `5-9` with both ends, and lists of numbers and ranges.
    names: ["dcerpc.opnum", "dce_opnum"],
    apply(rule, value, _context, name) {
      const parts = splitArguments(value, name);
      if (parts.length > 1) {
        const values = parts.flatMap((part) => numbersOf(part, name));
        rule.numberListTests.push({ field: NumberField.DCERPC_OPNUM, isNegated: false, values });
        rule.markMessageRule(PROTOCOLS, BOTH_DIRECTIONS);
        return;
      }
      const range = /^(\d+)\s*-\s*(\d+)$/.exec(requireValue(value, name).trim());
      const comparison = range
        ? { operator: Compare.BETWEEN, a: Number(range[1]) - 1, b: Number(range[2]) + 1 }
        : parseComparison(value, name, 65_535);
      if (range && Number(range[1]) > Number(range[2])) throw new RuleError(`${name}: the range is empty`);
      const test = { field: NumberField.DCERPC_OPNUM, ...comparison };
      rule.addMessageTest(test, PROTOCOLS, BOTH_DIRECTIONS);
    },
  },
];

/** The numbers of `5` or `5-9`. */
function numbersOf(part: string, keyword: string): number[] {
  const range = /^(\d{1,5})(?:\s*-\s*(\d{1,5}))?$/.exec(part);
  const first = Number(range?.[1]);
  const last = Number(range?.[2] ?? first);
  if (!range || last < first || last - first >= MAX_LISTED) {
    throw new RuleError(`${keyword}: cannot read "${part}"`);
  }
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** The major version, behind the UUID. */
function versionTest(operator: string, version: number): ByteTestCondition {
  return {
    kind: "byte_test",
    reading: {
      byteCount: 2,
      offset: UUID_BYTES,
      isRelative: false,
      isLittleEndian: false,
      isDcerpcEndian: false,
      base: 0,
      bitmask: 0,
    },
    operator: operator === "!" ? "=" : (operator as "<" | ">" | "="),
    isNegated: operator === "!",
    value: version,
  };
}
