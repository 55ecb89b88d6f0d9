import { parseAddress } from "../base/address.js";
import { type IntervalSet, normaliseIntervals, subtractIntervals } from "./interval-set.js";
import { KnownTexts } from "./known-texts.js";
import { RuleError } from "./rule-error.js";
import { type GroupNode, parseGroup } from "./variables.js";

const MAX_V4 = (1n << 32n) - 1n;
const MAX_V6 = (1n << 128n) - 1n;

/** Addresses of a rule header, one set per IP version. */
export interface AddressGroup {
  readonly v4: IntervalSet;
  readonly v6: IntervalSet;
  /** Addresses are taken out of it. */
  readonly isNegated?: boolean;
}

export const ANY_ADDRESS: AddressGroup = { v4: [[0n, MAX_V4]], v6: [[0n, MAX_V6]] };

/**
 * Addresses that `text` means: single ones, CIDR networks, `a-b` ranges, lists, negation and variables. The positive
 * items of a list are joined and the negated ones taken out. As in Suricata, IPv4 and IPv6 are kept apart: where a
 * list has only negated items of one version it starts from every address of that version, and where it has none of
 * a version no address of that version is meant (`!10.0.0.0/8` says nothing about IPv6).
 *
 * @throws RuleError for what cannot be read, and for a group that no address can be in (as Suricata refuses)
 */
export function parseAddressGroup(text: string, groups: Readonly<Record<string, string>>): AddressGroup {
  return known.of(text, groups, () => readAddressGroup(text, groups));
}

const known = new KnownTexts<AddressGroup>();

function readAddressGroup(text: string, groups: Readonly<Record<string, string>>): AddressGroup {
  const group = evaluate(parseGroup(text, groups));
  if (group.v4.length === 0 && group.v6.length === 0) {
    throw new RuleError(`no address can be in "${text.slice(0, 60)}"`);
  }
  return group;
}

function evaluate(node: GroupNode): AddressGroup {
  if (node.isNegated) return evaluateList([node]);
  return node.kind === "item" ? parseItem(node.text) : evaluateList(node.items);
}

function evaluateList(items: readonly GroupNode[]): AddressGroup {
  const included: AddressGroup[] = [];
  const excluded: AddressGroup[] = [];
  let isNegated = false;
  for (const item of items) {
    const group = item.kind === "item" ? parseItem(item.text) : evaluateList(item.items);
    if (item.isNegated) excluded.push(group);
    else included.push(group);
    if (item.isNegated || group.isNegated === true) isNegated = true;
  }
  return {
    v4: without(joined(included, "v4"), joined(excluded, "v4"), MAX_V4),
    v6: without(joined(included, "v6"), joined(excluded, "v6"), MAX_V6),
    isNegated,
  };
}

function joined(groups: readonly AddressGroup[], version: "v4" | "v6"): IntervalSet {
  const only = groups[0];
  if (only !== undefined && groups.length === 1) return only[version];
  const ranges: IntervalSet[number][] = [];
  for (const group of groups) {
    for (const range of group[version]) ranges.push(range);
  }
  return normaliseIntervals(ranges);
}

function without(included: IntervalSet, excluded: IntervalSet, max: bigint): IntervalSet {
  if (excluded.length === 0) return included;
  return subtractIntervals(included.length === 0 ? [[0n, max]] : included, excluded, max);
}

function parseItem(text: string): AddressGroup {
  if (/^any$/i.test(text)) return ANY_ADDRESS;
  const dash = text.indexOf("-");
  if (dash > 0) {
    const first = parseNumber(text.slice(0, dash));
    const last = parseNumber(text.slice(dash + 1));
    if (first.version !== last.version || first.value > last.value) {
      throw new RuleError(`"${text}" is not an address range`);
    }
    return ofVersion(first.version, first.value, last.value);
  }
  const slash = text.indexOf("/");
  if (slash < 0) {
    const { version, value } = parseNumber(text);
    return ofVersion(version, value, value);
  }
  const { version, value } = parseNumber(text.slice(0, slash));
  const bits = version === 4 ? 32 : 128;
  const prefix = prefixLength(text.slice(slash + 1), bits, text);
  const hostMask = (1n << BigInt(bits - prefix)) - 1n;
  const first = value & ~hostMask;
  return ofVersion(version, first, first | hostMask);
}

function prefixLength(text: string, bits: number, whole: string): number {
  if (bits === 32 && text.includes(".")) {
    const mask = parseNumber(text).value;
    const ones = mask.toString(2).padStart(32, "0");
    if (/^1*0*$/.test(ones)) return ones.lastIndexOf("1") + 1;
  } else if (/^\d{1,3}$/.test(text) && Number(text) <= bits) {
    return Number(text);
  }
  throw new RuleError(`"${whole}" is not a network`);
}

function parseNumber(text: string): { version: 4 | 6; value: bigint } {
  const address = parseAddress(text.trim());
  if (!address) throw new RuleError(`"${text}" is not an address`);
  const value = address.words.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
  return { version: address.version, value };
}

/** The range of an address or network in one text, undefined where it is none. */
export function networkOf(text: string): { version: "v4" | "v6"; first: bigint; last: bigint } | undefined {
  try {
    const { v4, v6 } = parseItem(text);
    const [range, ...others] = [...v4, ...v6];
    if (range === undefined || others.length > 0) return undefined;
    return { version: v4.length > 0 ? "v4" : "v6", first: range[0], last: range[1] };
  } catch (error) {
    if (error instanceof RuleError) return undefined;
    throw error;
  }
}

function ofVersion(version: 4 | 6, first: bigint, last: bigint): AddressGroup {
  return version === 4 ? { v4: [[first, last]], v6: [] } : { v4: [], v6: [[first, last]] };
}
