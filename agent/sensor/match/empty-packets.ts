/**
 * Owns the answer to one question: may any rule hold of a TCP packet without payload, on ports like these? Nearly all rules ask for
 * bytes or for messages; what is left names a few ports. Built once from the image; where a rule names no port the answer is yes.
 * Memory: 32 KiB.
 */
import type { RuleImage } from "../../signature/image.js";
import {
  GroupWord,
  PORT_BITMAP_WORDS,
  PortedPart,
  PortedWord,
  RANGE_WORDS,
  RangeWord,
} from "../../signature/search-words.js";
import type { DirectionId } from "../proto/protocols.js";
import { IP_PROTOCOL_TCP, type PacketView } from "../wire/packet-view.js";
import { transportClass } from "./header-test.js";

const DIRECTIONS = 2;

export class EmptyPackets {
  readonly #words: Int32Array;
  /** A bit a port, by direction. */
  readonly #sources = new Int32Array(DIRECTIONS * PORT_BITMAP_WORDS);
  readonly #destinations = new Int32Array(DIRECTIONS * PORT_BITMAP_WORDS);

  constructor({ packetGroups, search }: RuleImage) {
    this.#words = search;
    for (let direction = 0; direction < DIRECTIONS; direction++) {
      const ported = packetGroups[transportClass(IP_PROTOCOL_TCP) * DIRECTIONS + direction]!;
      const parts = search[ported + PortedWord.ALWAYS_PARTS]!;
      // Rules for any port, or for a protocol on whatever port.
      if ((parts & (PortedPart.ANY | PortedPart.PROTOCOL)) !== 0) this.#addAllPorts(direction);
      if ((parts & PortedPart.DESTINATION) !== 0)
        this.#addPorts(ported + PortedWord.DESTINATION_PORTS, this.#destinations, direction);
      if ((parts & PortedPart.SOURCE) !== 0)
        this.#addPorts(ported + PortedWord.SOURCE_PORTS, this.#sources, direction);
      if ((parts & PortedPart.RANGE) !== 0) this.#addRanges(ported, direction);
    }
  }

  mayHold({ sourcePort, destinationPort }: PacketView, direction: DirectionId): boolean {
    const first = direction * PORT_BITMAP_WORDS;
    const bySource = this.#sources[first + (sourcePort >>> 5)]! >>> (sourcePort & 31);
    const byDestination = this.#destinations[first + (destinationPort >>> 5)]! >>> (destinationPort & 31);
    return ((bySource | byDestination) & 1) !== 0;
  }

  #isAsked(group: number): boolean {
    return this.#words[group + GroupWord.ALWAYS_COUNT]! > 0;
  }

  #addAllPorts(direction: number): void {
    this.#destinations.fill(-1, direction * PORT_BITMAP_WORDS, (direction + 1) * PORT_BITMAP_WORDS);
  }

  /** @param at where the place of a table of ports stands, and its mask */
  #addPorts(at: number, ports: Int32Array, direction: number): void {
    const words = this.#words;
    const table = words[at]!;
    for (let slot = words[at + 1]!; slot >= 0; slot--) {
      const port = words[table + slot * 2]! - 1;
      if (port < 0 || !this.#isAsked(words[table + slot * 2 + 1]!)) continue;
      const word = direction * PORT_BITMAP_WORDS + (port >>> 5);
      ports[word] = ports[word]! | (1 << (port & 31));
    }
  }

  #addRanges(ported: number, direction: number): void {
    const words = this.#words;
    const ranges = words[ported + PortedWord.RANGES]!;
    for (let row = ranges; words[row + RangeWord.GROUP] !== 0; row += RANGE_WORDS) {
      if (!this.#isAsked(words[row + RangeWord.GROUP]!)) continue;
      const ports = words[row + RangeWord.IS_SOURCE] === 0 ? this.#destinations : this.#sources;
      const bitmap = words[row + RangeWord.BITMAP]!;
      for (let i = 0; i < PORT_BITMAP_WORDS; i++) {
        const word = direction * PORT_BITMAP_WORDS + i;
        ports[word] = ports[word]! | words[bitmap + i]!;
      }
    }
  }
}
