import { STAGES } from "../sensor/proto/message-view.js";
import type { Closing } from "./group-closing.js";
import { PROTOCOL_LIMIT, type RuleImage, TRANSPORT_CLASSES, TransportClass } from "./image.js";
import type { FiledRule } from "./literal-filing.js";
import type { FiledLiteral } from "./literal-index.js";
import { PortFiling } from "./port-filing.js";
import { BUFFER_WORDS } from "./search-words.js";
import { FlowFlag, type Signature } from "./signature.js";

/** Files every rule once under what it waits for. */
export class GroupBuilder {
  readonly #packets = Array.from({ length: TRANSPORT_CLASSES * 2 }, () => new PortFiling());
  readonly #streams = Array.from({ length: 2 }, () => new PortFiling());
  readonly #outside = Array.from({ length: 2 }, () => new PortFiling());
  readonly #unestablished = Array.from({ length: 2 }, () => new PortFiling());
  readonly #buffers: Map<string, { field: number; chain: number; literals: FiledLiteral[] }>[] = Array.from(
    { length: 2 * STAGES },
    () => new Map(),
  );
  readonly #messages: number[][] = Array.from({ length: 2 * STAGES * PROTOCOL_LIMIT }, () => []);

  addToPackets(
    transport: number,
    direction: number,
    signature: Signature,
    literals: FiledRule | undefined,
    rule: number,
  ): void {
    this.#packets[transport * 2 + direction]!.add(signature, literals, rule);
    if (transport === TransportClass.TCP) this.#addToUnestablished(direction, signature, literals, rule);
  }

  addToStream(direction: number, signature: Signature, literals: FiledRule | undefined, rule: number): void {
    this.#streams[direction]!.add(signature, literals, rule);
    this.#addToUnestablished(direction, signature, literals, rule);
  }

  /** A rule that stands with those on streams as well, and looks at no packet that is part of one. */
  addToOutside(direction: number, signature: Signature, literals: FiledRule | undefined, rule: number): void {
    this.#outside[direction]!.add(signature, literals, rule);
  }

  #addToUnestablished(
    direction: number,
    signature: Signature,
    literals: FiledRule | undefined,
    rule: number,
  ): void {
    if ((signature.flowFlags & FlowFlag.ESTABLISHED) === 0)
      this.#unestablished[direction]!.add(signature, literals, rule);
  }

  addToBuffer(direction: number, stage: number, field: number, chain: number, literal: FiledLiteral): void {
    const buffers = this.#buffers[direction * STAGES + stage]!;
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
      this.#messages[(direction * STAGES + stage) * PROTOCOL_LIMIT + protocol]!.push(rule);
    }
  }

  build(
    closing: Closing,
  ): Pick<
    RuleImage,
    | "packetGroups"
    | "streamGroups"
    | "outsideGroups"
    | "unestablishedGroups"
    | "bufferGroups"
    | "messageRules"
    | "search"
    | "pairTables"
  > {
    const { search } = closing;
    const ported = (filings: readonly PortFiling[]): Int32Array =>
      Int32Array.from(filings, (filing) => filing.build(closing));
    const packetGroups = ported(this.#packets);
    const streamGroups = ported(this.#streams);
    const outsideGroups = ported(this.#outside);
    const unestablishedGroups = ported(this.#unestablished);
    const bufferGroups = Int32Array.from(this.#buffers, (buffers) =>
      search.array([
        ...[...buffers.values()].flatMap(({ field, chain, literals }) => {
          const index = closing.literals(literals);
          return index === 0 ? [] : [field, chain, index];
        }),
        ...new Array<number>(BUFFER_WORDS).fill(0),
      ]),
    );
    const messageRules = new Int32Array(this.#messages.length * 2);
    this.#messages.forEach((filed, i) => {
      const rules = closing.rules(filed);
      messageRules[i * 2] = search.array(rules);
      messageRules[i * 2 + 1] = rules.length;
    });
    return {
      packetGroups,
      streamGroups,
      outsideGroups,
      unestablishedGroups,
      bufferGroups,
      messageRules,
      search: search.words.view(),
      pairTables: Int32Array.from(search.pairTables),
    };
  }
}
