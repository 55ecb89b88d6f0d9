/** Holds a rule set against live traffic: unheard beside the set in force, and in force until it is confirmed. */
import { AgentError } from "./base/errors.js";
import type { Config } from "./config/schema.js";
import type { RuleImage } from "./signature/image.js";
import {
  type Baseline,
  type Figures,
  Probation,
  type ProbationLimits,
  RecentFigures,
  type ShadowFigures,
  shadowFault,
} from "./update/probation.js";

/** What the watch needs of the agent. */
export interface WatchedParts {
  readonly figures: () => Figures;
  readonly counters: () => Readonly<Record<string, number>>;
  /** Run rules beside those in force, or no more. */
  readonly shadow: (image: RuleImage | undefined) => Promise<void>;
}

const LOOK_EVERY_MS = 1000;

export class RuleSetWatch {
  readonly #parts: WatchedParts;
  readonly #settings: Config["rule_sets"];
  readonly #limits: ProbationLimits;
  #recent = new RecentFigures();
  #baseline: Baseline | undefined;
  #probation: { readonly judge: Probation; readonly sinceMs: number } | undefined;
  #isStopped = false;

  constructor(settings: Config["rule_sets"], parts: WatchedParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#limits = { alertsFactor: settings.alerts_factor, costFactor: settings.cost_factor };
  }

  /** Take the figures of an agent with whose rules nothing is being done; call about once a second. */
  observe(): void {
    this.#recent.add(this.#parts.figures());
  }

  /** From here on nothing is as usual: what was until now is what a set is held against. */
  begin(): void {
    this.#baseline = this.#recent.baseline();
  }

  /**
   * Run rules beside those in force for the configured time; never resolves once the agent stops, so that they are tried again.
   *
   * @throws AgentError as soon as something speaks against them
   */
  async shadow(image: RuleImage): Promise<void> {
    const durationMs = this.#settings.shadow_min * 60_000;
    if (durationMs === 0) return;
    const start = this.#parts.figures();
    await this.#parts.shadow(image);
    try {
      for (;;) {
        await pause(LOOK_EVERY_MS);
        if (this.#isStopped) return await new Promise<never>(() => undefined);
        const now = this.#parts.figures();
        const fault = shadowFault(this.#shadowFigures(), this.#baseline, start, now, this.#limits);
        if (fault !== undefined) throw new AgentError("error.rule_sets.shadow", { reason: fault });
        if (now.monotonicMs - start.monotonicMs >= durationMs) return;
      }
    } finally {
      await this.#parts.shadow(undefined);
    }
  }

  #shadowFigures(): ShadowFigures {
    const counters = this.#parts.counters();
    const of = (name: string): number => counters[`shadow.${name}`] ?? 0;
    return {
      alerts: of("alerts"),
      frames: of("frames"),
      frameUs: of("frame_us"),
      activeUs: of("active_us"),
      candidateUs: of("candidate_us"),
      failures: of("failures"),
    };
  }

  /**
   * Watch a set in force; call about once a second while one waits to be confirmed.
   *
   * @returns `confirmed`, why it must be taken back, or undefined while that is open
   */
  judge(): { readonly isConfirmed: true } | { readonly fault: string } | undefined {
    const now = this.#parts.figures();
    if (this.#probation === undefined) {
      const judge = new Probation(this.#baseline, this.#limits, now);
      this.#probation = { judge, sinceMs: now.monotonicMs };
    }
    const { judge, sinceMs } = this.#probation;
    const fault = judge.observe(now);
    const isOver = now.monotonicMs - sinceMs >= this.#settings.confirm_min * 60_000;
    if (fault === undefined && !isOver) return undefined;
    this.settle();
    return fault === undefined ? { isConfirmed: true } : { fault };
  }

  /** What was watched is decided, or another set is in force. */
  settle(): void {
    this.#probation = undefined;
  }

  /** What was last was not as usual: a set has been taken back. */
  forget(): void {
    this.#recent = new RecentFigures();
  }

  stop(): void {
    this.#isStopped = true;
  }
}

/** A pause that keeps no process alive. */
function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, milliseconds).unref());
}
