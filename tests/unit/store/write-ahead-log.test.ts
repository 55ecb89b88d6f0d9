import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openSqlite } from "../../../agent/store/sqlite-driver.js";
import { readLog } from "../../../agent/store/write-ahead-log.js";
import { memoryDirectory } from "../../support/temporary-directory.js";

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const FRAME_BYTES = FRAME_HEADER_BYTES + 4096;
const COMMITS = 6;

/** A log that SQLite has written, in a folder of its own; `ends` says behind how many frames each commit ends. */
async function written(): Promise<{ path: string; log: Buffer; ends: readonly number[] }> {
  const path = join(await memoryDirectory(), "a.db");
  const connection = await openSqlite(path);
  const settings = "PRAGMA page_size = 4096; PRAGMA journal_mode = wal; PRAGMA wal_autocheckpoint = 0";
  await connection.execute(`${settings}; CREATE TABLE t (a)`);
  const ends: number[] = [];
  for (let n = 0; n < COMMITS; n++) {
    await connection.all("INSERT INTO t SELECT zeroblob(3000) FROM json_each('[1,2,3]')");
    ends.push(((await readFile(`${path}-wal`)).length - HEADER_BYTES) / FRAME_BYTES);
  }
  const log = await readFile(`${path}-wal`);
  await connection.close();
  return { path: `${path}.copy`, log, ends };
}

const startOf = (frame: number): number => HEADER_BYTES + frame * FRAME_BYTES;
const flip = (log: Buffer, at: number): Buffer => {
  const changed = Buffer.from(log);
  changed[at]! ^= 1;
  return changed;
};
/** Pages of the first frames, with where their newest image lies. */
const imagesOf = (log: Buffer, frames: number): Map<number, number> => {
  const images = new Map<number, number>();
  for (let frame = 0; frame < frames; frame++) {
    images.set(log.readUInt32BE(startOf(frame)), startOf(frame) + FRAME_HEADER_BYTES);
  }
  return images;
};

async function read(path: string, log: Buffer) {
  await writeFile(path, log);
  return readLog(path);
}

it("gives the newest image of every page that a whole log has", async () => {
  const { path, log, ends } = await written();
  const { committed, loose } = await read(path, log);
  expect(committed).toEqual(imagesOf(log, ends.at(-1)!));
  expect(loose).toEqual([]);
});

it("ends with the last commit where the log was cut off behind it: what follows was never accepted", async () => {
  const { path, log, ends } = await written();
  for (const cut of [1, FRAME_HEADER_BYTES, FRAME_BYTES - 1]) {
    const { committed, loose } = await read(path, log.subarray(0, startOf(ends[4]!) + cut));
    expect(committed).toEqual(imagesOf(log, ends[4]!));
    expect(loose).toEqual([]);
  }
});

it("takes damage to the last transaction for one that was not finished", async () => {
  const { path, log, ends } = await written();
  const { committed, loose } = await read(path, flip(log, startOf(ends[4]!) + 100));
  expect(committed).toEqual(imagesOf(log, ends[4]!));
  expect(loose).toEqual([]);
});

it("finds behind damage every frame up to the last commit, for a later one proves that it was accepted", async () => {
  const { path, log, ends } = await written();
  const broken = ends[1]!;
  const { committed, loose } = await read(path, flip(log, startOf(broken) + 100));
  expect(committed).toEqual(imagesOf(log, ends[1]!));
  const expected = Array.from({ length: ends.at(-1)! - broken }, (_, n) => ({
    page: log.readUInt32BE(startOf(broken + n)),
    offset: startOf(broken + n) + FRAME_HEADER_BYTES,
  }));
  expect(loose).toEqual(expected);
});

it("gives the image of a frame whose head is damaged without its page", async () => {
  const { path, log, ends } = await written();
  const broken = ends[1]!;
  // The salts in the head.
  const { loose } = await read(path, flip(log, startOf(broken) + 9));
  expect(loose[0]).toEqual({ page: 0, offset: startOf(broken) + FRAME_HEADER_BYTES });
  expect(loose[1]!.page).toBeGreaterThan(0);
});

it("finds all frames of a log that has lost its head", async () => {
  const { path, log, ends } = await written();
  const { committed, loose } = await read(path, flip(log, 5));
  expect(committed.size).toBe(0);
  expect(loose).toHaveLength(ends.at(-1)!);
});

it("passes over frames of an earlier time behind the end", async () => {
  const { path, log, ends } = await written();
  // Another salt: as after a checkpoint, when the log is written anew over the old frames.
  const old = Buffer.from(log.subarray(startOf(ends[2]!)));
  for (let at = 8; at < old.length; at += FRAME_BYTES) old.writeUInt32BE(1, at);
  const { committed, loose } = await read(path, Buffer.concat([log.subarray(0, startOf(ends[2]!)), old]));
  expect(committed).toEqual(imagesOf(log, ends[2]!));
  expect(loose).toEqual([]);
});

it("is empty where there is no log, or none of ours", async () => {
  const { path, log } = await written();
  expect(await readLog(`${path}.missing`)).toMatchObject({ loose: [] });
  const otherPages = Buffer.from(log.subarray(0, HEADER_BYTES));
  otherPages.writeUInt32BE(1024, 8);
  const noise = Buffer.from(Array.from({ length: 9_000 }, (_, i) => (i * i + (i >> 4)) % 251));
  for (const bytes of [Buffer.alloc(0), Buffer.alloc(10), noise, otherPages]) {
    const { committed, loose } = await read(path, bytes);
    expect([committed.size, loose.length]).toEqual([0, 0]);
  }
});
