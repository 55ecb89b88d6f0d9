import { bufferNamed } from "../buffer-table.js";
import { RuleError } from "../rule-error.js";
import { requireValue } from "./arguments.js";
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

/** The keywords for certificates from before there were buffers. */
export const tlsKeywords: readonly Keyword[] = [
  certificateKeyword("tls.subject", "tls.cert_subject", false),
  certificateKeyword("tls.issuerdn", "tls.cert_issuer", false),
  certificateKeyword("tls.fingerprint", "tls.cert_fingerprint", true),
];
