/**
 * Owns the way of a bundle's file onto the disk: in order, in a file that is named by the bundle's hash and is gone on with after
 * every break, restart and power cut; never faster than allowed, and given up where it is slower than any line is. What has come
 * is compared with its hash before anybody opens it; what lies behind the hash is verified by whoever does.
 *
 * Bounds: one file, no longer than was announced.
 */
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { AgentError, reasonOf } from "../base/errors.js";
import { remove } from "../base/state-folder.js";

/** What is to be downloaded. */
export interface Wanted {
  /** SHA-256 of the file, hexadecimal. */
  readonly bundle: string;
  readonly bytes: number;
}

/** Gives the bytes of a file from a position on: at least one, or undefined where none can be had now. */
export type ReadFrom = (offset: number, signal: AbortSignal) => Promise<Uint8Array | undefined>;

export interface DownloadOptions {
  readonly folder: string;
  readonly bytesPerSecond: number;
  readonly monotonicMs: () => number;
  readonly pause: (milliseconds: number) => Promise<void>;
  /** Less than this over SLOW_WINDOW_MS is no download; default SLOWEST_BYTES_PER_S. */
  readonly slowestBytesPerS?: number;
}

/** Made whole every so many bytes, so that a power cut costs no more. */
const SYNC_BYTES = 1024 * 1024;
const SLOWEST_BYTES_PER_S = 256;
const SLOW_WINDOW_MS = 60_000;
const HASH_BYTES = 256 * 1024;

export class Download {
  readonly #options: DownloadOptions;

  constructor(options: DownloadOptions) {
    this.#options = options;
  }

  /** Bytes of a bundle that are there. */
  progress({ bundle }: Wanted): number {
    const whole = statSync(this.#path(bundle), { throwIfNoEntry: false })?.size;
    return whole ?? statSync(this.#partial(bundle), { throwIfNoEntry: false })?.size ?? 0;
  }

  /**
   * Get a file, or what is missing of it.
   *
   * @returns its path
   * @throws AgentError where it cannot be had now, comes too slowly, is another than announced, or the disk does not take it
   */
  async get(wanted: Wanted, read: ReadFrom, signal: AbortSignal): Promise<string> {
    const { folder } = this.#options;
    const path = this.#path(wanted.bundle);
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      this.#sweep(wanted.bundle);
      if (existsSync(path)) return path;
      await this.#fill(wanted, read, signal);
      if (hashOf(this.#partial(wanted.bundle)) !== wanted.bundle) {
        remove(this.#partial(wanted.bundle));
        throw new AgentError("error.download.other", { bundle: wanted.bundle.slice(0, 16) });
      }
      renameSync(this.#partial(wanted.bundle), path);
      return path;
    } catch (error) {
      if (error instanceof AgentError || (error as NodeJS.ErrnoException).code === undefined) throw error;
      throw new AgentError(
        "error.rule_sets.disk",
        { path: folder, reason: reasonOf(error) },
        { cause: error },
      );
    }
  }

  /** Nothing of a bundle is needed any more. */
  discard({ bundle }: Pick<Wanted, "bundle">): void {
    remove(this.#path(bundle));
    remove(this.#partial(bundle));
  }

  async #fill({ bundle, bytes }: Wanted, read: ReadFrom, signal: AbortSignal): Promise<void> {
    const { monotonicMs, pause, bytesPerSecond, slowestBytesPerS = SLOWEST_BYTES_PER_S } = this.#options;
    const fd = openSync(this.#partial(bundle), "a", 0o600);
    try {
      let offset = statSync(this.#partial(bundle)).size;
      let syncedAt = offset;
      let window = { ms: monotonicMs(), offset };
      while (offset < bytes) {
        const startedMs = monotonicMs();
        const part = await read(offset, signal);
        if (signal.aborted || part === undefined || part.length === 0)
          throw new AgentError("error.download.broken");
        // More than was announced is never written.
        const taken = part.subarray(0, bytes - offset);
        for (let at = 0; at < taken.length; ) at += writeSync(fd, taken, at, taken.length - at);
        offset += taken.length;
        if (offset - syncedAt >= SYNC_BYTES) {
          fsyncSync(fd);
          syncedAt = offset;
        }
        const elapsedMs = monotonicMs() - window.ms;
        if (elapsedMs >= SLOW_WINDOW_MS) {
          if (((offset - window.offset) * 1000) / elapsedMs < slowestBytesPerS)
            throw new AgentError("error.download.slow");
          window = { ms: monotonicMs(), offset };
        }
        const earliestMs = startedMs + (taken.length * 1000) / bytesPerSecond;
        if (offset < bytes && earliestMs > monotonicMs()) await pause(earliestMs - monotonicMs());
      }
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }

  #sweep(bundle: string): void {
    for (const name of readdirSync(this.#options.folder)) {
      if (!name.startsWith(bundle)) remove(join(this.#options.folder, name));
    }
  }

  #path(bundle: string): string {
    return join(this.#options.folder, `${bundle}.bundle`);
  }

  #partial(bundle: string): string {
    return `${this.#path(bundle)}.part`;
  }
}

function hashOf(path: string): string {
  const hash = createHash("sha256");
  const fd = openSync(path, "r");
  try {
    const buffer = Buffer.allocUnsafe(HASH_BYTES);
    for (let count = readSync(fd, buffer); count > 0; count = readSync(fd, buffer))
      hash.update(buffer.subarray(0, count));
  } finally {
    closeSync(fd);
  }
  return hash.digest("hex");
}
