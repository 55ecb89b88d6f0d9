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
    // `count` holds the moment of expiry.
    return row >= 0 && endpoints.timeUs <= this.#table.count[row]!;
  }

  /** @param expireSeconds 0: never */
  change(bit: number, track: number, effect: number, expireSeconds: number, endpoints: Endpoints): void {
    const isSet = this.has(bit, track, endpoints);
    if (effect === BitEffect.UNSET || (effect === BitEffect.TOGGLE && isSet)) {
      const row = this.#table.find();
      if (row >= 0) this.#table.remove(row);
      return;
    }
    const row = this.#table.findOrAdd(endpoints.timeUs);
    this.#table.count[row] =
      expireSeconds === 0 ? Number.POSITIVE_INFINITY : endpoints.timeUs + expireSeconds * US_PER_SECOND;
  }

  get evictions(): number {
    return this.#table.evictions;
  }

  clear(): void {
    this.#table.clear();
  }

  #setKey(bit: number, track: number, { source, destination }: Endpoints): void {
    if (track === HostTrack.SOURCE) this.#table.setKey(bit, source, undefined);
    else if (track === HostTrack.DESTINATION) this.#table.setKey(bit, destination, undefined);
    else this.#table.setPairKey(bit, source, destination);
  }
}
