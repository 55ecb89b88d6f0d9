/**
 * Owns the withdrawal of a version: a signed document by which the rules keys take back what they have signed. It names one
 * version for ever, so a replay does nothing new, and it brings nothing into force but what was there before.
 */
import type { XStatic } from "typebox/schema";
import { canonicalBytes, parseCanonical } from "../base/canonical-json.js";
import { isValid, type JsonSchema } from "../base/json-schema.js";
import { bytesSource, taker } from "./bundle.js";
import { LAYERS } from "./layer.js";
import { INSTANT_PATTERN, roleOf, type TrustedRoot, version } from "./root-document.js";
import { badForm, checkSignatures, readSigned, type SignedDocument } from "./signed-document.js";

const MAX_BYTES = 4096;

const WITHDRAWAL_SCHEMA = {
  type: "object",
  additionalProperties: false,
  required: ["type", "layer", "version", "created", "reason"],
  properties: {
    type: { const: "withdrawal" },
    layer: { enum: LAYERS },
    version,
    created: { type: "string", pattern: INSTANT_PATTERN },
    reason: { type: "string", maxLength: 500 },
  },
} as const satisfies JsonSchema;

export type Withdrawal = XStatic<typeof WITHDRAWAL_SCHEMA>;

/** The document to be signed. */
export function withdrawalDocument(withdrawal: Omit<Withdrawal, "type">): SignedDocument {
  return { signatures: [], bytes: canonicalBytes({ ...withdrawal, type: "withdrawal" }) };
}

/** @throws AgentError where the bytes are no withdrawal that the rules keys have signed */
export function verifyWithdrawal(envelope: Uint8Array, { root }: TrustedRoot): Withdrawal {
  const source = bytesSource(envelope);
  const signed = readSigned(taker(source), MAX_BYTES);
  if (source.read(new Uint8Array(1)) !== 0) throw badForm("bytes behind the withdrawal");
  checkSignatures("withdrawal", signed, [roleOf(root, "rules")]);
  const value = parseCanonical(signed.bytes);
  if (!isValid(WITHDRAWAL_SCHEMA, value)) throw badForm("a withdrawal that is none");
  return value as Withdrawal;
}
