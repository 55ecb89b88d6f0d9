import type { PacketView } from "../wire/packet-view.js";
import { CLOCK_SET_BACK_US } from "./flow-table.js";

/** So many times in a row far in the past mean that the clock was set back. */
const CLOCK_SET_BACK_PACKETS = 256;

/**
 * The flow room's clock follows packet time, but not a single packet with a time far in the past: only when many come so has
 * the capturing clock been set back.
 */
export class FlowClock {
  /** Microseconds, as an array so that passing it on makes no object. */
  readonly now = new Float64Array(1);
  readonly #next = new Float64Array(1);
  /** Packets in a row whose time lies far behind the clock. */
  #behindCount = 0;

  /** The time of a packet; of the packet itself, because where V8 does not inline the call a number of this size becomes an object. */
  follow(packet: PacketView): void {
    this.#next[0] = packet.timeUs;
    this.#advance();
  }

  /** Any other time, microseconds. */
  followTime(timeUs: number): void {
    this.#next[0] = timeUs;
    this.#advance();
  }

  reset(): void {
    this.now[0] = 0;
    this.#behindCount = 0;
  }

  #advance(): void {
    const timeUs = this.#next[0]!;
    const isBehind = timeUs < this.now[0]! - CLOCK_SET_BACK_US;
    this.#behindCount = isBehind ? this.#behindCount + 1 : 0;
    if (!isBehind || this.#behindCount > CLOCK_SET_BACK_PACKETS) this.now[0] = timeUs;
  }
}
