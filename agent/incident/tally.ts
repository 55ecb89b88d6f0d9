/**
 * Owns the numbers of one period of a summary while it runs. Every change is told in the form the store keeps, so
 * that the numbers on disk move together with the records they count.
 *
 * Memory: `MAX_COUNTED` keys that hits make (further ones are counted as one key, `other`), and those of fixed kinds.
 */

/** By how much a number of a period rises, or what it is: what the store keeps. */
export type TallyAmount = readonly [period: string, key: string, amount: number];

/** A change of numbers, with the shape of the store's own. */
export interface TallyChange {
  readonly add?: readonly TallyAmount[];
  readonly set?: readonly TallyAmount[];
  readonly drop?: readonly string[];
}

/** First part: what is counted. The others say of what. */
export type TallyKey = readonly [kind: string, ...parts: (string | number)[]];

const MAX_COUNTED = 1_000;
const OTHER = "other";
const ALIVE = JSON.stringify(["alive"]);

export class Tally {
  /** Its name in the store: `hour/12`. */
  readonly period: string;
  readonly #amounts = new Map<string, number>();
  /** Keys of each kind. */
  readonly #kinds = new Map<string, number>();

  constructor(period: string) {
    this.period = period;
  }

  get(...key: TallyKey): number {
    return this.#amounts.get(JSON.stringify(key)) ?? 0;
  }

  has(...key: TallyKey): boolean {
    return this.#amounts.has(JSON.stringify(key));
  }

  /** Keys of a kind without that kind, and their numbers. */
  of(kind: string): readonly (readonly [parts: readonly (string | number)[], amount: number])[] {
    const found: (readonly [readonly (string | number)[], number])[] = [];
    const head = JSON.stringify([kind]).slice(0, -1);
    for (const [text, amount] of this.#amounts) {
      if (!text.startsWith(head)) continue;
      const [name, ...parts] = JSON.parse(text) as TallyKey;
      if (name === kind) found.push([parts, amount]);
    }
    return found;
  }

  /** How many keys of a kind there are. */
  count(kind: string): number {
    return this.#kinds.get(kind) ?? 0;
  }

  add(key: TallyKey, amount = 1): TallyAmount {
    let text = JSON.stringify(key);
    if (!this.#amounts.has(text) && this.#amounts.size >= MAX_COUNTED) text = JSON.stringify([key[0], OTHER]);
    return this.#put(key[0], text, (this.#amounts.get(text) ?? 0) + amount, amount);
  }

  /** Keys that are set are few: whoever sets them has a bound. */
  set(key: TallyKey, amount: number): TallyAmount {
    return this.#put(key[0], JSON.stringify(key), amount, amount);
  }

  /** Take over a number as the store had it, on top of what is there. */
  restore(text: string, amount: number): void {
    const kind = kindOf(text);
    if (kind !== undefined) this.#put(kind, text, (this.#amounts.get(text) ?? 0) + amount, amount);
  }

  /** Everything, as it is to be set in the store. */
  all(): readonly TallyAmount[] {
    return [...this.#amounts].map(([text, amount]) => [this.period, text, amount]);
  }

  /** Add another period's numbers of these kinds. */
  merge(other: Tally, kinds: readonly string[]): readonly TallyAmount[] {
    return kinds.flatMap((kind) =>
      other.of(kind).map(([parts, amount]) => this.add([kind, ...parts], amount)),
    );
  }

  #put(kind: string, text: string, amount: number, told: number): TallyAmount {
    if (!this.#amounts.has(text)) this.#kinds.set(kind, this.count(kind) + 1);
    this.#amounts.set(text, amount);
    return [this.period, text, told];
  }
}

/** When a run was known to live for the last time, by what the store kept of it; undefined where it kept nothing. */
export function lastAliveMs(amounts: readonly TallyAmount[]): number | undefined {
  const alive = amounts.filter(([, key]) => key === ALIVE).map(([, , wallMs]) => wallMs);
  return alive.length > 0 ? Math.max(...alive) : undefined;
}

function kindOf(text: string): string | undefined {
  try {
    const key: unknown = JSON.parse(text);
    return Array.isArray(key) && typeof key[0] === "string" ? key[0] : undefined;
  } catch {
    return undefined;
  }
}
