import { Field } from "../../sensor/proto/fields.js";
import { Protocol } from "../../sensor/proto/protocols.js";
import { bufferNamed } from "../buffer-table.js";
import { Compare, parseComparison, parseCount } from "../comparison.js";
import { RuleError } from "../rule-error.js";
import { TO_CLIENT_BIT } from "../signature.js";
import { requireValue } from "./arguments.js";
import type { Keyword } from "./keyword.js";

/** Attribute classes of IKEv1 (RFC 2409, appendix A), by the names that rules use; those of IKEv2 are filed under them. */
const ATTRIBUTES: Readonly<Record<string, number>> = {
  alg_enc: 1,
  alg_hash: 2,
  alg_auth: 3,
  alg_dh: 4,
  sa_group_type: 5,
  sa_life_type: 11,
  sa_life_duration: 12,
  alg_prf: 13,
  sa_key_length: 14,
  sa_field_size: 15,
};
const KEY_BYTES = 2;
const VALUE_BYTES = 4;

/** The length of what a buffer holds; a message without it has no length. */
function lengthKeyword(name: string, buffer: string): Keyword {
  return {
    names: [name],
    apply: (rule, value) =>
      rule.addConditionTo(bufferNamed(buffer), {
        kind: "bsize",
        ...parseComparison(value, name, 0xffff_ffff),
      }),
  };
}

/** `ike.chosen_sa_attribute:alg_enc=7`: an attribute of the proposal the responder chose. */
export const ikeKeywords: readonly Keyword[] = [
  lengthKeyword("ike.key_exchange_payload_length", "ike.key_exchange_payload"),
  lengthKeyword("ike.nonce_payload_length", "ike.nonce_payload"),
  {
    names: ["ike.chosen_sa_attribute"],
    apply(rule, value, _context, name) {
      const parts = requireValue(value, name).split("=");
      const attribute = (parts[0] ?? "").trim();
      const key = Object.hasOwn(ATTRIBUTES, attribute) ? ATTRIBUTES[attribute] : undefined;
      if (key === undefined) throw new RuleError(`${name}: attribute "${attribute}" is not known`);
      const a = parts.length === 2 ? parseCount(parts[1]!.trim(), name, 0xffff_ffff) : Number.NaN;
      if (Number.isNaN(a)) throw new RuleError(`${name}: is written attribute=number`);
      const test = {
        field: Field.IKE_CHOSEN_SA_ATTRIBUTE,
        keyBytes: KEY_BYTES,
        valueBytes: VALUE_BYTES,
        key,
        operator: Compare.EQUAL,
        a,
        b: 0,
        numberField: -1,
      };
      rule.addRecordTest(test, [Protocol.IKE], TO_CLIENT_BIT);
    },
  },
];
