/**
 * The chain of evidence over generated months, measured in this process: node evidence-process.js JSON. A clock that is moved by hand goes
 * through every hour of every day; records are written, sealed and compressed as the agent does it.
 */
import { mkdirSync } from "node:fs";
import type { Clock } from "#agent/base/clock.js";
import { EvidenceChain } from "#agent/evidence/evidence-chain.js";
import { listSegments } from "#agent/evidence/segment.js";
import { appendEntry } from "#agent/evidence-records.js";
import type { StoreEntry } from "#agent/store/record.js";
import { LogBlock } from "#agent/syslog/log-block.js";
import { FuzzRandom } from "../fuzzing/random.js";
import { detectionOf, incidentPayload } from "./office-records.js";
import { RouterLines, timeInDay } from "./router-lines.js";

export interface EvidenceRun {
  readonly folder: string;
  readonly days: number;
  readonly linesPerDay: number;
  readonly detectionsPerDay: number;
  readonly incidentsPerDay: number;
}

export interface EvidenceFigures {
  readonly records: number;
  /** JSON of all records. */
  readonly payloadMB: number;
  /** Octets of lines as devices sent them. */
  readonly lineMB: number;
  /** Closed segments and seals at the end. */
  readonly diskMB: number;
  readonly writtenMB: number;
  /** Pages of 4 KiB that these writes touch. */
  readonly pagesMB: number;
  readonly cpuS: number;
}

const MB = 1e6;
const PAGE = 4096;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** As the agent: lines wait a second for company in a block, blocks ten seconds in the chain. */
const BLOCK_MS = 1000;
const WRITE_MS = 10_000;
const FIRST_DAY = Date.UTC(2026, 0, 1);

class MovedClock implements Clock {
  nowMs = FIRST_DAY;
  wallMs(): number {
    return this.nowMs;
  }
  monotonicMs(): number {
    return this.nowMs;
  }
}

async function measure(run: EvidenceRun): Promise<EvidenceFigures> {
  mkdirSync(run.folder, { recursive: true });
  const clock = new MovedClock();
  const chain = EvidenceChain.open({
    folder: run.folder,
    device: "office-1",
    clock,
    clockQuality: () => "synchronized",
    retention: { budgetBytes: 1e12, holdBytes: 0, retentionMs: 1e15 },
    // Written when this loop says so: real time does not pass here.
    limits: { delayMs: 2 ** 30, logDelayMs: 2 ** 30, batchBytes: 1e9, queueBytes: 1e9 },
  });
  const random = new FuzzRandom(7);
  const lines = new RouterLines(7);
  let [payload, lineBytes, pages, id, position] = [0, 0, 0, 0, 0];
  const counted = {
    append: (...[kind, data]: Parameters<EvidenceChain["append"]>): void => {
      payload += Buffer.byteLength(JSON.stringify(data)) + 40;
      chain.append(kind, data);
    },
  };
  const write = async (): Promise<void> => {
    const before = chain.bytesWritten;
    if (!(await chain.flush())) throw chain.error!;
    const bytes = chain.bytesWritten - before;
    pages += Math.ceil(((position % PAGE) + bytes) / PAGE);
    position += bytes;
  };
  const keep = (entry: StoreEntry): void => appendEntry(counted, entry);
  const cpu = process.cpuUsage();
  counted.append("start", { version: "1.0.0", device: "office-1" });
  for (let day = 0; day < run.days; day++) {
    const midnight = FIRST_DAY + day * DAY_MS;
    const isWeekend = [0, 6].includes(new Date(midnight).getUTCDay());
    const count = isWeekend ? run.linesPerDay / 3 : run.linesPerDay;
    const events = eventsOf(run, random);
    const block = new LogBlock("utm");
    let [sealedMs, writtenMs] = [midnight, midnight];
    for (let i = 0; i < count; i++) {
      // Lines come in bursts: a page that is opened makes several.
      const at = midnight + timeInDay((i - (i % 5)) / count);
      while (at - sealedMs >= HOUR_MS) {
        sealedMs += HOUR_MS;
        await chain.seal();
        await chain.maintain();
      }
      if (!block.isEmpty && at - block.firstMs >= BLOCK_MS) keep({ priority: "low", log: block.take(at) });
      if (at - writtenMs >= WRITE_MS) {
        await write();
        writtenMs = at;
      }
      clock.nowMs = at;
      const line = lines.line(++id, at);
      lineBytes += line.length;
      if (!block.hasRoom(line.length)) keep({ priority: "low", log: block.take(at) });
      block.add(at, "ok", line, "utf-8", line.length);
      while (events.length > 0 && events[0]!.atMs <= at - midnight) {
        for (const entry of events.shift()!.make(at)) keep(entry);
        await write();
        writtenMs = at;
      }
    }
    if (!block.isEmpty) keep({ priority: "low", log: block.take(midnight + DAY_MS) });
    await chain.seal();
  }
  clock.nowMs += 2 * DAY_MS;
  counted.append("stop", {});
  await chain.seal();
  await chain.maintain();
  const { user, system } = process.cpuUsage(cpu);
  const written = chain.bytesWritten;
  await chain.close();
  const disk = listSegments(run.folder).reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    records: chain.numbers.last,
    payloadMB: payload / MB,
    lineMB: lineBytes / MB,
    diskMB: (disk + (chain.lastSeal.epoch + 1) * chain.lastSeal.line.length) / MB,
    writtenMB: written / MB,
    pagesMB: (pages * PAGE) / MB + disk / MB,
    cpuS: (user + system) / 1e6,
  };
}

interface DayEvent {
  readonly atMs: number;
  readonly make: (nowMs: number) => readonly StoreEntry[];
}

/** What else happens on a day: detections, incidents as they open, grow and close, health, rules. */
function eventsOf({ detectionsPerDay, incidentsPerDay }: EvidenceRun, random: FuzzRandom): DayEvent[] {
  const events: DayEvent[] = [];
  const at = (): number => timeInDay(random.below(1e6) / 1e6);
  for (let i = 0; i < detectionsPerDay; i++)
    events.push({
      atMs: at(),
      make: (nowMs) => [{ priority: "normal", detection: detectionOf(random, nowMs) }],
    });
  for (let i = 0; i < incidentsPerDay; i++) {
    const [id, begin] = [`K${i}-${random.below(1000)}`, at()];
    for (const [step, state] of (["opened", "updated", "closed"] as const).entries()) {
      const make = (nowMs: number): StoreEntry[] => [
        {
          priority: "high",
          incident: {
            id,
            isOpen: state !== "closed",
            updatedMs: nowMs,
            payload: incidentPayload(id, state, random, nowMs),
          },
        },
      ];
      events.push({ atMs: begin + step * 15 * 60_000, make });
    }
  }
  const info = { topic: "info", payload: JSON.stringify({ event: "sensor_overflow", interface: "lan0" }) };
  for (let i = 0; i < 6; i++) events.push({ atMs: at(), make: () => [{ priority: "high", message: info }] });
  return events.sort((one, other) => one.atMs - other.atMs);
}

process.stdout.write(
  `${JSON.stringify(await measure(JSON.parse(process.argv[2] ?? "{}") as EvidenceRun))}\n`,
);
