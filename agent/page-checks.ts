/** The checks of the box's page in the reader's language: the self-test of the agent, and the doctor beside it. */
import { type Language, translate } from "./base/language.js";
import { localTime } from "./base/local-time.js";
import type { DoctorRun, DoctorState } from "./doctor-run.js";
import type { CheckLine, CheckName, CheckRun } from "./onsite/page/page-source.js";
import {
  type LegState,
  type SelfTestLeg,
  type SelfTestReport,
  selfTestVerdict,
} from "./onsite/self-test/self-test-report.js";
import { legName, reasonText, selfTestSummary, wayText } from "./onsite/self-test/self-test-screen.js";

const LEVELS = {
  proved: "ok",
  unproved: "degraded",
  failed: "failing",
  waiting: "pending",
  running: "pending",
} as const satisfies Record<LegState, CheckLine["level"]>;
const FINDING_LEVELS = { fault: "failing", warning: "degraded" } as const;

export interface CheckParts {
  readonly doctor: DoctorRun;
  readonly selfTest: { report(): SelfTestReport | undefined; begin(): unknown };
}

export class PageChecks {
  readonly #parts: CheckParts;

  constructor(parts: CheckParts) {
    this.#parts = parts;
  }

  check(name: CheckName, language: Language): CheckRun | undefined {
    const { doctor, selfTest } = this.#parts;
    if (name === "selftest") {
      const report = selfTest.report();
      return report && selfTestRun(report, language);
    }
    const state = doctor.state();
    return state && doctorRun(state, language);
  }

  beginCheck(name: CheckName, language: Language): void {
    if (name === "selftest") this.#parts.selfTest.begin();
    else this.#parts.doctor.begin(language);
  }
}

function selfTestRun(report: SelfTestReport, language: Language): CheckRun {
  const { legs, isRunning, startedAt } = report;
  const decided = legs.filter(({ state }) => LEVELS[state] !== "pending").length;
  return {
    isRunning,
    progress: decided / legs.length,
    started: localTime(Date.parse(startedAt), language),
    verdict: LEVELS[selfTestVerdict(report)],
    summary: selfTestSummary(report, language),
    lines: legs.map((leg) => legLine(leg, language)),
  };
}

function legLine(leg: SelfTestLeg, language: Language): CheckLine {
  const reason = reasonText(leg, language);
  return {
    level: LEVELS[leg.state],
    state: translate(language, `selftest.state.${leg.state}`),
    text: `${legName(leg, language)}${wayText(leg, language)}`,
    ...(reason !== undefined && { reason }),
    ...(leg.ms !== undefined && { time: `${leg.ms} ms` }),
  };
}

function doctorRun(
  { isRunning, progress, startedMs, result, trouble }: DoctorState,
  language: Language,
): CheckRun {
  const run = { isRunning, progress, started: localTime(startedMs, language) };
  if (trouble !== undefined) {
    const summary = translate(language, "page.check.trouble", { reason: trouble });
    return { ...run, verdict: "failing", summary, lines: [] };
  }
  const { findings, checks } = result ?? { findings: [], checks: 0 };
  const faults = findings.filter(({ level }) => level === "fault").length;
  const counts = { faults, warnings: findings.length - faults, count: checks };
  return {
    ...run,
    verdict: faults > 0 ? "failing" : findings.length > 0 ? "degraded" : "ok",
    summary: translate(language, findings.length === 0 ? "doctor.well" : "doctor.faults", counts),
    lines: findings.map(({ level, text }) => ({
      level: FINDING_LEVELS[level],
      state: translate(language, `doctor.level.${level}`),
      text,
    })),
  };
}
