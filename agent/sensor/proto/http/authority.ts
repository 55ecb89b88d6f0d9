/**
 * Owns "host:port" as it stands in a Host header or in the URI of CONNECT, and the check of host names.
 *
 * libhtp lower-cases a name only where no port follows it; the names in absolute URIs are lower-cased by the
 * reader of URIs.
 */

import { isDigit } from "../octets.js";
import { COLON, isLinearSpace, isSpace } from "./octet-class.js";

const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const DOT = 0x2e;
const MAX_HOST_OCTETS = 255;
const MAX_LABEL_OCTETS = 63;
/** The longest text of an IPv6 address with its terminator. */
const MAX_IPV6_TEXT = 46;

export class Authority {
  /** The host, a slice of the bytes that were parsed; empty if there is none. */
  start = 0;
  end = 0;
  hasHost = false;
  hasPort = false;
  /** −1 if there is none or it is no port. */
  port = -1;
  isInvalid = false;

  /** Read `bytes[start, end)`. */
  parse(bytes: Uint8Array, start: number, end: number): void {
    this.hasHost = false;
    this.hasPort = false;
    this.port = -1;
    this.isInvalid = false;
    while (start < end && isSpace(bytes[start]!)) start++;
    while (end > start && isSpace(bytes[end - 1]!)) end--;
    this.start = start;
    this.end = start;
    if (start === end) {
      this.isInvalid = true;
      return;
    }
    if (bytes[start] === OPEN_BRACKET) {
      let close = start;
      while (close < end && bytes[close] !== CLOSE_BRACKET) close++;
      if (close === end) {
        this.isInvalid = true;
        return;
      }
      this.#setHost(start, close + 1);
      if (close + 1 === end) return;
      if (bytes[close + 1] === COLON) this.#readPort(bytes, close + 2, end);
      else this.isInvalid = true;
      return;
    }
    let colon = start;
    while (colon < end && bytes[colon] !== COLON) colon++;
    let hostEnd = colon;
    if (colon < end) {
      while (hostEnd > start && isSpace(bytes[hostEnd - 1]!)) hostEnd--;
    }
    this.#setHost(start, hostEnd);
    if (colon < end) this.#readPort(bytes, colon + 1, end);
  }

  #setHost(start: number, end: number): void {
    this.start = start;
    this.end = end;
    this.hasHost = true;
  }

  #readPort(bytes: Uint8Array, start: number, end: number): void {
    this.hasPort = true;
    this.port = parsePort(bytes, start, end);
    this.isInvalid = this.port < 0;
  }
}

/** The port in `bytes[start, end)`, spaces around it allowed, or −1. */
export function parsePort(bytes: Uint8Array, start: number, end: number): number {
  while (start < end && isLinearSpace(bytes[start]!)) start++;
  while (end > start && isLinearSpace(bytes[end - 1]!)) end--;
  if (start === end) return -1;
  let port = 0;
  for (let i = start; i < end; i++) {
    if (!isDigit(bytes[i]!)) return -1;
    port = port * 10 + (bytes[i]! - 0x30);
    if (port > 65535) return -1;
  }
  return port > 0 ? port : -1;
}

/** Whether `bytes[start, end)` is a host name, an IPv4 address or an IPv6 address in brackets. */
export function isHostName(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length === 0 || length > MAX_HOST_OCTETS) return false;
  if (bytes[start] === OPEN_BRACKET) return isIpv6Text(bytes, start + 1, end - 1);
  let at = start;
  while (at < end) {
    const label = at;
    for (; at < end && bytes[at] !== DOT; at++) {
      if (!isHostOctet(bytes[at]!)) return false;
    }
    if (at === label || at - label > MAX_LABEL_OCTETS) return false;
    if (at === end) return true;
    at++;
    if (at < end && bytes[at] === DOT) return false;
  }
  return true;
}

function isHostOctet(octet: number): boolean {
  const lower = octet | 0x20;
  return isDigit(octet) || (lower >= 0x61 && lower <= 0x7a) || octet === 0x2d || octet === 0x5f;
}

/** RFC 4291 2.2: eight groups, or fewer with one "::"; the last two may be an IPv4 address. */
function isIpv6Text(bytes: Uint8Array, start: number, end: number): boolean {
  if (end <= start || end - start >= MAX_IPV6_TEXT) return false;
  let groups = 0;
  let hasGap = false;
  let at = start;
  if (bytes[at] === COLON) {
    if (bytes[at + 1] !== COLON || at + 1 >= end) return false;
    at++;
  }
  while (at < end) {
    if (bytes[at] === COLON) {
      if (hasGap) return false;
      hasGap = true;
      at++;
      continue;
    }
    const group = at;
    while (at < end && isHexOctet(bytes[at]!)) at++;
    if (at < end && bytes[at] === DOT) {
      if (!isIpv4Text(bytes, group, end)) return false;
      groups += 2;
      at = end;
      break;
    }
    if (at === group || at - group > 4) return false;
    groups++;
    if (at === end) break;
    if (bytes[at] !== COLON) return false;
    at++;
    if (at === end) return false;
  }
  return hasGap ? groups < 8 : groups === 8;
}

function isHexOctet(octet: number): boolean {
  const lower = octet | 0x20;
  return isDigit(octet) || (lower >= 0x61 && lower <= 0x66);
}

function isIpv4Text(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  for (let part = 0; part < 4; part++) {
    const first = at;
    let value = 0;
    while (at < end && isDigit(bytes[at]!)) value = value * 10 + (bytes[at++]! - 0x30);
    const length = at - first;
    if (length === 0 || length > 3 || value > 255 || (length > 1 && bytes[first] === 0x30)) return false;
    if (part < 3 && bytes[at++] !== DOT) return false;
  }
  return at === end;
}
