/**
 * Owns what a sensor gives up when more comes than it can look at, so that what matters most is seen to the end: names
 * (DNS), and the first packets and bytes of every connection, which carry its handshake and its first request.
 *
 * Order of giving up, by how much of a flow has been looked at already:
 *   1  bulk      the rest of connections of which 64 KiB of a direction were seen, and of datagrams behind the 64th
 *   2  payload   the rest behind 8 KiB, and behind the 16th datagram
 *   3  all but the first   the rest behind 1 KiB, and behind the fourth datagram
 * A connection that is given up stays so until it ends: its stream cannot be taken up again in the middle. Flows are tracked
 * and header rules judged all the same. DNS is never given up.
 *
 * Pressure is how late packets are looked at, and whether the kernel had to drop some. A level is entered at once, one at a
 * time, and left after some seconds without pressure. Memory: a few numbers.
 */
import { Protocol } from "./proto/protocols.js";
import type { PacketView } from "./wire/packet-view.js";

/** Octets of a direction, and datagrams, behind which a flow is given up, by level. */
const STREAM_LIMITS = [Number.POSITIVE_INFINITY, 65_536, 8192, 1024] as const;
const DATAGRAM_LIMITS = [Number.POSITIVE_INFINITY, 64, 16, 4] as const;
export const HIGHEST_LEVEL = STREAM_LIMITS.length - 1;

/** Packets that are looked at so late are the first sign of a ring that fills. */
const LATE_MS = 250;
/** A lag so small says that the ring is empty again. */
const IN_TIME_MS = 50;
/** A level is given time to work before the next one is entered … */
const RAISE_EVERY_MS = 200;
/** … and pressure to stay away before one is left. */
const LOWER_AFTER_MS = 5000;

/** Lookups are short, and say more than anything else. */
function isNames(protocol: number): boolean {
  return protocol === Protocol.DNS || protocol === Protocol.MDNS || protocol === Protocol.LLMNR;
}

export class LoadShedder {
  /** 0 gives up nothing. */
  level = 0;
  /** How often a level was entered. */
  raised = 0;
  /** Connections given up at each level, and payload octets not looked at. */
  readonly flows = [0, 0, 0, 0];
  bytes = 0;
  readonly #gatherMs: number;
  #drops = 0;
  #changedMs = Number.NEGATIVE_INFINITY;
  #calmSinceMs: number | undefined;

  /** @param gatherMs how long the source may hold a packet back without being late */
  constructor(gatherMs = 0) {
    this.#gatherMs = gatherMs;
  }

  /**
   * Take note of the pressure; call some times a second.
   *
   * @param nowMs elapsed time
   * @param lagMs how long ago the packet looked at last had come, 0 where none waits
   * @param drops packets that the kernel has dropped so far
   */
  observe(nowMs: number, lagMs: number, drops: number): void {
    const lateMs = lagMs - this.#gatherMs;
    const isDropping = drops > this.#drops;
    this.#drops = drops;
    if (isDropping || lateMs > LATE_MS) {
      this.#calmSinceMs = undefined;
      if (this.level < HIGHEST_LEVEL && nowMs - this.#changedMs >= RAISE_EVERY_MS)
        this.#change(this.level + 1, nowMs);
      return;
    }
    if (lateMs > IN_TIME_MS) return;
    this.#calmSinceMs ??= nowMs;
    const isCalm = nowMs - Math.max(this.#calmSinceMs, this.#changedMs) >= LOWER_AFTER_MS;
    if (this.level > 0 && isCalm) this.#change(this.level - 1, nowMs);
  }

  /** Whether there ever was pressure; before that there is nothing to ask. */
  get hasBegun(): boolean {
    return this.raised > 0;
  }

  /** Whether the rest of a connection is to be given up of which so many octets of a direction have been seen; then it is counted. */
  shedsStream(protocol: number, seenBytes: number): boolean {
    if (seenBytes <= STREAM_LIMITS[this.level]! || isNames(protocol)) return false;
    this.flows[this.level]!++;
    return true;
  }

  /** Whether this datagram, the `seenPackets`-th of its direction, is to be passed over; then it is counted. */
  shedsDatagram(protocol: number, seenPackets: number, packet: PacketView): boolean {
    if (seenPackets <= DATAGRAM_LIMITS[this.level]! || isNames(protocol)) return false;
    this.countBytes(packet.payloadLength);
    return true;
  }

  /** Payload was not looked at. */
  countBytes(byteCount: number): void {
    this.bytes += byteCount;
  }

  counters(): Record<string, number> {
    return {
      "load.level": this.level,
      "load.raised": this.raised,
      "load.flows_given_up_bulk": this.flows[1]!,
      "load.flows_given_up_payload": this.flows[2]!,
      "load.flows_given_up_all_but_first": this.flows[3]!,
      "load.payload_bytes_given_up": this.bytes,
    };
  }

  #change(level: number, nowMs: number): void {
    if (level > this.level) this.raised++;
    this.level = level;
    this.#changedMs = nowMs;
  }
}
