import { CertificateValidity, NumberField } from "../../sensor/proto/fields.js";
import { Protocol } from "../../sensor/proto/protocols.js";
import { TlsStep } from "../../sensor/proto/tls/tls-constants.js";
import { bufferNamed } from "../buffer-table.js";
import { Compare, type CompareOperator } from "../comparison.js";
import { RuleError } from "../rule-error.js";
import { BOTH_DIRECTIONS, TO_CLIENT_BIT } from "../signature.js";
import { refuseValue, requireValue } from "./arguments.js";
import type { Keyword } from "./keyword.js";

/** Text as these old keywords take it: with or without quotes, no hexadecimal parts. */
function readCertificateText(
  value: string | undefined,
  keyword: string,
): { isNegated: boolean; text: string } {
  const raw = requireValue(value, keyword);
  const isNegated = raw.startsWith("!");
  const body = (isNegated ? raw.slice(1) : raw).trim();
  const text = /^".*"$/.test(body) ? body.slice(1, -1) : body;
  if (text === "") throw new RuleError(`${keyword}: a value is missing`);
  return { isNegated, text };
}

/** A text that a field of the certificate contains (not), case and all; `isWhole`: it is (not) all of the field. */
function certificateKeyword(name: string, buffer: string, isWhole: boolean): Keyword {
  return {
    names: [name],
    apply(rule, value) {
      const { isNegated, text } = readCertificateText(value, name);
      const pattern = new TextEncoder().encode(text);
      rule.addConditionTo(bufferNamed(buffer), {
        kind: "content",
        pattern,
        isNegated,
        isNocase: false,
        offset: isWhole ? 0 : undefined,
        depth: isWhole ? pattern.length : undefined,
        distance: undefined,
        within: undefined,
        isEndsWith: isWhole,
        fastPattern: "no",
      });
    },
  };
}

const OPERATORS: Readonly<Record<string, CompareOperator>> = {
  "": Compare.EQUAL,
  "<": Compare.LESS_OR_EQUAL,
  ">": Compare.GREATER_OR_EQUAL,
};

/**
 * A date in UTC (`2015-10`, `2015-10-07`, `2015-10-07 12:30:00`, with `T` too), or seconds since the Unix epoch: as in Suricata
 * a bare year is such seconds. In milliseconds.
 */
function parseDate(text: string, keyword: string): number {
  if (/^\d{1,12}$/.test(text.trim())) return Number(text) * 1000;
  const match = /^(\d{4})-(\d\d)(?:-(\d\d)(?:[ T](\d\d)(?::(\d\d)(?::(\d\d))?)?)?)?$/.exec(text.trim());
  if (!match) throw new RuleError(`${keyword}: "${text.slice(0, 40)}" is no date`);
  const [year, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map((part) => (part === undefined ? undefined : Number(part)));
  return Date.UTC(year!, month - 1, day, hour, minute, second);
}

/** `>2015`, `<2016-10-07`, `1998-05-01<>2008-05-01` or one moment; bounds belong to the range. */
function dateKeyword(name: string, field: number): Keyword {
  return {
    names: [name, name.replace("tls_cert_", "tls.cert_")],
    apply(rule, value) {
      const text = requireValue(value, name);
      const range = text.split("<>");
      const single = /^([<>]?)\s*(.+)$/.exec(text)!;
      const test =
        range.length === 2
          ? {
              operator: Compare.BETWEEN,
              a: parseDate(range[0]!, name) - 1,
              b: parseDate(range[1]!, name) + 1,
            }
          : { operator: OPERATORS[single[1]!]!, a: parseDate(single[2]!, name), b: 0 };
      rule.addMessageTest({ field, ...test }, [Protocol.TLS], TO_CLIENT_BIT);
    },
  };
}

/** @param validity the two that are meant; as in Suricata a certificate that is not valid yet has not expired */
function validityKeyword(name: string, validity: readonly [number, number]): Keyword {
  return {
    names: [name, name.replace("tls_cert_", "tls.cert_")],
    apply(rule, value) {
      refuseValue(value, name);
      rule.addMessageTest(
        { field: NumberField.TLS_CERT_VALIDITY, operator: Compare.EITHER, a: validity[0], b: validity[1] },
        [Protocol.TLS],
        TO_CLIENT_BIT,
      );
    },
  };
}

const STEPS: Readonly<Record<string, number>> = {
  client_hello: TlsStep.CLIENT_HELLO,
  server_hello: TlsStep.SERVER_HELLO,
  client_keyx: TlsStep.CLIENT_KEY_EXCHANGE,
  server_keyx: TlsStep.SERVER_KEY_EXCHANGE,
  unknown: TlsStep.UNKNOWN,
};

/** `ssl_state:client_hello|!server_hello`: the handshake stands (not) at one of these steps, in any of the ways Suricata reads it. */
const stateKeyword: Keyword = {
  names: ["ssl_state"],
  apply(rule, value) {
    let [named, negated] = [0, 0];
    for (const word of requireValue(value, "ssl_state").split(/[|,]/)) {
      const name = word.trim();
      const step = STEPS[name.replace(/^!\s*/, "")];
      if (step === undefined) throw new RuleError(`ssl_state: "${name}" is not known`);
      named |= step;
      if (name.startsWith("!")) negated |= step;
    }
    const test = { field: NumberField.TLS_STEP, operator: Compare.NOT_MASKED, a: named, b: negated };
    rule.addMessageTest(test, [Protocol.TLS], BOTH_DIRECTIONS);
  },
};

/** The keywords for the handshake and for certificates from before there were buffers. */
export const tlsKeywords: readonly Keyword[] = [
  stateKeyword,
  certificateKeyword("tls.subject", "tls.cert_subject", false),
  certificateKeyword("tls.issuerdn", "tls.cert_issuer", false),
  certificateKeyword("tls.fingerprint", "tls.cert_fingerprint", true),
  dateKeyword("tls_cert_notbefore", NumberField.TLS_CERT_NOT_BEFORE),
  dateKeyword("tls_cert_notafter", NumberField.TLS_CERT_NOT_AFTER),
  validityKeyword("tls_cert_expired", [CertificateValidity.EXPIRED, CertificateValidity.EXPIRED]),
  validityKeyword("tls_cert_valid", [CertificateValidity.VALID, CertificateValidity.NOT_YET]),
];
