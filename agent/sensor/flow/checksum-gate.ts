/**
 * Owns whether a TCP segment's checksum is to be believed. A segment with a wrong one is dropped by its receiver, so it must not
 * be read either. Two things look alike that are not:
 *
 * - Where the network card is to fill checksums in, and in segments that the kernel has joined (GRO), the field holds the sum of
 *   the pseudo header only. Such a segment is read: a box that forwards or serves sees many of them. Whoever forges one is read
 *   too; the event on differing overlaps tells.
 * - Cards and taps that leave something else there: where more than a tenth of the segments are wrong, checksums say nothing
 *   (as Suricata's `checksum-checks: auto`, which decides once, after a thousand packets). Here every thousand segments are
 *   decided upon anew, so that a burst at the beginning does not open the gate for good.
 *
 * Memory: a few numbers.
 */
import { readUint16 } from "../wire/big-endian.js";
import { foldChecksum, isTransportChecksumValid, pseudoHeaderSum } from "../wire/checksum.js";
import type { PacketView } from "../wire/packet-view.js";

const SAMPLE_SEGMENTS = 1000;
/** More wrong ones than this in a sample: checksums are not filled in where this was captured. */
const MAX_WRONG_OF_SAMPLE = 100;

export class ChecksumGate {
  /** Segments whose checksum was wrong, since the start or the last reset. */
  wrong = 0;
  /** Segments with the sum of the pseudo header only. */
  partial = 0;
  /** Wrong ones that were believed all the same. */
  passed = 0;
  #isOpen = false;
  #looked = 0;
  #wrongOfSample = 0;

  reset(): void {
    this.wrong = 0;
    this.partial = 0;
    this.passed = 0;
    this.#isOpen = false;
    this.#looked = 0;
    this.#wrongOfSample = 0;
  }

  /** Whether the segment may be read. Only for a packet whose TCP header was decoded. */
  admits(packet: PacketView): boolean {
    if (++this.#looked > SAMPLE_SEGMENTS) {
      this.#isOpen = this.#wrongOfSample > MAX_WRONG_OF_SAMPLE;
      this.#looked = 1;
      this.#wrongOfSample = 0;
    }
    // A header that was not decoded is judged elsewhere.
    if (packet.transportOffset === 0 || isTransportChecksumValid(packet)) return true;
    if (isPartial(packet)) {
      this.partial++;
      return true;
    }
    this.wrong++;
    this.#wrongOfSample++;
    if (this.#isOpen) this.passed++;
    return this.#isOpen;
  }
}

function isPartial(packet: PacketView): boolean {
  const { transportOffset, ipEnd, source, destination, ipProtocol } = packet;
  const sum = pseudoHeaderSum(source, destination, ipProtocol, ipEnd - transportOffset);
  return readUint16(packet.bytes, transportOffset + 16) === (~foldChecksum(sum) & 0xffff);
}
