import { asciiOctets } from "../octets.js";

/**
 * The names Suricata prints for attribute types in distinguished names: the usual abbreviation, otherwise the
 * name of its object identifier registry. Attribute types without a name are printed as `OID(1.2.3)`.
 */

/** By the last arc of 2.5.4.x (X.520). */
const X520_NAMES: readonly (Uint8Array | undefined)[] = table([
  [0, "objectClass"],
  [1, "aliasedEntryName"],
  [2, "knowledgeInformation"],
  [3, "CN"],
  [4, "surname"],
  [5, "serialNumber"],
  [6, "C"],
  [7, "L"],
  [8, "ST"],
  [9, "streetAddress"],
  [10, "O"],
  [11, "OU"],
  [12, "title"],
  [13, "description"],
  [14, "searchGuide"],
  [15, "businessCategory"],
  [16, "postalAddress"],
  [17, "postalCode"],
  [41, "name"],
  [42, "givenName"],
  [43, "initials"],
  [44, "generationQualifier"],
  [45, "uniqueIdentifier"],
  [46, "dnQualifier"],
]);

/** Content bytes of further object identifiers and their names. */
const OTHER_OIDS: readonly Uint8Array[] = [
  // 0.9.2342.19200300.100.1.1 and .25
  new Uint8Array([0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x01]),
  new Uint8Array([0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x19]),
  // 1.2.840.113549.1.9.1, .2, .7 and .20
  new Uint8Array([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01]),
  new Uint8Array([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x02]),
  new Uint8Array([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x07]),
  new Uint8Array([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x14]),
  // 1.3.6.1.4.1.311.60.2.1.1 to .3
  new Uint8Array([0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x3c, 0x02, 0x01, 0x01]),
  new Uint8Array([0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x3c, 0x02, 0x01, 0x02]),
  new Uint8Array([0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x3c, 0x02, 0x01, 0x03]),
  // 2.5.29.17
  new Uint8Array([0x55, 0x1d, 0x11]),
];
const OTHER_NAMES: readonly Uint8Array[] = [
  "uid",
  "DC",
  "Email",
  "unstructuredName",
  "challengePassword",
  "friendlyName",
  "msJurisdictionLocality",
  "msJurisdictionStateOrProvince",
  "msJurisdictionCountry",
  "subjectAltName",
].map(asciiOctets);

/** The name of the attribute type whose object identifier has these content bytes, or undefined. */
export function attributeName(bytes: Uint8Array, offset: number, end: number): Uint8Array | undefined {
  const length = end - offset;
  if (length === 3 && bytes[offset] === 0x55 && bytes[offset + 1] === 0x04)
    return X520_NAMES[bytes[offset + 2]!];
  for (let i = 0; i < OTHER_OIDS.length; i++) {
    const oid = OTHER_OIDS[i]!;
    if (oid.length !== length) continue;
    let at = 0;
    while (at < length && oid[at] === bytes[offset + at]) at++;
    if (at === length) return OTHER_NAMES[i];
  }
  return undefined;
}

function table(names: readonly (readonly [number, string])[]): (Uint8Array | undefined)[] {
  const result = new Array<Uint8Array | undefined>(256).fill(undefined);
  for (const [arc, name] of names) result[arc] = asciiOctets(name);
  return result;
}
