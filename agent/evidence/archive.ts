/**
 * Owns the file in which evidence leaves the box: a tar archive (POSIX ustar, regular files only), compressed with gzip, so that any
 * machine can open it. Bounds: names of 100 octets, MAX_FILE_BYTES a file, MAX_FILES, which hold for reading as for writing.
 */
import { closeSync, createReadStream, fsyncSync, openSync, writeSync } from "node:fs";
import { createGunzip, gzipSync } from "node:zlib";

const BLOCK = 512;
const MAX_NAME_BYTES = 100;
export const MAX_FILE_BYTES = 128 * 1024 * 1024;
const MAX_FILES = 4096;

export interface ArchivedFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Writes file after file; each is a gzip member of its own, which all readers take as one stream. */
export class ArchiveWriter {
  readonly #fd: number;
  readonly #mtimeMs: number;

  /** @throws the system's error where the file is there already, or cannot be made */
  constructor(path: string, mtimeMs: number) {
    this.#fd = openSync(path, "wx", 0o600);
    this.#mtimeMs = mtimeMs;
  }

  add({ name, bytes }: ArchivedFile): void {
    const rest = (BLOCK - (bytes.length % BLOCK)) % BLOCK;
    this.#write(Buffer.concat([headerOf(name, bytes.length, this.#mtimeMs), bytes, Buffer.alloc(rest)]));
  }

  /** Make it durable and close it. */
  end(): void {
    this.#write(Buffer.alloc(2 * BLOCK));
    fsyncSync(this.#fd);
    closeSync(this.#fd);
  }

  /** Close it as it is. */
  abandon(): void {
    closeSync(this.#fd);
  }

  #write(bytes: Buffer): void {
    const packed = gzipSync(bytes, { level: 9 });
    for (let at = 0; at < packed.length; ) at += writeSync(this.#fd, packed, at);
  }
}

/**
 * Hand every file of an archive to `each`, in its order.
 *
 * @throws Error where it is no such archive, or ends before its end
 */
export async function readArchive(path: string, each: (file: ArchivedFile) => void): Promise<void> {
  let waiting: Buffer = Buffer.alloc(0);
  let files = 0;
  let isAtEnd = false;
  const input = createReadStream(path);
  const unpacked = input.pipe(createGunzip());
  input.on("error", (error) => unpacked.destroy(error));
  let parts: Buffer[] = [];
  let needed = BLOCK;
  let have = 0;
  for await (const chunk of unpacked) {
    parts.push(chunk as Buffer);
    have += (chunk as Buffer).length;
    if (have < needed) continue;
    waiting = Buffer.concat([waiting, ...parts]);
    parts = [];
    while (waiting.length >= BLOCK) {
      const header = parseTarHeader(waiting.subarray(0, BLOCK));
      if (isAtEnd || header === undefined) {
        if (waiting.subarray(0, BLOCK).some((octet) => octet !== 0)) throw new Error("no tar header");
        isAtEnd = true;
        waiting = waiting.subarray(BLOCK);
        continue;
      }
      const size = BLOCK * (1 + Math.ceil(header.size / BLOCK));
      if (waiting.length < size) {
        needed = size;
        break;
      }
      if (++files > MAX_FILES) throw new Error("too many files");
      if (waiting.subarray(BLOCK + header.size, size).some((octet) => octet !== 0))
        throw new Error("no padding");
      each({ name: header.name, bytes: waiting.subarray(BLOCK, BLOCK + header.size) });
      waiting = waiting.subarray(size);
      needed = BLOCK;
    }
    have = waiting.length;
  }
  if (!isAtEnd || waiting.length > 0 || parts.length > 0) throw new Error("it ends too early");
}

function headerOf(name: string, size: number, mtimeMs: number): Buffer {
  if (Buffer.byteLength(name) > MAX_NAME_BYTES || size > MAX_FILE_BYTES)
    throw new RangeError(`${name} is too large`);
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, length: number): string => value.toString(8).padStart(length - 1, "0");
  header.write(name, 0);
  header.write(octal(0o644, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(size, 12), 124);
  header.write(octal(Math.max(0, Math.floor(mtimeMs / 1000)), 12), 136);
  header.write("        ", 148);
  header.write("0", 156);
  header.write("ustar\u000000", 257);
  header.write(`${octal(sumOf(header), 7)}\u0000 `, 148);
  return header;
}

function parseTarHeader(header: Buffer): { name: string; size: number } | undefined {
  const text = (at: number, length: number): string =>
    header.toString("utf8", at, at + length).split("\u0000", 1)[0]!;
  const sum = Number.parseInt(text(148, 8), 8);
  const size = Number.parseInt(text(124, 12), 8);
  const blank = Buffer.from(header);
  blank.write("        ", 148);
  const isHeader = text(257, 5) === "ustar" && text(156, 1) === "0" && sumOf(blank) === sum;
  if (!isHeader || !(size >= 0 && size <= MAX_FILE_BYTES)) return undefined;
  return { name: text(0, MAX_NAME_BYTES), size };
}

function sumOf(header: Buffer): number {
  return header.reduce((sum, octet) => sum + octet, 0);
}
