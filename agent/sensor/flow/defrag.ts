import { readUint16, writeUint16 } from "../wire/big-endian.js";
import { adjustChecksum } from "../wire/checksum.js";
import { DecodeReason } from "../wire/decode-reason.js";
import type { PacketView } from "../wire/packet-view.js";
import { DefragPolicy, type DefragPolicyCode, FragmentLists, Insertion } from "./defrag-fragments.js";

/**
 * Reassembly of fragmented IP datagrams (RFC 791, RFC 8200 section 4.5) as Suricata 7.0 does it, so that contents are
 * read as the receiving host reads them. How overlaps are resolved stands in `defrag-fragments.ts`.
 *
 * Memory is fixed at construction: `maxBytes` for fragments, about 100 bytes per datagram, one datagram of output. When
 * either runs out the datagram that waited longest for its next fragment is given up; a flood of fragments so costs
 * others their unfinished datagrams, never memory. A datagram whose next fragment does not come in time is given up
 * too. What is given up is counted.
 */

/** The largest IP datagram: an IPv6 header and the 65,535 bytes that it can announce. */
const MAX_DATAGRAM_BYTES = 40 + 65_535;
const MAX_IP_LENGTH = 65_535;
const IPV4_HEADER_LENGTH = 20;
const IPV6_HEADER_LENGTH = 40;
const FRAGMENT_HEADER_LENGTH = 8;
const NONE = -1;
/** Words of a key: source, destination, identification, protocol and version, VLAN ids (two words). */
const KEY_WORDS = 12;

export interface DefragLimits {
  /** Datagrams reassembled at a time. */
  readonly maxDatagrams: number;
  /** Bytes of fragments held. */
  readonly maxBytes: number;
  /** How long a datagram may wait for its next fragment, microseconds (Suricata: 60 s). */
  readonly timeoutUs: number;
}

export interface DefragOptions {
  /** Default WINDOWS, which is what suricata.yaml as shipped sets for all of IPv4. */
  readonly ipv4Policy?: DefragPolicyCode;
  /** Default BSD, Suricata's policy for addresses that suricata.yaml does not name. */
  readonly ipv6Policy?: DefragPolicyCode;
  /** Any 32-bit number that others cannot guess: keeps them from filling one bucket of the hash table. */
  readonly seed?: number;
}

/** What a sensor keeps of fragments, and Suricata's time-out. */
export const DEFRAG_LIMITS = { maxDatagrams: 1024, maxBytes: 4 * 1024 * 1024, timeoutUs: 60_000_000 };

export class Defragmenter {
  /** The rebuilt datagram, from `offset` to `end` (exclusive); valid after `add` returned true, until the next call. */
  readonly bytes = new Uint8Array(MAX_DATAGRAM_BYTES);
  readonly offset = 0;
  end = 0;

  /** Fragments fed. */
  fragments = 0;
  /** Datagrams rebuilt. */
  completed = 0;
  /** Datagrams given up because the next fragment did not come in time. */
  timedOut = 0;
  /** Datagrams given up to make room for others. */
  evicted = 0;
  /** Fragments that overlapped another one. */
  overlapping = 0;
  /** Fragments, or datagrams when rebuilt, that reach beyond what IP allows. */
  tooLarge = 0;
  /** Datagrams given up because they are too large for the arena or have too many fragments. */
  ignored = 0;

  readonly #limits: DefragLimits;
  readonly #ipv4Policy: DefragPolicyCode;
  readonly #ipv6Policy: DefragPolicyCode;
  readonly #seed: number;
  readonly #lists: FragmentLists;
  readonly #keys: Uint32Array;
  /** The key looked for, in the same form. */
  readonly #key = new Uint32Array(KEY_WORDS);
  readonly #lastUs: Float64Array;
  readonly #hasLast: Uint8Array;
  /** Where in the header the next-header byte stands that a rebuilt IPv6 datagram must change, and its value. */
  readonly #nextHeaderAt: Int32Array;
  readonly #nextHeader: Uint8Array;
  readonly #buckets: Int32Array;
  readonly #bucketOf: Int32Array;
  /** Chain of a bucket; also of the free slots. */
  readonly #chain: Int32Array;
  /** Datagrams by time of their latest fragment, oldest first. */
  readonly #newer: Int32Array;
  readonly #older: Int32Array;
  #oldest = NONE;
  #newest = NONE;
  #freeSlot = 0;

  constructor(limits: DefragLimits, options: DefragOptions = {}) {
    const slots = Math.max(1, limits.maxDatagrams);
    this.#limits = limits;
    this.#ipv4Policy = options.ipv4Policy ?? DefragPolicy.WINDOWS;
    this.#ipv6Policy = options.ipv6Policy ?? DefragPolicy.BSD;
    this.#seed = options.seed ?? 0;
    this.#lists = new FragmentLists(slots, limits.maxBytes);
    this.#keys = new Uint32Array(slots * KEY_WORDS);
    this.#lastUs = new Float64Array(slots);
    this.#hasLast = new Uint8Array(slots);
    this.#nextHeaderAt = new Int32Array(slots);
    this.#nextHeader = new Uint8Array(slots);
    this.#buckets = new Int32Array(2 ** Math.ceil(Math.log2(slots))).fill(NONE);
    this.#bucketOf = new Int32Array(slots);
    this.#chain = Int32Array.from({ length: slots }, (_, i) => (i + 1 < slots ? i + 1 : NONE));
    this.#newer = new Int32Array(slots);
    this.#older = new Int32Array(slots);
  }

  /**
   * Feed a packet whose `isFragment` is true. Overlaps and the like are noted on it as events.
   *
   * @returns true when the datagram is complete: `bytes[offset, end)` then holds it without fragmentation, lengths
   * and IPv4 checksum put right.
   */
  add(packet: PacketView): boolean {
    this.fragments++;
    const isIpv4 = packet.ipVersion === 4;
    const dataStart = isIpv4
      ? packet.ipOffset + packet.ipHeaderLength
      : packet.fragmentHeaderOffset + FRAGMENT_HEADER_LENGTH;
    const length = packet.ipEnd - dataStart;
    if ((isIpv4 ? IPV4_HEADER_LENGTH : 0) + packet.fragmentOffset + length > MAX_IP_LENGTH) {
      this.tooLarge++;
      packet.addEvent(isIpv4 ? DecodeReason.IPV4_FRAG_PKT_TOO_LARGE : DecodeReason.IPV6_FRAG_PKT_TOO_LARGE);
      return false;
    }
    this.#expire(packet.timeUs);
    const slot = this.#slotOf(packet);
    this.#touch(slot, packet.timeUs);
    this.#makeRoom(slot, packet.ipHeaderLength + length);

    const hasMore = (packet.ipFlags & 0x1) !== 0;
    const insertion = this.#lists.insert(
      slot,
      isIpv4 ? this.#ipv4Policy : this.#ipv6Policy,
      packet.fragmentOffset,
      hasMore,
      packet.bytes,
      packet.ipOffset,
      packet.ipHeaderLength,
      dataStart,
      length,
    );
    if (this.#lists.hasOverlapped) {
      this.overlapping++;
      packet.addEvent(isIpv4 ? DecodeReason.IPV4_FRAG_OVERLAP : DecodeReason.IPV6_FRAG_OVERLAP);
    }
    if (insertion === Insertion.COVERED) return false;
    if (insertion === Insertion.NO_ROOM) {
      this.ignored++;
      packet.addEvent(isIpv4 ? DecodeReason.IPV4_FRAG_IGNORED : DecodeReason.IPV6_FRAG_IGNORED);
      this.#release(slot);
      return false;
    }
    if (!isIpv4 && packet.fragmentOffset === 0) {
      this.#nextHeaderAt[slot] = packet.fragmentNextHeaderOffset - packet.ipOffset;
      this.#nextHeader[slot] = packet.bytes[packet.fragmentHeaderOffset]!;
    }
    if (!hasMore) this.#hasLast[slot] = 1;
    if (this.#hasLast[slot] === 0 || !this.#lists.isContiguous(slot)) return false;

    const isRebuilt = this.#lists.assemble(slot, this.bytes) && this.#finishHeader(slot, isIpv4);
    this.#release(slot);
    if (isRebuilt) this.completed++;
    else this.tooLarge++;
    return isRebuilt;
  }

  /** Make the first fragment's header the header of the whole; false if the lengths are beyond what IP can say. */
  #finishHeader(slot: number, isIpv4: boolean): boolean {
    const { bytes } = this;
    const { headerLength, dataLength } = this.#lists;
    this.end = headerLength + dataLength;
    if (!isIpv4) {
      if (this.end - IPV6_HEADER_LENGTH > MAX_IP_LENGTH) return false;
      writeUint16(bytes, 4, this.end - IPV6_HEADER_LENGTH);
      bytes[this.#nextHeaderAt[slot]!] = this.#nextHeader[slot]!;
      return true;
    }
    if (this.end > MAX_IP_LENGTH) return false;
    // A checksum that was wrong stays as wrong as it was.
    let checksum = readUint16(bytes, 10);
    checksum = adjustChecksum(checksum, readUint16(bytes, 2), this.end);
    checksum = adjustChecksum(checksum, readUint16(bytes, 6), 0);
    writeUint16(bytes, 2, this.end);
    writeUint16(bytes, 6, 0);
    writeUint16(bytes, 10, checksum);
    return true;
  }

  /** The slot of the datagram that the packet belongs to, a new one if there is none. */
  #slotOf(packet: PacketView): number {
    const key = this.#key;
    for (let i = 0; i < 4; i++) {
      key[i] = packet.source[i]!;
      key[4 + i] = packet.destination[i]!;
    }
    key[8] = packet.ipId;
    key[9] = (packet.ipVersion << 16) | (packet.vlanDepth << 8) | packet.ipProtocol;
    key[10] = packet.vlanDepth > 0 ? packet.vlanIds[0]! : 0;
    key[11] =
      (packet.vlanDepth > 1 ? packet.vlanIds[1]! << 16 : 0) | (packet.vlanDepth > 2 ? packet.vlanIds[2]! : 0);
    let hash = this.#seed | 0;
    for (let i = 0; i < KEY_WORDS; i++) {
      hash = Math.imul(hash ^ key[i]!, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    const bucket = hash & (this.#buckets.length - 1);
    for (let slot = this.#buckets[bucket]!; slot !== NONE; slot = this.#chain[slot]!) {
      if (this.#hasKey(slot)) return slot;
    }

    if (this.#freeSlot === NONE) {
      this.evicted++;
      this.#release(this.#oldest);
    }
    const slot = this.#freeSlot;
    this.#freeSlot = this.#chain[slot]!;
    this.#keys.set(key, slot * KEY_WORDS);
    this.#hasLast[slot] = 0;
    this.#bucketOf[slot] = bucket;
    this.#chain[slot] = this.#buckets[bucket]!;
    this.#buckets[bucket] = slot;
    this.#appendNewest(slot);
    return slot;
  }

  #hasKey(slot: number): boolean {
    const at = slot * KEY_WORDS;
    for (let i = 0; i < KEY_WORDS; i++) {
      if (this.#keys[at + i] !== this.#key[i]) return false;
    }
    return true;
  }

  /** Give up datagrams that wait too long. Each is given up once, so this costs what making them cost. */
  #expire(nowUs: number): void {
    while (this.#oldest !== NONE && this.#lastUs[this.#oldest]! + this.#limits.timeoutUs < nowUs) {
      this.timedOut++;
      this.#release(this.#oldest);
    }
  }

  /** Give up the oldest other datagrams until `byteLength` more fit. */
  #makeRoom(slot: number, byteLength: number): void {
    while (!this.#lists.hasRoomFor(byteLength) && this.#oldest !== slot) {
      this.evicted++;
      this.#release(this.#oldest);
    }
  }

  #touch(slot: number, timeUs: number): void {
    this.#lastUs[slot] = timeUs;
    if (this.#newest === slot) return;
    this.#unlink(slot);
    this.#appendNewest(slot);
  }

  #appendNewest(slot: number): void {
    this.#older[slot] = this.#newest;
    this.#newer[slot] = NONE;
    if (this.#newest === NONE) this.#oldest = slot;
    else this.#newer[this.#newest] = slot;
    this.#newest = slot;
  }

  #unlink(slot: number): void {
    const older = this.#older[slot]!;
    const newer = this.#newer[slot]!;
    if (older === NONE) this.#oldest = newer;
    else this.#newer[older] = newer;
    if (newer === NONE) this.#newest = older;
    else this.#older[newer] = older;
  }

  /** Forget a datagram and free its slot. */
  #release(slot: number): void {
    this.#lists.clear(slot);
    this.#unlink(slot);
    const bucket = this.#bucketOf[slot]!;
    if (this.#buckets[bucket] === slot) {
      this.#buckets[bucket] = this.#chain[slot]!;
    } else {
      let before = this.#buckets[bucket]!;
      while (this.#chain[before] !== slot) before = this.#chain[before]!;
      this.#chain[before] = this.#chain[slot]!;
    }
    this.#chain[slot] = this.#freeSlot;
    this.#freeSlot = slot;
  }
}
