/**
 * Which rules have held of a transaction that several messages belong to: as in Suricata such a rule holds once in each direction,
 * however often a handshake, or an acknowledgement, says what it asks for.
 *
 * Memory: 64 KiB, made for the first; where two of them meet in one place the older is forgotten and may hold again.
 */
import type { Endpoints } from "./endpoints.js";

const PLACES = 4096;
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
    const hash = Math.imul(Math.imul(Math.imul(rule, 0x9e3779b1) ^ end, 0x85ebca6b) ^ part, 0x9e3779b1);
    const at = (hash >>> 20) * WORDS;
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
