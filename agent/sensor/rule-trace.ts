/**
 * Follows one rule on live traffic: its steps (made by `diagnosis/rule-steps.ts`) run beside the rules in force, and for each flow the
 * deepest step is kept that held. Nothing is told of what packets hold: only ends of flows and numbers of steps.
 *
 * Memory: the image of the steps, and MAX_FLOWS flows; more are counted. Ended by whoever began it, or by time.
 */
import { describeRule } from "../signature/rule-description.js";
import { flowKey, flowText } from "./flow-text.js";
import type { Matcher } from "./match/matcher.js";
import { ShadowRun } from "./shadow.js";

/** Generator number of the steps: the rule with signature id n asks for the first n steps. No rule can have as large a one. */
export const STEP_GID = 0xffff_ff01;
const MAX_FLOWS = 2_000;
/** Told of them, the furthest first. */
const MAX_TOLD = 200;

export interface TracedFlow {
  readonly flow: string;
  /** Packet time, microseconds since the Unix epoch. */
  readonly timeUs: number;
  /** Steps that held. */
  readonly steps: number;
}

export interface RuleTraceReport {
  readonly isRunning: boolean;
  readonly flows: readonly TracedFlow[];
  /** Flows by the number of steps that held; index 0 is one step. */
  readonly flowsByStep: readonly number[];
  /** Flows beyond MAX_FLOWS. */
  readonly uncounted: number;
  readonly failure?: string;
}

export class RuleTrace extends ShadowRun {
  /** Of each rule of the image the number of steps it asks for, 0 for others. */
  readonly #steps: Uint16Array;
  readonly #flows = new Map<string, { -readonly [Key in keyof TracedFlow]: TracedFlow[Key] }>();
  #uncounted = 0;

  constructor(image: ShadowRun["image"]) {
    super(image);
    this.#steps = new Uint16Array(image.ruleCount);
    for (let rule = 0; rule < image.ruleCount; rule++) {
      const { gid, sid } = describeRule(image, rule);
      if (gid === STEP_GID) this.#steps[rule] = sid;
    }
  }

  override alerted(rule: number, matcher: Matcher): void {
    const steps = this.#steps[rule]!;
    if (steps === 0) return;
    const key = flowKey(matcher);
    const known = this.#flows.get(key);
    if (known !== undefined && known.steps >= steps) return;
    if (known === undefined && this.#flows.size >= MAX_FLOWS) {
      this.#uncounted++;
      return;
    }
    const { timeUs } = matcher.endpoints;
    this.#flows.set(key, { flow: known?.flow ?? flowText(matcher), timeUs, steps });
  }

  /** A trace is no candidate: it has no figures to be judged by. */
  override counters(): Record<string, number> {
    return {};
  }

  report(isRunning: boolean): RuleTraceReport {
    const flows = [...this.#flows.values()].sort((a, b) => b.steps - a.steps || b.timeUs - a.timeUs);
    const flowsByStep: number[] = [];
    for (const { steps } of flows) {
      while (flowsByStep.length < steps) flowsByStep.push(0);
      flowsByStep[steps - 1] = (flowsByStep[steps - 1] ?? 0) + 1;
    }
    return {
      isRunning,
      flows: flows.slice(0, MAX_TOLD),
      flowsByStep,
      uncounted: this.#uncounted,
      ...(this.failure !== undefined && { failure: this.failure }),
    };
  }
}
