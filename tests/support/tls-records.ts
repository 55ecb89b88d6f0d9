/** Builds TLS records and handshake messages, sound and unsound ones, out of their parts. */

export function u8(value: number): Buffer {
  return Buffer.from([value]);
}

export function u16(value: number): Buffer {
  return Buffer.from([(value >>> 8) & 255, value & 255]);
}

export function u24(value: number): Buffer {
  return Buffer.from([(value >>> 16) & 255, (value >>> 8) & 255, value & 255]);
}

export function concat(...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat(parts);
}

/** 16-bit numbers behind the length of the list in bytes. */
export function list16(values: readonly number[]): Buffer {
  return concat(u16(values.length * 2), ...values.map(u16));
}

export function record(type: number, body: Uint8Array, version = 0x0303): Buffer {
  return concat(u8(type), u16(version), u16(body.length), body);
}

export function handshake(type: number, body: Uint8Array): Buffer {
  return concat(u8(type), u24(body.length), body);
}

export function extension(type: number, body: Uint8Array = Buffer.alloc(0)): Buffer {
  return concat(u16(type), u16(body.length), body);
}

export function serverName(name: string | Uint8Array, nameType = 0, length?: number): Buffer {
  const bytes = Buffer.from(name as string);
  const entry = concat(u8(nameType), u16(length ?? bytes.length), bytes);
  return extension(0, concat(u16(entry.length), entry));
}

export function alpn(...names: readonly (string | Uint8Array)[]): Buffer {
  const body = concat(
    ...names.map((name) => Buffer.from(name as string)).map((name) => concat(u8(name.length), name)),
  );
  return extension(16, concat(u16(body.length), body));
}

/** The client's list; a server's choice is `extension(43, u16(version))`. */
export function supportedVersions(...versions: readonly number[]): Buffer {
  return extension(43, concat(u8(versions.length * 2), ...versions.map(u16)));
}

export const GROUPS = extension(10, list16([0x2a2a, 0x001d, 0x0017]));
export const POINT_FORMATS = extension(11, Buffer.from([1, 0]));
export const SIGNATURE_ALGORITHMS = extension(13, list16([0x0403, 0x0804, 0x1a1a, 0x0401]));
/** 00 01 02 … 1f */
export const RANDOM = Buffer.from(Array.from({ length: 32 }, (_, i) => i));

export interface HelloParts {
  readonly version?: number;
  readonly sessionId?: Uint8Array;
  readonly ciphers?: readonly number[];
  /** Instead of `ciphers`, with its length. */
  readonly cipherList?: Uint8Array;
  /** Instead of the true length. */
  readonly extensionsLength?: number;
  readonly hasExtensions?: boolean;
}

/** Body of a ClientHello with three ciphers and one of GREASE. */
export function clientHello(extensions: Uint8Array = Buffer.alloc(0), parts: HelloParts = {}): Buffer {
  const sessionId = parts.sessionId ?? Buffer.alloc(32, 0x11);
  const body = concat(
    u16(parts.version ?? 0x0303),
    RANDOM,
    u8(sessionId.length),
    sessionId,
    parts.cipherList ?? list16(parts.ciphers ?? [0x0a0a, 0x1301, 0xc02f, 0x009c]),
    Buffer.from([1, 0]),
  );
  if (parts.hasExtensions === false) return body;
  return concat(body, u16(parts.extensionsLength ?? extensions.length), extensions);
}

/** Body of a ServerHello that chooses c02f. */
export function serverHello(extensions: Uint8Array = Buffer.alloc(0), parts: HelloParts = {}): Buffer {
  const sessionId = parts.sessionId ?? Buffer.alloc(32, 0x22);
  return concat(
    u16(parts.version ?? 0x0303),
    RANDOM,
    u8(sessionId.length),
    sessionId,
    u16(0xc02f),
    u8(0),
    u16(extensions.length),
    extensions,
  );
}

/** Body of a Certificate message. */
export function certificates(...chain: readonly Uint8Array[]): Buffer {
  const body = concat(...chain.map((certificate) => concat(u24(certificate.length), certificate)));
  return concat(u24(body.length), body);
}

/** One DER element. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = concat(...parts);
  const { length } = content;
  const head =
    length < 128 ? u8(length) : length < 256 ? concat(u8(0x81), u8(length)) : concat(u8(0x82), u16(length));
  return concat(u8(tag), head, content);
}

/** The content of an object identifier: `2.5.4.3`. */
export function oid(text: string): Buffer {
  const [first, second, ...rest] = text.split(".").map(Number);
  const octets: number[] = [];
  for (const arc of [first! * 40 + second!, ...rest]) {
    const digits = [arc & 127];
    for (let high = Math.floor(arc / 128); high > 0; high = Math.floor(high / 128))
      digits.unshift((high & 127) | 128);
    octets.push(...digits);
  }
  return der(6, Buffer.from(octets));
}

/** One attribute of a name: type, tag of the text, text. */
export function attribute(type: string, tag: number, value: string | Uint8Array): Buffer {
  return der(0x30, oid(type), der(tag, Buffer.from(value as string)));
}

/** A name of sets of attributes. */
export function distinguishedName(...sets: readonly (readonly Uint8Array[])[]): Buffer {
  return der(0x30, ...sets.map((set) => der(0x31, ...set)));
}

const RSA = der(0x30, oid("1.2.840.113549.1.1.11"), der(5));
const KEY = der(0x30, der(0x30, oid("1.2.840.113549.1.1.1"), der(5)), der(3, Buffer.alloc(40)));
export const ISSUER = distinguishedName(
  [attribute("2.5.4.6", 0x13, "JP")],
  [attribute("2.5.4.3", 0x0c, "ca")],
);

export interface CertificateParts {
  readonly subject?: Uint8Array;
  readonly issuer?: Uint8Array;
  readonly serial?: Uint8Array;
  readonly notBefore?: Uint8Array;
  readonly notAfter?: Uint8Array;
  readonly version?: Uint8Array;
  readonly algorithm?: Uint8Array;
  readonly key?: Uint8Array;
  readonly extensions?: Uint8Array;
  readonly signature?: Uint8Array;
}

/** A certificate with the parts given and sound ones for the rest (its signature is zeros). */
export function certificate(parts: CertificateParts = {}): Buffer {
  const toBeSigned = der(
    0x30,
    parts.version ?? der(0xa0, der(2, u8(2))),
    parts.serial ?? der(2, Buffer.from([0x00, 0x9a, 0xbc])),
    parts.algorithm ?? RSA,
    parts.issuer ?? ISSUER,
    der(
      0x30,
      parts.notBefore ?? der(0x17, Buffer.from("200101000000Z")),
      parts.notAfter ?? der(0x17, Buffer.from("491231235959Z")),
    ),
    parts.subject ?? ISSUER,
    parts.key ?? KEY,
    parts.extensions ?? Buffer.alloc(0),
  );
  return der(0x30, toBeSigned, parts.signature ?? concat(RSA, der(3, Buffer.alloc(64))));
}

/** The extension subjectAltName with these general names (as DER). */
export function subjectAltName(...names: readonly Uint8Array[]): Buffer {
  return der(0xa3, der(0x30, der(0x30, oid("2.5.29.17"), der(4, der(0x30, ...names)))));
}
