import { BitEffect, HostTrack } from "../../signature/program.js";
import { AddressTable } from "./address-table.js";
import type { Endpoints } from "./endpoints.js";

/** Marks on hosts and pairs of hosts kept at a time. */
const CAPACITY = 16_384;
const US_PER_SECOND = 1_000_000;

/** Marks that rules leave on addresses (hostbits, xbits), with an end in packet time. */
export class HostMarks {
  readonly #table = new AddressTable(CAPACITY);

  has(bit: number, track: number, endpoints: Endpoints): boolean {
    this.#setKey(bit, track, endpoints);
    const row = this.#table.find();
    return row >= 0 && this.#isInForce(row, endpoints.timeUs);
  }

  /**
   * As in Suricata setting what is set does not put off its end. What has ended is as if it had never been: in Suricata that holds
   * only once its housekeeping or a question has come by.
   */
  change(bit: number, track: number, effect: number, expireSeconds: number, endpoints: Endpoints): void {
    const { timeUs } = endpoints;
    const isSet = this.has(bit, track, endpoints);
    if (effect === BitEffect.UNSET || (effect === BitEffect.TOGGLE && isSet)) {
      const row = this.#table.find();
      if (row >= 0) this.#table.remove(row);
      return;
    }
    const row = this.#table.findOrAdd(timeUs);
    if (!isSet) this.#table.count[row] = secondsOf(timeUs) + expireSeconds;
  }

  get evictions(): number {
    return this.#table.evictions;
  }

  clear(): void {
    this.#table.clear();
  }

  /** `count` holds the last second. */
  #isInForce(row: number, timeUs: number): boolean {
    return secondsOf(timeUs) <= this.#table.count[row]!;
  }

  #setKey(bit: number, track: number, { source, destination }: Endpoints): void {
    if (track === HostTrack.SOURCE) this.#table.setKey(bit, source, undefined);
    else if (track === HostTrack.DESTINATION) this.#table.setKey(bit, destination, undefined);
    else this.#table.setPairKey(bit, source, destination);
  }
}

/** Ends are counted in whole seconds of the clock, as in Suricata. */
function secondsOf(timeUs: number): number {
  return Math.floor(timeUs / US_PER_SECOND);
}
