/**
 * Compiled rules on disk: beside the rules where that folder may be written, else in the folder the configuration gives. A file
 * is named by the key of what it was made from (rule-key.ts) and is only ever put in place whole: written under another name,
 * synced, renamed. What cannot be read, is damaged, belongs to somebody else or was made from other data files is passed over,
 * and the rules are compiled anew; trouble with writing costs only the next start its time.
 *
 * Bound: MAX_IMAGES files a folder, the least recently used go; each at most MAX_CACHED_BYTES.
 */
import { randomBytes } from "node:crypto";
import {
  accessSync,
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
  utimesSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { syncFolder } from "./base/state-folder.js";

/** Images kept in one folder: the one in use, the one before it, and one for other settings. */
const MAX_IMAGES = 3;
const MAX_CACHED_BYTES = 512 * 1024 * 1024;
const FOLDER_NAME = ".sekisho-cache";
const IMAGE_NAME = /^[0-9a-f]{64}\.image$/;
const PARTIAL_NAME = /\.partial$/;
/** A partial file this old was left behind by a process that was killed, milliseconds. */
const STALE_MS = 3_600_000;

/** An image that can be handed out piece by piece, each with its place. */
export interface ImageBytes {
  readonly byteLength: number;
  writeTo(write: (bytes: Uint8Array, at: number) => void): void;
}

export class RuleCache {
  readonly #folders: readonly string[];

  /**
   * @param paths rule files and folders
   * @param fallback used where the folder of the first path may not be written; undefined: no cache there
   */
  constructor(paths: readonly string[], fallback: string | undefined) {
    const folders = paths[0] === undefined ? [] : folderBeside(paths[0]);
    this.#folders = fallback === undefined ? folders : [...folders, fallback];
  }

  /** Bytes of the image with this key; undefined where there is none. They are not checked yet. */
  read(key: Uint8Array): SharedArrayBuffer | undefined {
    for (const folder of this.#folders) {
      const path = join(folder, imageName(key));
      const bytes = readOwnFile(path);
      if (bytes === undefined) continue;
      quietly(() => utimesSync(path, new Date(), new Date()));
      return bytes;
    }
    return undefined;
  }

  /** Keep an image in the first folder that takes it; false where none does. It is written piece by piece. */
  write(key: Uint8Array, image: ImageBytes): boolean {
    if (image.byteLength > MAX_CACHED_BYTES) return false;
    return this.#folders.some((folder) => {
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        writeWhole(folder, imageName(key), image);
        sweep(folder);
        return true;
      } catch {
        return false;
      }
    });
  }

  /** Take away an image that turned out not to be usable. */
  remove(key: Uint8Array): void {
    for (const folder of this.#folders) {
      quietly(() => rmSync(join(folder, imageName(key)), { force: true }));
    }
  }
}

/** A folder marked read-only is left alone even by root, who could write to it. */
function folderBeside(path: string): string[] {
  try {
    const folder = statSync(path).isDirectory() ? path : dirname(path);
    accessSync(folder, constants.W_OK);
    return (statSync(folder).mode & 0o222) === 0 ? [] : [join(folder, FOLDER_NAME)];
  } catch {
    return [];
  }
}

function imageName(key: Uint8Array): string {
  return `${Buffer.from(key).toString("hex")}.image`;
}

/** A regular file of this user or of root; rules decide what is seen, so nobody else may hand us any. */
function readOwnFile(path: string): SharedArrayBuffer | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    const { size, uid } = fstatSync(fd);
    const isOwn = uid === 0 || uid === process.getuid?.();
    if (!fstatSync(fd).isFile() || !isOwn || size > MAX_CACHED_BYTES) return undefined;
    const image = new SharedArrayBuffer(size);
    const bytes = new Uint8Array(image);
    for (let at = 0; at < size; ) {
      const count = readSync(fd, bytes, at, size - at, at);
      if (count === 0) return undefined;
      at += count;
    }
    return image;
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function writeWhole(folder: string, name: string, image: ImageBytes): void {
  const partial = join(folder, `${randomBytes(8).toString("hex")}.partial`);
  const fd = openSync(partial, "wx", 0o600);
  try {
    image.writeTo((bytes, place) => {
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at, place + at);
    });
    fsyncSync(fd);
  } catch (error) {
    quietly(() => rmSync(partial, { force: true }));
    throw error;
  } finally {
    closeSync(fd);
  }
  renameSync(partial, join(folder, name));
  syncFolder(folder);
}

/** Take away all but the newest images, and what killed processes left. */
function sweep(folder: string): void {
  const files = readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    try {
      return [{ name, path, usedMs: statSync(path).mtimeMs }];
    } catch {
      return [];
    }
  });
  const images = files.filter(({ name }) => IMAGE_NAME.test(name)).sort((a, b) => b.usedMs - a.usedMs);
  const newestMs = images[0]?.usedMs ?? 0;
  const stale = files.filter(({ name, usedMs }) => PARTIAL_NAME.test(name) && usedMs < newestMs - STALE_MS);
  for (const { path } of [...images.slice(MAX_IMAGES), ...stale]) {
    quietly(() => rmSync(path, { force: true }));
  }
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // The cache is a convenience: whatever fails here costs time, never rules.
  }
}
