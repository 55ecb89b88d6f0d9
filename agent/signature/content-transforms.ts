/** Whether a content can stand in a buffer behind its transforms: one that a transform takes out of it is a mistake. */
import { RuleError } from "./rule-error.js";
import type { Transform } from "./signature.js";

type Test = (byte: number, before: number) => boolean;

const isBlank = (byte: number) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);

/** Bytes (with the one before) that a transform leaves nowhere. */
const REMOVED: Readonly<Record<string, Test>> = {
  to_lowercase: (byte) => byte >= 0x41 && byte <= 0x5a,
  to_uppercase: (byte) => byte >= 0x61 && byte <= 0x7a,
  strip_whitespace: isBlank,
  compress_whitespace: (byte, before) => isBlank(byte) && isBlank(before),
};

/** @throws RuleError where one of the transforms takes away what the pattern asks for; as in Suricata each is asked by itself */
export function checkTransformed(pattern: Uint8Array, transforms: readonly Transform[]): void {
  for (const { name } of transforms) {
    const isRemoved = REMOVED[name];
    if (isRemoved && pattern.some((byte, i) => isRemoved(byte, pattern[i - 1] ?? -1))) {
      throw new RuleError(`content: it has bytes that ${name} leaves nowhere in the buffer`);
    }
  }
}
