/**
 * Answers about the traffic of now: who of the office sends and receives most, and which condition stops a rule on the flows that are
 * seen. Both are off until somebody asks; a trace ends by itself.
 */
import type { Clock } from "./base/clock.js";
import type { Config } from "./config/schema.js";
import type { Device } from "./incident/incident.js";
import { type Commands, jsonAnswer, type Routes } from "./onsite/control-server.js";
import {
  LONGEST_WHY_S,
  TALKERS_PATH,
  type TalkersAnswer,
  WHY_PATH,
  type WhyAnswer,
} from "./onsite/live-questions.js";
import { type RuleTraceReport, STEP_GID } from "./sensor/rule-trace.js";
import type { SensorFleet } from "./sensor-fleet.js";

const MAX_TALKERS = 20;
const DEFAULT_WHY_S = 30;
const MAX_FLOWS = 200;

export interface LiveLookParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly fleet: () => SensorFleet;
  readonly isInside: (address: string) => boolean;
  readonly lookUp: (address: string) => Device;
}

export class LiveLook {
  readonly #parts: LiveLookParts;
  #askedMs: number | undefined;
  #traced: { readonly gid: number; readonly sid: number; readonly steps: TracedSteps } | undefined;

  constructor(parts: LiveLookParts) {
    this.#parts = parts;
  }

  get routes(): Routes {
    return {
      [TALKERS_PATH]: async () => jsonAnswer(await this.#talkers()),
      [WHY_PATH]: async () => jsonAnswer(await this.#why()),
    };
  }

  get commands(): Commands {
    return { [WHY_PATH]: async (params) => jsonAnswer(await this.#begin(params)) };
  }

  async #talkers(): Promise<TalkersAnswer> {
    const { clock, fleet, isInside, lookUp } = this.#parts;
    const nowMs = clock.monotonicMs();
    const forMs = this.#askedMs === undefined ? null : nowMs - this.#askedMs;
    this.#askedMs = nowMs;
    const talkers = (await fleet().talkers())
      .filter(({ address }) => isInside(address))
      .slice(0, MAX_TALKERS);
    return {
      forMs,
      talkers: talkers.map((talker) => {
        const { hostname } = lookUp(talker.address);
        return { ...talker, ...(hostname !== undefined && { name: hostname }) };
      }),
    };
  }

  async #begin(params: URLSearchParams): Promise<WhyAnswer> {
    const gid = wholeNumber(params.get("gid")) ?? 1;
    const sid = wholeNumber(params.get("sid")) ?? 0;
    const seconds = Math.min(wholeNumber(params.get("seconds")) ?? DEFAULT_WHY_S, LONGEST_WHY_S);
    // What knows the rule language is loaded only where somebody asks.
    const { stepImage } = await import("./rule-by-number.js");
    const found = stepImage(this.#parts.config, gid, sid, STEP_GID);
    if (found === undefined) return { trouble: "unknown" };
    this.#traced = { gid, sid, steps: found.steps };
    await this.#parts.fleet().trace(found.image, seconds * 1000);
    return this.#why();
  }

  async #why(): Promise<WhyAnswer> {
    const traced = this.#traced;
    if (traced === undefined) return { trouble: "unknown" };
    const reports = await this.#parts.fleet().traced();
    if (reports.length === 0) return { trouble: "busy" };
    return { ...traced, ...joined(reports) };
  }
}

type TracedSteps = Extract<WhyAnswer, { gid: number }>["steps"];

function joined(reports: readonly RuleTraceReport[]) {
  const flows = reports
    .flatMap((report) => report.flows)
    .sort((a, b) => b.steps - a.steps || b.timeUs - a.timeUs);
  const length = Math.max(0, ...reports.map(({ flowsByStep }) => flowsByStep.length));
  const flowsByStep = Array.from({ length }, (_, index) =>
    reports.reduce((sum, report) => sum + (report.flowsByStep[index] ?? 0), 0),
  );
  const failure = reports.find((report) => report.failure !== undefined)?.failure;
  return {
    isRunning: reports.some(({ isRunning }) => isRunning),
    flows: flows.slice(0, MAX_FLOWS),
    flowsByStep,
    uncounted: reports.reduce((sum, { uncounted }) => sum + uncounted, 0),
    ...(failure !== undefined && { failure }),
  };
}

function wholeNumber(text: string | null): number | undefined {
  return /^\d{1,10}$/.test(text ?? "") ? Number(text) : undefined;
}
