/**
 * What expressions of rules capture (`pcre` with `flow:` and `pkt:` names), for `flowvar` and `pktvar`. As in Suricata 7 a rule that
 * holds leaves what it captured: on the packet at hand, or on the flow, where a rule on messages leaves it for the next packets only.
 *
 * Refuses: more than MAX_CAPTURED octets of one capture, which are cut, and more than MAX_CAPTURES of one packet, and as many that
 * wait for the next, the oldest of which give way. Memory: MAX_VALUES values of flows, the oldest of which give way; none where no
 * rule captures.
 */
import type { Endpoints } from "./endpoints.js";

const MAX_CAPTURED = 1024;
const MAX_CAPTURES = 64;
const MAX_VALUES = 4096;
const NAMES = 2 ** 32;

/** Whose value it is. The numbers stand in programs. */
export const VariableOwner = { FLOW: 0, PACKET: 1 } as const;

interface Value {
  /** Of the condition, in the programs of all rules. */
  readonly at: number;
  readonly owner: number;
  /** Hash of the name. */
  readonly name: number;
  readonly bytes: Uint8Array;
}

interface FlowValue {
  readonly generation: number;
  readonly bytes: Uint8Array;
}

/** A value of a flow that the next packet finds. */
interface LaterValue {
  readonly key: number;
  readonly value: FlowValue;
}

export class CapturedValues {
  /** Values that have given way, since the start. */
  evictions = 0;
  /** What expressions have captured in the packet at hand, for rules that may hold. */
  #captured: Value[] = [];
  /** What rules on messages leave for the packets behind the one at hand. */
  #later: LaterValue[] = [];
  readonly #ofPacket = new Map<number, Uint8Array>();
  readonly #ofFlows = new Map<number, FlowValue>();

  /** Another packet is judged. */
  beginPacket(): void {
    if (this.#captured.length > 0) this.#captured = [];
    if (this.#ofPacket.size > 0) this.#ofPacket.clear();
    if (this.#later.length === 0) return;
    for (const { key, value } of this.#later) this.#keepOnFlow(key, value);
    this.#later = [];
  }

  /** The condition at `at` of a program has captured `bytes[offset, offset + length)`. */
  capture(at: number, owner: number, name: number, bytes: Uint8Array, offset: number, length: number): void {
    this.#makeRoom(this.#captured);
    const end = offset + Math.min(length, MAX_CAPTURED);
    this.#captured.push({ at, owner, name, bytes: bytes.slice(offset, end) });
  }

  /** The rule with the program [start, end) holds: what it captured is kept. */
  keep(start: number, end: number, { flow, flowGeneration }: Endpoints, isOnMessage: boolean): void {
    for (const { at, owner, name, bytes } of this.#captured) {
      if (at < start || at >= end) continue;
      if (owner === VariableOwner.PACKET) {
        if (!isOnMessage) this.#ofPacket.set(name, bytes);
        continue;
      }
      if (flow < 0) continue;
      const key = flow * NAMES + name;
      const value = { generation: flowGeneration, bytes };
      if (isOnMessage) {
        this.#makeRoom(this.#later);
        this.#later.push({ key, value });
      } else this.#keepOnFlow(key, value);
    }
  }

  /** Whether the variable has a value that contains `pattern[offset, offset + length)`. */
  contains(
    owner: number,
    name: number,
    pattern: Uint8Array,
    offset: number,
    length: number,
    { flow, flowGeneration }: Endpoints,
  ): boolean {
    if (owner === VariableOwner.PACKET) return has(this.#ofPacket.get(name), pattern, offset, length);
    const value = this.#ofFlows.get(flow * NAMES + name);
    return value?.generation === flowGeneration && has(value.bytes, pattern, offset, length);
  }

  clear(): void {
    this.#later = [];
    this.#ofPacket.clear();
    this.#ofFlows.clear();
  }

  #makeRoom(values: unknown[]): void {
    if (values.length < MAX_CAPTURES) return;
    values.shift();
    this.evictions++;
  }

  #keepOnFlow(key: number, value: FlowValue): void {
    const values = this.#ofFlows;
    values.delete(key);
    values.set(key, value);
    if (values.size <= MAX_VALUES) return;
    this.evictions++;
    for (const oldest of values.keys()) {
      values.delete(oldest);
      return;
    }
  }
}

function has(value: Uint8Array | undefined, pattern: Uint8Array, offset: number, length: number): boolean {
  if (value === undefined) return false;
  for (let at = 0; at + length <= value.length; at++) {
    let i = 0;
    while (i < length && value[at + i] === pattern[offset + i]) i++;
    if (i === length) return true;
  }
  return false;
}
