/**
 * Owns the fields of EVE `smb` that only one kind of record has: negotiation, log-on, tree connect, create. Each function
 * reads one record `bytes[at, end)` of SMB 1 or 2 and returns what it adds to its transaction. Cold: makes strings.
 */

import { readUint16Le, readUint32Le } from "../../wire/little-endian.js";
import { eveText } from "../eve-text.js";
import { KrbMessage } from "../krb5/message.js";
import { TextBuffer } from "../text-buffer.js";
import { smbDialectName } from "./names.js";
import { LogOn, NtlmsspNames } from "./ntlmssp.js";
import { setNarrowText, setWideText } from "./wide-text.js";

export type Eve = Record<string, unknown>;

const MAX_TEXT_OCTETS = 1024;
/** Dialects of one negotiation; SMB 2 has seven, Windows offers SMB 1 in twelve ways. */
const MAX_DIALECTS = 64;
const OPTION_DIRECTORY = 0x1;
const OPTION_DELETE_ON_CLOSE = 0x1000;
const DISPOSITIONS: readonly string[] = [
  "FILE_SUPERSEDE",
  "FILE_OPEN",
  "FILE_CREATE",
  "FILE_OPEN_IF",
  "FILE_OVERWRITE",
  "FILE_OVERWRITE_IF",
];
const SHARE_TYPES: Readonly<Record<number, string>> = { 1: "FILE", 2: "PIPE", 3: "PRINT" };
/** 1601-01-01 to 1970-01-01 in seconds. */
const FILETIME_EPOCH_S = 11_644_473_600;
const NTLM_VERSION_AT = 64;
const NTLM_FLAGS_AT = 60;
const NTLM_FLAG_VERSION = 0x0200_0000;

const scratch = new TextBuffer(MAX_TEXT_OCTETS);

/** Text at `start`, up to its NUL or `end`. */
export function textAt(bytes: Uint8Array, start: number, end: number, isWide: boolean): string {
  const stop = Math.min(end, bytes.length);
  if (isWide) setWideText(scratch, bytes, start, stop);
  else setNarrowText(scratch, bytes, start, stop);
  return eveText(scratch.bytes, 0, scratch.length);
}

/** Behind the NUL of the text at `start`. */
export function behindText(bytes: Uint8Array, start: number, end: number, isWide: boolean): number {
  const step = isWide ? 2 : 1;
  let at = start;
  while (at + step <= end && (bytes[at] !== 0 || (isWide && bytes[at + 1] !== 0))) at += step;
  return Math.min(at + step, end);
}

/** A path of SMB 1 without its first backslash, as Suricata keeps it. */
export function treePath(path: string): string {
  return path.length > 1 ? path.slice(1) : path;
}

/** `0x02 name NUL` each, behind the byte count at `data - 2`. */
export function dialects1(bytes: Uint8Array, data: number, end: number): string[] {
  const dialects: string[] = [];
  let at = data;
  while (at < end && bytes[at] === 2 && dialects.length < MAX_DIALECTS) {
    dialects.push(textAt(bytes, at + 1, end, false));
    at = behindText(bytes, at + 1, end, false);
  }
  return dialects;
}

export function negotiate2Request(bytes: Uint8Array, body: number, end: number): Eve {
  if (end - body < 36) return {};
  const dialects: string[] = [];
  const count = Math.min(readUint16Le(bytes, body + 2), MAX_DIALECTS);
  for (let i = 0; i < count && body + 38 + 2 * i <= end; i++) {
    dialects.push(smbDialectName(readUint16Le(bytes, body + 36 + 2 * i)));
  }
  return { client_dialects: dialects, client_guid: guidText(bytes, body + 12) };
}

export function negotiate2Response(bytes: Uint8Array, body: number, end: number): Eve {
  if (end - body < 40) return {};
  return {
    server_guid: guidText(bytes, body + 8),
    max_read_size: readUint32Le(bytes, body + 32),
    max_write_size: readUint32Le(bytes, body + 36),
  };
}

/** Who logs on, where the security blob `bytes[start, end)` says so. */
export function logOnFields(bytes: Uint8Array, start: number, end: number): Eve {
  const names = new NtlmsspNames();
  const logOn = names.read(bytes, start, end);
  if (logOn === LogOn.KERBEROS) return { kerberos: ticketFields(bytes, names.ticketAt, end) };
  if (logOn !== LogOn.NTLMSSP) return {};
  const text = (name: TextBuffer): string => eveText(name.bytes, 0, name.length);
  const version = ntlmVersion(bytes, names.messageAt, end);
  return {
    ntlmssp: {
      domain: text(names.domain),
      user: text(names.user),
      host: text(names.host),
      ...(version === undefined ? {} : { version }),
    },
  };
}

/** Realm and service of the Kerberos ticket at `start`, as far as it is there. */
function ticketFields(bytes: Uint8Array, start: number, end: number): Eve {
  const krb = new KrbMessage();
  if (start < 0 || !krb.readServiceTicket(bytes, start, end)) return {};
  const { offset, length, count } = krb.sname;
  const snames = Array.from({ length: count }, (_, i) => eveText(bytes, offset[i]!, length[i]!));
  return { realm: eveText(bytes, krb.realmOffset, krb.realmLength), snames };
}

function ntlmVersion(bytes: Uint8Array, at: number, end: number): string | undefined {
  const hasVersion = (readUint32Le(bytes, at + NTLM_FLAGS_AT) & NTLM_FLAG_VERSION) !== 0;
  const version = at + NTLM_VERSION_AT;
  if (!hasVersion || version + 8 > end) return undefined;
  const build = readUint16Le(bytes, version + 2);
  return `${bytes[version]}.${bytes[version + 1]} build ${build} rev ${bytes[version + 7]}`;
}

export function shareType(type: number): string {
  return SHARE_TYPES[type] ?? "UNKNOWN";
}

/** What a create asks for; its answer fills in the rest. */
export function createRequest(name: string, disposition: number, options: number): Eve {
  const isDirectory = (options & OPTION_DIRECTORY) !== 0;
  return {
    ...(name === "" ? { filename: "<share_root>" } : isDirectory ? { directory: name } : { filename: name }),
    disposition: DISPOSITIONS[disposition] ?? "UNKNOWN",
    access: (options & OPTION_DELETE_ON_CLOSE) !== 0 ? "delete on close" : "normal",
    created: 0,
    accessed: 0,
    modified: 0,
    changed: 0,
    size: 0,
    fuid: "",
  };
}

/** Four times of eight octets each at `times`; the size at `size`. */
export function createResponse(bytes: Uint8Array, times: number, size: number, fuid: string): Eve {
  return {
    created: unixSeconds(bytes, times),
    accessed: unixSeconds(bytes, times + 8),
    modified: unixSeconds(bytes, times + 16),
    changed: unixSeconds(bytes, times + 24),
    size: readUint32Le(bytes, size) + readUint32Le(bytes, size + 4) * 2 ** 32,
    fuid,
  };
}

/** FILETIME: units of 100 ns since 1601; 0 is no time. */
function unixSeconds(bytes: Uint8Array, at: number): number {
  const ticks = readUint32Le(bytes, at) + readUint32Le(bytes, at + 4) * 2 ** 32;
  return ticks === 0 ? 0 : Math.max(0, Math.floor(ticks / 1e7) - FILETIME_EPOCH_S);
}

/** 16 octets in the order in which Suricata writes them: parts of 4, 2, 2, 2 and 6 octets, turned around but for the middle. */
export function guidText(bytes: Uint8Array, at: number): string {
  const hex = (...order: readonly number[]): string =>
    order.map((i) => bytes[at + i]!.toString(16).padStart(2, "0")).join("");
  return [hex(3, 2, 1, 0), hex(5, 4), hex(7, 6), hex(9, 8), hex(11, 10, 15, 14, 13, 12)].join("-");
}
