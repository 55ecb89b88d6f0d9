/**
 * Finds the rules that packet, stream bytes or message may match: of every rule one literal is searched in the one buffer
 * where it is filed, among the rules of the transport, direction and ports at hand; rules without a literal are
 * candidates whenever these fit. Memory: the candidate list.
 */
import { GRAM_CASE_BITS } from "../../signature/gram-table.js";
import { PROTOCOL_LIMIT, type RuleImage, type SegmentIndex } from "../../signature/image.js";
import { slotOfPort } from "../../signature/port-filing.js";
import {
  ALL_PORTED_PARTS,
  BUFFER_WORDS,
  BufferWord,
  GATE_WORDS,
  GateWord,
  GroupWord,
  PortedPart,
  PortedWord,
  RANGE_WORDS,
  RangeWord,
} from "../../signature/search-words.js";
import { Field } from "../proto/fields.js";
import { type MessageView, STAGE_EVENTS, STAGES } from "../proto/message-view.js";
import type { PacketView } from "../wire/packet-view.js";
import { CandidateList } from "./candidate-list.js";
import { EmptyPackets } from "./empty-packets.js";
import type { Endpoints } from "./endpoints.js";
import { transportClass } from "./header-test.js";
import { LiteralScanner, type SearchCounts, wordAt } from "./literal-scan.js";
import { segmentOf } from "./range-lookup.js";
import type { Transforms } from "./transforms.js";

export class CandidateFinder {
  /** What was found last. */
  readonly candidates: CandidateList;
  readonly #image: RuleImage;
  readonly #words: Int32Array;
  readonly #endpoints: Endpoints;
  readonly #transforms: Transforms;
  readonly scanner: LiteralScanner;
  readonly emptyPackets: EmptyPackets;

  /** @param counts what the search has counted until now */
  constructor(image: RuleImage, endpoints: Endpoints, transforms: Transforms, counts?: SearchCounts) {
    this.candidates = new CandidateList(image.ruleCount);
    this.#image = image;
    this.#words = image.search;
    this.#endpoints = endpoints;
    this.#transforms = transforms;
    this.scanner = new LiteralScanner(image, this.candidates, counts);
    this.emptyPackets = new EmptyPackets(image);
  }

  /**
   * For one packet.
   *
   * @param payloadLength bytes of the payload that may be looked at
   * @param isFirst rules that ask for addresses alone as well
   * @param isOutside the payload is that of a TCP packet that is in no stream
   * @param hasWindow bytes of the stream are looked at with it
   */
  findForPacket(
    packet: PacketView,
    payloadLength: number,
    isFirst: boolean,
    isOutside: boolean,
    hasWindow: boolean,
  ): void {
    const { ipProtocol, direction, isEstablished } = this.#endpoints;
    const { packetGroups, streamGroups, outsideGroups, unestablishedGroups } = this.#image;
    const { bytes, payloadOffset } = packet;
    this.candidates.begin();
    if (isFirst) this.#findByAddress();
    if (isOutside && !isEstablished) {
      this.#findInPorted(unestablishedGroups[direction]!, bytes, payloadOffset, payloadLength);
      return;
    }
    const group = transportClass(ipProtocol) * 2 + direction;
    this.#findInPorted(packetGroups[group]!, bytes, payloadOffset, payloadLength);
    if (!isOutside) return;
    const further = hasWindow ? outsideGroups : streamGroups;
    this.#findInPorted(further[direction]!, bytes, payloadOffset, payloadLength);
  }

  /** Further candidates: rules on streams, of the stream bytes `bytes[offset, offset + length)`. */
  addForStream(bytes: Uint8Array, offset: number, length: number): void {
    this.#findInPorted(this.#image.streamGroups[this.#endpoints.direction]!, bytes, offset, length);
  }

  findForMessage(message: MessageView): void {
    const words = this.#words;
    const group = message.isAboutEvents
      ? this.#endpoints.direction * STAGES + STAGE_EVENTS
      : message.direction * STAGES + message.stage;
    const { messageRules, bufferGroups } = this.#image;
    const rules = (group * PROTOCOL_LIMIT + message.protocol) * 2;
    this.candidates.begin();
    this.candidates.addRange(words, messageRules[rules]!, messageRules[rules + 1]!);
    for (let at = bufferGroups[group]!; words[at + BufferWord.FIELD] !== 0; at += BUFFER_WORDS) {
      const field = words[at + BufferWord.FIELD]!;
      if (message.areHeadersLate && isSingleHeader(field)) continue;
      for (let entry = message.first(field); entry >= 0; entry = message.next(entry)) {
        this.#findInField(
          at,
          message.entryBytes[entry]!,
          message.entryOffset[entry]!,
          message.entryLength[entry]!,
        );
      }
    }
  }

  /** @param buffer the BufferWords */
  #findInField(buffer: number, bytes: Uint8Array, offset: number, length: number): void {
    const index = this.#words[buffer + BufferWord.INDEX]!;
    const chain = this.#words[buffer + BufferWord.CHAIN]!;
    if (chain === 0) {
      if (length > 0) this.scanner.scan(index, bytes, offset, length);
      return;
    }
    const transforms = this.#transforms;
    transforms.apply(chain, bytes, offset, length);
    if (transforms.length > 0)
      this.scanner.scan(index, transforms.bytes, transforms.offset, transforms.length);
  }

  /** Rules that ask for addresses alone. */
  #findByAddress(): void {
    const { addressRules } = this.#image;
    const { ipVersion, source, destination } = this.#endpoints;
    if (ipVersion === 6) this.candidates.addAll(addressRules.v6);
    if (ipVersion !== 4) return;
    this.candidates.addAll(addressRules.everywhere);
    this.#findInSegment(addressRules.source, source[3]!);
    this.#findInSegment(addressRules.destination, destination[3]!);
  }

  #findInSegment(index: SegmentIndex, address: number): void {
    const segment = segmentOf(index.borders, address);
    for (let i = index.offsets[segment]!; i < index.offsets[segment + 1]!; i++) {
      this.candidates.add(index.rules[i]!);
    }
  }

  /** @param ported the PortedWords */
  #findInPorted(ported: number, bytes: Uint8Array, offset: number, length: number): void {
    const words = this.#words;
    const parts = length > 0 ? ALL_PORTED_PARTS : words[ported + PortedWord.ALWAYS_PARTS]!;
    if (parts === 0) return;
    const { hasPorts, sourcePort, destinationPort, applicationProtocol } = this.#endpoints;
    if ((parts & PortedPart.ANY) !== 0) this.#findInGroup(ported + PortedWord.ANY, bytes, offset, length);
    if ((parts & PortedPart.PROTOCOL) !== 0) {
      const protocols = words[ported + PortedWord.PROTOCOLS]!;
      const group = protocols === 0 ? 0 : words[protocols + applicationProtocol]!;
      if (group !== 0) this.#findInGroup(group, bytes, offset, length);
    }
    if (!hasPorts) return;
    if ((parts & PortedPart.DESTINATION) !== 0) {
      const group = this.#groupOfPort(ported + PortedWord.DESTINATION_PORTS, destinationPort);
      if (group !== 0) this.#findInGroup(group, bytes, offset, length);
    }
    if ((parts & PortedPart.SOURCE) !== 0) {
      const group = this.#groupOfPort(ported + PortedWord.SOURCE_PORTS, sourcePort);
      if (group !== 0) this.#findInGroup(group, bytes, offset, length);
    }
    if ((parts & PortedPart.RANGE) === 0) return;
    const ranges = words[ported + PortedWord.RANGES]!;
    if (ranges === 0) return;
    for (let row = ranges; words[row + RangeWord.GROUP] !== 0; row += RANGE_WORDS) {
      const port = words[row + RangeWord.IS_SOURCE] === 0 ? destinationPort : sourcePort;
      if (((words[words[row + RangeWord.BITMAP]! + (port >>> 5)]! >>> (port & 31)) & 1) !== 0)
        this.#findInGroup(words[row + RangeWord.GROUP]!, bytes, offset, length);
    }
  }

  /** @param group the GroupWords */
  #findInGroup(group: number, bytes: Uint8Array, offset: number, length: number): void {
    const words = this.#words;
    const alwaysCount = words[group + GroupWord.ALWAYS_COUNT]!;
    if (alwaysCount > 0) this.candidates.addRange(words, words[group + GroupWord.ALWAYS]!, alwaysCount);
    if (length <= 0) return;
    const index = words[group + GroupWord.INDEX]!;
    if (index !== 0) this.scanner.scan(index, bytes, offset, length);
    if (words[group + GroupWord.GATE_COUNT] !== 0) this.#findBehindGates(group, bytes, offset, length);
  }

  /** Gates are in the order of their places: what stands at one is read once. */
  #findBehindGates(group: number, bytes: Uint8Array, offset: number, length: number): void {
    const words = this.#words;
    const { scanner } = this;
    const gates = words[group + GroupWord.GATES]!;
    const end = gates + words[group + GroupWord.GATE_COUNT]! * GATE_WORDS;
    let place = -1;
    let there = 0;
    for (let gate = gates; gate < end; gate += GATE_WORDS) {
      const first = words[gate + GateWord.FIRST_PLACE]!;
      if (first >= length) return;
      if (first !== place) {
        place = first;
        there = wordAt(bytes, offset + first) | GRAM_CASE_BITS;
      }
      const isOpen =
        (there & words[gate + GateWord.MASK]!) === words[gate + GateWord.GRAM] ||
        (words[gate + GateWord.LAST_PLACE] !== first && scanner.isOpen(gate, bytes, offset, length));
      if (isOpen) scanner.scan(words[gate + GateWord.INDEX]!, bytes, offset, length);
    }
  }

  /** The group of a port, 0 where it has none; the place of the table and its mask stand at `at`. */
  #groupOfPort(at: number, port: number): number {
    const words = this.#words;
    const table = words[at]!;
    if (table === 0) return 0;
    const slotMask = words[at + 1]!;
    let slot = slotOfPort(port, slotMask);
    for (;;) {
      const key = words[table + slot * 2]!;
      if (key === 0) return 0;
      if (key === port + 1) return words[table + slot * 2 + 1]!;
      slot = (slot + 1) & slotMask;
    }
  }
}

function isSingleHeader(field: number): boolean {
  return field === Field.HTTP_RESPONSE_HEADER || field === Field.HTTP2_HEADER_NAME;
}
