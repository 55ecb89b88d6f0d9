/**
 * The EVE `rdp` object of one item of the handshake. Of the client's data only what tells the device: name, screen,
 * channels. The cold path.
 */

import { eveText } from "../eve-text.js";
import { asciiOctets, hasPrefix, indexOfOctet } from "../octets.js";

export const RdpItem = {
  NONE: 0,
  CONNECTION_REQUEST: 1,
  CONNECTION_CONFIRM: 2,
  CONNECT_REQUEST: 3,
  CONNECT_RESPONSE: 4,
} as const;
export type RdpItemCode = (typeof RdpItem)[keyof typeof RdpItem];

type EveObject = Record<string, unknown>;

const COOKIE = asciiOctets("Cookie: mstshash=");
/** Where the fixed part of an X.224 connection TPDU ends. */
const X224_FIXED_BYTES = 7;
const CR = 0x0d;

const NEGOTIATION_BYTES = 8;
const NEGOTIATION_REQUEST = 1;
const NEGOTIATION_RESPONSE = 2;
const NEGOTIATION_FAILURE = 3;

const REQUEST_FLAGS: readonly (readonly [number, string])[] = [
  [1, "restricted_admin_mode_required"],
  [2, "redirected_authentication_mode_required"],
  [8, "correlation_info_present"],
];
const RESPONSE_FLAGS: readonly (readonly [number, string])[] = [
  [1, "extended_client_data"],
  [2, "dynvc_gfx"],
  [8, "restricted_admin"],
  [16, "redirected_authentication"],
];
const PROTOCOLS: Readonly<Record<number, string>> = {
  0: "rdp",
  1: "ssl",
  2: "hybrid",
  4: "rds_tls",
  8: "hybrid_ex",
};
const FAILURES: readonly string[] = [
  "",
  "ssl required by server",
  "ssl not allowed by server",
  "ssl cert not on server",
  "inconsistent flags",
  "hybrid required by server",
  "ssl with user auth required by server",
];

/** In front of the client's data blocks in the T.124 conference request. */
const CLIENT_DATA_KEY = asciiOctets("Duca");
const BLOCK_CORE = 0xc001;
const BLOCK_NETWORK = 0xc003;
const CORE_NAME_AT = 24;
const CORE_NAME_BYTES = 32;
const CHANNEL_NAME_BYTES = 8;
const MAX_CHANNELS = 31;

/** `[start, end)`: the X.224 TPDU. */
export function describeRdp(item: RdpItemCode, bytes: Uint8Array, start: number, end: number): EveObject {
  switch (item) {
    case RdpItem.CONNECTION_REQUEST:
      return { event_type: "initial_request", ...connectionRequest(bytes, start + X224_FIXED_BYTES, end) };
    case RdpItem.CONNECTION_CONFIRM:
      return { event_type: "initial_response", ...connectionConfirm(bytes, start + X224_FIXED_BYTES, end) };
    case RdpItem.CONNECT_REQUEST:
      return { event_type: "connect_request", ...clientData(bytes, start, end) };
    case RdpItem.CONNECT_RESPONSE:
      return { event_type: "connect_response" };
    default:
      return {};
  }
}

function connectionRequest(bytes: Uint8Array, from: number, end: number): EveObject {
  const described: EveObject = {};
  let at = from;
  if (hasPrefix(bytes, at, end, COOKIE)) {
    const name = at + COOKIE.length;
    const lineEnd = indexOfOctet(bytes, CR, name, end);
    if (lineEnd < 0) return described;
    described.cookie = eveText(bytes, name, lineEnd - name);
    at = lineEnd + 2;
  }
  if (at + NEGOTIATION_BYTES > end || bytes[at] !== NEGOTIATION_REQUEST) return described;
  const flags = names(REQUEST_FLAGS, bytes[at + 1]!);
  if (flags.length > 0) described.flags = flags;
  return described;
}

function connectionConfirm(bytes: Uint8Array, at: number, end: number): EveObject {
  if (at + NEGOTIATION_BYTES > end) return {};
  const value = bytes[at + 4]!;
  if (bytes[at] === NEGOTIATION_FAILURE) return { error_code: value, reason: FAILURES[value] ?? "unknown" };
  if (bytes[at] !== NEGOTIATION_RESPONSE) return {};
  const supports = names(RESPONSE_FLAGS, bytes[at + 1]!);
  const protocol = PROTOCOLS[value] ?? "unknown";
  return supports.length > 0 ? { server_supports: supports, protocol } : { protocol };
}

function clientData(bytes: Uint8Array, start: number, end: number): EveObject {
  let at = start;
  while (at < end && !hasPrefix(bytes, at, end, CLIENT_DATA_KEY)) at++;
  at += CLIENT_DATA_KEY.length;
  if (at >= end) return {};
  // A PER length of one or two bytes, then blocks of type and length, little-endian.
  at += (bytes[at]! & 0x80) === 0 ? 1 : 2;
  const described: EveObject = {};
  while (at + 4 <= end) {
    const length = littleEndian16(bytes, at + 2);
    if (length < 4 || at + length > end) break;
    const type = littleEndian16(bytes, at);
    if (type === BLOCK_CORE && length >= CORE_NAME_AT + CORE_NAME_BYTES) {
      const client: EveObject = {
        desktop_width: littleEndian16(bytes, at + 8),
        desktop_height: littleEndian16(bytes, at + 10),
      };
      const name = utf16Text(bytes, at + CORE_NAME_AT, CORE_NAME_BYTES);
      if (name !== "") client.client_name = name;
      described.client = client;
    } else if (type === BLOCK_NETWORK && length >= 8) {
      described.channels = channelNames(bytes, at + 8, at + length);
    }
    at += length;
  }
  return described;
}

/** Twelve bytes each: a name of eight, then options. */
function channelNames(bytes: Uint8Array, from: number, end: number): string[] {
  const channels: string[] = [];
  for (let at = from; at + 12 <= end && channels.length < MAX_CHANNELS; at += 12) {
    const zero = indexOfOctet(bytes, 0, at, at + CHANNEL_NAME_BYTES);
    channels.push(eveText(bytes, at, zero < 0 ? CHANNEL_NAME_BYTES : zero - at));
  }
  return channels;
}

function names(table: readonly (readonly [number, string])[], flags: number): string[] {
  return table.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
}

function littleEndian16(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

/** UTF-16LE up to a zero character. */
function utf16Text(bytes: Uint8Array, at: number, length: number): string {
  let text = "";
  for (let i = 0; i + 1 < length; i += 2) {
    const unit = littleEndian16(bytes, at + i);
    if (unit === 0) break;
    text += String.fromCharCode(unit);
  }
  return text;
}
