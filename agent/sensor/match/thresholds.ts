import type { RuleImage, ThresholdRow } from "../../signature/image.js";
import { thresholdAt, thresholdCount } from "../../signature/threshold-row.js";
import { AddressTable } from "./address-table.js";
import type { Endpoints } from "./endpoints.js";
import { isInRanges, isInWideRanges } from "./range-lookup.js";

/** Counters of (rule, address) kept at a time. */
const CAPACITY = 32_768;
const US_PER_SECOND = 1_000_000;

/**
 * Decides whether a match becomes an alert: suppressions first, then the thresholds of the rule, each of which may hide it.
 * Windows begin with a match, in packet time.
 */
export class Thresholds {
  /** Alerts hidden by `suppress` with addresses, and by thresholds, since the start. */
  suppressedCount: number;
  limitedCount: number;
  /** RuleFlag of the action that a rate_filter gave to the alert just admitted; 0: the rule's own. */
  newAction = 0;
  readonly #image: RuleImage;
  /** Made when they are first needed. */
  readonly #rows: (ThresholdRow | undefined)[];
  readonly #table: AddressTable;
  readonly #words = new Uint32Array(4);
  /** Since when a rate is exceeded, microseconds, by row of the table; −1: it is not. */
  #exceededUs: Float64Array | undefined;

  /**
   * @param previous counts under the rules before these; they go on where a rule and its thresholds are the same, since rows
   * are kept under what `counter` names beyond its image. `previous` is used no more.
   */
  constructor(image: RuleImage, previous?: Thresholds) {
    this.#image = image;
    this.#table = previous ? previous.#table : new AddressTable(CAPACITY);
    this.suppressedCount = previous?.suppressedCount ?? 0;
    this.limitedCount = previous?.limitedCount ?? 0;
    this.#rows = new Array(thresholdCount(image));
    this.#exceededUs = previous ? previous.#exceededUs : undefined;
  }

  get evictions(): number {
    return this.#table.evictions;
  }

  /** Count a match of a rule whose first threshold is `index`; true where it is to be alerted. */
  admits(index: number, endpoints: Endpoints): boolean {
    this.newAction = 0;
    for (let at = index; at >= 0; ) {
      const row = this.#rowAt(at);
      if (row.type === "suppress") {
        if (this.#isSuppressed(row, endpoints)) {
          this.suppressedCount++;
          return false;
        }
      } else if (!this.#isDue(row, endpoints)) {
        this.limitedCount++;
        return false;
      }
      at = row.next;
    }
    return true;
  }

  /** Forget everything: fresh state for another capture. */
  clear(): void {
    this.#table.clear();
  }

  #rowAt(index: number): ThresholdRow {
    this.#rows[index] ??= thresholdAt(this.#image, index);
    return this.#rows[index];
  }

  #isSuppressed({ track, addressSets }: ThresholdRow, endpoints: Endpoints): boolean {
    const { source, destination } = endpoints;
    if (track !== "by_dst" && this.#isAmong(addressSets, endpoints.ipVersion, source)) return true;
    return track !== "by_src" && this.#isAmong(addressSets, endpoints.ipVersion, destination);
  }

  #isAmong(sets: number, ipVersion: number, address: Uint32Array): boolean {
    if (ipVersion === 4) return isInRanges(this.#image.addressV4, sets & 0xffff, address[3]!);
    return ipVersion === 6 && isInWideRanges(this.#image.addressV6, sets >>> 16, address);
  }

  #isDue(threshold: ThresholdRow, endpoints: Endpoints): boolean {
    const { type, track, count, seconds, counter } = threshold;
    const table = this.#table;
    if (track === "by_src") table.setKey(counter, endpoints.source, undefined);
    else if (track === "by_dst") table.setKey(counter, undefined, endpoints.destination);
    else if (track === "by_both") table.setPairKey(counter, endpoints.source, endpoints.destination);
    else if (track === "by_flow") this.#setFlowKey(counter, endpoints);
    else table.setKey(counter, undefined, undefined);
    const row = table.findOrAdd(endpoints.timeUs);
    if (type === "rate_filter") {
      if (this.#isExceeded(row, threshold, endpoints.timeUs)) this.newAction = threshold.newAction;
      return true;
    }
    const isInWindow = !table.isNew && endpoints.timeUs <= table.sinceUs[row]! + seconds * US_PER_SECOND;
    if (!isInWindow) {
      table.sinceUs[row] = endpoints.timeUs;
      table.count[row] = 0;
    }
    const seen = ++table.count[row]!;
    switch (type) {
      case "limit":
        return seen === 1 || seen <= count;
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

  /** Whether the rate of a rate_filter is exceeded: once it is, for `timeoutSeconds` whatever comes. */
  #isExceeded(row: number, { count, seconds, timeoutSeconds }: ThresholdRow, timeUs: number): boolean {
    const table = this.#table;
    this.#exceededUs ??= new Float64Array(CAPACITY);
    const exceededUs = this.#exceededUs;
    if (table.isNew) {
      table.count[row] = 1;
      exceededUs[row] = -1;
      return false;
    }
    if (exceededUs[row]! >= 0) {
      // Whole seconds, as Suricata counts them here.
      const elapsed = Math.floor(timeUs / US_PER_SECOND) - Math.floor(exceededUs[row]! / US_PER_SECOND);
      if (elapsed <= timeoutSeconds) return true;
      exceededUs[row] = -1;
      return false;
    }
    if (timeUs > table.sinceUs[row]! + seconds * US_PER_SECOND) {
      table.sinceUs[row] = timeUs;
      table.count[row] = 1;
      return false;
    }
    if (++table.count[row]! <= count) return false;
    exceededUs[row] = timeUs;
    return true;
  }

  #setFlowKey(index: number, endpoints: Endpoints): void {
    this.#words[0] = endpoints.flow;
    this.#words[1] = endpoints.flowGeneration;
    this.#table.setKey(index, this.#words, undefined);
  }
}
