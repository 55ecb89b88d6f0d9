/**
 * Owns the request methods libhtp knows. They decide where a pipelined request begins, and Suricata recognises
 * HTTP by them.
 */

import { asciiOctets, lowerCase } from "../octets.js";

export const Method = {
  UNKNOWN: 0,
  HEAD: 1,
  GET: 2,
  PUT: 3,
  POST: 4,
  CONNECT: 5,
  /** Any other known one. */
  OTHER: 6,
} as const;
export type MethodId = (typeof Method)[keyof typeof Method];

interface KnownMethod {
  readonly id: MethodId;
  readonly name: Uint8Array;
}

const KNOWN: readonly KnownMethod[] = [
  { id: Method.GET, name: asciiOctets("GET") },
  { id: Method.POST, name: asciiOctets("POST") },
  { id: Method.HEAD, name: asciiOctets("HEAD") },
  { id: Method.CONNECT, name: asciiOctets("CONNECT") },
  { id: Method.PUT, name: asciiOctets("PUT") },
  ...[
    "DELETE",
    "OPTIONS",
    "TRACE",
    "PATCH",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "VERSION-CONTROL",
    "CHECKOUT",
    "UNCHECKOUT",
    "CHECKIN",
    "UPDATE",
    "LABEL",
    "REPORT",
    "MKWORKSPACE",
    "MKACTIVITY",
    "BASELINE-CONTROL",
    "MERGE",
    "INVALID",
  ].map((name): KnownMethod => ({ id: Method.OTHER, name: asciiOctets(name) })),
];

/** The method `bytes[start, end)` names, case and all. */
export function methodOf(bytes: Uint8Array, start: number, end: number): MethodId {
  for (let i = 0; i < KNOWN.length; i++) {
    const { id, name } = KNOWN[i]!;
    if (name.length !== end - start) continue;
    let matched = 0;
    while (matched < name.length && bytes[start + matched] === name[matched]) matched++;
    if (matched === name.length) return id;
  }
  return Method.UNKNOWN;
}

/** How `bytes[start, end)` begins: 2 with a known method (in any case) and SP or HT, 1 as one might, 0 otherwise. */
export function startsWithMethod(bytes: Uint8Array, start: number, end: number): 0 | 1 | 2 {
  let best: 0 | 1 = 0;
  for (let i = 0; i < KNOWN.length; i++) {
    const { name } = KNOWN[i]!;
    let matched = 0;
    while (
      matched < name.length &&
      start + matched < end &&
      lowerCase(bytes[start + matched]!) === lowerCase(name[matched]!)
    ) {
      matched++;
    }
    if (start + matched === end) best = 1;
    else if (matched === name.length) {
      const next = bytes[start + matched];
      if (next === 0x20 || next === 0x09) return 2;
    }
  }
  return best;
}
