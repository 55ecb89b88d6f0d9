/**
 * What a rule image is made from, as one hash: the engine's own code, the files of the rules, variables and options. Two loads
 * with the same key give the same image.
 *
 * Of a folder every file counts that may say something about rules (INPUT_NAMES), read or not; of a rule file it and the
 * configuration beside it. Data files that rules name are not known before they are parsed: see rule-cache.ts. Contents are
 * hashed through one buffer of BUFFER_BYTES, so nothing is left in memory.
 */
import { createHash, type Hash } from "node:crypto";
import { closeSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { AgentError, reasonOf } from "./base/errors.js";
import { shippedRulesFolder } from "./config/rule-files.js";

const BUFFER_BYTES = 1024 * 1024;
/** Names of files that are part of a rule set. */
const INPUT_NAMES = /\.(?:rules|config|conf|ya?ml|txt|list|csv|ioc)$/i;
const CONFIGURATION_NAMES = /\.(?:config|conf)$/i;
/** Folders of code from which rules are made and by which they are judged. */
const ENGINE_FOLDERS = ["base", "signature", "sensor"];

export interface RuleKey {
  /** SHA-256. */
  readonly key: Uint8Array;
  /** Bytes of all files that went into it. */
  readonly inputBytes: number;
}

/**
 * @param paths rule files and folders of them, in their order
 * @param policyFiles files that say more about the rules
 * @param settings everything else that decides what the rules mean
 * @throws AgentError where a path cannot be read
 */
export function ruleKey(
  paths: readonly string[],
  policyFiles: readonly string[],
  settings: unknown,
): RuleKey {
  const hash = createHash("sha256");
  hash.update(engineFingerprint());
  hash.update(`${JSON.stringify(settings)}\n`);
  const reader = new HashedFiles(hash);
  for (const path of paths) {
    hash.update(`${path}\n${resolve(path)}\n`);
    for (const file of inputFiles(path)) reader.add(file);
  }
  for (const file of policyFiles) reader.add(file);
  return { key: hash.digest(), inputBytes: reader.byteCount };
}

/** SHA-256 of one file in hexadecimal; undefined where it cannot be read. */
export function fileHash(path: string): string | undefined {
  const hash = createHash("sha256");
  try {
    new HashedFiles(hash).add(path);
  } catch {
    return undefined;
  }
  return hash.digest("hex");
}

let fingerprint: Uint8Array | undefined;

/**
 * Stands for the engine's code as it lies on disk: whatever an update changes, rules are compiled anew. By names, sizes and times
 * of the last change of inode (ctime, which no copy, archive or editor can set), as reading 460 files would cost every start five
 * times as much. A copy of the same code is another engine, which costs one compilation.
 */
export function engineFingerprint(): Uint8Array {
  if (fingerprint) return fingerprint;
  const here = dirname(fileURLToPath(import.meta.url));
  const hash = createHash("sha256");
  for (const folder of ENGINE_FOLDERS) hash.update(codeIn(join(here, folder)).sort().join("\n"));
  // Stands in where rules bring no classification of their own.
  new HashedFiles(hash).add(join(shippedRulesFolder(), "classification.config"), "classification.config");
  fingerprint = hash.digest();
  return fingerprint;
}

function codeIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return codeIn(path);
    if (!/\.[jt]s$/.test(path) || path.endsWith(".d.ts")) return [];
    const { size, ctimeMs } = statSync(path);
    return [`${path} ${size} ${ctimeMs}`];
  });
}

function inputFiles(path: string): string[] {
  try {
    const isFolder = statSync(path).isDirectory();
    const folder = isFolder ? path : dirname(path);
    const wanted = isFolder ? INPUT_NAMES : CONFIGURATION_NAMES;
    const beside = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith(".") && wanted.test(entry.name))
      .map(({ name }) => join(folder, name))
      .sort();
    return isFolder ? beside : [path, ...beside];
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Feeds files into a hash, each with its name and length, so that no two sets of files look alike. */
class HashedFiles {
  byteCount = 0;
  readonly #hash: Hash;

  constructor(hash: Hash) {
    this.#hash = hash;
  }

  add(path: string, name = path): void {
    let fd: number;
    try {
      fd = openSync(path, "r");
    } catch (error) {
      throw unreadable(path, error);
    }
    try {
      buffer ??= Buffer.allocUnsafe(BUFFER_BYTES);
      let length = 0;
      for (;;) {
        const count = readSync(fd, buffer);
        if (count === 0) break;
        this.#hash.update(buffer.subarray(0, count));
        length += count;
      }
      this.byteCount += length;
      this.#hash.update(`\n${name}\n${length}\n`);
    } catch (error) {
      throw unreadable(path, error);
    } finally {
      closeSync(fd);
    }
  }
}

let buffer: Buffer | undefined;

function unreadable(path: string, error: unknown): AgentError {
  const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
  return isMissing
    ? new AgentError("error.rules.missing", { path }, { cause: error })
    : new AgentError("error.rules.unreadable", { path, reason: reasonOf(error) }, { cause: error });
}
