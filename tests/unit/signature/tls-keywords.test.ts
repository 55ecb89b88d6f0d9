import { expect, test } from "vitest";
import { Field } from "../../../agent/sensor/proto/fields.js";
import { Protocol, TO_CLIENT } from "../../../agent/sensor/proto/protocols.js";
import { RuleBench, refusalOf } from "../../support/rules.js";

const rule = (options: string) => `alert tls any any -> any any (${options} sid:1;)`;
const FIELDS = [
  [Field.TLS_CERT_SUBJECT, "C=JP, CN=a.example"],
  [Field.TLS_CERT_ISSUER, "CN=Some CA"],
  [Field.TLS_CERT_FINGERPRINT, `${"01:".repeat(19)}ab`],
] as const;

test.each([
  ['tls.subject:"CN=a.example";', true],
  ["tls.subject:CN=a.example;", true],
  ['tls.subject:"cn=A.example";', false],
  ['tls.subject:!"CN=b.example";', true],
  ['tls.subject:!"CN=a";', false],
  ['tls.issuerdn:"Some";', true],
  ['tls.issuerdn:!"Some";', false],
  [`tls.fingerprint:"${"01:".repeat(19)}ab";`, true],
  [`tls.fingerprint:"${"01:".repeat(19)}ac";`, false],
  [`tls.fingerprint:!"${"01:".repeat(19)}ac";`, true],
  [`tls.fingerprint:!"${"01:".repeat(19)}ab";`, false],
])("%s on a certificate is %s", (options, expected) => {
  const message = { protocol: Protocol.TLS, direction: TO_CLIENT, fields: FIELDS } as const;
  expect(new RuleBench(rule(options)).message(message).length > 0).toBe(expected);
});

test("a session without a certificate matches none of them, negated or not", () => {
  const message = { protocol: Protocol.TLS, direction: TO_CLIENT } as const;
  expect(new RuleBench(rule('tls.subject:!"a";')).message(message)).toEqual([]);
});

test("an empty text is refused", () => {
  expect(refusalOf(rule('tls.subject:"";'))).toContain("a value is missing");
});
