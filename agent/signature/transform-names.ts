import type { Transform } from "./signature.js";

/** Transforms of a buffer. */
export const TRANSFORM_NAMES = [
  "dotprefix",
  "to_lowercase",
  "to_uppercase",
  "strip_whitespace",
  "compress_whitespace",
  "url_decode",
  "to_md5",
  "to_sha1",
  "to_sha256",
  "xor",
  "strip_pseudo_headers",
  "header_lowercase",
  "pcrexform",
] as const;
export type TransformName = (typeof TRANSFORM_NAMES)[number];

/** The transform behind the buffer `file.magic`; no keyword. */
export const FILE_MAGIC_TRANSFORM = "file_magic";

/** Whether two chains of transforms do the same. */
export function isSameChain(a: readonly Transform[], b: readonly Transform[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  return a.every(({ name, argument }, i) => name === b[i]!.name && argument === b[i]!.argument);
}
