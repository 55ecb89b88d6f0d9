import type { RuleImage } from "../../signature/image.js";
import { AddressTable } from "./address-table.js";
import type { Endpoints } from "./endpoints.js";

/** Counters of (rule, address) kept at a time. */
const CAPACITY = 32_768;
const US_PER_SECOND = 1_000_000;

/** Decides whether a match of a rule with a threshold becomes an alert. Windows begin with a match, in packet time. */
export class Thresholds {
  readonly #image: RuleImage;
  readonly #table = new AddressTable(CAPACITY);
  readonly #words = new Uint32Array(4);

  constructor(image: RuleImage) {
    this.#image = image;
  }

  get evictions(): number {
    return this.#table.evictions;
  }

  /** Count a match of the rule with threshold `index`; true where it is to be alerted. */
  admits(index: number, endpoints: Endpoints): boolean {
    const { type, track, count, seconds } = this.#image.thresholds[index]!;
    const table = this.#table;
    if (track === "by_src") table.setKey(index, endpoints.source, undefined);
    else if (track === "by_dst") table.setKey(index, undefined, endpoints.destination);
    else if (track === "by_both") table.setPairKey(index, endpoints.source, endpoints.destination);
    else if (track === "by_flow") this.#setFlowKey(index, endpoints);
    else table.setKey(index, undefined, undefined);
    const row = table.findOrAdd(endpoints.timeUs);
    const isInWindow = !table.isNew && endpoints.timeUs <= table.sinceUs[row]! + seconds * US_PER_SECOND;
    if (!isInWindow) {
      table.sinceUs[row] = endpoints.timeUs;
      table.count[row] = 0;
    }
    const seen = ++table.count[row]!;
    switch (type) {
      case "limit":
        return seen <= count;
      case "both":
        return seen === count;
      case "threshold":
        if (seen < count) return false;
        table.count[row] = 0;
        return true;
      default:
        return seen > count;
    }
  }

  /** Forget everything: fresh state for another capture. */
  clear(): void {
    this.#table.clear();
  }

  #setFlowKey(index: number, endpoints: Endpoints): void {
    this.#words[0] = endpoints.flow;
    this.#words[1] = endpoints.flowGeneration;
    this.#table.setKey(index, this.#words, undefined);
  }
}
