import { NumberField } from "../../sensor/proto/fields.js";
import { Protocol } from "../../sensor/proto/protocols.js";
import { RuleError } from "../rule-error.js";
import { TO_CLIENT_BIT } from "../signature.js";
import { requireValue } from "./arguments.js";
import type { Keyword } from "./keyword.js";

/** Encryption types of RFC 3961 and Microsoft's, by the names that rules use. */
const ENCRYPTION_TYPES: Readonly<Record<string, number>> = {
  "des-cbc-crc": 1,
  "des-cbc-md4": 2,
  "des-cbc-md5": 3,
  "des3-cbc-md5": 5,
  "des3-cbc-sha1": 7,
  "dsaWithSHA1-CmsOID": 9,
  "md5WithRSAEncryption-CmsOID": 10,
  "sha1WithRSAEncryption-CmsOID": 11,
  "rc2CBC-EnvOID": 12,
  "rsaEncryption-EnvOID": 13,
  "rsaES-OAEP-ENV-OID": 14,
  "des-ede3-cbc-Env-OID": 15,
  "des3-cbc-sha1-kd": 16,
  "aes128-cts-hmac-sha1-96": 17,
  "aes256-cts-hmac-sha1-96": 18,
  "aes128-cts-hmac-sha256-128": 19,
  "aes256-cts-hmac-sha384-192": 20,
  "rc4-hmac": 23,
  "rc4-hmac-exp": 24,
  "camellia128-cts-cmac": 25,
  "camellia256-cts-cmac": 26,
  "subkey-keymaterial": 65,
  "rc4-md4": -128,
  "rc4-plain2": -129,
  "rc4-lm": -130,
  "rc4-sha": -131,
  "des-plain": -132,
  "rc4-hmac-OLD": -133,
  "rc4-plain-OLD": -134,
  "rc4-hmac-OLD-exp": -135,
  "rc4-plain-OLD-exp": -136,
  "rc4-plain": -140,
  "rc4-plain-exp": -141,
};
/** Everything but AES and Camellia counts as weak, as in Suricata. */
const STRONG_TYPES: readonly number[] = [17, 18, 19, 20, 25, 26];
const MAX_TYPE = 0x7fff_ffff;

/** `weak`, `!weak`, or types by name or number, separated by commas or blanks: the ticket has one of them. */
export const kerberosKeywords: readonly Keyword[] = [
  {
    names: ["krb5.ticket_encryption"],
    apply(rule, value, _context, name) {
      const text = requireValue(value, name).trim();
      const isWeak = text === "weak";
      const values =
        isWeak || text === "!weak" ? STRONG_TYPES : text.split(/[\s,]+/).map((word) => typeOf(word, name));
      rule.numberListTests.push({ field: NumberField.KRB5_TICKET_ENCRYPTION, isNegated: isWeak, values });
      rule.markMessageRule([Protocol.KRB5], TO_CLIENT_BIT);
    },
  },
];

function typeOf(word: string, keyword: string): number {
  const type = Object.hasOwn(ENCRYPTION_TYPES, word) ? ENCRYPTION_TYPES[word] : undefined;
  if (type !== undefined) return type;
  const number = /^-?\d+$/.test(word) ? Number(word) : Number.NaN;
  if (!(Math.abs(number) <= MAX_TYPE)) throw new RuleError(`${keyword}: "${word}" is no encryption type`);
  return number;
}
