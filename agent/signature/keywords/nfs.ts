import { NumberField } from "../../sensor/proto/fields.js";
import { Protocol } from "../../sensor/proto/protocols.js";
import { Compare, parseComparison } from "../comparison.js";
import { RuleError } from "../rule-error.js";
import { TO_SERVER_BIT } from "../signature.js";
import type { Keyword } from "./keyword.js";

const MAX_NUMBER = 0xffff_ffff;

/** A number, `<n`, `>n`, or `a<>b` without its ends, as Suricata has it for NFS. */
function numberKeyword(name: string, field: number): Keyword {
  return {
    names: [name, name.replace("_", ".")],
    apply(rule, value) {
      const comparison = parseComparison(value, name, MAX_NUMBER);
      if (comparison.operator === Compare.NOT_EQUAL) throw new RuleError(`${name}: ! is not known here`);
      rule.addMessageTest({ field, ...comparison }, [Protocol.NFS], TO_SERVER_BIT);
    },
  };
}

export const nfsKeywords: readonly Keyword[] = [
  numberKeyword("nfs_procedure", NumberField.NFS_PROCEDURE),
  numberKeyword("nfs_version", NumberField.NFS_VERSION),
];
