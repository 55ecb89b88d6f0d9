/** Numbers of the TLS and SSL protocols (RFC 5246, 8446, 6066, 6520; SSLv2 draft) and how Suricata names versions. */

export const RecordType = {
  CHANGE_CIPHER_SPEC: 20,
  ALERT: 21,
  HANDSHAKE: 22,
  APPLICATION_DATA: 23,
  HEARTBEAT: 24,
} as const;

export const RECORD_HEADER_BYTES = 5;
/** Longest record body Suricata takes: 2^14 and 1,024 of expansion. */
export const MAX_RECORD_BYTES = 16384 + 1024;

export const HandshakeType = {
  HELLO_REQUEST: 0,
  CLIENT_HELLO: 1,
  SERVER_HELLO: 2,
  NEW_SESSION_TICKET: 4,
  CERTIFICATE: 11,
  SERVER_KEY_EXCHANGE: 12,
  CERTIFICATE_REQUEST: 13,
  SERVER_HELLO_DONE: 14,
  CERTIFICATE_VERIFY: 15,
  CLIENT_KEY_EXCHANGE: 16,
  FINISHED: 20,
  CERTIFICATE_URL: 21,
  CERTIFICATE_STATUS: 22,
} as const;

export const HANDSHAKE_HEADER_BYTES = 4;

export const Extension = {
  SERVER_NAME: 0,
  SUPPORTED_GROUPS: 10,
  EC_POINT_FORMATS: 11,
  SIGNATURE_ALGORITHMS: 13,
  ALPN: 16,
  SESSION_TICKET: 35,
  EARLY_DATA: 42,
  SUPPORTED_VERSIONS: 43,
} as const;

export const Sslv2Type = { ERROR: 0, CLIENT_HELLO: 1, CLIENT_MASTER_KEY: 2, SERVER_HELLO: 4 } as const;

export const SSL_2 = 0x0200;
export const SSL_3 = 0x0300;
export const TLS_1_0 = 0x0301;
export const TLS_1_1 = 0x0302;
export const TLS_1_2 = 0x0303;
export const TLS_1_3 = 0x0304;
/** What Suricata files drafts before 16 under, which said 0x0304 or 0x7f01 to 0x7f0f in the hello itself. */
export const TLS_1_3_BEFORE_DRAFT_16 = 0x7f01;

/** Handshake messages Suricata knows; others are an event. */
export function isKnownMessage(type: number): boolean {
  return (
    type <= HandshakeType.SERVER_HELLO ||
    type === HandshakeType.NEW_SESSION_TICKET ||
    (type >= HandshakeType.CERTIFICATE && type <= HandshakeType.CLIENT_KEY_EXCHANGE) ||
    (type >= HandshakeType.FINISHED && type <= HandshakeType.CERTIFICATE_STATUS)
  );
}

/** Versions Suricata accepts in a record: SSL 3 to TLS 1.3, its drafts (0x7fNN) and Facebook's (0xfbNN). */
export function isKnownVersion(version: number): boolean {
  if (version >= SSL_3 && version <= TLS_1_3) return true;
  const draft = version & 0xff;
  if (version >>> 8 === 0x7f) return draft === 1 || (draft >= 16 && draft <= 28);
  return version >>> 8 === 0xfb && ((draft >= 0x14 && draft <= 0x17) || draft === 0x1a);
}

/** Suricata's text for a version, as EVE `tls.version` has it. */
export function versionName(version: number): string {
  switch (version) {
    case 0:
      return "UNDETERMINED";
    case SSL_2:
      return "SSLv2";
    case SSL_3:
      return "SSLv3";
    case TLS_1_0:
      return "TLSv1";
    case TLS_1_1:
      return "TLS 1.1";
    case TLS_1_2:
      return "TLS 1.2";
    case TLS_1_3:
      return "TLS 1.3";
    case TLS_1_3_BEFORE_DRAFT_16:
      return "TLS 1.3 draft-<16";
    default:
      if (!isKnownVersion(version)) return `0x${version.toString(16).padStart(4, "0")}`;
      return `TLS 1.3 draft-${version & 0xff}${version >>> 8 === 0xfb ? "-fb" : ""}`;
  }
}

/** Values clients sprinkle in to keep servers tolerant (RFC 8701): 0x0a0a, 0x1a1a … 0xfafa. */
export function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >>> 8 === (value & 0xff);
}

/** Steps of the handshake as `ssl_state` names them, as bits. NONE: encrypted records follow. */
export const TlsStep = {
  NONE: 0,
  CLIENT_HELLO: 1,
  SERVER_HELLO: 2,
  CLIENT_KEY_EXCHANGE: 4,
  SERVER_KEY_EXCHANGE: 8,
  UNKNOWN: 16,
} as const;
