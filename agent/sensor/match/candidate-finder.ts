/**
 * Finds the rules that packet, stream bytes or message may match: of every rule one literal is searched in the one buffer
 * where it is filed, among the rules of the transport, direction and ports at hand; rules without a literal are
 * candidates whenever these fit. Memory: the candidate list.
 */
import {
  type PortedGroup,
  PROTOCOL_LIMIT,
  type RuleGroup,
  type RuleImage,
  type SegmentIndex,
} from "../../signature/image.js";
import { slotOfPort } from "../../signature/port-filing.js";
import type { MessageView } from "../proto/message-view.js";
import type { PacketView } from "../wire/packet-view.js";
import { CandidateList } from "./candidate-list.js";
import type { Endpoints } from "./endpoints.js";
import { transportClass } from "./header-test.js";
import { LiteralScanner } from "./literal-scan.js";
import { segmentOf } from "./range-lookup.js";
import type { Transforms } from "./transforms.js";

export class CandidateFinder {
  /** What was found last. */
  readonly candidates: CandidateList;
  readonly #image: RuleImage;
  readonly #endpoints: Endpoints;
  readonly #transforms: Transforms;
  readonly scanner: LiteralScanner;

  constructor(image: RuleImage, endpoints: Endpoints, transforms: Transforms) {
    this.candidates = new CandidateList(image.ruleCount);
    this.#image = image;
    this.#endpoints = endpoints;
    this.#transforms = transforms;
    this.scanner = new LiteralScanner(image.literals, this.candidates);
  }

  /**
   * For one packet.
   *
   * @param payloadLength bytes of the payload that may be looked at
   * @param isFirst rules that ask for addresses alone as well
   * @param withStreamRules rules on streams as well
   */
  findForPacket(packet: PacketView, payloadLength: number, isFirst: boolean, withStreamRules: boolean): void {
    const endpoints = this.#endpoints;
    const image = this.#image;
    this.candidates.begin();
    if (isFirst) this.#findByAddress();
    const group = transportClass(endpoints.ipProtocol) * 2 + endpoints.direction;
    const begin = packet.payloadOffset;
    const end = begin + payloadLength;
    this.#findInPorted(image.packetGroups[group]!, packet.bytes, begin, begin, end);
    if (!withStreamRules) return;
    this.#findInPorted(image.streamGroups[endpoints.direction]!, packet.bytes, begin, begin, end);
  }

  /** Further candidates: rules on streams, of the stream bytes `bytes[offset, end)`. */
  addForStream(bytes: Uint8Array, offset: number, end: number): void {
    this.#findInPorted(this.#image.streamGroups[this.#endpoints.direction]!, bytes, offset, offset, end);
  }

  findForMessage(message: MessageView): void {
    const group = message.direction * 2 + message.stage;
    this.candidates.begin();
    this.candidates.addAll(this.#image.messageAlways[group * PROTOCOL_LIMIT + message.protocol]!);
    const buffers = this.#image.bufferGroups[group]!;
    for (let i = 0; i < buffers.length; i++) {
      const { field, transformChain, literals } = buffers[i]!;
      for (let entry = message.first(field); entry >= 0; entry = message.next(entry)) {
        let bytes = message.entryBytes[entry]!;
        let offset = message.entryOffset[entry]!;
        let length = message.entryLength[entry]!;
        if (transformChain !== 0) {
          this.#transforms.apply(transformChain, bytes, offset, length);
          bytes = this.#transforms.bytes;
          offset = this.#transforms.offset;
          length = this.#transforms.length;
        }
        if (length > 0) this.scanner.scan(literals, bytes, offset, offset, offset + length);
      }
    }
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

  #findInPorted(ported: PortedGroup, bytes: Uint8Array, offset: number, fresh: number, end: number): void {
    this.#findInGroup(ported.any, bytes, offset, fresh, end);
    const { hasPorts, sourcePort, destinationPort, applicationProtocol } = this.#endpoints;
    const { destinationPorts, sourcePorts, protocols, groups } = ported;
    const forProtocol = protocols.length > 0 ? protocols[applicationProtocol]! : -1;
    if (forProtocol >= 0) this.#findInGroup(groups[forProtocol]!, bytes, offset, fresh, end);
    if (!hasPorts) return;
    const forDestination = groupOfPort(destinationPorts, destinationPort);
    if (forDestination >= 0) this.#findInGroup(groups[forDestination]!, bytes, offset, fresh, end);
    const forSource = groupOfPort(sourcePorts, sourcePort);
    if (forSource >= 0) this.#findInGroup(groups[forSource]!, bytes, offset, fresh, end);
  }

  #findInGroup(group: RuleGroup, bytes: Uint8Array, offset: number, fresh: number, end: number): void {
    const { always, literals } = group;
    if (always.length > 0) this.candidates.addAll(always);
    if (literals !== undefined && fresh < end) this.scanner.scan(literals, bytes, offset, fresh, end);
  }
}

/** Number of the group of a port, −1 where it has none. */
function groupOfPort(table: Int32Array, port: number): number {
  if (table.length === 0) return -1;
  const slotMask = table.length / 2 - 1;
  let slot = slotOfPort(port, slotMask);
  for (;;) {
    const key = table[slot * 2]!;
    if (key === 0) return -1;
    if (key === port + 1) return table[slot * 2 + 1]!;
    slot = (slot + 1) & slotMask;
  }
}
