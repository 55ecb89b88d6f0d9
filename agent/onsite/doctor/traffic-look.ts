/**
 * What a short look at an interface shows, and what that means. Frames are counted, not kept; networks seen are counted
 * by /24 and /64, 256 of them at most.
 */
import type { NetworkSet } from "../../base/network-set.js";
import { type Finding, finding } from "./finding.js";

/** What of one frame is looked at. Addresses as text; undefined where there is no IP that can be read. */
export interface SeenFrame {
  readonly isToMany: boolean;
  readonly source: string | undefined;
  readonly destination: string | undefined;
  readonly wireBytes: number;
  readonly isCut: boolean;
}

const MAX_NETWORKS = 256;
const NETWORKS_TOLD = 3;
/** Shares of fewer frames mean nothing. */
const FEWEST_FRAMES = 20;
const MOST_STRANGE_PERCENT = 80;
const MOST_UNREADABLE_PERCENT = 50;
const MOST_CUT_PERCENT = 1;
/** Ethernet with VLAN tags; what is longer was joined, or comes from a network with jumbo frames. */
const LONGEST_PLAIN_FRAME = 1530;
const SHORTEST_JUMBO_MTU = 4000;
const LONGEST_JUMBO_FRAME = 9100;

export class TrafficLook {
  readonly #homeNet: NetworkSet;
  readonly #networks = new Map<string, number>();
  frames = 0;
  #toMany = 0;
  #unreadable = 0;
  #cut = 0;
  #longest = 0;
  #outbound = 0;
  #inbound = 0;
  #strange = 0;

  constructor(homeNet: NetworkSet) {
    this.#homeNet = homeNet;
  }

  see({ isToMany, source, destination, wireBytes, isCut }: SeenFrame): void {
    this.frames++;
    if (isCut) this.#cut++;
    this.#longest = Math.max(this.#longest, wireBytes);
    if (isToMany) {
      this.#toMany++;
      return;
    }
    if (source === undefined || destination === undefined) {
      this.#unreadable++;
      return;
    }
    const isFromInside = this.#homeNet.has(source);
    const isToInside = this.#homeNet.has(destination);
    if (isFromInside && !isToInside) this.#outbound++;
    if (isToInside && !isFromInside) this.#inbound++;
    if (isFromInside || isToInside) return;
    this.#strange++;
    this.#countNetwork(source);
    this.#countNetwork(destination);
  }

  /** @param snaplen the configured one, for the sentence */
  findings(subject: string, seconds: number, snaplen: number): Finding[] {
    if (this.frames === 0) return [finding("traffic.silent", { subject, seconds })];
    const found: Finding[] = [];
    const percent = (part: number, whole: number): number => Math.round((100 * part) / Math.max(1, whole));
    const cut = percent(this.#cut, this.frames);
    // What is cut cannot be read, so nothing else can be said of such frames.
    if (cut > MOST_CUT_PERCENT) return [finding("traffic.cut", { subject, percent: cut, snaplen })];
    const toOne = this.frames - this.#toMany;
    if (toOne === 0)
      return this.frames < FEWEST_FRAMES / 2 ? [] : [finding("traffic.broadcast_only", { subject })];
    if (toOne >= FEWEST_FRAMES) {
      const readable = toOne - this.#unreadable;
      const unreadable = percent(this.#unreadable, toOne);
      const strange = percent(this.#strange, readable);
      if (unreadable > MOST_UNREADABLE_PERCENT) {
        found.push(finding("traffic.unreadable", { subject, percent: unreadable }));
      }
      if (readable >= FEWEST_FRAMES && strange > MOST_STRANGE_PERCENT) {
        found.push(
          finding("traffic.home_net", { subject, percent: strange, networks: this.#commonNetworks() }),
        );
      }
      const direction = this.#onlyDirection();
      if (direction !== undefined) found.push(finding("traffic.one_way", { subject, direction }));
    }
    const isPlain = this.#longest <= LONGEST_PLAIN_FRAME;
    const isJumbo = this.#longest >= SHORTEST_JUMBO_MTU && this.#longest <= LONGEST_JUMBO_FRAME;
    if (!isPlain && !isJumbo) {
      found.push(finding("traffic.joined", { subject, bytes: this.#longest }));
    }
    return found;
  }

  #onlyDirection(): "outbound" | "inbound" | undefined {
    if (this.#outbound >= FEWEST_FRAMES && this.#inbound === 0) return "outbound";
    return this.#inbound >= FEWEST_FRAMES && this.#outbound === 0 ? "inbound" : undefined;
  }

  #countNetwork(address: string): void {
    const network = address.includes(":")
      ? `${address.split(":").slice(0, 4).join(":")}::/64`
      : `${address.split(".").slice(0, 3).join(".")}.0/24`;
    const count = this.#networks.get(network);
    if (count === undefined && this.#networks.size >= MAX_NETWORKS) return;
    this.#networks.set(network, (count ?? 0) + 1);
  }

  #commonNetworks(): string {
    const byCount = [...this.#networks].sort(([, a], [, b]) => b - a);
    return byCount
      .slice(0, NETWORKS_TOLD)
      .map(([network]) => network)
      .join(", ");
  }
}
