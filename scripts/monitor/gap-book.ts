/**
 * Owns which numbers of one ledger are missing for good, and which of them the device has accounted for: messages that
 * left its store unsent (a tombstone), numbers that a salvaged store skipped, messages found damaged.
 *
 * Word of a gap and its explanation travel by different ways, so a gap is told only when its explanation has had time
 * to come. Bound: `MAX_ITEMS` gaps and explanations; of more the oldest are forgotten.
 */
import type { InfoMessage } from "#agent/uplink/schema/info.js";
import type { Range } from "./held-ranges.js";

/** Numbers of which so many are accounted for. */
export interface Allowance {
  readonly first: number;
  readonly last: number;
  left: number;
}

interface Missing {
  first: number;
  last: number;
  readonly sinceMs: number;
  isTold: boolean;
}

const MAX_ITEMS = 1_000;

export class GapBook {
  #missing: Missing[] = [];
  #allowances: Allowance[] = [];

  /** Take over what is known from before. */
  restore(missing: readonly Range[], allowances: readonly Allowance[], nowMs: number): void {
    this.note(missing, nowMs);
    this.#allowances = [...allowances].slice(-MAX_ITEMS);
    this.#apply();
  }

  get missing(): readonly Range[] {
    return this.#missing.map(({ first, last }) => [first, last]);
  }

  get allowances(): readonly Allowance[] {
    return this.#allowances;
  }

  /** Numbers that are missing for good and not accounted for, of those told. */
  get told(): number {
    return count(this.#missing.filter(({ isTold }) => isTold));
  }

  /** These will not come. */
  note(ranges: readonly Range[], nowMs: number): void {
    for (const [first, last] of ranges) this.#missing.push({ first, last, sinceMs: nowMs, isTold: false });
    this.#missing = this.#missing.slice(-MAX_ITEMS);
    this.#apply();
  }

  /** What a message about the device's store accounts for. Returns whether it does for anything. */
  explain({ data, seq }: InfoMessage): boolean {
    const known = this.#allowances.length;
    const { firstSequence, lastSequence, skippedFirst, skippedLast, messages, replaced = 0 } = data;
    if (data.event === "store.tombstone" && firstSequence && lastSequence && typeof messages === "number") {
      // The tombstones it replaces had numbers of their own, between its range and itself.
      this.#allowances.push({
        first: firstSequence,
        last: Math.max(lastSequence, seq - 1),
        left: messages + replaced,
      });
    } else if (
      data.event === "store.salvaged" &&
      skippedFirst &&
      skippedLast &&
      skippedLast >= skippedFirst
    ) {
      this.#allowances.push({ first: skippedFirst, last: skippedLast, left: skippedLast - skippedFirst + 1 });
    } else if (data.event === "store.damaged" && Array.isArray(messages)) {
      for (const item of messages as readonly { sequence?: unknown }[]) {
        const sequence = item?.sequence;
        if (typeof sequence === "number") this.#allowances.push({ first: sequence, last: sequence, left: 1 });
      }
    }
    const isNews = this.#allowances.length > known;
    this.#allowances = this.#allowances.slice(-MAX_ITEMS);
    this.#apply();
    return isNews;
  }

  /** Gaps that have waited long enough for an explanation; each is returned once. */
  due(nowMs: number, patienceMs: number): Range[] {
    const due = this.#missing.filter(({ isTold, sinceMs }) => !isTold && nowMs - sinceMs >= patienceMs);
    for (const gap of due) gap.isTold = true;
    return due.map(({ first, last }) => [first, last]);
  }

  #apply(): void {
    for (const allowance of this.#allowances) {
      for (const gap of this.#missing) {
        const first = Math.max(gap.first, allowance.first);
        const last = Math.min(gap.last, allowance.last);
        if (last < first || allowance.left <= 0) continue;
        this.#shrink(gap, first, Math.min(last, first + allowance.left - 1), allowance);
      }
      this.#missing = this.#missing.filter((gap) => gap.last >= gap.first);
    }
    this.#allowances = this.#allowances.filter(({ left }) => left > 0);
  }

  /** Take `first` to `last` out of a gap; what is before and behind it stays. */
  #shrink(gap: Missing, first: number, last: number, allowance: Allowance): void {
    allowance.left -= last - first + 1;
    const behind: Missing = { ...gap, first: last + 1 };
    gap.last = first - 1;
    if (behind.last >= behind.first) this.#missing.push(behind);
  }
}

function count(ranges: readonly { first: number; last: number }[]): number {
  return ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}
