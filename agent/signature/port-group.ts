import {
  complementIntervals,
  type IntervalSet,
  normaliseIntervals,
  subtractIntervals,
} from "./interval-set.js";
import { KnownTexts } from "./known-texts.js";
import { RuleError } from "./rule-error.js";
import { type GroupNode, parseGroup } from "./variables.js";

const MAX_PORT = 65535n;
export const ANY_PORT: IntervalSet = [[0n, MAX_PORT]];

/**
 * Ports that `text` means: numbers, `a:b` ranges (either end may be missing), lists, negation and variables.
 *
 * @throws RuleError for what cannot be read, and for a group that no port can be in
 */
export function parsePortGroup(text: string, groups: Readonly<Record<string, string>>): IntervalSet {
  return known.of(text, groups, () => readPortGroup(text, groups));
}

const known = new KnownTexts<IntervalSet>();

function readPortGroup(text: string, groups: Readonly<Record<string, string>>): IntervalSet {
  const ports = evaluate(parseGroup(text, groups));
  if (ports.length === 0) throw new RuleError(`no port can be in "${text.slice(0, 60)}"`);
  return ports;
}

function evaluate(node: GroupNode): IntervalSet {
  const inner = node.kind === "item" ? parseItem(node.text) : evaluateList(node.items);
  return node.isNegated ? complementIntervals(inner, MAX_PORT) : inner;
}

function evaluateList(items: readonly GroupNode[]): IntervalSet {
  const included: IntervalSet[] = [];
  const excluded: IntervalSet[] = [];
  for (const item of items) {
    (item.isNegated ? excluded : included).push(evaluate({ ...item, isNegated: false }));
  }
  const positive = included.length > 0 ? normaliseIntervals(included.flat()) : ANY_PORT;
  return subtractIntervals(positive, normaliseIntervals(excluded.flat()), MAX_PORT);
}

function parseItem(text: string): IntervalSet {
  if (/^any$/i.test(text)) return ANY_PORT;
  const match = /^(\d{1,5})?(\s*:\s*)?(\d{1,5})?$/.exec(text);
  if (!match || (match[1] === undefined && match[3] === undefined)) {
    throw new RuleError(`"${text}" is not a port`);
  }
  const isRange = match[2] !== undefined;
  const first = BigInt(match[1] ?? 0);
  const last = isRange ? BigInt(match[3] ?? MAX_PORT) : first;
  if (first > last || last > MAX_PORT) throw new RuleError(`"${text}" is not a port range`);
  return [[first, last]];
}
