/**
 * Owns NTLMSSP in session set-ups (MS-NLMP): who wants to log on, from where; and where a Kerberos ticket lies. The blob around
 * them (GSS-API, SPNEGO) is not parsed; the message is found by its signature.
 */

import { readUint16Le, readUint32Le } from "../../wire/little-endian.js";
import { asciiOctets, hasPrefix } from "../octets.js";
import { TextBuffer } from "../text-buffer.js";
import { setNarrowText, setWideText } from "./wide-text.js";

const SIGNATURE = asciiOctets("NTLMSSP\0");
const AUTHENTICATE = 3;
/** Up to and with the negotiated flags. */
const AUTHENTICATE_BYTES = 64;
const DOMAIN_AT = 28;
const USER_AT = 36;
const HOST_AT = 44;
const FLAGS_AT = 60;
const FLAG_UNICODE = 1;
const MAX_NAME_OCTETS = 128;
/** Kerberos 5 as GSS-API's mechanism 1.2.840.113554.1.2.2, and as Microsoft first wrote it. */
const KERBEROS = Uint8Array.of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02);
const MS_KERBEROS = Uint8Array.of(0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02);

/** Behind the mechanism: the token is an AP-REQ (RFC 4121, 4.1), of which this is the tag. */
const AP_REQUEST = Uint8Array.of(0x01, 0x00, 0x6e);
const TOKEN_ID_BYTES = 2;

export const LogOn = { NONE: 0, NTLMSSP: 1, MALFORMED: 2, KERBEROS: 3 } as const;
export type LogOnId = (typeof LogOn)[keyof typeof LogOn];

/** Names of the last AUTHENTICATE message. */
export class NtlmsspNames {
  hasNames = false;
  /** Where the message that was read last begins. */
  messageAt = 0;
  /** Where the AP-REQ of Kerberos begins; −1 without one. */
  ticketAt = -1;
  readonly domain = new TextBuffer(MAX_NAME_OCTETS, false);
  readonly user = new TextBuffer(MAX_NAME_OCTETS, false);
  readonly host = new TextBuffer(MAX_NAME_OCTETS, false);

  /** Look for a log-on in the security blob `bytes[start, end)`. */
  read(bytes: Uint8Array, start: number, end: number): LogOnId {
    let isKerberos = false;
    this.ticketAt = -1;
    for (let at = start; at < end; at++) {
      const octet = bytes[at];
      if (octet !== SIGNATURE[0] && octet !== KERBEROS[0]) continue;
      if (hasPrefix(bytes, at, end, SIGNATURE)) return this.#readMessage(bytes, at, end);
      if (!hasPrefix(bytes, at, end, KERBEROS) && !hasPrefix(bytes, at, end, MS_KERBEROS)) continue;
      isKerberos = true;
      const token = at + KERBEROS.length;
      if (this.ticketAt < 0 && hasPrefix(bytes, token, end, AP_REQUEST))
        this.ticketAt = token + TOKEN_ID_BYTES;
    }
    return isKerberos ? LogOn.KERBEROS : LogOn.NONE;
  }

  #readMessage(bytes: Uint8Array, at: number, end: number): LogOnId {
    this.messageAt = at;
    if (end - at < SIGNATURE.length + 4) return LogOn.MALFORMED;
    if (readUint32Le(bytes, at + SIGNATURE.length) !== AUTHENTICATE) return LogOn.NONE;
    if (end - at < AUTHENTICATE_BYTES) return LogOn.MALFORMED;
    const isWide = (bytes[at + FLAGS_AT]! & FLAG_UNICODE) !== 0;
    const isRead =
      readName(this.domain, bytes, at, end, DOMAIN_AT, isWide) &&
      readName(this.user, bytes, at, end, USER_AT, isWide) &&
      readName(this.host, bytes, at, end, HOST_AT, isWide);
    this.hasNames = isRead;
    return isRead ? LogOn.NTLMSSP : LogOn.MALFORMED;
  }
}

function readName(
  name: TextBuffer,
  bytes: Uint8Array,
  at: number,
  end: number,
  field: number,
  isWide: boolean,
): boolean {
  const length = readUint16Le(bytes, at + field);
  const start = at + readUint32Le(bytes, at + field + 4);
  name.clear();
  if (length === 0) return true;
  if (start + length > end) return false;
  if (isWide) setWideText(name, bytes, start, start + length);
  else setNarrowText(name, bytes, start, start + length);
  return true;
}
