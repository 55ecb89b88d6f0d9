/**
 * `bench evidence`: what a year of records takes on disk, and how much is written for it: of a typical office (about twenty devices, a UTM
 * that logs what it blocks, allows to servers, and leases: 12,000 lines on a working day), and of one whose RTX1210 logs every connection.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runChild } from "./child-run.js";
import type { EvidenceFigures, EvidenceRun } from "./evidence-process.js";
import { type Figure, figure, type Report, report } from "./report.js";
import type { BenchSettings } from "./settings.js";

const YEAR_DAYS = 365;
const QUICK_DAYS = 14;
/** Days of the loud office: its year follows from them. */
const LOUD_DAYS = 28;

export function benchEvidence(settings: BenchSettings): Report {
  const { isQuick } = settings;
  const [days, loudDays] = isQuick ? [QUICK_DAYS, QUICK_DAYS / 2] : [YEAR_DAYS, LOUD_DAYS];
  const typical = measure(settings, days, 12_000, 40, 5);
  const loud = measure(settings, loudDays, 270_000, 100, 10);
  return report("evidence", { "days of the typical office": days, "days of the loud office": loudDays }, [
    ...figuresOf("typical", typical, days, "wanted: at most 100"),
    ...figuresOf("every connection", loud, loudDays),
  ]);
}

function measure(
  settings: BenchSettings,
  days: number,
  linesPerDay: number,
  detectionsPerDay: number,
  incidentsPerDay: number,
): EvidenceFigures {
  mkdirSync(settings.cache, { recursive: true });
  const folder = mkdtempSync(join(settings.cache, "evidence-"));
  try {
    const run: EvidenceRun = { folder, days, linesPerDay, detectionsPerDay, incidentsPerDay };
    return runChild("evidence-process.js", run) as EvidenceFigures;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function figuresOf(name: string, figures: EvidenceFigures, days: number, goal?: string): Figure[] {
  const row = (text: string, unit: string, value: number, note?: string) =>
    figure(`${name}: ${text}`, unit, [value], note === undefined ? {} : { note });
  return [
    row("a year on disk", "MB", (figures.diskMB * YEAR_DAYS) / days, goal),
    row("a year of records", "MB", (figures.payloadMB * YEAR_DAYS) / days),
    row("written, by payload", "times", figures.writtenMB / figures.payloadMB, "wanted: at most 3"),
    row("pages touched, by payload", "times", figures.pagesMB / figures.payloadMB),
    row("records a day", "records", figures.records / days),
    row("CPU a day", "s", figures.cpuS / days),
  ];
}
