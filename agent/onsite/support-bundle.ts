/**
 * Owns what a support bundle holds and how it becomes one file: a tar archive made by the system's `tar`, readable by its owner
 * only, never over an existing file. It holds no traffic, no detection, no device card and no secret.
 *
 * Bounds: each part has 4 MiB at the most, the end of it is kept.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentError, reasonOf } from "../base/errors.js";
import { withoutCredentials } from "../base/without-credentials.js";
import type { Pseudonyms } from "./pseudonyms.js";

const MAX_PART_BYTES = 4 * 1024 * 1024;
const SECRET_KEY = /password|passphrase|secret|token|private_?key$|setup_?code/i;

export interface BundlePart {
  readonly file: string;
  readonly text: string;
}

/** A value without what nobody else may know: by the names of keys, and what stands in addresses of servers. */
export function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value === "string") return withoutCredentials(value);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => {
      // Where a secret lies is no secret, and often the mistake.
      const isPath = /_file$|File$/.test(key);
      const isSecret = SECRET_KEY.test(key) && !isPath && typeof part === "string";
      return [key, isSecret ? "***" : withoutSecrets(part)];
    }),
  );
}

/** Parts as they are written: cut, and with pseudonyms where they are wanted. */
export function preparedParts(parts: readonly BundlePart[], pseudonyms?: Pseudonyms): BundlePart[] {
  return parts.map(({ file, text }) => ({ file, text: pseudonyms?.replaceIn(lastOf(text)) ?? lastOf(text) }));
}

function lastOf(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_PART_BYTES) return text;
  return `[the beginning is left out]\n${bytes.subarray(-MAX_PART_BYTES).toString()}`;
}

/**
 * Write the parts into one archive.
 *
 * @returns its SHA-256 in hexadecimal
 * @throws AgentError where it cannot be written, or a file of that name is there
 */
export function writeBundle(target: string, parts: readonly BundlePart[]): string {
  if (existsSync(target)) throw new AgentError("error.support.exists", { file: target });
  const folder = mkdtempSync(join(tmpdir(), "sekisho-support-"));
  try {
    for (const { file, text } of parts) writeFileSync(join(folder, file), text, { mode: 0o600 });
    closeSync(openSync(target, "wx", 0o600));
    execFileSync("tar", ["-czf", target, "-C", folder, ...parts.map(({ file }) => file)], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    return createHash("sha256").update(readFileSync(target)).digest("hex");
  } catch (error) {
    if (error instanceof AgentError) throw error;
    throw new AgentError(
      "error.support.unwritable",
      { file: target, reason: reasonOf(error) },
      { cause: error },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
