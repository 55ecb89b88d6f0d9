/**
 * Owns what the box remembers about rule sets: the root it trusts, the highest versions it has accepted, which sets are in force,
 * which were before, which failed, and who changed what when. All of it is one value that is replaced as a whole, so that there
 * is no moment at which two parts of it disagree. The functions here make the next value from the last; none of them touches a
 * disk.
 *
 * Bounds: MAX_HISTORY changes, MAX_BAD sets.
 */
import type { XStatic } from "typebox/schema";
import type { JsonSchema } from "../base/json-schema.js";
import { LAYERS, type Layer } from "./layer.js";
import type { RuleSetRef } from "./rule-set.js";

export const MAX_HISTORY = 200;
export const MAX_BAD = 64;

const whole = { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;
const text = { type: "string", maxLength: 4096 } as const;
const ref = {
  type: ["object", "null"],
  required: ["layer", "name", "version", "created", "expires", "sha256"],
  properties: {
    layer: { enum: LAYERS },
    name: text,
    version: whole,
    created: text,
    expires: text,
    sha256: { type: "string", pattern: "^[0-9a-f]{64}$" },
  },
} as const;
const refs = { type: "object", required: LAYERS, properties: { vendor: ref, site: ref } } as const;
const versions = { type: "object", required: LAYERS, properties: { vendor: whole, site: whole } } as const;

export const STATE_SCHEMA = {
  type: "object",
  required: [
    "v",
    "generation",
    "root",
    "highest",
    "accepted",
    "certainMs",
    "active",
    "previous",
    "candidate",
    "phase",
    "starts",
    "bad",
    "history",
  ],
  properties: {
    v: { const: 1 },
    generation: whole,
    /** The trusted root in its envelope, hexadecimal; null: the pinned one. */
    root: { type: ["string", "null"], maxLength: 256 * 1024 },
    highest: versions,
    /** Hash of the manifest that has the highest version. */
    accepted: { type: "object", properties: { vendor: text, site: text } },
    certainMs: whole,
    active: refs,
    previous: { ...refs, type: ["object", "null"] },
    candidate: ref,
    phase: { enum: ["steady", "confirming"] },
    /** Starts of the agent while a set waits to be confirmed. */
    starts: whole,
    bad: {
      type: "array",
      maxItems: MAX_BAD,
      items: {
        type: "object",
        required: ["layer", "version", "sha256", "reason", "at"],
        properties: { layer: { enum: LAYERS }, version: whole, sha256: text, reason: text, at: text },
      },
    },
    history: {
      type: "array",
      maxItems: MAX_HISTORY,
      items: {
        type: "object",
        required: ["at", "by", "what"],
        properties: { at: text, by: text, what: text, layer: text, version: whole, reason: text },
      },
    },
  },
} as const satisfies JsonSchema;

export interface RuleSetChange {
  /** Wall time, ISO 8601 in UTC. */
  readonly at: string;
  /** A user of the box, `monitor`, or `sekisho` itself. */
  readonly by: string;
  readonly what:
    | "accepted"
    | "refused"
    | "activated"
    | "confirmed"
    | "taken_back"
    | "rolled_back"
    | "withdrawn"
    | "damaged";
  readonly layer?: Layer;
  readonly version?: number;
  readonly reason?: string;
}

export interface BadSet {
  readonly layer: Layer;
  readonly version: number;
  readonly sha256: string;
  readonly reason: string;
  readonly at: string;
}

export type ActiveSets = Readonly<Record<Layer, RuleSetRef | null>>;

export interface UpdateState
  extends Omit<
    XStatic<typeof STATE_SCHEMA>,
    "active" | "previous" | "candidate" | "bad" | "history" | "accepted"
  > {
  readonly accepted: Partial<Record<Layer, string>>;
  readonly active: ActiveSets;
  readonly previous: ActiveSets | null;
  readonly candidate: RuleSetRef | null;
  readonly bad: readonly BadSet[];
  readonly history: readonly RuleSetChange[];
}

/** Who changes something, and when. */
export interface Author {
  readonly by: string;
  readonly at: string;
}

export const FRESH_STATE: UpdateState = {
  v: 1,
  generation: 0,
  root: null,
  highest: { vendor: 0, site: 0 },
  accepted: {},
  certainMs: 0,
  active: { vendor: null, site: null },
  previous: null,
  candidate: null,
  phase: "steady",
  starts: 0,
  bad: [],
  history: [],
};

/** A set has been verified and lies on the disk. */
export function accepted(state: UpdateState, candidate: RuleSetRef, author: Author): UpdateState {
  const { layer, version, sha256 } = candidate;
  const known = { ...state, candidate, accepted: { ...state.accepted, [layer]: sha256 } };
  return noted(known, { ...author, what: "accepted", layer, version });
}

/** A set is not to be used, and not to be tried again. */
export function refused(
  state: UpdateState,
  { layer, version, sha256 }: RuleSetRef,
  reason: string,
  author: Author,
): UpdateState {
  const bad = [...state.bad, { layer, version, sha256, reason, at: author.at }].slice(-MAX_BAD);
  return noted({ ...state, candidate: null, bad }, { ...author, what: "refused", layer, version, reason });
}

/** The candidate is in force until it is confirmed or taken back. */
export function activated(state: UpdateState, author: Author): UpdateState {
  const { candidate, active } = state;
  if (candidate === null) return state;
  const { layer, version } = candidate;
  // While one set waits for its confirmation, the way back leads behind both.
  const previous = state.phase === "confirming" && state.previous !== null ? state.previous : active;
  return noted(
    {
      ...state,
      active: { ...active, [layer]: candidate },
      previous,
      candidate: null,
      phase: "confirming",
      starts: 0,
    },
    { ...author, what: "activated", layer, version },
  );
}

export function confirmed(state: UpdateState, author: Author): UpdateState {
  if (state.phase !== "confirming") return state;
  return noted(
    { ...state, phase: "steady", starts: 0 },
    { ...author, what: "confirmed", ...changedSet(state) },
  );
}

/** The sets before are in force again; those that leave are not tried again. Nothing where there are none before. */
export function takenBack(
  state: UpdateState,
  what: "taken_back" | "rolled_back",
  reason: string,
  author: Author,
): UpdateState {
  const { previous, active } = state;
  if (previous === null) return state;
  const leaving = LAYERS.flatMap((layer) => {
    const set = active[layer];
    return set !== null && set.sha256 !== previous[layer]?.sha256 ? [set] : [];
  });
  const bad = leaving.map(({ layer, version, sha256 }) => ({
    layer,
    version,
    sha256,
    reason,
    at: author.at,
  }));
  return noted(
    {
      ...state,
      active: previous,
      previous: null,
      phase: "steady",
      starts: 0,
      bad: [...state.bad, ...bad].slice(-MAX_BAD),
    },
    { ...author, what, reason, ...changedSet(state) },
  );
}

/** A set in force is taken back by those who signed it: the one of its layer before, or none. */
export function withdrawn(state: UpdateState, layer: Layer, reason: string, author: Author): UpdateState {
  const leaving = state.active[layer];
  if (leaving === null) return state;
  const before = state.previous?.[layer] ?? null;
  const next = before?.sha256 === leaving.sha256 ? null : before;
  const { version, sha256 } = leaving;
  const bad = [...state.bad, { layer, version, sha256, reason, at: author.at }].slice(-MAX_BAD);
  return noted(
    { ...state, active: { ...state.active, [layer]: next }, previous: null, phase: "steady", starts: 0, bad },
    { ...author, what: "withdrawn", layer, version, reason },
  );
}

/** A change for the record. */
export function noted(state: UpdateState, change: RuleSetChange): UpdateState {
  return { ...state, history: [...state.history, change].slice(-MAX_HISTORY) };
}

/** Every set that may still be needed. */
export function setsOf({ active, previous, candidate }: UpdateState): RuleSetRef[] {
  const all = [...LAYERS.flatMap((layer) => [active[layer], previous?.[layer] ?? null]), candidate];
  return all.filter((set) => set !== null);
}

/** The set in which the active ones differ from those before. */
function changedSet({ active, previous }: UpdateState): { layer?: Layer; version?: number } {
  const layer = LAYERS.find((name) => active[name]?.sha256 !== previous?.[name]?.sha256);
  const version = layer && active[layer]?.version;
  return { ...(layer && { layer }), ...(version !== undefined && { version }) };
}
