/**
 * `bench syslog`: lines by UDP, parsed, judged by the rules, into the store and the chain of evidence, and whether all of them are accounted
 * for: at 20,000 a second, and as a day of one RTX1210 played a thousand times as fast. And what the sensor that judges them costs.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runChild } from "./child-run.js";
import type { LogSensorFigures } from "./log-sensor-process.js";
import { type Figure, figure, type Report, report } from "./report.js";
import type { BenchSettings } from "./settings.js";
import type { SyslogFigures, SyslogRun } from "./syslog-process.js";

const LINES = 400_000;
const QUICK_LINES = 60_000;
const LINES_PER_SECOND = 20_000;
/** The upper end of what one RTX1210 was seen to write. */
const DAY_LINES = 270_000;
const DAY_SPEED = 1000;
/** A quick day has as many lines a second. */
const QUICK_SHARE = 10;

export function benchSyslog(settings: BenchSettings): Report {
  const { isQuick } = settings;
  const even = measure(settings, isQuick ? QUICK_LINES : LINES, { linesPerSecond: LINES_PER_SECOND });
  const share = isQuick ? QUICK_SHARE : 1;
  const day = measure({ ...settings, runs: 1 }, DAY_LINES / share, { speed: DAY_SPEED * share });
  const sensor = runChild("log-sensor-process.js", settings.rules, {
    options: ["--expose-gc"],
  }) as LogSensorFigures;
  return report(
    "syslog",
    { "octets a line": even[0]?.lineBytes ?? 0, "lines of the day": DAY_LINES / share },
    [
      ...figuresOf("even", even, "wanted: 20,000"),
      ...figuresOf("RTX1210 day", day, "wanted: 270,000 lines in 86 s"),
      figure("sensor of the logs: heap and buffers", "MiB", [sensor.heldMiB], { note: "wanted: at most 20" }),
      figure("sensor of the logs: RSS", "MiB", [sensor.rssMiB]),
      figure("sensor of the logs: CPU", "µs/event", [sensor.cpuUs]),
      figure("rules that judge", "rules", [sensor.rules]),
    ],
  );
}

function measure(settings: BenchSettings, lines: number, pace: SyslogRun["pace"]): SyslogFigures[] {
  mkdirSync(settings.cache, { recursive: true });
  return Array.from({ length: settings.runs }, () => {
    const folder = mkdtempSync(join(settings.cache, "syslog-"));
    try {
      return runChild("syslog-process.js", {
        folder,
        rules: settings.rules,
        lines,
        pace,
      } satisfies SyslogRun);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }) as SyslogFigures[];
}

function figuresOf(name: string, runs: readonly SyslogFigures[], goal: string): Figure[] {
  const row = (text: string, unit: string, pick: (figures: SyslogFigures) => number, note?: string) =>
    figure(`${name}: ${text}`, unit, runs.map(pick), note === undefined ? {} : { note });
  return [
    row("sent", "lines/s", ({ sentPerSecond }) => sentPerSecond, goal),
    row("most in a second", "lines/s", ({ mostPerSecond }) => mostPerSecond),
    row("in the store", "lines", ({ kept }) => kept),
    row("in the chain", "lines", ({ chained }) => chained),
    row("told as dropped by the kernel", "lines", ({ kernelDrops }) => kernelDrops),
    row("told as flooded or shed", "lines", ({ told }) => told),
    row("unreported", "lines", ({ unreported }) => unreported, "wanted: 0"),
    row("judged by the rules", "events", ({ judged }) => judged, "2,000 a second at most"),
    row("CPU of taking in", "µs/line", ({ cpuUs }) => cpuUs, "all but the sender, another process"),
    row("payload in the store", "bytes/line", ({ payloadBytes }) => payloadBytes),
    row("RSS at most", "MiB", ({ rssMiB }) => rssMiB),
  ];
}
