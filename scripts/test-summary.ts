/** Prints `N passed, N failed[, N skipped]` from vitest's JSON report; exit 1 where something failed or nothing ran. */
import { readFileSync } from "node:fs";

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

/** The counts of a report; a test file that could not even be loaded is one failure. */
function countTests(report: VitestReport): { passed: number; failed: number; skipped: number } {
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  ).length;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

function readReport(path: string | undefined): VitestReport | undefined {
  try {
    return JSON.parse(readFileSync(path ?? "", "utf8"));
  } catch {
    return undefined;
  }
}

const report = readReport(process.argv[2]);
const { passed, failed, skipped } = report ? countTests(report) : { passed: 0, failed: 1, skipped: 0 };
const skippedText = skipped > 0 ? `, ${skipped} skipped` : "";
process.stdout.write(`${passed} passed, ${failed} failed${skippedText}\n`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
