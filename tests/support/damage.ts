/**
 * Damages the files of a closed database in many ways, and knows which rows that leaves intact: those of which every
 * page, leaf and overflow, stands unchanged where its newest committed image stood.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { SalvageFile } from "../../agent/store/salvage-pages.js";
import { recognise } from "../../agent/store/salvage-rows.js";
import { readLog } from "../../agent/store/write-ahead-log.js";

const PAGE_BYTES = 4096;
const FRAME_BYTES = PAGE_BYTES + 24;
const LOG_HEADER_BYTES = 32;

type FileName = "store.db" | "store.db-wal";

/** A stretch of a file that holds one page of a row; of the log, with the header of its frame. */
interface Place {
  readonly file: FileName;
  readonly offset: number;
  readonly length: number;
}

/** The rows of an undamaged database by a name of their own, and where each of them stands. */
export class RowMap {
  readonly #places: ReadonlyMap<string, readonly Place[]>;
  /** Where each transaction in the log begins, and where the last one ends. */
  readonly #transactions: readonly number[];

  private constructor(places: ReadonlyMap<string, readonly Place[]>, transactions: readonly number[]) {
    this.#places = places;
    this.#transactions = transactions;
  }

  /** The files of the database that has lost nothing; overflow pages hold `token(name)` of their row. */
  static async of(path: string, token: (name: string) => string): Promise<RowMap> {
    const log = await readLog(`${path}-wal`);
    const database = readFileSync(path);
    const file = await SalvageFile.open(path);
    const places = new Map<string, Place[]>();
    const placeOf = (page: number): Place => {
      const inLog = log.committed.get(page);
      if (inLog === undefined) {
        return { file: "store.db", offset: (page - 1) * PAGE_BYTES, length: PAGE_BYTES };
      }
      return { file: "store.db-wal", offset: inLog - 24, length: FRAME_BYTES };
    };
    const bytesOf = (page: number): Buffer => {
      const inLog = log.committed.get(page);
      const bytes = inLog === undefined ? database : log.bytes;
      const at = inLog ?? (page - 1) * PAGE_BYTES;
      return bytes.subarray(at, at + PAGE_BYTES);
    };
    for (let page = 1; page <= file.pageCount; page++) {
      for await (const record of file.records(page)) {
        const row = recognise(record);
        const name = row && "columns" in row ? nameOf(row.table, row.columns) : undefined;
        if (name) places.set(name, [placeOf(page)]);
      }
    }
    await file.close();
    const overflowing = [...places].filter(([name]) => token(name) !== "");
    for (let page = 1; page <= file.pageCount; page++) {
      const bytes = bytesOf(page);
      for (const [name, known] of overflowing) {
        const place = placeOf(page);
        if (bytes.includes(token(name)) && known[0]!.offset !== place.offset) known.push(place);
      }
    }
    return new RowMap(places, transactionsOf(log.bytes));
  }

  get names(): readonly string[] {
    return [...this.#places.keys()];
  }

  /** The rows that damage has left intact. */
  intact(before: ReadonlyMap<FileName, Buffer>, after: ReadonlyMap<FileName, Buffer>): readonly string[] {
    const isSame = (file: FileName, from: number, to: number): boolean => {
      const [old, now] = [before.get(file), after.get(file)];
      if (!old || !now || now.length < to) return false;
      return old.compare(now, from, to, from, to) === 0;
    };
    // Damage to the last transaction that is left cannot be told from one that was never finished.
    const end = after.get("store.db-wal")?.length ?? 0;
    const lastStart = this.#transactions.slice(0, -1).findLast((start) => start < end) ?? 0;
    const lastEnd = this.#transactions.find((start) => start > lastStart) ?? lastStart;
    const isEndTorn = end > 0 && !isSame("store.db-wal", lastStart, lastEnd);
    return [...this.#places].flatMap(([name, places]) => {
      const isIntact = places.every(({ file, offset, length }) => {
        if (file === "store.db-wal" && isEndTorn && offset >= lastStart) return false;
        return isSame(file, offset, offset + length);
      });
      return isIntact ? [name] : [];
    });
  }
}

function transactionsOf(log: Buffer): readonly number[] {
  const commits = [LOG_HEADER_BYTES];
  const salts = log.subarray(16, 24);
  for (let at = LOG_HEADER_BYTES; at + FRAME_BYTES <= log.length; at += FRAME_BYTES) {
    // Behind the end stand frames of an earlier time.
    if (!log.subarray(at + 8, at + 16).equals(salts)) break;
    if (log.readUInt32BE(at + 4) !== 0) commits.push(at + FRAME_BYTES);
  }
  return commits;
}

/** `outbox/7`, `detections/9`: the table and what a test knows the row by. */
function nameOf(table: string, columns: readonly (string | number)[]): string | undefined {
  const payload = columns.at(-1);
  if (typeof payload !== "string" || !payload.startsWith("{")) return undefined;
  const value = JSON.parse(payload) as { id?: number | string; signatureId?: number };
  return `${table}/${value.id ?? value.signatureId}`;
}

/** Does damage to the bytes of the files; returns what it was. */
export type Damage = (files: Map<FileName, Buffer>, random: (bound: number) => number) => string;

function change(files: Map<FileName, Buffer>, file: FileName, edit: (bytes: Buffer) => Buffer): void {
  const bytes = files.get(file);
  if (bytes) files.set(file, edit(Buffer.from(bytes)));
}

const flips =
  (file: FileName, most: number, within: (size: number) => number): Damage =>
  (files, random) => {
    const count = 1 + random(most);
    change(files, file, (bytes) => {
      for (let i = 0; i < count; i++) bytes[random(within(bytes.length))]! ^= 1 << random(8);
      return bytes;
    });
    return `${count} bits of ${file} flipped`;
  };

const blocks =
  (file: FileName, size: number, fill: "zeros" | "noise"): Damage =>
  (files, random) => {
    const count = 1 + random(3);
    change(files, file, (bytes) => {
      for (let i = 0; i < count; i++) {
        const at = random(Math.ceil(bytes.length / size)) * size;
        for (let byte = at; byte < Math.min(bytes.length, at + size); byte++) {
          bytes[byte] = fill === "zeros" ? 0 : random(256);
        }
      }
      return bytes;
    });
    return `${count} blocks of ${size} bytes of ${file} made ${fill}`;
  };

const truncation =
  (file: FileName): Damage =>
  (files, random) => {
    change(files, file, (bytes) => bytes.subarray(0, random(bytes.length)));
    return `${file} cut to ${files.get(file)?.length ?? 0} bytes`;
  };

const swap: Damage = (files, random) => {
  change(files, "store.db", (bytes) => {
    const pages = bytes.length / PAGE_BYTES;
    const [a, b] = [random(pages) * PAGE_BYTES, random(pages) * PAGE_BYTES];
    const first = Buffer.from(bytes.subarray(a, a + PAGE_BYTES));
    bytes.copy(bytes, a, b, b + PAGE_BYTES);
    first.copy(bytes, b);
    return bytes;
  });
  return "two pages swapped";
};

export const DAMAGES: readonly Damage[] = [
  flips("store.db", 16, (size) => size),
  flips("store.db", 4, (size) => Math.min(size, 12 * PAGE_BYTES)),
  blocks("store.db", PAGE_BYTES, "zeros"),
  blocks("store.db", 512, "noise"),
  swap,
  truncation("store.db"),
];
/** Damage to the log, of a database that was not closed in order. */
export const LOG_DAMAGES: readonly Damage[] = [
  flips("store.db-wal", 4, (size) => size),
  blocks("store.db-wal", 512, "zeros"),
  blocks("store.db-wal", PAGE_BYTES, "noise"),
  truncation("store.db-wal"),
  flips("store.db-wal", 1, () => LOG_HEADER_BYTES),
];

export function readFiles(path: string): Map<FileName, Buffer> {
  const files = new Map<FileName, Buffer>([["store.db", readFileSync(path)]]);
  try {
    files.set("store.db-wal", readFileSync(`${path}-wal`));
  } catch {
    // Closed in order: there is no log.
  }
  return files;
}

export function writeFiles(path: string, files: ReadonlyMap<FileName, Buffer>): void {
  writeFileSync(path, files.get("store.db")!);
  const log = files.get("store.db-wal");
  if (log) writeFileSync(`${path}-wal`, log);
}
