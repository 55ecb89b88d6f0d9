import type { Closing } from "./group-closing.js";
import { type BufferGroup, PROTOCOL_LIMIT, type RuleImage, TRANSPORT_CLASSES } from "./image.js";
import type { FiledLiteral } from "./literal-index.js";
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

  build(
    closing: Closing,
  ): Pick<RuleImage, "packetGroups" | "streamGroups" | "bufferGroups" | "messageAlways"> {
    return {
      packetGroups: this.#packets.map((filing) => filing.build(closing)),
      streamGroups: this.#streams.map((filing) => filing.build(closing)),
      bufferGroups: this.#buffers.map((buffers) =>
        [...buffers.values()].flatMap(({ field, chain, literals: filed }): BufferGroup[] => {
          const literals = closing.literals(filed);
          return literals === undefined ? [] : [{ field, transformChain: chain, literals }];
        }),
      ),
      messageAlways: this.#messages.map((rules) => closing.rules(rules)),
    };
  }
}
