/**
 * Values of lists as hashes. Each kind is brought into the one form in which traffic shows it: names in lower case without a
 * last dot, URLs as `host[:port]/path?query`, hashes in lower case without colons.
 *
 * Refused: what is no value of the kind, and values so wide that they would hit half the Internet (a whole top-level domain,
 * networks beyond MIN_PREFIX).
 */
import { parseAddress } from "../../base/address.js";
import { latin1Text } from "../../base/latin1.js";
import { lowerCase } from "../../sensor/proto/octets.js";
import { RuleError } from "../rule-error.js";
import type { IndicatorHash } from "./indicator-hash.js";
import { type IndicatorKind, IndicatorSpace } from "./indicator-kind.js";

const MAX_NAME = 253;
const MAX_LABEL = 63;
const MAX_URL = 8192;
const MIN_PREFIX = { 4: 8, 6: 16 } as const;
const DOT = 0x2e;
const COLON = 0x3a;
const UNDERSCORE = 0x5f;
const HYPHEN = 0x2d;

/** Lengths of networks that are listed: a look-up asks for these only. */
export interface PrefixLengths {
  readonly v4: Set<number>;
  readonly v6: Set<number>;
}

/**
 * Hash the value `bytes[start, end)` of a list. Returns its IndicatorSpace.
 *
 * @param isTree names mean everything below them as well
 * @throws RuleError where it is no such value
 */
export function hashIndicator(
  kind: IndicatorKind,
  bytes: Uint8Array,
  start: number,
  end: number,
  isTree: boolean,
  hash: IndicatorHash,
  prefixes: PrefixLengths,
): number {
  if (kind === "domain") return hashListedName(bytes, start, end, isTree, hash);
  const text = latin1Text(bytes, start, end - start);
  switch (kind) {
    case "ip":
      return hashListedNetwork(text, hash, prefixes);
    case "url":
      return hashListedUrl(text, hash);
    case "ja3":
      return hashDigest(text, /^[0-9a-f]{32}$/, IndicatorSpace.JA3, hash);
    case "ja4":
      return hashDigest(text, /^[tqd][0-9a-z]{9}_[0-9a-f]{12}_[0-9a-f]{12}$/, IndicatorSpace.JA4, hash);
    default: {
      const digest = text.replaceAll(":", "");
      const isSha1 = digest.length === 40;
      const space = isSha1 ? IndicatorSpace.CERTIFICATE_SHA1 : IndicatorSpace.CERTIFICATE_SHA256;
      return hashDigest(digest, isSha1 ? /^[0-9a-f]+$/ : /^[0-9a-f]{64}$/, space, hash);
    }
  }
}

/** `name`, `.name` or `*.name`, the last two with everything below. */
function hashListedName(
  bytes: Uint8Array,
  from: number,
  to: number,
  isTree: boolean,
  hash: IndicatorHash,
): number {
  let start = from;
  if (bytes[start] === 0x2a && bytes[start + 1] === DOT) start++;
  const hasDot = bytes[start] === DOT;
  if (hasDot) start++;
  const end = bytes[to - 1] === DOT ? to - 1 : to;
  const isWhole = isTree || hasDot;
  if (end - start > MAX_NAME || end <= start) throw new RuleError("not a domain name");
  hash.begin();
  let labelLength = 0;
  let labels = 1;
  for (let i = end - 1; i >= start; i--) {
    const byte = lowerCase(bytes[i]!);
    if (byte === DOT) {
      if (labelLength === 0) throw new RuleError("not a domain name: an empty part");
      labelLength = 0;
      labels++;
    } else if (!isNameByte(byte) || ++labelLength > MAX_LABEL) {
      throw new RuleError("not a domain name (other scripts are written as xn--…)");
    }
    hash.add(byte);
  }
  if (labelLength === 0) throw new RuleError("not a domain name: an empty part");
  if (isWhole && labels === 1) throw new RuleError("a whole top-level domain");
  const space = isWhole ? IndicatorSpace.DOMAIN_TREE : IndicatorSpace.DOMAIN;
  hash.finish(space);
  return space;
}

function isNameByte(byte: number): boolean {
  const isLetter = byte >= 0x61 && byte <= 0x7a;
  return isLetter || (byte >= 0x30 && byte <= 0x39) || byte === HYPHEN || byte === UNDERSCORE;
}

function hashListedNetwork(text: string, hash: IndicatorHash, prefixes: PrefixLengths): number {
  const slash = text.indexOf("/");
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (!address) throw new RuleError("not an address or network");
  const { version, words } = address;
  const bits = version === 4 ? 32 : 128;
  const prefix =
    slash < 0 ? bits : /^\d{1,3}$/.test(text.slice(slash + 1)) ? Number(text.slice(slash + 1)) : -1;
  if (prefix < 0 || prefix > bits) throw new RuleError("not an address or network");
  if (prefix < MIN_PREFIX[version]) throw new RuleError(`a network wider than /${MIN_PREFIX[version]}`);
  (version === 4 ? prefixes.v4 : prefixes.v6).add(prefix);
  hashNetwork(version, Uint32Array.from(words), prefix, hash);
  return IndicatorSpace.NETWORK;
}

/** Hash the network of length `prefix` that an address lies in; IPv4 stands in word 3. */
export function hashNetwork(version: number, words: Uint32Array, prefix: number, hash: IndicatorHash): void {
  hash.begin();
  hash.add(version);
  hash.add(prefix);
  if (version === 4) hash.addWord(masked(words[3]!, prefix));
  else for (let i = 0; i < 4; i++) hash.addWord(masked(words[i]!, prefix - i * 32));
  hash.finish(IndicatorSpace.NETWORK);
}

/** The first `bits` bits of a word. */
function masked(word: number, bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? word : (word & (-1 << (32 - bits))) >>> 0;
}

function hashListedUrl(text: string, hash: IndicatorHash): number {
  const match = /^(?:([a-z][a-z0-9+.-]*):\/\/)?([^/?#\s]+)([/?][^#\s]*)?(?:#\S*)?$/i.exec(text);
  if (!match || text.length > MAX_URL) throw new RuleError("not a URL");
  const [, scheme, authority, rest = "/"] = match;
  const host = authority!.slice(authority!.indexOf("@") + 1).toLowerCase();
  if (!/^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/.test(host)) throw new RuleError("not a URL: its host");
  if (scheme === undefined && match[3] === undefined) throw new RuleError("not a URL: a host without a path");
  const usual = scheme?.toLowerCase() === "https" ? ":443" : ":80";
  const place = host.endsWith(usual) ? host.slice(0, -usual.length) : host;
  const path = rest.startsWith("?") ? `/${rest}` : rest;
  hash.begin();
  for (const part of [place, path]) {
    for (let i = 0; i < part.length; i++) hash.add(part.charCodeAt(i));
  }
  hash.finish(IndicatorSpace.URL);
  return IndicatorSpace.URL;
}

function hashDigest(text: string, form: RegExp, space: number, hash: IndicatorHash): number {
  const digest = text.toLowerCase();
  if (!form.test(digest)) throw new RuleError("not such a hash");
  hash.begin();
  for (let i = 0; i < digest.length; i++) hash.add(digest.charCodeAt(i));
  hash.finish(space);
  return space;
}

/** Hash text of the traffic as lists of digests are hashed: lower case, without colons. */
export function hashDigestBytes(
  bytes: Uint8Array,
  offset: number,
  length: number,
  space: number,
  hash: IndicatorHash,
): void {
  hash.begin();
  for (let i = offset; i < offset + length; i++) {
    if (bytes[i] !== COLON) hash.add(lowerCase(bytes[i]!));
  }
  hash.finish(space);
}
