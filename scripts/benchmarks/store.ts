/** `bench store`: durable records a second, how long a commit takes, what a record costs on disk, memory. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runChild } from "./child-run.js";
import { figure, type Report, report } from "./report.js";
import type { BenchSettings } from "./settings.js";
import type { StoreFigures, StoreRun } from "./store-process.js";

const RECORDS = 200_000;
const QUICK_RECORDS = 20_000;

export function benchStore(settings: BenchSettings): Report {
  const runs: StoreFigures[] = [];
  const records = settings.isQuick ? QUICK_RECORDS : RECORDS;
  mkdirSync(settings.cache, { recursive: true });
  for (let run = 0; run < settings.runs; run++) {
    const directory = mkdtempSync(join(settings.cache, "store-"));
    try {
      const wanted: StoreRun = { path: join(directory, "store.db"), records };
      runs.push(runChild("store-process.js", wanted) as StoreFigures);
    } finally {
      rmSync(directory, { recursive: true });
    }
  }
  const of = (pick: (figures: StoreFigures) => number): number[] => runs.map(pick);
  const figures = [
    figure(
      "durable records, groups of 500",
      "records/s",
      of(({ recordsPerSecond }) => recordsPerSecond),
      {
        note: "wanted: 5,000 at least",
      },
    ),
    figure(
      "CPU",
      "µs/record",
      of(({ cpuUs }) => cpuUs),
    ),
    figure(
      "commit of a group, p50",
      "ms",
      of(({ groupMs }) => groupMs.p50),
    ),
    figure(
      "commit of a group, p99",
      "ms",
      of(({ groupMs }) => groupMs.p99),
    ),
    figure(
      "a critical message, given to committed, p50",
      "ms",
      of(({ singleMs }) => singleMs.p50),
    ),
    figure(
      "a critical message, given to committed, p99",
      "ms",
      of(({ singleMs }) => singleMs.p99),
    ),
    figure(
      "written to the disk",
      "bytes/record",
      of(({ writtenBytes }) => writtenBytes),
      {
        note: `of ${Math.round(runs[0]?.payloadBytes ?? 0)} bytes given`,
      },
    ),
    figure(
      "written, as a multiple of what was given",
      "×",
      of((run) => run.writtenBytes / run.payloadBytes),
    ),
    figure(
      "leased and acknowledged",
      "messages/s",
      of(({ drainedPerSecond }) => drainedPerSecond),
    ),
    figure(
      "RSS at most",
      "MiB",
      of(({ rssMiB }) => rssMiB),
    ),
  ];
  return report("store", { records, "records a group": 500, budget: "256 MiB" }, figures);
}
