import { type BufferGroup, PROTOCOL_LIMIT, type RuleImage, TRANSPORT_CLASSES } from "./image.js";
import { buildLiteralIndex, type FiledLiteral } from "./literal-index.js";
import { PortFiling } from "./port-filing.js";
import type { Signature } from "./signature.js";

/** Files every rule once under what it waits for. */
export class GroupBuilder {
  readonly #packets = Array.from({ length: TRANSPORT_CLASSES * 2 }, () => new PortFiling());
  readonly #streams = Array.from({ length: 2 }, () => new PortFiling());
  readonly #buffers: Map<string, { field: number; chain: number; literals: FiledLiteral[] }>[] = Array.from(
    { length: 4 },
    () => new Map(),
  );
  readonly #messages: number[][] = Array.from({ length: 4 * PROTOCOL_LIMIT }, () => []);

  addToPackets(
    transport: number,
    direction: number,
    signature: Signature,
    literal: FiledLiteral | undefined,
    rule: number,
  ): void {
    this.#packets[transport * 2 + direction]!.add(signature, literal, rule);
  }

  addToStream(
    direction: number,
    signature: Signature,
    literal: FiledLiteral | undefined,
    rule: number,
  ): void {
    this.#streams[direction]!.add(signature, literal, rule);
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
      packetGroups: this.#packets.map((filing) => filing.build()),
      streamGroups: this.#streams.map((filing) => filing.build()),
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
