/**
 * The engine against what Suricata 7.0.10 says of the same captures and rules. The bounds are what has been reached, a
 * little below: they fall when something breaks, not when a machine is slow.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { MAIN } from "../support/sekisho-process.js";

const COMPARE = fileURLToPath(new URL("../../../shared/corpus/compare.py", import.meta.url));
const hasCorpus = existsSync(COMPARE);

interface Summary {
  readonly tests: number;
  readonly tp: number;
  readonly fn: number;
  readonly fp: number;
  readonly agree_loaded: number;
  readonly crashes: number;
  readonly timeouts: number;
  readonly no_output: number;
  readonly bad_lines: number;
  readonly coverage: readonly [number, number];
}

/** Kept from set to set: two have their rules in common, which the later one finds compiled, as an agent does that starts again. */
const work = hasCorpus ? mkdtempSync(join(tmpdir(), "sekisho-corpus-work-")) : "";
afterAll(() => rmSync(work, { recursive: true, force: true }));

function compare(set: string): Summary {
  const folder = mkdtempSync(join(tmpdir(), "sekisho-corpus-"));
  try {
    const rules = set === "verify" ? "" : "--rules {rules} ";
    const agent = `${process.execPath} ${MAIN} replay --batch {list} ${rules}--vars {vars}`;
    const options = [
      "--set",
      set,
      "--split",
      "public",
      "--batch",
      "--keep",
      work,
      "--json",
      join(folder, "out.json"),
    ];
    execFileSync("python3", [COMPARE, "--agent", agent, ...options], { stdio: "pipe" });
    return JSON.parse(readFileSync(join(folder, "out.json"), "utf8")).summary;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const recall = ({ tp, fn }: Summary): number => tp / (tp + fn);
const precision = ({ tp, fp }: Summary): number => tp / (tp + fp);
const coverage = ({ coverage: [loaded, all] }: Summary): number => loaded / all;

const title = hasCorpus ? "the public corpus" : "the public corpus (skipped: ../shared/corpus is not there)";

describe.skipIf(!hasCorpus)(title, () => {
  test.each([
    ["et", 0.995, 0.995, 0.995],
    ["etany", 0.995, 0.995, 0.995],
    ["etsynth", 0.995, 0.995, 0.995],
    ["verify", 0.95, 0.98, 0.85],
  ])(
    "on set %s alerts agree: recall ≥ %f and precision ≥ %f on loaded rules, coverage ≥ %f, no crash",
    (set, minRecall, minPrecision, minCoverage) => {
      const summary = compare(set);
      expect(summary).toMatchObject({ crashes: 0, timeouts: 0, no_output: 0, bad_lines: 0 });
      expect(recall(summary)).toBeGreaterThanOrEqual(minRecall);
      expect(precision(summary)).toBeGreaterThanOrEqual(minPrecision);
      expect(coverage(summary)).toBeGreaterThanOrEqual(minCoverage);
    },
    300_000,
  );
});
