/** What every benchmark prints: a table for people, and the same as JSON with machine and versions. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { dirname } from "node:path";

/** One figure, measured several times. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly runs: number;
  /** What was wanted, where something was. */
  readonly goal?: number;
  readonly note?: string;
}

export interface Report {
  readonly benchmark: string;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly time: string;
  /** What was measured on: packets, bytes a packet, rules. */
  readonly setting: Readonly<Record<string, string | number>>;
  readonly figures: readonly Figure[];
}

export function figure(
  name: string,
  unit: string,
  values: readonly number[],
  more: { goal?: number; note?: string } = {},
): Figure {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median =
    sorted.length % 2 === 1 ? sorted[middle]! : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
  return {
    name,
    unit,
    median,
    least: sorted[0] ?? 0,
    most: sorted.at(-1) ?? 0,
    runs: values.length,
    ...more,
  };
}

export function report(benchmark: string, setting: Report["setting"], figures: readonly Figure[]): Report {
  return { benchmark, machine: machine(), time: new Date().toISOString(), setting, figures };
}

/** Processor, memory and versions. */
function machine(): Report["machine"] {
  const processors = cpus();
  return {
    processor: processors[0]?.model ?? "unknown",
    processors: processors.length,
    memoryMiB: Math.round(totalmem() / 1024 / 1024),
    loadAverage: readFileSync("/proc/loadavg", "utf8").split(" ")[0] ?? "",
    kernel: release(),
    node: process.version,
    v8: process.versions.v8,
    commit: commit(),
  };
}

function commit(): string {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty"], { stdio: ["ignore", "pipe", "ignore"] })
      .toString()
      .trim();
  } catch {
    return "unknown";
  }
}

export function printReport({ benchmark, machine: on, setting, figures }: Report): void {
  const lines = [
    `${benchmark}: ${Object.entries(setting)
      .map(([key, value]) => `${key} ${value}`)
      .join(", ")}`,
  ];
  lines.push(`on ${on.processor} × ${on.processors}, Node ${on.node}, load ${on.loadAverage}, ${on.commit}`);
  const width = Math.max(...figures.map(({ name }) => name.length));
  for (const { name, unit, median, least, most, runs, goal, note } of figures) {
    const spread = runs > 1 ? `  ${show(least)}–${show(most)} in ${runs}` : "";
    const wanted = goal === undefined ? "" : `  wanted ≤ ${show(goal)}`;
    lines.push(
      `  ${name.padEnd(width)}  ${show(median).padStart(8)} ${unit.padEnd(10)}${spread}${wanted}${note ? `  ${note}` : ""}`,
    );
  }
  process.stdout.write(`${lines.join("\n")}\n\n`);
}

export function saveReports(path: string, reports: readonly Report[]): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(reports, undefined, 2)}\n`);
}

function show(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}
