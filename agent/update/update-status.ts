/** What the box says about its rule sets: on the control socket, in `sekisho rules status`, and to the monitor. */

import { LAYERS, type Layer } from "./layer.js";
import type { RuleSetRef } from "./rule-set.js";
import type { RuleSetDesk } from "./rule-set-desk.js";
import type { ActiveSets, BadSet, RuleSetChange, UpdateState } from "./update-state.js";

export const RULE_SETS_PATH = "/v1/rule-sets";
export const INSTALL_PATH = "/v1/rule-sets/install";
export const ROLLBACK_PATH = "/v1/rule-sets/rollback";

/** What became of a wish. */
export interface WishOutcome {
  readonly id: string;
  readonly isOk: boolean;
  /** Key of the catalogue and its parameters, where it is not. */
  readonly code?: string;
  readonly params?: Readonly<Record<string, string | number>>;
  readonly set?: RuleSetRef;
  /** The set was in force already. */
  readonly isKnown?: boolean;
}

export interface RuleSetStatus {
  /** Version of the trusted root; null: nothing is trusted, and nothing is installed. */
  readonly root: number | null;
  /** idle, verifying, compiling, testing, shadowing, activating. */
  readonly activity: string;
  /** steady; confirming: the newest set has to prove itself. */
  readonly phase: UpdateState["phase"];
  readonly active: ActiveSets;
  readonly previous: ActiveSets | null;
  readonly candidate: RuleSetRef | null;
  readonly highest: Readonly<Record<Layer, number>>;
  /** Layers whose set in force is past its date. */
  readonly expired: readonly Layer[];
  readonly bad: readonly BadSet[];
  readonly history: readonly RuleSetChange[];
  /** Of wishes since the start, the newest last. */
  readonly outcomes: readonly WishOutcome[];
  /** Of all rules in force; null: no agent runs. */
  readonly rules: RuleCounts | null;
}

/** Rules that load and that do not. */
export interface RuleCounts {
  readonly loaded: number;
  readonly refused: number;
}

export function statusOf(
  desk: RuleSetDesk,
  nowMs: number,
  outcomes: readonly WishOutcome[] = [],
  rules: RuleCounts | null = null,
): RuleSetStatus {
  const { active, previous, candidate, phase, highest, bad, history } = desk.state;
  return {
    root: desk.rootVersion ?? null,
    activity: desk.activity,
    phase,
    active,
    previous,
    candidate,
    highest,
    expired: LAYERS.filter((layer) => active[layer] !== null && nowMs >= Date.parse(active[layer].expires)),
    bad,
    history,
    outcomes,
    rules: rules && { loaded: rules.loaded, refused: rules.refused },
  };
}
