/**
 * Owns what the store knows about time. Order is by sequence number and never by a clock; the timeline says under
 * which clock a number was given, and how long ago at least.
 *
 * It counts operating time: elapsed time of this and all earlier runs, which no setting of the clock touches. A mark
 * notes operating time, wall time with its quality, and the highest number of every table at that moment. Marks are
 * made at every opening, when wall time has jumped or its quality changed (`clock`), and now and then (`age`). A
 * record numbered at or below a mark was committed before it: that is how rows grow old without a clock. While the box
 * is off, or after a crash since the last commit, operating time stands: rows are kept longer, never shorter.
 *
 * Bounds: 512 marks of clocks and 2,048 of age, in memory and in the table `timeline`, the oldest leaving first. What
 * is older than the oldest mark of a clock has an unknown one.
 */
import { CLOCK_QUALITIES, type ClockQuality } from "../base/clock-quality.js";
import { PARTS, type Part } from "./budget.js";
import type { Counter, Ledger } from "./ledger.js";
import { checksumOf, type MarkColumns } from "./record.js";
import { insertMarks } from "./rows.js";
import type { SqliteConnection, SqliteRow } from "./sqlite-driver.js";

/** What the clocks say at one moment. */
export interface ClockReading {
  readonly boot: number;
  readonly operatingMs: number;
  readonly wallMs: number;
  readonly quality: ClockQuality;
}

interface Mark extends ClockReading {
  readonly mark: number;
  readonly kind: "clock" | "age";
  /** The highest number given in each table when the mark was made. */
  readonly numbers: Readonly<Record<Part, number>>;
}

/** The counter that numbers the rows of a part. */
export const COUNTER_OF: Readonly<Record<Part, Counter>> = {
  outbox: "outbox",
  incidents: "version",
  detections: "detection",
  logs: "log",
};

/** Wall time that runs away from elapsed time by more was set. */
const JUMP_MS = 1_000;
const MAX_MARKS = { clock: 512, age: 2_048 } as const;
const KINDS = ["clock", "age"] as const;
const SHORTEST_PACE_MS = 3_600_000;

export class Timeline {
  readonly #marks: Readonly<Record<"clock" | "age", Mark[]>> = { clock: [], age: [] };
  readonly #paceMs: number;

  private constructor(longestRetentionMs: number) {
    this.#paceMs = Math.max(SHORTEST_PACE_MS, longestRetentionMs / (MAX_MARKS.age / 2));
  }

  /** Read the marks; one whose checksum does not hold is left out. */
  static async load(connection: SqliteConnection, longestRetentionMs: number): Promise<Timeline> {
    const timeline = new Timeline(longestRetentionMs);
    for (const row of await connection.all("SELECT * FROM timeline ORDER BY mark")) {
      const mark = markOf(row);
      if (mark) timeline.#marks[mark.kind].push(mark);
    }
    return timeline;
  }

  /**
   * Write into the running transaction the marks that are due, before any row gets its number. Give what it returns
   * to `keep` once that is committed.
   */
  async note(connection: SqliteConnection, ledger: Ledger, reading: ClockReading): Promise<readonly Mark[]> {
    const due: Mark[] = [];
    for (const kind of KINDS) {
      const isDue = kind === "clock" ? this.#isClockNew(reading) : this.#isLongAgo(reading, due);
      if (!isDue) continue;
      const numbers = Object.fromEntries(PARTS.map((part) => [part, ledger.counter(COUNTER_OF[part])]));
      due.push({ ...reading, kind, mark: ledger.next("mark"), numbers: numbers as Mark["numbers"] });
    }
    if (due.length === 0) return due;
    await insertMarks(connection, due.map(columnsOf));
    const leaving = KINDS.flatMap((kind) => {
      const marks = [...this.#marks[kind], ...due.filter((mark) => mark.kind === kind)];
      return marks.slice(0, Math.max(0, marks.length - MAX_MARKS[kind]));
    });
    for (const { mark } of leaving) await connection.all("DELETE FROM timeline WHERE mark = ?", [mark]);
    return due;
  }

  keep(marks: readonly Mark[]): void {
    for (const mark of marks) {
      const known = this.#marks[mark.kind];
      known.push(mark);
      if (known.length > MAX_MARKS[mark.kind]) known.shift();
    }
  }

  /** Whether a mark of age is due, so that rows can be told old later. */
  isDue(reading: ClockReading): boolean {
    return this.#isClockNew(reading) || this.#isLongAgo(reading, []);
  }

  /** The highest number of a part whose row was committed at least `ageMs` of operating time ago; 0 for none. */
  numberOlderThan(part: Part, ageMs: number, operatingMs: number): number {
    let number = 0;
    for (const kind of KINDS) {
      const old = this.#marks[kind].findLast((mark) => operatingMs - mark.operatingMs >= ageMs);
      number = Math.max(number, old?.numbers[part] ?? 0);
    }
    return number;
  }

  /** The quality of the wall clock when a number was given; undefined where that is not known any more. */
  qualityAt(part: Part, number: number): ClockQuality | undefined {
    return this.#marks.clock.findLast((mark) => mark.numbers[part] < number)?.quality;
  }

  #isClockNew(reading: ClockReading): boolean {
    const last = this.#marks.clock.at(-1);
    if (!last || last.boot !== reading.boot || last.quality !== reading.quality) return true;
    const drift = reading.wallMs - last.wallMs - (reading.operatingMs - last.operatingMs);
    return Math.abs(drift) > JUMP_MS;
  }

  #isLongAgo(reading: ClockReading, due: readonly Mark[]): boolean {
    if (due.length > 0) return false;
    const last = Math.max(...KINDS.map((kind) => this.#marks[kind].at(-1)?.operatingMs ?? 0));
    return reading.operatingMs - last >= this.#paceMs;
  }
}

function columnsOf({ mark, kind, boot, operatingMs, wallMs, quality, numbers }: Mark): MarkColumns {
  const clock = [KINDS.indexOf(kind), boot, operatingMs, wallMs, CLOCK_QUALITIES.indexOf(quality)] as const;
  return [mark, ...clock, numbers.outbox, numbers.incidents, numbers.detections, numbers.logs];
}

function markOf(row: SqliteRow): Mark | undefined {
  const columns = Object.values(row).slice(0, -1).map(Number);
  if (checksumOf("timeline", columns) !== row.checksum) return undefined;
  const [mark = 0, kind = 0, boot = 0, operatingMs = 0, wallMs = 0, quality = 0, ...numbers] = columns;
  const [outbox = 0, incidents = 0, detections = 0, logs = 0] = numbers;
  return {
    mark,
    kind: KINDS[kind] ?? "age",
    boot,
    operatingMs,
    wallMs,
    quality: CLOCK_QUALITIES[quality] ?? "unset",
    numbers: { outbox, incidents, detections, logs },
  };
}
