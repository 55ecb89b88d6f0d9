/**
 * Chooses, for the rules of a group together, by which of its literals each is filed.
 *
 * A literal that may begin at few places is looked up there, and nothing is searched for it. So rules on packets, of which nearly
 * all ask for bytes at a known place, are filed by these, and most packets are not searched at all. Where many rules ask for the same
 * bytes at the same place they would all be judged wherever these stand (`|FF|SMB` at 4 has hundreds): then the bytes are the gate,
 * behind which the other literals of these rules are searched for. Not where the whole text is searched anyway, in which more of what hardly
 * ever stands there by chance costs nothing: a second search behind a gate does.
 */
import { gramAt, gramMask } from "./gram-table.js";
import type { FiledLiteral, PlacedLiteral } from "./literal-index.js";
import { isCheap, isRarelyFound, isSearchedWhole, lowerCaseBytes } from "./literal-index.js";

/** The literals by which a rule may be filed (see fast-pattern.ts). */
export interface FiledRule {
  readonly rule: number;
  readonly best: PlacedLiteral;
  /** One that may begin at few places, and one that may begin at others. */
  readonly placed: PlacedLiteral | undefined;
  readonly free: PlacedLiteral | undefined;
  /** It is judged on packets. */
  readonly isOnPackets: boolean;
}

/** Bytes that stand at one of few places, and what is looked for behind them. */
export interface Gate {
  readonly firstPlace: number;
  readonly lastPlace: number;
  /** One to four bytes with their case bits, and which bits of four they are. */
  readonly gram: number;
  readonly mask: number;
  readonly literals: FiledLiteral[];
}

/** Rules that ask for the same bytes at the same place, from so many on, are searched for behind these. */
const MIN_GATED = 8;
const GATE_BYTES = 4;
const LEAST_BEHIND_GATES = 4;
/** On streams, which are searched anyway, a gate has to say much. */
const LEAST_GATE_BYTES_ON_STREAMS = 3;

/** Literals that are always looked for, and those behind gates, which come in the order of their first places. */
export function fileLiterals(
  rules: readonly FiledRule[],
  stored: Uint8Array,
): { open: FiledLiteral[]; gates: Gate[] } {
  const gates = new Map<string, Gate>();
  const gateOf = ({ placed, free, isOnPackets }: FiledRule): Gate | undefined => {
    if (!placed || !free || free.length < LEAST_BEHIND_GATES) return undefined;
    const width = Math.min(placed.length, GATE_BYTES);
    if (!isOnPackets && width < LEAST_GATE_BYTES_ON_STREAMS) return undefined;
    const gram = gramAt(lowerCaseBytes(stored.subarray(placed.offset, placed.offset + width)), 0, width);
    const { minPosition: firstPlace, maxPosition: lastPlace } = placed;
    const key = `${firstPlace}-${lastPlace}:${width}:${gram}`;
    let gate = gates.get(key);
    if (!gate) {
      gate = { firstPlace, lastPlace, gram, mask: gramMask(width), literals: [] };
      gates.set(key, gate);
    }
    return gate;
  };
  const all = rules.map((rule) => ({ rule, gate: gateOf(rule) }));
  for (const { rule, gate } of all) gate?.literals.push({ rule: rule.rule, ...rule.free! });
  // Rules on packets that ask for less at a place are behind gates as well, however few they are: then the others need no search.
  const isGated = (rule: FiledRule, gate: Gate | undefined): gate is Gate =>
    gate !== undefined && (gate.literals.length >= MIN_GATED || (rule.isOnPackets && !isPlacedFirst(rule)));
  const open: FiledLiteral[] = [];
  const gated = new Set<Gate>();
  for (const { rule, gate } of all) {
    if (isGated(rule, gate)) gated.add(gate);
    else open.push({ rule: rule.rule, ...(isPlacedFirst(rule) ? rule.placed! : rule.best) });
  }
  if (isSearchedWhole(open)) {
    for (const gate of gated) {
      if (!gate.literals.every((literal) => isRarelyFound(literal))) continue;
      open.push(...gate.literals);
      gated.delete(gate);
    }
  }
  return { open, gates: [...gated].sort((a, b) => a.firstPlace - b.firstPlace) };
}

/** Whether many such rules cost no more to look for than one. */
export function isCheaplyFound(rule: FiledRule): boolean {
  return isFoundInWords(rule) && (isPlacedFirst(rule) || !rule.best.isOfFill);
}

/** Whether it is looked for at every fourth place at most. */
export function isFoundInWords(rule: FiledRule): boolean {
  return isCheap(rule.best) || isPlacedFirst(rule);
}

function isPlacedFirst({ placed, isOnPackets }: FiledRule): boolean {
  return isOnPackets && placed !== undefined && isCheap(placed);
}
