/**
 * Owns what happens to a corrupt database: it is set aside, a fresh one is made, and every row that is intact is
 * carried over within a time limit.
 *
 * While the work is under way the old file is called `<name>.salvaging-<time>`, afterwards `<name>.corrupt-<time>`;
 * a crash in between finds it by that name and does the work again, which changes nothing where it was done. The
 * newest such file is kept for whoever wants to know why; it costs as much disk as the store once more and is the
 * first thing given up when the disk is full.
 *
 * Sequence numbers go on far above the highest one found: the log's damaged end may have held higher ones. Where
 * not even the counter was found, the fresh database has a new ledger id, and the monitor starts a new count.
 */
import { lstat, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Clock } from "../base/clock.js";
import { transact, writeMeta } from "./database.js";
import { insertDevices } from "./device-rows.js";
import { Ledger } from "./ledger.js";
import type { SalvageNotice } from "./notice.js";
import type {
  DetectionColumns,
  DeviceColumns,
  IncidentColumns,
  LogColumns,
  MarkColumns,
  MessageColumns,
} from "./record.js";
import { insertDetections, insertIncidents, insertLogs, insertMarks, insertMessages } from "./rows.js";
import { SalvageFile } from "./salvage-pages.js";
import { recognise, type SalvagedRow } from "./salvage-rows.js";
import { type SqliteConnection, SqliteError } from "./sqlite-driver.js";
import { insertTally, type TallyAmount } from "./tally.js";
import { readLog } from "./write-ahead-log.js";

/** More messages than the longest log holds. */
const SEQUENCE_GAP = 1_000_000;
const BOOT_GAP = 1_000;
const BATCH_ROWS = 500;
/** Devices carried over at most. */
const DEVICE_ROWS = 1_024;
/** Numbers of the tally carried over at most. */
const TALLY_ROWS = 10_000;
const BATCH_BYTES = 128 * 1024;
/** First bytes of a database, which a torn or foreign file lacks. */
const MAGIC = "SQLite format 3\u0000";

type GrowingTable = "logs" | "detections" | "incidents" | "outbox";
/** What is given up first when not everything fits. */
const DISPENSABLE: readonly GrowingTable[] = ["logs", "detections", "incidents"];
/** Marks of the timeline carried over at most. */
const MAX_MARKS = 4_096;

/**
 * Whether the file at `path` must not be shown to SQLite: where the file is empty beside a log, SQLite throws the
 * log away, and where a log is damaged before its end, all behind the damage; and with it the last commits.
 */
export async function isBeyondOpening(path: string): Promise<boolean> {
  const file = await open(path, "r").catch(() => undefined);
  const log = await stat(`${path}-wal`).catch(() => undefined);
  if (!file) return (log?.size ?? 0) > 0;
  try {
    const head = Buffer.alloc(MAGIC.length);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    if (bytesRead === 0) return (log?.size ?? 0) > 0;
    return head.toString("latin1") !== MAGIC || (await readLog(`${path}-wal`)).loose.length > 0;
  } finally {
    await file.close();
  }
}

/**
 * Move the database and its log out of the way, in place of older ones. One that has not been in use yet, because
 * another is still waiting to be carried over into it, holds nothing that the other does not: it is deleted.
 */
export async function setAside(path: string, wallMs: number): Promise<void> {
  if ((await pendingSalvage(path)).length > 0) {
    for (const name of [`${path}-wal`, path, `${path}-shm`]) await rm(name, { force: true });
    return;
  }
  await discardSetAside(path);
  const name = `${path}.salvaging-${new Date(wallMs).toISOString().replace(/[-:]|\.\d+/g, "")}`;
  // The log first: a log without its database would be thrown away by whoever opens the next one.
  await move(`${path}-wal`, `${name}-wal`);
  await move(path, name);
  await rm(`${path}-shm`, { force: true });
}

/** Databases set aside that have not been salvaged yet, oldest first. */
export async function pendingSalvage(path: string): Promise<readonly string[]> {
  const names = await namesBeside(path, ".salvaging-");
  for (const log of names.filter((name) => name.endsWith("-wal"))) {
    const database = log.slice(0, -"-wal".length);
    // A crash between the two moves of `setAside`.
    if (!names.includes(database)) await move(path, database);
  }
  return (await namesBeside(path, ".salvaging-")).filter((name) => !name.endsWith("-wal"));
}

/** Give the salvaged file its last name and remove older ones; one larger than a store may be is not kept. */
export async function finishSalvage(path: string, name: string, capBytes: number): Promise<void> {
  const final = name.replace(".salvaging-", ".corrupt-");
  await discardSetAside(path);
  const sizes = await Promise.all([name, `${name}-wal`].map((file) => stat(file).catch(() => undefined)));
  if (sizes.reduce((sum, found) => sum + (found?.size ?? 0), 0) > capBytes) {
    for (const file of [`${name}-wal`, name]) await rm(file, { force: true, recursive: true });
    return;
  }
  await move(`${name}-wal`, `${final}-wal`);
  await move(name, final);
}

/** Give up the files set aside, where the disk has no room for them. */
export async function discardSetAside(path: string): Promise<void> {
  for (const name of await namesBeside(path, ".corrupt-")) await rm(name, { force: true, recursive: true });
}

async function namesBeside(path: string, infix: string): Promise<readonly string[]> {
  const directory = dirname(path);
  const names = await readdir(directory);
  return names
    .filter((name) => name.startsWith(`${basename(path)}${infix}`))
    .sort()
    .map((name) => join(directory, name));
}

async function move(from: string, to: string): Promise<void> {
  if (await lstat(from).catch(() => undefined)) await rename(from, to);
}

/**
 * Carry every intact row of the file at `from` into an open, migrated database that is not in use yet.
 *
 * @param limitMs time for reading; what has been read by then is kept.
 */
export async function salvage(
  connection: SqliteConnection,
  from: string,
  clock: Clock,
  limitMs: number,
): Promise<SalvageNotice> {
  const deadlineMs = clock.monotonicMs() + limitMs;
  const collector = new Collector(connection);
  // One that cannot even be opened must not keep the store from starting.
  const file = await SalvageFile.open(from).catch(() => undefined);
  if (!file) return collector.finish(from, false, clock.wallMs());
  let isComplete = true;
  try {
    for (let page = 1; page <= file.pageCount; page++) {
      if (clock.monotonicMs() > deadlineMs) {
        isComplete = false;
        break;
      }
      for await (const record of file.records(page)) {
        const row = recognise(record);
        if (row) await collector.add(row);
      }
    }
    for await (const record of file.looseRecords()) {
      const row = recognise(record);
      if (row) await collector.add(row);
    }
    await collector.flush();
  } finally {
    await file.close();
  }
  return collector.finish(from, isComplete, clock.wallMs());
}

/** Gathers rows, writes them in batches and, at the end, the numbers that go with them. */
class Collector {
  readonly #connection: SqliteConnection;
  readonly #ledger = Ledger.empty();
  readonly #givenUp = new Set<GrowingTable>();
  #detections: DetectionColumns[] = [];
  #incidents = new Map<string, IncidentColumns>();
  #messages: MessageColumns[] = [];
  readonly #tally = new Map<string, TallyAmount>();
  readonly #devices = new Map<string, DeviceColumns>();
  #logs: LogColumns[] = [];
  readonly #marks = new Map<number, MarkColumns>();
  #rows = 0;
  #bytes = 0;
  #ledgerId: string | undefined;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async add(row: SalvagedRow): Promise<void> {
    switch (row.table) {
      case "sequence":
        this.#ledger.raise(row.counter, row.value);
        return;
      case "meta":
        if (row.key === "ledger") this.#ledgerId = row.value;
        return;
      case "tally":
        this.#noteTally(row.columns);
        return;
      case "devices":
        this.#noteDevice(row.columns);
        return;
      case "timeline":
        if (this.#marks.size < MAX_MARKS) this.#marks.set(row.columns[0] ?? 0, row.columns);
        return;
      case "detections":
        this.#detections.push(row.columns);
        break;
      case "logs":
        this.#logs.push(row.columns);
        break;
      case "incidents": {
        const known = this.#incidents.get(row.columns[2]);
        if (!known || known[0] < row.columns[0]) this.#incidents.set(row.columns[2], row.columns);
        break;
      }
      case "outbox":
        this.#messages.push(row.columns);
        break;
    }
    this.#rows += 1;
    this.#bytes += Number(row.columns.at(-2));
    if (this.#rows >= BATCH_ROWS || this.#bytes >= BATCH_BYTES) await this.flush();
  }

  /** Numbers are few; a damaged file cannot make them many. */
  #noteTally(columns: TallyAmount): void {
    const [period, key, amount] = columns;
    const name = JSON.stringify([period, key]);
    const known = this.#tally.get(name);
    if (known ? known[2] < amount : this.#tally.size < TALLY_ROWS) this.#tally.set(name, columns);
  }

  #noteDevice(columns: DeviceColumns): void {
    const known = this.#devices.get(columns[0]);
    if (known ? known[1] <= columns[1] : this.#devices.size < DEVICE_ROWS)
      this.#devices.set(columns[0], columns);
  }

  async flush(): Promise<void> {
    for (;;) {
      try {
        await transact(this.#connection, () => this.#write());
        break;
      } catch (error) {
        const next = DISPENSABLE.find((table) => !this.#givenUp.has(table));
        if (!(error instanceof SqliteError && error.failure === "full") || !next) throw error;
        this.#givenUp.add(next);
        await this.#connection.all(`DELETE FROM ${next}`);
      }
    }
    this.#detections = [];
    this.#incidents.clear();
    this.#messages = [];
    this.#logs = [];
    this.#rows = 0;
    this.#bytes = 0;
  }

  async #write(): Promise<void> {
    if (!this.#givenUp.has("detections")) {
      await insertDetections(this.#connection, this.#detections, "IGNORE");
    }
    if (!this.#givenUp.has("logs")) await insertLogs(this.#connection, this.#logs, "IGNORE");
    if (!this.#givenUp.has("incidents")) await this.#writeIncidents();
    await insertMessages(this.#connection, this.#messages, "IGNORE");
  }

  /** The newest version of an incident wins, in whichever order they are found. */
  async #writeIncidents(): Promise<void> {
    const known = await this.#connection.all(
      "SELECT id, version FROM incidents WHERE id IN (SELECT value FROM json_each(?))",
      [JSON.stringify([...this.#incidents.keys()])],
    );
    for (const row of known) {
      const found = this.#incidents.get(String(row.id));
      if (found && found[0] <= Number(row.version)) this.#incidents.delete(found[2]);
    }
    await insertIncidents(this.#connection, [...this.#incidents.values()], "REPLACE");
  }

  async finish(from: string, isComplete: boolean, wallMs: number): Promise<SalvageNotice> {
    return transact(this.#connection, async () => {
      const connection = this.#connection;
      const ledger = this.#ledger;
      const hasCounter = ledger.counter("outbox") > 0;
      await connection.all("DELETE FROM outbox WHERE sequence <= ?", [ledger.counter("acknowledged")]);
      const [highest] = await connection.all(
        `SELECT (SELECT max(sequence) FROM outbox) AS sequence, (SELECT max(version) FROM incidents) AS version,
         (SELECT max(id) FROM detections) AS detection, (SELECT max(id) FROM logs) AS log`,
      );
      await insertMarks(connection, [...this.#marks.values()], "IGNORE");
      for (const [mark = 0, , , operatingMs = 0] of this.#marks.values()) {
        ledger.raise("mark", mark);
        ledger.raise("operating", operatingMs);
      }
      ledger.raise("log", Number(highest?.log));
      ledger.raise("version", Number(highest?.version));
      ledger.raise("detection", Number(highest?.detection));
      ledger.raise("outbox", Number(highest?.sequence));
      const skippedFirst = ledger.counter("outbox") + 1;
      ledger.raise("outbox", ledger.counter("outbox") + SEQUENCE_GAP);
      // Seconds of wall time are above any count of boots.
      const boot = ledger.counter("boot");
      ledger.raise("boot", boot > 0 ? boot + BOOT_GAP : Math.floor(wallMs / 1000));
      if (hasCounter && this.#ledgerId !== undefined) await writeMeta(connection, "ledger", this.#ledgerId);
      await insertTally(connection, [...this.#tally.values()]);
      await insertDevices(connection, [...this.#devices.values()]);
      await ledger.save(connection, Ledger.empty());
      await ledger.recount(connection);
      return {
        event: "store.salvaged",
        setAside: basename(from).replace(".salvaging-", ".corrupt-"),
        detections: ledger.total("detections").records,
        incidents: ledger.total("incidents").records,
        logs: ledger.total("logs").records,
        messages: ledger.total("outbox").records,
        isComplete: isComplete && this.#givenUp.size === 0,
        skippedFirst,
        skippedLast: ledger.counter("outbox"),
      };
    });
  }
}
