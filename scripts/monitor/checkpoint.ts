/**
 * Owns the judgement of a device's checkpoints: whether each follows from what is kept. A thief who has the box can change what it
 * says of its past only by contradicting what lies here.
 */
import { isSigned, parseSeal, problemBehind, type Seal } from "#agent/evidence/seal.js";

export interface KnownCheckpoint {
  readonly key: string;
  readonly seal: string;
  readonly verdict: string;
}

export type CheckpointVerdict =
  /** Of a device without any: its key is taken as it is. */
  | "first"
  /** Follows the newest that is kept. */
  | "next"
  | "repeat"
  /** Later than the next one; those between may still come. */
  | "gap"
  /** Another chain than before: the box was set up anew, or somebody wants it to look so. */
  | "other_chain"
  /** The epoch is kept with another content: the box was put back, or its past rewritten. */
  | "fork"
  /** Not signed by the key that was named for it. */
  | "forged";

/** Verdicts of checkpoints by which later ones are judged. */
const TRUSTED = new Set<string>(["first", "next", "gap", "other_chain"]);

/** @param known of this device, the newest first */
export function judgeCheckpoint(
  data: { readonly key: string; readonly seal: string },
  known: readonly KnownCheckpoint[],
): { readonly verdict: CheckpointVerdict; readonly seal: Seal | undefined } {
  const seal = parseSeal(data.seal);
  if (seal === undefined || !isSigned(seal)) return { verdict: "forged", seal: undefined };
  const trusted = known.filter(({ verdict }) => TRUSTED.has(verdict));
  const kept = trusted.flatMap((one) => parseSeal(one.seal) ?? []);
  if (kept.some(({ digest }) => digest === seal.digest)) return { verdict: "repeat", seal };
  if (kept.length === 0) return { verdict: "first", seal };
  const ofChain = kept.filter(({ chain }) => chain === seal.chain);
  if (ofChain.length === 0) return { verdict: "other_chain", seal };
  const hasOtherKey = trusted.some(
    (one) => one.key !== data.key && parseSeal(one.seal)?.chain === seal.chain,
  );
  if (hasOtherKey) return { verdict: "forged", seal };
  if (ofChain.some(({ epoch }) => epoch === seal.epoch)) return { verdict: "fork", seal };
  const [before, behind] = [-1, 1].map((step) => ofChain.find(({ epoch }) => epoch === seal.epoch + step));
  const problem = (before && problemBehind(before, seal)) ?? (behind && problemBehind(seal, behind));
  if (problem !== undefined) return { verdict: problem === "key" ? "forged" : "fork", seal };
  return { verdict: before || behind ? "next" : "gap", seal };
}
