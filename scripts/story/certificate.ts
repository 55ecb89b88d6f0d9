/** A self-signed X.509 certificate (RFC 5280) in DER: well-formed, but its signature is made of random bytes. */

import { ascii, hex, join, u8, u16, u32 } from "./bytes.js";
import type { Random } from "./random.js";

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const SEQUENCE = 0x30;
const SET = 0x31;
const VERSION = 0xa0;

const COMMON_NAME = hex("55 04 03");
const ECDSA_WITH_SHA256 = hex("2a 86 48 ce 3d 04 03 02");
const EC_PUBLIC_KEY = hex("2a 86 48 ce 3d 02 01");
const CURVE_P256 = hex("2a 86 48 ce 3d 03 01 07");

export interface CertificateFields {
  readonly commonName: string;
  /** UTCTime, such as 261101000000Z. */
  readonly notBefore: string;
  readonly notAfter: string;
}

export function selfSignedCertificate(fields: CertificateFields, random: Random): Uint8Array {
  const algorithm = element(SEQUENCE, element(OBJECT_IDENTIFIER, ECDSA_WITH_SHA256));
  const name = element(
    SEQUENCE,
    element(
      SET,
      element(
        SEQUENCE,
        element(OBJECT_IDENTIFIER, COMMON_NAME),
        element(UTF8_STRING, ascii(fields.commonName)),
      ),
    ),
  );
  const validity = element(
    SEQUENCE,
    element(UTC_TIME, ascii(fields.notBefore)),
    element(UTC_TIME, ascii(fields.notAfter)),
  );
  const key = element(
    SEQUENCE,
    element(SEQUENCE, element(OBJECT_IDENTIFIER, EC_PUBLIC_KEY), element(OBJECT_IDENTIFIER, CURVE_P256)),
    // No unused bits; an uncompressed point.
    element(BIT_STRING, u8(0, 4), random.bytes(64)),
  );
  const body = element(
    SEQUENCE,
    element(VERSION, element(INTEGER, u8(2))),
    positive(8, random),
    algorithm,
    name,
    validity,
    name,
    key,
  );
  return element(SEQUENCE, body, algorithm, element(BIT_STRING, u8(0), ecdsaSignature(random)));
}

/** Two large numbers, as ECDSA signatures are. */
export function ecdsaSignature(random: Random): Uint8Array {
  return element(SEQUENCE, positive(32, random), positive(32, random));
}

/** An integer whose first bit is clear and whose first byte is not zero. */
function positive(byteCount: number, random: Random): Uint8Array {
  return element(INTEGER, u8(random.between(1, 0x7f)), random.bytes(byteCount - 1));
}

function element(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = join(...parts);
  if (body.length < 0x80) return join(u8(tag, body.length), body);
  if (body.length < 0x100) return join(u8(tag, 0x81, body.length), body);
  if (body.length < 0x10000) return join(u8(tag, 0x82), u16(body.length), body);
  return join(u8(tag, 0x84), u32(body.length), body);
}
