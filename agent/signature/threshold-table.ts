import type { AddressGroup } from "./address-group.js";
import { hashBytes } from "./data-set.js";
import { RuleFlag, type ThresholdRow } from "./image.js";
import type { Signature, Threshold } from "./signature.js";

type Row = Omit<ThresholdRow, "next" | "counter">;

const NEW_ACTIONS: Readonly<Record<NonNullable<Threshold["newAction"]>, number>> = {
  alert: 0,
  log: 0,
  // As in Suricata a silent drop is not done.
  sdrop: 0,
  drop: RuleFlag.DROP,
  reject: RuleFlag.REJECT,
  pass: RuleFlag.PASS,
};

/** More than that many matches, or 68 years, mean the same as any larger number. */
const MAX_WORD = 0x7fff_ffff;

const encoder = new TextEncoder();

/**
 * Collects what stands between the matches and the alerts of all rules: for each rule its suppressions, then its thresholds.
 * Suppressions remember nothing, so rules with the same ones share their rows (a line for all rules costs one row).
 */
export class ThresholdTable {
  readonly rows: ThresholdRow[] = [];
  readonly #shared = new Map<string, number>();
  readonly #counters = new Set<number>();
  readonly #setsOf: (group: AddressGroup) => number;

  /** @param setsOf number of an address group in the image */
  constructor(setsOf: (group: AddressGroup) => number) {
    this.#setsOf = setsOf;
  }

  /** First row of the rule, or −1. */
  add(signature: Signature): number {
    let next = -1;
    const { thresholds, suppressions } = signature;
    const counter = thresholds.length > 0 ? this.#counterOf(signature) : -1;
    for (let i = thresholds.length - 1; i >= 0; i--) {
      next = this.rows.push({ ...rowOf(thresholds[i]!), counter, next }) - 1;
    }
    for (let i = suppressions.length - 1; i >= 0; i--) {
      const { track, addresses } = suppressions[i]!;
      next = this.#suppression(track, this.#setsOf(addresses), next);
    }
    return next;
  }

  /** A hash of everything that makes the counts of two rules the same; the next free number where two hashes meet. */
  #counterOf({ gid, sid, rev, thresholds }: Signature): number {
    const name = encoder.encode(JSON.stringify([gid, sid, rev, thresholds]));
    let counter = hashBytes(name, 0, name.length) >>> 1;
    while (this.#counters.has(counter)) counter = (counter + 1) & MAX_WORD;
    this.#counters.add(counter);
    return counter;
  }

  #suppression(track: ThresholdRow["track"], addressSets: number, next: number): number {
    const key = `${track} ${addressSets} ${next}`;
    let row = this.#shared.get(key);
    if (row === undefined) {
      const rest = { count: 0, seconds: 0, newAction: 0, timeoutSeconds: 0, counter: -1 };
      row = this.rows.push({ type: "suppress", track, addressSets, ...rest, next }) - 1;
      this.#shared.set(key, row);
    }
    return row;
  }
}

function rowOf({ type, track, count, seconds, newAction, timeoutSeconds }: Threshold): Row {
  return {
    type,
    track,
    count: Math.min(count, MAX_WORD),
    seconds: Math.min(seconds, MAX_WORD),
    addressSets: 0,
    newAction: NEW_ACTIONS[newAction ?? "alert"],
    timeoutSeconds: Math.min(timeoutSeconds ?? 0, MAX_WORD),
  };
}
