/**
 * Which rules have held of a transaction that several messages belong to: as in Suricata such a rule holds once in each direction,
 * however often a handshake, or an acknowledgement, says what it asks for.
 *
 * Memory: 192 KiB, made for the first; where two of them meet in one place the older is forgotten and may hold again.
 */
import type { Endpoints } from "./endpoints.js";

const PLACES = 16_384;
const WORDS = 3;

export class ToldRules {
  #places: Uint32Array | undefined;

  /**
   * Whether `rule` has not held of the flow in this direction; it has from now on.
   *
   * @param part of the flow, where that has several transactions
   */
  isNews(rule: number, { flow, flowGeneration, direction }: Endpoints, part: number): boolean {
    if (flow < 0) return true;
    this.#places ??= new Uint32Array(PLACES * WORDS).fill(0xffff_ffff);
    const places = this.#places;
    const end = flow * 2 + direction;
    const generation = (flowGeneration + part * 0x1_0001) >>> 0;
    const at = placeOf(rule, end, part) * WORDS;
    if (places[at] === rule && places[at + 1] === end && places[at + 2] === generation) return false;
    places[at] = rule;
    places[at + 1] = end;
    places[at + 2] = generation;
    return true;
  }

  clear(): void {
    this.#places = undefined;
  }
}

/** Rules and flows have numbers one behind the other: every bit of them is to tell. */
function placeOf(rule: number, end: number, part: number): number {
  let hash = Math.imul(rule, 0x9e3779b1) ^ Math.imul(end, 0x85ebca6b) ^ Math.imul(part, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return (hash ^ (hash >>> 15)) & (PLACES - 1);
}
