/**
 * Owns the way from a path to a database in use, whatever lies there: nothing, a database of an earlier version, one
 * left by a crash, a damaged one, a full disk.
 *
 * Refuses with an AgentError what a person has to put right: a path that is not writable, another process.
 * Everything else comes out as a SqliteError, and trying again later may help.
 */
import { constants } from "node:fs";
import { access, mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { AgentError, reasonOf } from "../base/errors.js";
import { Database } from "./database.js";
import type { SalvageNotice } from "./notice.js";
import { finishSalvage, isBeyondOpening, pendingSalvage, salvage, setAside } from "./salvage.js";
import { type OpenSqlite, SqliteError, type SqliteFailure } from "./sqlite-driver.js";
import { Timeline } from "./timeline.js";
import { Writer, type WriterOptions } from "./writer.js";

/** A database in use and the writer that belongs to it. */
export interface Backend {
  readonly database: Database;
  readonly writer: Writer;
  /** What was carried over from corrupt databases on the way. */
  readonly salvaged: readonly SalvageNotice[];
}

export interface BackendOptions extends WriterOptions {
  readonly path: string;
  readonly openSqlite: OpenSqlite;
  readonly checkMs: number;
  readonly salvageMs: number;
}

/** Whether a database that failed so is to be set aside: no waiting will mend it. */
export function isCorrupt(error: unknown): boolean {
  // Keys that collide although the ledger gave them: the ledger and the rows no longer agree.
  return error instanceof SqliteError && (error.failure === "corrupt" || error.failure === "constraint");
}

/** Open the store's database, repairing what can be repaired without a person. */
export async function openBackend(options: BackendOptions): Promise<Backend> {
  const { path, clock } = options;
  await prepareDirectory(path);
  return onDisk(async () => {
    if (await isBeyondOpening(path)) await setAside(path, clock.wallMs());
    try {
      return await openAndSalvage(options);
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      options.counters.add("store.corruptions");
      await setAside(path, clock.wallMs());
      return openAndSalvage(options);
    }
  });
}

/** Run a task on files whose failures are the disk's, and say so in the words for those of SQLite. */
export async function onDisk<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw new SqliteError(failureOf(error) ?? "io", error.message, { cause: error });
  }
}

/** What a failed system call says about the disk; undefined where it says something else. */
function failureOf(error: unknown): SqliteFailure | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOSPC" || code === "EDQUOT") return "full";
  if (code === "EROFS") return "read-only";
  return code === "EIO" ? "io" : undefined;
}

async function openAndSalvage(options: BackendOptions): Promise<Backend> {
  const { path, plan, clock, openSqlite, checkMs, salvageMs } = options;
  const salvaged: SalvageNotice[] = [];
  const pending = await pendingSalvage(path);
  const database = await Database.open({
    path,
    plan,
    clock,
    openSqlite,
    checkMs,
    prepare: async (connection) => {
      for (const from of pending) salvaged.push(await salvage(connection, from, clock, salvageMs));
    },
  });
  try {
    for (const from of pending) await finishSalvage(path, from, plan.budgetBytes);
    const longestMs = Math.max(...Object.values(options.retention));
    const timeline = await database.exclusive((connection) => Timeline.load(connection, longestMs));
    const writer = new Writer(database, timeline, options);
    // A smaller budget than before, or stale rows that salvage brought back.
    await writer.trim();
    await database.shrink();
    return { database, writer, salvaged };
  } catch (error) {
    // The first failure is the one to report.
    await database.abandon().catch(() => undefined);
    throw error;
  }
}

async function prepareDirectory(path: string): Promise<void> {
  const directory = dirname(path);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw pathError(error, "error.store.directory", directory);
  }
  try {
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) throw new Error(`${path} is a directory`);
    if (found) await access(path, constants.R_OK | constants.W_OK);
  } catch (error) {
    throw pathError(error, "error.store.not_writable", path);
  }
}

/** A full, failing or read-only disk may come back; anything else is for a person. */
function pathError(
  error: unknown,
  code: "error.store.directory" | "error.store.not_writable",
  path: string,
): Error {
  const failure = failureOf(error);
  const reason = reasonOf(error);
  if (failure) return new SqliteError(failure, reason, { cause: error });
  return new AgentError(code, { path, reason }, { cause: error });
}
