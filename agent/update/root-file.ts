/**
 * Owns the file of roots: the front of a bundle without its manifest. An operator keeps all roots in it, a box is given it once,
 * at installation. The first root is believed as it stands there, each further one as far as the one before has signed it.
 */
import { AgentError, reasonOf } from "../base/errors.js";
import { readOwned } from "../base/state-folder.js";
import { BUNDLE_MAGIC, bytesSource, MAX_ROOTS, taker } from "./bundle.js";
import { MAX_ROOT_BYTES, nextRoot, pinnedRoot, type TrustedRoot } from "./root-document.js";
import { badForm, readSigned } from "./signed-document.js";

/** A file of MAX_ROOTS roots with all their signatures. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;

/**
 * All roots of a file, the newest last.
 *
 * @throws AgentError where they are no chain
 */
export function readRoots(bytes: Uint8Array): TrustedRoot[] {
  const source = bytesSource(bytes);
  const take = taker(source);
  if (Buffer.from(take(BUNDLE_MAGIC.length)).toString("latin1") !== BUNDLE_MAGIC) {
    throw badForm("another kind of file");
  }
  const count = take(1)[0]!;
  if (count === 0 || count > MAX_ROOTS) throw badForm(`${count} roots`);
  const roots: TrustedRoot[] = [];
  for (let i = 0; i < count; i++) {
    const version = Buffer.from(take(4)).readUInt32BE();
    const signed = readSigned(take, MAX_ROOT_BYTES);
    const before = roots.at(-1);
    const root = before === undefined ? pinnedRoot(signed) : nextRoot(before, signed);
    if (root.root.version !== version) throw badForm("a root of another version");
    roots.push(root);
  }
  if (source.read(new Uint8Array(1)) !== 0) throw badForm("bytes behind the last root");
  return roots;
}

/**
 * The roots in the file at `path`.
 *
 * @throws AgentError where it cannot be read, others than root and this user may write it, or it holds no chain of roots
 */
export function readRootFile(path: string): TrustedRoot[] {
  let bytes: Uint8Array;
  try {
    bytes = readOwned(path, MAX_FILE_BYTES);
  } catch (error) {
    throw new AgentError(
      "error.rule_sets.root_unreadable",
      { path, reason: reasonOf(error) },
      { cause: error },
    );
  }
  return readRoots(bytes);
}
