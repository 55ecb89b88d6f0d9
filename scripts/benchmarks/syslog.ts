/** `bench syslog`: lines a second by UDP into the store, and whether all of them are accounted for. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runChild } from "./child-run.js";
import { figure, type Report, report } from "./report.js";
import type { BenchSettings } from "./settings.js";
import type { SyslogFigures, SyslogRun } from "./syslog-process.js";

const LINES = 400_000;
const QUICK_LINES = 60_000;
const LINES_PER_SECOND = 20_000;

export function benchSyslog(settings: BenchSettings): Report {
  const runs: SyslogFigures[] = [];
  const lines = settings.isQuick ? QUICK_LINES : LINES;
  mkdirSync(settings.cache, { recursive: true });
  for (let run = 0; run < settings.runs; run++) {
    const directory = mkdtempSync(join(settings.cache, "syslog-"));
    try {
      const wanted: SyslogRun = {
        path: join(directory, "store.db"),
        lines,
        linesPerSecond: LINES_PER_SECOND,
      };
      runs.push(runChild("syslog-process.js", wanted) as SyslogFigures);
    } finally {
      rmSync(directory, { recursive: true });
    }
  }
  const row = (name: string, unit: string, pick: (figures: SyslogFigures) => number, note?: string) =>
    figure(name, unit, runs.map(pick), note === undefined ? {} : { note });
  return report(
    "syslog",
    { lines, "lines a second": LINES_PER_SECOND, "octets a line": runs[0]?.lineBytes ?? 0 },
    [
      row("sent", "lines/s", ({ sentPerSecond }) => sentPerSecond, "wanted: 20,000"),
      row("on disk", "lines", ({ kept }) => kept),
      row("told as dropped by the kernel", "lines", ({ kernelDrops }) => kernelDrops),
      row("told as flooded or shed", "lines", ({ told }) => told),
      row("unreported", "lines", ({ unreported }) => unreported, "wanted: 0"),
      row(
        "CPU of taking in",
        "µs/line",
        ({ cpuUs }) => cpuUs,
        "receiver and store; the sender is another process",
      ),
      row("payload in the store", "bytes/line", ({ payloadBytes }) => payloadBytes),
      row("RSS at most", "MiB", ({ rssMiB }) => rssMiB),
    ],
  );
}
