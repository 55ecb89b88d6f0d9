/**
 * Owns a file of lines that a collector on the box reads: appended, and changed when it is full: PATH becomes PATH.1, that PATH.2, and so on,
 * the last leaves. Bound: `files` of `maxBytes` each, besides the one that grows. A file that somebody has taken away is begun anew.
 */
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Outlet } from "./outlet.js";

const BATCH_BYTES = 64 * 1024;
/** Its group may read it: the collector is another user. */
const MODE = 0o640;
/** Nobody is led elsewhere by a link. */
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;

export class FileOutlet implements Outlet {
  readonly batchBytes = BATCH_BYTES;
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #files: number;
  #file: FileHandle | undefined;
  #bytes = 0;
  #inode = 0;

  /** @param files how many full ones are kept */
  constructor(path: string, maxBytes: number, files: number) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#files = files;
  }

  frame(message: Buffer): Buffer {
    return Buffer.concat([message, Buffer.from("\n")]);
  }

  async open(): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o750 });
    const file = await open(this.#path, FLAGS, MODE);
    this.#file = file;
    const { size, ino } = await file.stat();
    // Whatever the process's mask says.
    if (size === 0) await file.chmod(MODE);
    this.#bytes = size;
    this.#inode = ino;
  }

  async write(messages: readonly Buffer[]): Promise<void> {
    const bytes = Buffer.concat(messages);
    const isFull = this.#bytes > 0 && this.#bytes + bytes.length > this.#maxBytes;
    if (isFull) await this.#rotate();
    else if ((await inodeOf(this.#path)) !== this.#inode) await this.#reopen();
    const file = this.#file;
    if (file === undefined) throw new Error("not open");
    try {
      for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
    } catch (error) {
      // What was written in part would be there twice.
      await file.truncate(this.#bytes).catch(() => undefined);
      throw error;
    }
    this.#bytes += bytes.length;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #rotate(): Promise<void> {
    if (this.#files === 0) await rm(this.#path, { force: true });
    for (let i = this.#files; i > 0; i--) {
      await ignoreAbsent(rename(i === 1 ? this.#path : `${this.#path}.${i - 1}`, `${this.#path}.${i}`));
    }
    await this.#reopen();
  }

  async #reopen(): Promise<void> {
    await this.close();
    await this.open();
  }
}

async function inodeOf(path: string): Promise<number> {
  return (await ignoreAbsent(stat(path)))?.ino ?? -1;
}

async function ignoreAbsent<T>(task: Promise<T>): Promise<T | undefined> {
  try {
    return await task;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
