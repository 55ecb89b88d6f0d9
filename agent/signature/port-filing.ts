/**
 * Files rules so that a packet is held against few. One search through its payload finds thousands of literals as quickly
 * as one, so rules with a long literal, or with one at a known place, stand together. Those with a short one, and those
 * without any, stand with each of their destination ports if these are few, else with each of their source ports if those
 * are, else with each of their protocols, else with the others. Every rule still tests ports and protocol when it is judged.
 */

import type { Closing } from "./group-closing.js";
import { type PortedGroup, PROTOCOL_LIMIT, type RuleGroup } from "./image.js";
import type { IntervalSet } from "./interval-set.js";
import { type FiledLiteral, isCheap } from "./literal-index.js";
import type { Signature } from "./signature.js";

/** A rule for more ports than this is filed under any: repeating it would cost more than it saves. */
const MAX_PORTS = 32;

interface OpenGroup {
  readonly always: number[];
  readonly literals: FiledLiteral[];
}

export class PortFiling {
  readonly #any: OpenGroup = { always: [], literals: [] };
  readonly #destination = new Map<number, OpenGroup>();
  readonly #source = new Map<number, OpenGroup>();
  readonly #protocol = new Map<number, OpenGroup>();

  /** @param literal what the rule waits for; undefined: it is tried whenever the ports fit */
  add(signature: Signature, literal: FiledLiteral | undefined, rule: number): void {
    const groups = literal && isCheap(literal) ? [this.#any] : this.#groupsOf(signature);
    for (const group of groups) {
      if (literal) group.literals.push(literal);
      else group.always.push(rule);
    }
  }

  build(closing: Closing): PortedGroup {
    const groups: RuleGroup[] = [];
    return {
      any: closeGroup(this.#any, closing),
      destinationPorts: portTable(this.#destination, groups, closing),
      sourcePorts: portTable(this.#source, groups, closing),
      protocols: protocolTable(this.#protocol, groups, closing),
      groups,
    };
  }

  #groupsOf(signature: Signature): OpenGroup[] {
    const { destinationPorts, sourcePorts, isBidirectional, applicationProtocols } = signature;
    const destination = isBidirectional ? undefined : fewPorts(destinationPorts);
    if (destination) return destination.map((port) => groupAt(this.#destination, port));
    const source = isBidirectional ? undefined : fewPorts(sourcePorts);
    if (source) return source.map((port) => groupAt(this.#source, port));
    if (applicationProtocols === undefined) return [this.#any];
    return applicationProtocols.map((protocol) => groupAt(this.#protocol, protocol));
  }
}

/** Slot of a port in a table of `slotMask + 1` slots. */
export function slotOfPort(port: number, slotMask: number): number {
  return (Math.imul(port, 0x9e3779b1) >>> 16) & slotMask;
}

function fewPorts(ports: IntervalSet): number[] | undefined {
  const count = ports.reduce((sum, [first, last]) => sum + Number(last - first) + 1, 0);
  if (count > MAX_PORTS) return undefined;
  return ports.flatMap(([first, last]) =>
    Array.from({ length: Number(last - first) + 1 }, (_, i) => Number(first) + i),
  );
}

function groupAt(groups: Map<number, OpenGroup>, port: number): OpenGroup {
  const known = groups.get(port);
  if (known) return known;
  const group: OpenGroup = { always: [], literals: [] };
  groups.set(port, group);
  return group;
}

function portTable(
  byPort: ReadonlyMap<number, OpenGroup>,
  groups: RuleGroup[],
  closing: Closing,
): Int32Array {
  if (byPort.size === 0) return new Int32Array(0);
  let slotCount = 4;
  while (slotCount < byPort.size * 2) slotCount *= 2;
  const table = new Int32Array(slotCount * 2);
  for (const [port, group] of byPort) {
    let slot = slotOfPort(port, slotCount - 1);
    while (table[slot * 2] !== 0) slot = (slot + 1) & (slotCount - 1);
    table[slot * 2] = port + 1;
    table[slot * 2 + 1] = groups.push(closeGroup(group, closing)) - 1;
  }
  return table;
}

function protocolTable(
  byProtocol: ReadonlyMap<number, OpenGroup>,
  groups: RuleGroup[],
  closing: Closing,
): Int32Array {
  const table = new Int32Array(byProtocol.size === 0 ? 0 : PROTOCOL_LIMIT).fill(-1);
  for (const [protocol, group] of byProtocol) table[protocol] = groups.push(closeGroup(group, closing)) - 1;
  return table;
}

function closeGroup({ always, literals }: OpenGroup, closing: Closing): RuleGroup {
  return { always: closing.rules(always), literals: closing.literals(literals) };
}
