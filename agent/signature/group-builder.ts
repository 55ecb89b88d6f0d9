import {
  type BufferGroup,
  PROTOCOL_LIMIT,
  type RuleGroup,
  type RuleImage,
  TRANSPORT_CLASSES,
} from "./image.js";
import { buildLiteralIndex, type FiledLiteral } from "./literal-index.js";

interface OpenGroup {
  readonly always: number[];
  readonly literals: FiledLiteral[];
}

/** Files every rule once under what it waits for. */
export class GroupBuilder {
  readonly #packets = newGroups(TRANSPORT_CLASSES * 2);
  readonly #streams = newGroups(2);
  readonly #buffers: Map<string, { field: number; chain: number; literals: FiledLiteral[] }>[] = Array.from(
    { length: 4 },
    () => new Map(),
  );
  readonly #messages: number[][] = Array.from({ length: 4 * PROTOCOL_LIMIT }, () => []);

  addToPackets(transport: number, direction: number, literal: FiledLiteral | undefined, rule: number): void {
    addTo(this.#packets[transport * 2 + direction]!, literal, rule);
  }

  addToStream(direction: number, literal: FiledLiteral | undefined, rule: number): void {
    addTo(this.#streams[direction]!, literal, rule);
  }

  addToBuffer(direction: number, stage: number, field: number, chain: number, literal: FiledLiteral): void {
    const buffers = this.#buffers[direction * 2 + stage]!;
    const key = `${field}:${chain}`;
    let group = buffers.get(key);
    if (!group) {
      group = { field, chain, literals: [] };
      buffers.set(key, group);
    }
    group.literals.push(literal);
  }

  addToMessages(direction: number, stage: number, protocols: readonly number[], rule: number): void {
    for (const protocol of protocols) {
      this.#messages[(direction * 2 + stage) * PROTOCOL_LIMIT + protocol]!.push(rule);
    }
  }

  build(): Pick<RuleImage, "packetGroups" | "streamGroups" | "bufferGroups" | "messageAlways"> {
    return {
      packetGroups: this.#packets.map(closeGroup),
      streamGroups: this.#streams.map(closeGroup),
      bufferGroups: this.#buffers.map((buffers) =>
        [...buffers.values()].map(
          ({ field, chain, literals }): BufferGroup => ({
            field,
            transformChain: chain,
            literals: buildLiteralIndex(literals)!,
          }),
        ),
      ),
      messageAlways: this.#messages.map((rules) => Int32Array.from(rules)),
    };
  }
}

function newGroups(count: number): OpenGroup[] {
  return Array.from({ length: count }, () => ({ always: [], literals: [] }));
}

function addTo(group: OpenGroup, literal: FiledLiteral | undefined, rule: number): void {
  if (literal) group.literals.push(literal);
  else group.always.push(rule);
}

function closeGroup(group: OpenGroup): RuleGroup {
  return { always: Int32Array.from(group.always), literals: buildLiteralIndex(group.literals) };
}
