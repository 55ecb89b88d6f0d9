import { NumberField } from "../../sensor/proto/fields.js";
import { Protocol } from "../../sensor/proto/protocols.js";
import { Compare, type Comparison, parseComparison } from "../comparison.js";
import { RuleError } from "../rule-error.js";
import { TO_SERVER_BIT } from "../signature.js";
import type { Keyword } from "./keyword.js";

const MAX_NUMBER = 0xffff_ffff;

/** `a-b` or `a<>b`, as Suricata has it for NFS: both ends belong to it, and the lower one is at least 1. */
function rangeOf(value: string | undefined, name: string): Comparison | undefined {
  const match = /^\s*(\d+)\s*(?:-|<>)\s*(\d+)\s*$/.exec(value ?? "");
  if (match === null) return undefined;
  const [low, high] = [Number(match[1]), Number(match[2])];
  if (low < 1 || low >= high || high > MAX_NUMBER)
    throw new RuleError(`${name}: "${value}" is no range from 1 upwards`);
  return { operator: Compare.BETWEEN, a: low - 1, b: high + 1 };
}

/** A number, `!n`, `<n`, `>n`, or a range. */
function numberKeyword(name: string, field: number): Keyword {
  return {
    names: [name, name.replace("_", ".")],
    apply(rule, value) {
      const comparison = rangeOf(value, name) ?? parseComparison(value, name, MAX_NUMBER);
      rule.addMessageTest({ field, ...comparison }, [Protocol.NFS], TO_SERVER_BIT);
    },
  };
}

export const nfsKeywords: readonly Keyword[] = [
  numberKeyword("nfs_procedure", NumberField.NFS_PROCEDURE),
  numberKeyword("nfs_version", NumberField.NFS_VERSION),
];
