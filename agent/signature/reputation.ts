/**
 * The reputation of addresses that `iprep` asks for. Two files beside the rules, in Suricata's form: `iprep/categories.txt` (number,
 * name, description) and `iprep/reputation.list` (address or network, number of a category, score from 0 to 127).
 *
 * As in Suricata the score of a single address stands before those of networks, also where it has none in the category asked for
 * (it is 0 there); of networks the smallest counts. Of two lines about the same the last one counts. What a rule asks for becomes
 * a set of addresses when it is compiled. Memory: MAX_LINES lines while rules are read.
 */
import { type AddressGroup, networkOf } from "./address-group.js";
import { type IntervalSet, normaliseIntervals, subtractIntervals } from "./interval-set.js";
import { RuleError } from "./rule-error.js";

/** Names of the files, the usual one first; the others are for where there are no folders, as in a bundle. */
export const CATEGORIES_FILES = ["iprep/categories.txt", "iprep-categories.txt"] as const;
export const REPUTATION_FILES = ["iprep/reputation.list", "iprep-reputation.list"] as const;
const MAX_LINES = 200_000;
const MAX_CATEGORY = 59;
const MAX_SCORE = 127;

interface Network {
  readonly version: "v4" | "v6";
  readonly first: bigint;
  readonly last: bigint;
  /** Score by category. */
  readonly scores: Map<number, number>;
}

const ENDS = { v4: (1n << 32n) - 1n, v6: (1n << 128n) - 1n } as const;

/** Reputation beside the rules of one folder. */
export class Reputation {
  /** Lines of the list that cannot be read. */
  badLines = 0;
  readonly #categories = new Map<string, number>();
  readonly #networks = new Map<string, Network>();
  readonly #groups = new Map<string, AddressGroup>();

  /** @throws RuleError where a list is too long */
  constructor(categories: string, list: string) {
    for (const line of linesOf(categories)) {
      const [number, name] = line.split(",").map((part) => part.trim());
      if (/^\d{1,2}$/.test(number ?? "") && Number(number) <= MAX_CATEGORY && name) {
        this.#categories.set(name, Number(number));
      }
    }
    for (const line of linesOf(list)) this.#take(line);
  }

  /** Number of a category, undefined where no file names it. */
  category(name: string): number | undefined {
    return this.#categories.get(name);
  }

  /**
   * Addresses whose score in `category` passes.
   *
   * @param key names the test: the same gives the same object
   * @param passes undefined: that the address is known at all
   */
  addresses(category: number, key: string, passes: ((score: number) => boolean) | undefined): AddressGroup {
    const name = `${category} ${key}`;
    const known = this.#groups.get(name);
    if (known) return known;
    const test = passes ?? (() => true);
    const group = { v4: this.#passing("v4", category, test), v6: this.#passing("v6", category, test) };
    this.#groups.set(name, group);
    return group;
  }

  /** Addresses of which nothing is known in `category`. */
  unknown(category: number): AddressGroup {
    const { v4, v6 } = this.addresses(category, "known", undefined);
    const group = {
      v4: subtractIntervals([[0n, ENDS.v4]], v4, ENDS.v4),
      v6: subtractIntervals([[0n, ENDS.v6]], v6, ENDS.v6),
    };
    const key = `${category} unknown`;
    const known = this.#groups.get(key) ?? group;
    this.#groups.set(key, known);
    return known;
  }

  #take(line: string): void {
    const [address, category, score, ...rest] = line.split(",").map((part) => part.trim());
    const network = networkOf(address ?? "");
    const isNumber = [category, score].every((text) => /^\d{1,3}$/.test(text ?? ""));
    const isRead = isNumber && Number(category) <= MAX_CATEGORY && Number(score) <= MAX_SCORE;
    if (!network || !isRead || rest.length > 0) {
      this.badLines++;
      return;
    }
    const key = `${network.version} ${network.first} ${network.last}`;
    let known = this.#networks.get(key);
    if (!known) {
      if (this.#networks.size === MAX_LINES) throw new RuleError(`iprep: more than ${MAX_LINES} addresses`);
      known = { ...network, scores: new Map() };
      this.#networks.set(key, known);
    }
    known.scores.set(Number(category), Number(score));
  }

  /** From the largest network to the smallest each covers what is known of the ones around it; single addresses come last. */
  #passing(version: "v4" | "v6", category: number, passes: (score: number) => boolean): IntervalSet {
    const all = [...this.#networks.values()].filter((network) => network.version === version);
    const singles = all.filter(({ first, last }) => first === last);
    const networks = all.filter(({ first, last, scores }) => first !== last && scores.has(category));
    const end = ENDS[version];
    let set: IntervalSet = [];
    for (const layer of layersOf(networks)) {
      const isIn = layer.filter(({ scores }) => passes(scores.get(category)!)).map(rangeOf);
      const isOut = layer.filter(({ scores }) => !passes(scores.get(category)!)).map(rangeOf);
      set = without(normaliseIntervals([...set, ...isIn]), isOut, end);
    }
    const score = ({ scores }: Network) => scores.get(category) ?? 0;
    const bad = singles.filter((single) => passes(score(single))).map(rangeOf);
    const others = singles.filter((single) => !passes(score(single))).map(rangeOf);
    return normaliseIntervals([...without(set, others, end), ...bad]);
  }
}

/** Networks of one size each, the largest first. */
function layersOf(networks: readonly Network[]): Network[][] {
  const layers = new Map<bigint, Network[]>();
  for (const network of networks) {
    const size = network.last - network.first;
    const layer = layers.get(size);
    if (layer) layer.push(network);
    else layers.set(size, [network]);
  }
  return [...layers].sort(([a], [b]) => (a > b ? -1 : 1)).map(([, layer]) => layer);
}

function rangeOf({ first, last }: Network): readonly [bigint, bigint] {
  return [first, last];
}

function without(set: IntervalSet, out: IntervalSet, end: bigint): IntervalSet {
  return out.length === 0 || set.length === 0 ? set : subtractIntervals(set, normaliseIntervals(out), end);
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}
