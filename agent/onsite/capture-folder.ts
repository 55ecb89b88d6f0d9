/**
 * Owns the captures that a person has made on the box: a pcap file each, with a file beside it that says of whom, why and when.
 * They hold content. So they are bounded (20 captures, 256 MiB, the oldest leaving first), deleted after seven days, readable by
 * their owner only, and never sent anywhere by sekisho.
 */
import { createHash, randomBytes } from "node:crypto";
import { chownSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const MAX_CAPTURES = 20;
const MAX_BYTES = 256 * 1024 * 1024;
export const CAPTURE_AGE_MS = 7 * 86_400_000;
const RECORD = /^(c-[0-9a-f]{8})\.json$/;

export interface CaptureRecord {
  readonly id: string;
  /** Card, name and address of the device. */
  readonly device: { readonly id: string; readonly name: string; readonly address: string };
  /** Number of the incident it was made for. */
  readonly incident?: string;
  readonly interface: string;
  readonly filter: string;
  /** ISO 8601 in UTC, by the box's clock. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly frames: number;
  readonly givenUp: number;
  readonly bytes: number;
  readonly sha256: string;
}

export class CaptureFolder {
  readonly #path: string;
  readonly #owner: { readonly uid: number; readonly gid: number };

  /** @param storePath the store, beside which the folder stands and whose owner may read it */
  constructor(storePath: string) {
    const parent = dirname(storePath);
    this.#path = join(parent, "captures");
    this.#owner = statSync(parent);
  }

  fileOf(id: string): string {
    return join(this.#path, `${id}.pcap`);
  }

  /** Keep a capture. @throws the system's error where it cannot be written */
  add(file: Uint8Array, about: Omit<CaptureRecord, "id" | "bytes" | "sha256">, nowMs: number): CaptureRecord {
    mkdirSync(this.#path, { recursive: true, mode: 0o700 });
    this.#give(this.#path);
    const id = `c-${randomBytes(4).toString("hex")}`;
    const sha256 = createHash("sha256").update(file).digest("hex");
    const record: CaptureRecord = { id, ...about, bytes: file.length, sha256 };
    this.#write(this.fileOf(id), file);
    this.#write(join(this.#path, `${id}.json`), `${JSON.stringify(record, undefined, 2)}\n`);
    this.tidy(nowMs);
    return record;
  }

  /** The latest first. A record that cannot be read is left out. */
  list(): CaptureRecord[] {
    let names: string[];
    try {
      names = readdirSync(this.#path);
    } catch {
      return [];
    }
    const records = names.flatMap((name): CaptureRecord[] => {
      if (!RECORD.test(name)) return [];
      try {
        const record = JSON.parse(readFileSync(join(this.#path, name), "utf8")) as CaptureRecord;
        return record.id === RECORD.exec(name)?.[1] ? [record] : [];
      } catch {
        return [];
      }
    });
    return records.sort((one, other) => (one.startedAt < other.startedAt ? 1 : -1));
  }

  /** The bytes of a capture. @throws Error where they are not the ones that were written */
  read({ id, sha256 }: CaptureRecord): Uint8Array {
    const file = readFileSync(this.fileOf(id));
    if (createHash("sha256").update(file).digest("hex") !== sha256)
      throw new Error("its SHA-256 is another one");
    return file;
  }

  remove({ id }: CaptureRecord): void {
    rmSync(this.fileOf(id), { force: true });
    rmSync(join(this.#path, `${id}.json`), { force: true });
  }

  /** Delete what is too old or too much. Returns how many went. */
  tidy(nowMs: number): number {
    let bytes = 0;
    const leaving = this.list().filter((record, index) => {
      bytes += record.bytes;
      const ageMs = nowMs - Date.parse(record.endedAt);
      return index >= MAX_CAPTURES || bytes > MAX_BYTES || !(ageMs < CAPTURE_AGE_MS);
    });
    for (const record of leaving) this.remove(record);
    return leaving.length;
  }

  #write(path: string, content: Uint8Array | string): void {
    writeFileSync(path, content, { mode: 0o600, flag: "wx" });
    this.#give(path);
  }

  /** Root captures, and the agent, who is somebody else, deletes by age. */
  #give(path: string): void {
    if (process.getuid?.() === 0) chownSync(path, this.#owner.uid, this.#owner.gid);
  }
}
