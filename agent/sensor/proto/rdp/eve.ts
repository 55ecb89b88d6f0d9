/**
 * The EVE `rdp` object of one item of the handshake. The cold path.
 */

import { eveText } from "../eve-text.js";
import { asciiOctets, hasPrefix, indexOfOctet } from "../octets.js";
import { describeClientData } from "./client-data.js";

export const RdpItem = {
  NONE: 0,
  CONNECTION_REQUEST: 1,
  CONNECTION_CONFIRM: 2,
  CONNECT_REQUEST: 3,
  CONNECT_RESPONSE: 4,
  TLS_CERTIFICATES: 5,
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

/** `[start, end)`: the X.224 TPDU. */
export function describeRdp(item: RdpItemCode, bytes: Uint8Array, start: number, end: number): EveObject {
  switch (item) {
    case RdpItem.CONNECTION_REQUEST:
      return { event_type: "initial_request", ...connectionRequest(bytes, start + X224_FIXED_BYTES, end) };
    case RdpItem.CONNECTION_CONFIRM:
      return { event_type: "initial_response", ...connectionConfirm(bytes, start + X224_FIXED_BYTES, end) };
    case RdpItem.CONNECT_REQUEST:
      return { event_type: "connect_request", ...describeClientData(bytes, start, end) };
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

function names(table: readonly (readonly [number, string])[], flags: number): string[] {
  return table.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
}
