/**
 * Files rules so that a packet is held against few. One search through its payload finds thousands of literals as quickly
 * as one, so rules with a long literal, or with one at a known place, stand together. Those with a short one, and those
 * without any, stand with each of their destination ports if these are few, else with each of their source ports if those
 * are, else with each of their protocols, else with those for the same many ports, else with the others. Every rule still tests
 * ports and protocol when it is judged.
 */

import type { Closing } from "./group-closing.js";
import { PROTOCOL_LIMIT } from "./image.js";
import type { IntervalSet } from "./interval-set.js";
import { type FiledRule, isCheaplyFound, isFoundInWords } from "./literal-filing.js";
import {
  PORT_BITMAP_WORDS,
  PORTED_WORDS,
  PortedPart,
  PortedWord,
  RANGE_WORDS,
  RangeWord,
} from "./search-words.js";
import type { Signature } from "./signature.js";

/** A rule for more ports than this is filed under any: repeating it would cost more than it saves. */
const MAX_PORTS = 32;
/** Sets of many ports with a group of their own, of 8 KiB each: a packet asks all of them. */
const MAX_RANGES = 8;
const ALL_PORTS = 65_536;

/** Rules that are tried together, while they come. */
export interface OpenGroup {
  readonly always: number[];
  readonly literals: FiledRule[];
}

/** Rules for the same many ports. */
interface PortRange {
  readonly isSource: boolean;
  readonly ports: IntervalSet;
  readonly group: OpenGroup;
}

export class PortFiling {
  readonly #any: OpenGroup = { always: [], literals: [] };
  readonly #destination = new Map<number, OpenGroup>();
  readonly #source = new Map<number, OpenGroup>();
  readonly #protocol = new Map<number, OpenGroup>();
  readonly #ranges = new Map<string, PortRange>();

  /** @param literals what the rule waits for; undefined: it is tried whenever the ports fit */
  add(signature: Signature, literals: FiledRule | undefined, rule: number): void {
    const groups = literals && isCheaplyFound(literals) ? [this.#any] : this.#groupsOf(signature);
    for (const group of groups) {
      if (literals) group.literals.push(literals);
      else group.always.push(rule);
    }
  }

  /** Write PortedWords; where they stand. */
  build(closing: Closing): number {
    const { words } = closing.search;
    const at = words.grow(PORTED_WORDS);
    const ranges = this.#keptRanges();
    closing.groupAt(at + PortedWord.ANY, this.#any);
    if (ranges.length > 0) words.set(at + PortedWord.RANGES, writeRanges(ranges, closing));
    writePorts(this.#destination, closing, at + PortedWord.DESTINATION_PORTS);
    writePorts(this.#source, closing, at + PortedWord.SOURCE_PORTS);
    if (this.#protocol.size > 0) {
      const table = words.grow(PROTOCOL_LIMIT);
      for (const [protocol, group] of this.#protocol) words.set(table + protocol, closing.group(group));
      words.set(at + PortedWord.PROTOCOLS, table);
    }
    words.set(at + PortedWord.ALWAYS_PARTS, this.#alwaysParts(ranges));
    return at;
  }

  /** PortedPart bits. */
  #alwaysParts(ranges: readonly PortRange[]): number {
    const parts: readonly (readonly [number, Iterable<OpenGroup>])[] = [
      [PortedPart.ANY, [this.#any]],
      [PortedPart.DESTINATION, this.#destination.values()],
      [PortedPart.SOURCE, this.#source.values()],
      [PortedPart.PROTOCOL, this.#protocol.values()],
      [PortedPart.RANGE, ranges.map(({ group }) => group)],
    ];
    let bits = 0;
    for (const [part, groups] of parts) {
      for (const { always } of groups) if (always.length > 0) bits |= part;
    }
    return bits;
  }

  #groupsOf(signature: Signature): OpenGroup[] {
    const { destinationPorts, sourcePorts, isBidirectional, applicationProtocols } = signature;
    const destination = isBidirectional ? undefined : fewPorts(destinationPorts);
    if (destination) return destination.map((port) => groupAt(this.#destination, port));
    const source = isBidirectional ? undefined : fewPorts(sourcePorts);
    if (source) return source.map((port) => groupAt(this.#source, port));
    if (applicationProtocols !== undefined)
      return applicationProtocols.map((protocol) => groupAt(this.#protocol, protocol));
    const [isSource, ports] =
      portCount(sourcePorts) < portCount(destinationPorts) ? [true, sourcePorts] : [false, destinationPorts];
    if (isBidirectional || portCount(ports) === ALL_PORTS) return [this.#any];
    const key = `${isSource} ${ports.join(";")}`;
    const known = this.#ranges.get(key);
    if (known) return [known.group];
    if (this.#ranges.size === MAX_RANGES) return [this.#any];
    const range: PortRange = { isSource, ports, group: { always: [], literals: [] } };
    this.#ranges.set(key, range);
    return [range.group];
  }

  /** Where payload of all ports is searched for short literals anyway, those of most ports are searched for with them. */
  #keptRanges(): PortRange[] {
    const isSearched = this.#any.literals.some((rule) => !isFoundInWords(rule));
    const isKept = ({ ports }: PortRange): boolean => !isSearched || portCount(ports) * 2 < ALL_PORTS;
    const ranges = [...this.#ranges.values()];
    for (const { group } of ranges.filter((range) => !isKept(range))) {
      this.#any.always.push(...group.always);
      this.#any.literals.push(...group.literals);
    }
    return ranges.filter(isKept);
  }
}

/** Slot of a port in a table of `slotMask + 1` slots. */
export function slotOfPort(port: number, slotMask: number): number {
  return (Math.imul(port, 0x9e3779b1) >>> 16) & slotMask;
}

function fewPorts(ports: IntervalSet): number[] | undefined {
  if (portCount(ports) > MAX_PORTS) return undefined;
  return ports.flatMap(([first, last]) =>
    Array.from({ length: Number(last - first) + 1 }, (_, i) => Number(first) + i),
  );
}

function portCount(ports: IntervalSet): number {
  return ports.reduce((sum, [first, last]) => sum + Number(last - first) + 1, 0);
}

function groupAt(groups: Map<number, OpenGroup>, port: number): OpenGroup {
  const known = groups.get(port);
  if (known) return known;
  const group: OpenGroup = { always: [], literals: [] };
  groups.set(port, group);
  return group;
}

/** Write a table of ports; its place and mask go to `at` and behind it, and stay 0 where there are no ports. */
function writePorts(byPort: ReadonlyMap<number, OpenGroup>, closing: Closing, at: number): void {
  if (byPort.size === 0) return;
  const { words } = closing.search;
  let slotCount = 4;
  while (slotCount < byPort.size * 2) slotCount *= 2;
  const table = words.grow(slotCount * 2);
  for (const [port, group] of byPort) {
    let slot = slotOfPort(port, slotCount - 1);
    while (words.at(table + slot * 2) !== 0) slot = (slot + 1) & (slotCount - 1);
    words.set(table + slot * 2, port + 1);
    words.set(table + slot * 2 + 1, closing.group(group));
  }
  words.set(at, table);
  words.set(at + 1, slotCount - 1);
}

/** Write RangeWord rows; where they stand. */
function writeRanges(ranges: readonly PortRange[], closing: Closing): number {
  const { words } = closing.search;
  const at = words.grow((ranges.length + 1) * RANGE_WORDS);
  ranges.forEach(({ isSource, ports, group }, i) => {
    const bitmap = words.grow(PORT_BITMAP_WORDS);
    for (const [first, last] of ports) {
      for (let port = Number(first); port <= Number(last); port++) {
        const word = bitmap + (port >>> 5);
        words.set(word, words.at(word) | (1 << (port & 31)));
      }
    }
    const row = at + i * RANGE_WORDS;
    words.set(row + RangeWord.GROUP, closing.group(group));
    words.set(row + RangeWord.IS_SOURCE, isSource ? 1 : 0);
    words.set(row + RangeWord.BITMAP, bitmap);
  });
  return at;
}
