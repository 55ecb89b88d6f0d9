/**
 * Owns text of the form `key=value key="quoted value"`, as most firewalls write it. Linear in the length of the line; of a key that
 * stands twice the first counts. Bound: MAX_PAIRS.
 */
const PAIR = /([A-Za-z0-9_.-]{1,64})=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s,;"']*))/g;
const MAX_PAIRS = 256;

export type KeyValues = ReadonlyMap<string, string>;

/** @param start where the pairs begin */
export function parseKeyValues(line: string, start = 0): KeyValues {
  const pairs = new Map<string, string>();
  PAIR.lastIndex = start;
  for (let count = 0; count < MAX_PAIRS; count++) {
    const pair = PAIR.exec(line);
    if (pair === null) break;
    const value = pair[2] ?? pair[3] ?? pair[4] ?? "";
    if (!pairs.has(pair[1]!)) pairs.set(pair[1]!, value);
  }
  return pairs;
}
