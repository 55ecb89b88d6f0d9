/**
 * Owns the one way in which a value is written as bytes to be signed: JSON without white space, members in the order of their
 * names' code units, whole numbers only. Whoever reads checks that the bytes are exactly these, so that no two texts mean the
 * same and a name that stands twice, a number's other spelling or a comment has no place to hide.
 *
 * Refused: fractions, non-finite numbers, `undefined`, depth beyond MAX_DEPTH.
 */
const MAX_DEPTH = 16;

/**
 * The canonical bytes of a value.
 *
 * @throws RangeError where the value has no canonical form
 */
export function canonicalBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(write(value, 0));
}

/**
 * The value whose canonical bytes these are.
 *
 * @returns undefined where they are not the canonical bytes of any value
 */
export function parseCanonical(bytes: Uint8Array): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    return write(value, 0) === text ? value : undefined;
  } catch {
    return undefined;
  }
}

function write(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) throw new RangeError("too deep for canonical JSON");
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
      throw new RangeError(`${value} has no canonical form`);
    }
    return String(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(",")}]`;
  if (typeof value === "object") {
    const members = Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => `${JSON.stringify(name)}:${write(member, depth + 1)}`);
    return `{${members.join(",")}}`;
  }
  throw new RangeError(`a ${typeof value} has no canonical form`);
}
