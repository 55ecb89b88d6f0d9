/**
 * Owns the ballast: a file beside the database that holds nothing but room. When others have filled the disk it is
 * given up, so that the store can go on writing and say so; when there is plenty of room again it is made anew.
 *
 * Its bytes are noise, because file systems that compress would keep nothing for a file of zeros.
 * Bound: `bytes`, a part of the store's budget.
 */
import { randomBytes } from "node:crypto";
import { open, rm, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";

const BLOCK_BYTES = 64 * 1024;
/** Free room, in sizes of the ballast and beyond what the log needs, at which it is made again. */
const PLENTY = 4;

export class Ballast {
  readonly #path: string;
  readonly #bytes: number;
  readonly #reserveBytes: number;

  /** As far as is known. */
  isInPlace = false;

  /** `reserveBytes`: free room that is left to the others besides. */
  constructor(databasePath: string, bytes: number, reserveBytes: number) {
    this.#path = `${databasePath}.ballast`;
    this.#bytes = bytes;
    this.#reserveBytes = reserveBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Give the room back; returns whether there was any. */
  async release(): Promise<boolean> {
    const found = await stat(this.#path).catch(() => undefined);
    await rm(this.#path, { force: true });
    this.isInPlace = false;
    return (found?.size ?? 0) > 0;
  }

  /**
   * Make the file where it is missing or of another size, and the disk has plenty of room. A disk that fails here
   * fails in nothing that matters: it is tried again another time.
   *
   * @returns whether it was made.
   */
  async restore(): Promise<boolean> {
    try {
      const found = await stat(this.#path).catch(() => undefined);
      this.isInPlace = found?.size === this.#bytes;
      if (this.isInPlace) return false;
      await rm(this.#path, { force: true });
      const { bavail, bsize } = await statfs(dirname(this.#path));
      if (bavail * bsize < PLENTY * this.#bytes + this.#reserveBytes) return false;
      await this.#write();
      this.isInPlace = true;
      return true;
    } catch {
      await rm(this.#path, { force: true }).catch(() => undefined);
      return false;
    }
  }

  async #write(): Promise<void> {
    const file = await open(this.#path, "wx", 0o600);
    try {
      for (let written = 0; written < this.#bytes; written += BLOCK_BYTES) {
        await file.write(randomBytes(Math.min(BLOCK_BYTES, this.#bytes - written)));
      }
      await file.sync();
    } finally {
      await file.close();
    }
  }
}
