/**
 * Regressions of what a packet costs, by work that is counted: neither the machine nor what else it does changes these numbers.
 * Times are the benchmarks' (scripts/bench).
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { shippedRulesFolder } from "../../../agent/config/rule-files.js";
import type { CountedRun, CountedWork } from "../../../scripts/benchmarks/counted-process.js";
import { COUNTING_OPTIONS, REGRESSION } from "../../../scripts/benchmarks/guard.js";
import { writeStory } from "../../../scripts/story/story.js";
import { TemporaryFiles } from "../../support/capture-file.js";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const files = new TemporaryFiles();

afterAll(() => files.remove());

it("a packet of an office morning makes the sensor do no half as much again as it did", () => {
  const capture = join(files.directory, "story.pcap");
  writeStory(capture);
  const run: CountedRun = { capture, rules: [shippedRulesFolder()] };
  const script = join(ROOT, "dist/scripts/benchmarks/counted-process.js");
  const printed = execFileSync(process.execPath, [...COUNTING_OPTIONS, script, JSON.stringify(run)]);
  const work = JSON.parse(printed.toString()) as CountedWork;
  const baseline = readFileSync(join(ROOT, "scripts/benchmarks/guard.json"), "utf8");
  const { counted } = JSON.parse(baseline) as { readonly counted: CountedWork };
  for (const name of ["bytesSearched", "literalsCompared", "rulesJudged", "bytesAllocated"] as const) {
    expect(work[name], name).toBeGreaterThan(0);
    expect(work[name], name).toBeLessThan(counted[name] * REGRESSION);
  }
}, 180_000);
