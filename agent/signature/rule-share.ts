/**
 * Owns what one rule, and all of them, may take of a rule image: so that neither a single line of a hostile file nor many of its
 * lines take the memory that the others need. Who asks for too much is refused, the rest loads.
 *
 * Reckoned from the form of a rule: contents and expressions by their bytes, conditions and tests by the words of a program, ports
 * by their ranges (equal sets once). Address groups have a budget of their own (AddressBudget), data sets theirs (data-set.ts).
 */
import type { IntervalSet } from "./interval-set.js";
import { RuleError } from "./rule-error.js";
import type { Signature } from "./signature.js";

/** What one rule may take: fifty times the largest of ET Open. */
export const MAX_RULE_BYTES = 192 * 1024;
/** What all of them may take: ET Open (25,000 rules) takes 21 MiB by this reckoning. */
export const MAX_IMAGE_SHARE_BYTES = 256 * 1024 * 1024;

const ROW_BYTES = 256;
const CONDITION_BYTES = 64;
const RANGE_BYTES = 8;
/** A literal stands in the image once, and its grams in the indexes. */
const LITERAL_FACTOR = 4;

export class RuleShares {
  readonly #limitBytes: number;
  readonly #knownPorts = new Set<IntervalSet>();
  #usedBytes = 0;

  constructor(limitBytes = MAX_IMAGE_SHARE_BYTES) {
    this.#limitBytes = limitBytes;
  }

  /** @throws RuleError where the rule takes more than its share, or there is no room left */
  admit(signature: Signature): void {
    const bytes = ownBytes(signature) + this.#portBytes(signature);
    if (bytes > MAX_RULE_BYTES) {
      throw new RuleError(
        `takes ${Math.ceil(bytes / 1024)} KiB of memory; one rule may take ${MAX_RULE_BYTES / 1024} KiB`,
      );
    }
    if (this.#usedBytes + bytes > this.#limitBytes) {
      throw new RuleError(`the rules before it take all of ${Math.floor(this.#limitBytes / 1024)} KiB`);
    }
    this.#usedBytes += bytes;
    this.#knownPorts.add(signature.sourcePorts);
    this.#knownPorts.add(signature.destinationPorts);
  }

  #portBytes({ sourcePorts, destinationPorts }: Signature): number {
    return this.#newPortBytes(sourcePorts) + this.#newPortBytes(destinationPorts);
  }

  #newPortBytes(ports: IntervalSet): number {
    return this.#knownPorts.has(ports) ? 0 : ports.length * RANGE_BYTES;
  }
}

function ownBytes({ message, metadata, references, sections, packetTests, bits }: Signature): number {
  let bytes = ROW_BYTES + message.length + metadata.length;
  for (const reference of references) bytes += reference.length + 1;
  bytes += (packetTests.length + bits.length) * CONDITION_BYTES;
  for (const { conditions } of sections) {
    for (const condition of conditions) {
      bytes += CONDITION_BYTES;
      if (condition.kind === "content") bytes += condition.pattern.length * LITERAL_FACTOR;
      else if (condition.kind === "pcre") bytes += condition.source.length;
    }
  }
  return bytes;
}
