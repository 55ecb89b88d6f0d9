/** TLS handshake messages (RFC 5246, 8446): what stands in the clear is real, keys and ciphertext are random bytes. */

import { ascii, join, u8, u16, vector } from "./bytes.js";
import { ecdsaSignature } from "./certificate.js";
import type { Random } from "./random.js";

const RECORD_CHANGE_CIPHER = 20;
const RECORD_HANDSHAKE = 22;
const RECORD_DATA = 23;
const TLS_1_0 = 0x0301;
export const TLS_1_2 = 0x0303;
export const TLS_1_3 = 0x0304;

const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const CERTIFICATE = 11;
const SERVER_KEY_EXCHANGE = 12;
const SERVER_HELLO_DONE = 14;
const CLIENT_KEY_EXCHANGE = 16;

const EXTENSION_SERVER_NAME = 0;
const EXTENSION_GROUPS = 10;
const EXTENSION_POINT_FORMATS = 11;
const EXTENSION_SIGNATURES = 13;
const EXTENSION_ALPN = 16;
const EXTENSION_EXTENDED_MASTER_SECRET = 23;
const EXTENSION_SESSION_TICKET = 35;
const EXTENSION_VERSIONS = 43;
const EXTENSION_PSK_MODES = 45;
const EXTENSION_KEY_SHARE = 51;
const EXTENSION_RENEGOTIATION = 0xff01;

const GROUP_X25519 = 29;
const ECDSA_P256_SHA256 = 0x0403;
/** What TLS 1.3 servers choose, and what TLS 1.2 servers with an ECDSA certificate choose. */
const AES_128_GCM_SHA256 = 0x1301;
const ECDHE_ECDSA_AES_128_GCM_SHA256 = 0xc02b;

/** How one program says hello; this is what fingerprints tell apart. */
export interface TlsClient {
  readonly ciphers: readonly number[];
  readonly groups: readonly number[];
  readonly signatures: readonly number[];
  /** Protocols offered inside; none where the program does not know ALPN. */
  readonly alpn: readonly string[];
  /** The highest version it can. */
  readonly version: typeof TLS_1_2 | typeof TLS_1_3;
}

export function clientHello(
  client: TlsClient,
  serverName: string,
  random: Random,
  sessionId: Uint8Array,
): Uint8Array {
  const extensions = [
    extension(EXTENSION_SERVER_NAME, vector(2, u8(0), vector(2, ascii(serverName)))),
    extension(EXTENSION_EXTENDED_MASTER_SECRET),
    extension(EXTENSION_RENEGOTIATION, u8(0)),
    extension(EXTENSION_GROUPS, vector(2, u16(...client.groups))),
    extension(EXTENSION_POINT_FORMATS, vector(1, u8(0))),
    extension(EXTENSION_SESSION_TICKET),
    ...(client.alpn.length > 0 ? [extension(EXTENSION_ALPN, alpnList(client.alpn))] : []),
    extension(EXTENSION_SIGNATURES, vector(2, u16(...client.signatures))),
  ];
  if (client.version === TLS_1_3) {
    extensions.push(
      extension(EXTENSION_KEY_SHARE, vector(2, keyShare(random))),
      extension(EXTENSION_PSK_MODES, vector(1, u8(1))),
      extension(EXTENSION_VERSIONS, vector(1, u16(TLS_1_3, TLS_1_2))),
    );
  }
  const body = join(
    u16(TLS_1_2),
    random.bytes(32),
    vector(1, sessionId),
    vector(2, u16(...client.ciphers)),
    vector(1, u8(0)),
    vector(2, ...extensions),
  );
  return record(RECORD_HANDSHAKE, handshake(CLIENT_HELLO, body), TLS_1_0);
}

export function serverHello13(random: Random, sessionId: Uint8Array): Uint8Array {
  const extensions = [
    extension(EXTENSION_VERSIONS, u16(TLS_1_3)),
    extension(EXTENSION_KEY_SHARE, keyShare(random)),
  ];
  return serverHello(AES_128_GCM_SHA256, random, sessionId, extensions);
}

/** ServerHello, Certificate, ServerKeyExchange and ServerHelloDone of a full TLS 1.2 handshake. */
export function serverFlight12(
  random: Random,
  certificate: Uint8Array,
  alpn: string | undefined,
): Uint8Array {
  const extensions = [
    extension(EXTENSION_RENEGOTIATION, u8(0)),
    extension(EXTENSION_EXTENDED_MASTER_SECRET),
    ...(alpn === undefined ? [] : [extension(EXTENSION_ALPN, alpnList([alpn]))]),
  ];
  const keyExchange = join(
    u8(3),
    u16(GROUP_X25519),
    vector(1, random.bytes(32)),
    u16(ECDSA_P256_SHA256),
    vector(2, ecdsaSignature(random)),
  );
  return join(
    serverHello(ECDHE_ECDSA_AES_128_GCM_SHA256, random, random.bytes(32), extensions),
    record(RECORD_HANDSHAKE, handshake(CERTIFICATE, vector(3, vector(3, certificate)))),
    record(RECORD_HANDSHAKE, handshake(SERVER_KEY_EXCHANGE, keyExchange)),
    record(RECORD_HANDSHAKE, handshake(SERVER_HELLO_DONE, u8())),
  );
}

export function clientKeyExchange(random: Random): Uint8Array {
  return record(RECORD_HANDSHAKE, handshake(CLIENT_KEY_EXCHANGE, vector(1, random.bytes(32))));
}

export function changeCipherSpec(): Uint8Array {
  return record(RECORD_CHANGE_CIPHER, u8(1));
}

/** The Finished of TLS 1.2: a handshake record that only the two can read. */
export function encryptedFinished12(random: Random): Uint8Array {
  return record(RECORD_HANDSHAKE, random.bytes(40));
}

/** Ciphertext of `byteCount` bytes in records of at most 16 KiB. */
export function applicationData(random: Random, byteCount: number): Uint8Array {
  const records: Uint8Array[] = [];
  for (let left = byteCount; left > 0; left -= 16_384) {
    records.push(record(RECORD_DATA, random.bytes(Math.min(left, 16_384))));
  }
  return join(...records);
}

function serverHello(
  cipher: number,
  random: Random,
  sessionId: Uint8Array,
  extensions: readonly Uint8Array[],
): Uint8Array {
  const body = join(
    u16(TLS_1_2),
    random.bytes(32),
    vector(1, sessionId),
    u16(cipher),
    u8(0),
    vector(2, ...extensions),
  );
  return record(RECORD_HANDSHAKE, handshake(SERVER_HELLO, body));
}

function keyShare(random: Random): Uint8Array {
  return join(u16(GROUP_X25519), vector(2, random.bytes(32)));
}

function alpnList(protocols: readonly string[]): Uint8Array {
  return vector(2, ...protocols.map((protocol) => vector(1, ascii(protocol))));
}

function extension(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return join(u16(type), vector(2, ...parts));
}

function handshake(type: number, body: Uint8Array): Uint8Array {
  return join(u8(type), vector(3, body));
}

function record(type: number, body: Uint8Array, version: number = TLS_1_2): Uint8Array {
  return join(u8(type), u16(version), vector(2, body));
}
