/**
 * Owns how files of the agent's state come onto the disk: whole or not at all. A file is written under another name, synced, renamed,
 * and its folder synced; a folder is filled, synced and renamed. `step` is called at every point where a cut could fall, with its
 * name, so that a test can cut there.
 */
import {
  chownSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** Told the name of every step that has just been taken. */
export type Step = (name: string) => void;

/** Make the names in a folder durable. */
export function syncFolder(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Put a file in place of another, whole. */
export function replaceFile(path: string, content: Uint8Array | string, step: Step, name: string): void {
  const partial = `${path}.new`;
  const fd = openSync(partial, "w", 0o600);
  try {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at);
    step(`${name}-written`);
    fsyncSync(fd);
    step(`${name}-synced`);
  } finally {
    closeSync(fd);
  }
  renameSync(partial, path);
  step(`${name}-renamed`);
  syncFolder(dirname(path));
  step(`${name}-durable`);
}

/** A new file that grows, below a folder that is made where it is missing. */
export class NewFile {
  readonly #fd: number;

  constructor(folder: string, name: string) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#fd = openSync(path, "wx", 0o600);
  }

  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at, bytes.length - at);
  }

  /** Make it durable and close it. */
  end(): void {
    try {
      fsyncSync(this.#fd);
    } finally {
      closeSync(this.#fd);
    }
  }

  /** Close it as it is. */
  abandon(): void {
    closeSync(this.#fd);
  }
}

/**
 * The bytes of a regular file that nobody but root, this user and the owner of its folder (who could replace it) may write.
 *
 * @throws Error where it is missing, larger than `maxBytes` or somebody else's
 */
export function readOwned(path: string, maxBytes: number): Buffer {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const status = fstatSync(fd);
    if (!status.isFile()) throw new Error("it is no regular file");
    const trusted = [0, process.getuid?.(), statSync(dirname(path)).uid];
    if (!trusted.includes(status.uid)) throw new Error("it belongs to another user");
    if ((status.mode & 0o022) !== 0) throw new Error("others may write it");
    if (status.size > maxBytes) throw new Error(`it is larger than ${maxBytes} bytes`);
    const bytes = Buffer.alloc(status.size);
    let at = 0;
    while (at < bytes.length) {
      const count = readSync(fd, bytes, at, bytes.length - at, at);
      if (count === 0) break;
      at += count;
    }
    return bytes.subarray(0, at);
  } finally {
    closeSync(fd);
  }
}

/** Take a folder or file away, whether it is there or not. */
export function remove(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

/** Give everything below a folder to the owner of the folder that holds it: root may have worked in an agent's state. */
export function giveToOwner(path: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(dirname(path));
  if (uid === 0) return;
  chownSync(path, uid, gid);
  for (const name of readdirSync(path, { recursive: true, encoding: "utf8" }))
    chownSync(join(path, name), uid, gid);
}
