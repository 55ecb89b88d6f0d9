import { asciiOctets, isDigit } from "../octets.js";

/** QUIC versions (RFC 9000, 9369; IETF drafts; Google QUIC) and what follows from them for Initial packets. */

export const VERSION_NEGOTIATION = 0;
export const QUIC_V1 = 0x00000001;
export const QUIC_V2 = 0x6b3343cf;
/** draft-ietf-quic-transport-23 and -34. */
const DRAFT_23 = 0xff000017;
const DRAFT_29 = 0xff00001d;
const DRAFT_33 = 0xff000021;
const DRAFT_34 = 0xff000022;
/** Facebook's mvfst, with the keys of draft 23. */
const MVFST_EXPERIMENT = 0xfaceb002;
/** `Q050`: the first Google version with encrypted Initials. */
const Q050 = 0x51303530;

/** Long header packet types, whatever their code is in a version. */
export const PacketType = {
  INITIAL: 0,
  ZERO_RTT: 1,
  HANDSHAKE: 2,
  RETRY: 3,
  VERSION_NEGOTIATION: 4,
  SHORT: 5,
} as const;
export type PacketTypeCode = (typeof PacketType)[keyof typeof PacketType];

/** What Initial keys are derived with (RFC 9001, 5.2; RFC 9369, 3.3). */
export interface InitialSecrets {
  readonly salt: Uint8Array;
  readonly keyLabel: Uint8Array;
  readonly ivLabel: Uint8Array;
  readonly headerProtectionLabel: Uint8Array;
}

const V1_SECRETS = secrets("38762cf7f55934b34d179ae6a4c80cadccbb7f0a", "quic");
const V2_SECRETS = secrets("0dede3def700a6db819381be6e269dcbf9bd2ed9", "quicv2");
const DRAFT_29_SECRETS = secrets("afbfec289993d24c9e9786f19c6111e04390a899", "quic");
const DRAFT_23_SECRETS = secrets("c3eef712c72ebb5a11a7d2432bb46365bef9f502", "quic");
const Q050_SECRETS = secrets("504574efd066fe2f9d945cfcdbd3a7f0d3b56b45", "quic");

/** How Initials of this version are encrypted; undefined where they are not, or nobody knows. */
export function initialSecrets(version: number): InitialSecrets | undefined {
  if (version === QUIC_V1 || version === DRAFT_33 || version === DRAFT_34) return V1_SECRETS;
  if (version === QUIC_V2) return V2_SECRETS;
  if (version >= DRAFT_29 && version < DRAFT_33) return DRAFT_29_SECRETS;
  if ((version >= DRAFT_23 && version < DRAFT_29) || version === MVFST_EXPERIMENT) return DRAFT_23_SECRETS;
  return version === Q050 ? Q050_SECRETS : undefined;
}

/** `Q` and three digits: Google's versions. */
export function isGoogleVersion(version: number): boolean {
  return version >>> 16 === 0x5130 && isDigit((version >>> 8) & 0xff) && isDigit(version & 0xff);
}

/** Google versions whose packets are in clear and whose connection id lengths share a byte: Q043 to Q046. */
export function isClearGoogleVersion(version: number): boolean {
  return version >= 0x51303433 && version <= 0x51303436;
}

/** Versions that exist to be refused (RFC 9000, 15): 0x?a?a?a?a. */
export function isReservedVersion(version: number): boolean {
  return ((version & 0x0f0f0f0f) ^ 0x0a0a0a0a) === 0;
}

/** The type of a long header packet by its first byte; −1 for a byte the version does not know. */
export function packetType(firstByte: number, version: number): PacketTypeCode | -1 {
  if (version === VERSION_NEGOTIATION) return PacketType.VERSION_NEGOTIATION;
  if (version >= 0x51303433 && version <= 0x51303435) {
    switch (firstByte & 0x7f) {
      case 0x7f:
        return PacketType.INITIAL;
      case 0x7e:
        return PacketType.RETRY;
      case 0x7d:
        return PacketType.HANDSHAKE;
      case 0x7c:
        return PacketType.ZERO_RTT;
      default:
        return -1;
    }
  }
  const code = (firstByte >>> 4) & 3;
  return (version === QUIC_V2 ? (code + 3) & 3 : code) as PacketTypeCode;
}

/** The text EVE `quic.version` has. */
export function quicVersionName(version: number): string {
  if (version === QUIC_V2) return "v2";
  const isNamed = version === 0x51303339 || isClearGoogleVersion(version);
  return isNamed ? `Q0${String.fromCharCode((version >>> 8) & 0xff, version & 0xff)}` : version.toString(16);
}

function secrets(saltHex: string, prefix: string): InitialSecrets {
  const salt = new Uint8Array(saltHex.length / 2);
  for (let i = 0; i < salt.length; i++) salt[i] = Number.parseInt(saltHex.slice(i * 2, i * 2 + 2), 16);
  return {
    salt,
    keyLabel: asciiOctets(`${prefix} key`),
    ivLabel: asciiOctets(`${prefix} iv`),
    headerProtectionLabel: asciiOctets(`${prefix} hp`),
  };
}
