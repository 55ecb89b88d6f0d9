/**
 * Owns the judgement whether a chain holds: pure, from lines and one public key. It says of the first thing that does not hold
 * what it is and where, and never more than was shown: records behind the last seal are not proved, and are a problem.
 *
 * What cannot be seen from the chain alone, that a whole end was cut off or the device put back to an earlier day, shows against
 * checkpoints: digests of seals that somebody else has kept.
 */
import { isHintOf, linkOf, parseLine, recordOf } from "./record.js";
import { parseSeal, problemBehind, problemOfFirst, type Seal, type SealProblem } from "./seal.js";
import { parseHeader } from "./segment.js";

export interface Checkpoint {
  readonly epoch: number;
  /** Digest of that epoch's seal. */
  readonly digest: string;
}

export type ChainProblem =
  | { readonly what: "seal"; readonly epoch: number; readonly why: SealProblem | "checkpoint" | "missing" }
  | {
      readonly what: "record";
      readonly n: number;
      readonly why: "form" | "hash" | "number" | "seal" | "unsealed" | "missing" | "order";
    };

/** Seals that follow from a public key; those behind the first that does not hold are left out. */
export interface VerifiedSeals {
  readonly seals: readonly Seal[];
  readonly problem: ChainProblem | undefined;
}

/**
 * @param publicKey of the chain, in hexadecimal
 * @param checkpoints what somebody else has kept of this chain
 */
export function verifySeals(
  lines: readonly string[],
  publicKey: string,
  checkpoints: readonly Checkpoint[] = [],
): VerifiedSeals {
  const seals: Seal[] = [];
  const end = (why: SealProblem | "checkpoint" | "missing", epoch = seals.length): VerifiedSeals => ({
    seals,
    problem: { what: "seal", epoch, why },
  });
  for (const line of lines) {
    const seal = parseSeal(line);
    if (seal === undefined) return end("form");
    const before = seals.at(-1);
    const why = before === undefined ? problemOfFirst(seal, publicKey) : problemBehind(before, seal);
    if (why !== undefined) return end(why);
    seals.push(seal);
  }
  if (seals.length === 0) return end("missing");
  for (const { epoch, digest } of checkpoints) {
    if (seals[epoch] === undefined) return end("missing", epoch);
    if (seals[epoch].digest !== digest) return end("checkpoint", epoch);
  }
  return { seals, problem: undefined };
}

/** Walks records in their order, segment after segment, and holds them against the seals. */
export class RecordVerifier {
  readonly #byLast: ReadonlyMap<number, Seal>;
  readonly #chain: string;
  readonly #first: number;
  #link: Buffer | undefined;
  #n: number;
  #sealedUpTo: number;
  #count = 0;

  /**
   * @param seals verified; the first record must stand right behind one of them
   * @param first record that has to be there; undefined: any, as the oldest leave
   */
  constructor(seals: readonly Seal[], first?: number) {
    this.#first = first ?? Number.POSITIVE_INFINITY;
    this.#byLast = new Map(seals.map((seal) => [seal.last, seal]));
    this.#chain = seals[0]?.chain ?? "";
    this.#n = -1;
    this.#sealedUpTo = -1;
  }

  /** Records that hold and are sealed, so far. */
  get count(): number {
    return this.#count;
  }

  get lastNumber(): number {
    return this.#n;
  }

  /** The header of the next segment. */
  header(line: string): ChainProblem | undefined {
    const header = parseHeader(line);
    const n = (header?.first ?? this.#n + 1) - 1;
    if (header === undefined || header.chain !== this.#chain) return problemAt(n + 1, "form");
    if (this.#link !== undefined) {
      if (n !== this.#n) return problemAt(this.#n + 1, n > this.#n ? "missing" : "order");
      return this.#link.toString("hex") === header.previous ? undefined : problemAt(n + 1, "hash");
    }
    if (this.#byLast.get(n)?.hash !== header.previous) return problemAt(n + 1, "seal");
    if (n + 1 > this.#first) return problemAt(this.#first, "missing");
    this.#n = n;
    this.#sealedUpTo = n;
    this.#link = Buffer.from(header.previous, "hex");
    return undefined;
  }

  /** The next record. */
  record(text: string): ChainProblem | undefined {
    const n = this.#n + 1;
    if (this.#link === undefined) return problemAt(n, "form");
    const line = parseLine(text);
    if (line === undefined) return problemAt(n, "form");
    const link = linkOf(this.#link, line.digest);
    if (!isHintOf(line, link)) return problemAt(n, "hash");
    if (line.json !== undefined && recordOf(line.json, n) === undefined) return problemAt(n, "number");
    this.#link = link;
    this.#n = n;
    const seal = this.#byLast.get(n);
    if (seal === undefined) return undefined;
    // Someone who renews all hints behind a change gets this far: the change lies behind the last seal that held.
    if (seal.hash !== link.toString("hex")) return problemAt(this.#sealedUpTo + 1, "seal");
    this.#count += n - this.#sealedUpTo;
    this.#sealedUpTo = n;
    return undefined;
  }

  /** @param last record that has to be there */
  end(last: number): ChainProblem | undefined {
    if (this.#n < last) return problemAt(Math.max(this.#n, 0) + 1, "missing");
    return this.#sealedUpTo < this.#n ? problemAt(this.#sealedUpTo + 1, "unsealed") : undefined;
  }
}

function problemAt(n: number, why: Extract<ChainProblem, { what: "record" }>["why"]): ChainProblem {
  return { what: "record", n, why };
}
