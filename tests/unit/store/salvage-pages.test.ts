import { cp, open, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type SalvagedRecord, SalvageFile } from "../../../agent/store/salvage-pages.js";
import { openSqlite } from "../../../agent/store/sqlite-driver.js";
import { memoryDirectory } from "../../support/temporary-directory.js";

async function recordsOf(path: string): Promise<SalvagedRecord[]> {
  const file = await SalvageFile.open(path);
  const records: SalvagedRecord[] = [];
  try {
    for (let page = 1; page <= file.pageCount; page++) {
      for await (const record of file.records(page)) records.push(record);
    }
  } finally {
    await file.close();
  }
  return records;
}

/** A database of one table with every kind of value; `isWal` leaves its rows in the log. */
async function sample(path: string, isWal: boolean): Promise<void> {
  const connection = await openSqlite(path);
  await connection.execute("PRAGMA page_size = 4096; PRAGMA auto_vacuum = INCREMENTAL");
  if (isWal) await connection.execute("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0");
  await connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b ANY, c TEXT)");
  for (const [rowid, value, text] of ROWS) {
    await connection.all("INSERT INTO t VALUES (?, ?, ?)", [rowid, value, text]);
  }
  // A copy, because closing in order would copy the log back.
  if (isWal) {
    await cp(path, `${path}.copy`);
    await cp(`${path}-wal`, `${path}.copy-wal`);
  }
  await connection.close();
}

const ROWS: readonly (readonly [number, number | null, string])[] = [
  [1, 0, "zero"],
  [2, 1, "one"],
  [3, -1, ""],
  [4, 127, "関所"],
  [5, -32_768, "a"],
  [6, 8_388_607, "b"],
  [7, -2_147_483_648, "c"],
  [8, 140_737_488_355_327, "d"],
  [9, -(2 ** 52), "e"],
  [10, 1.5, "f"],
  [11, null, "one page of overflow".repeat(250)],
  [4_294_967_296, 3, "many pages of overflow".repeat(2_500)],
];
const RECORDS = ROWS.map(([rowid, value, text]) => ({ rowid, columns: [null, value, text] }));

function ofTable(records: readonly SalvagedRecord[]): readonly SalvagedRecord[] {
  return records.filter(({ columns }) => columns.length === 3);
}

describe("reading a database file without SQLite", () => {
  it("finds every row with every kind of value", async () => {
    const path = join(await memoryDirectory(), "a.db");
    await sample(path, false);
    expect(ofTable(await recordsOf(path))).toEqual(RECORDS);
  });

  it("lays the committed part of the log over the file", async () => {
    const path = join(await memoryDirectory(), "a.db");
    await sample(path, true);
    expect(ofTable(await recordsOf(`${path}.copy`))).toEqual(RECORDS);
  });

  it("reads the log up to the last commit before its first damaged frame", async () => {
    const path = join(await memoryDirectory(), "a.db");
    await sample(path, true);
    const wal = await readFile(`${path}.copy-wal`);
    wal[wal.length - 1]! ^= 1;
    await writeFile(`${path}.copy-wal`, wal);
    expect(ofTable(await recordsOf(`${path}.copy`))).toEqual(RECORDS.slice(0, -1));
  });

  it("finds the rows of the leaves when everything above them is gone", async () => {
    const path = join(await memoryDirectory(), "a.db");
    const connection = await openSqlite(path);
    await connection.execute("PRAGMA page_size = 4096; CREATE TABLE t (a INTEGER PRIMARY KEY, b, c TEXT)");
    await connection.execute(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
       INSERT INTO t SELECT i, i, hex(zeroblob(100)) FROM n`,
    );
    await connection.close();
    const file = await open(path, "r+");
    await file.write(Buffer.alloc(2 * 4096), 0, 2 * 4096, 0);
    await file.close();
    const rowids = ofTable(await recordsOf(path)).map(({ rowid }) => rowid);
    expect(rowids.sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1));
  });

  it("never fails, wherever the file ends", async () => {
    const path = join(await memoryDirectory(), "a.db");
    await sample(path, false);
    const { size } = await stat(path);
    for (let length = size - 1; length >= 0; length -= 331) {
      await truncate(path, length);
      for (const record of ofTable(await recordsOf(path))) {
        if (typeof record.columns[2] === "string" && record.rowid < 11)
          expect(RECORDS).toContainEqual(record);
      }
    }
  });

  it("never fails, whatever a page holds", async () => {
    const path = join(await memoryDirectory(), "a.db");
    // Deterministic noise: xorshift32.
    let state = 0x9e3779b9;
    const next = (): number => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return state & 0xff;
    };
    const bytes = Buffer.alloc(64 * 4096);
    for (let i = 0; i < bytes.length; i++) bytes[i] = next();
    for (let page = 1; page < 64; page++) {
      bytes[page * 4096] = 0x0d;
      bytes.writeUInt16BE(600, page * 4096 + 3);
    }
    await writeFile(path, bytes);
    await writeFile(`${path}-wal`, bytes.subarray(0, 10_000));
    await expect(recordsOf(path)).resolves.toBeDefined();
  });
});
