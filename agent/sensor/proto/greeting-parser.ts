/**
 * Owns protocols that are only recognised, by how the server greets: IMAP (RFC 9051 7.1.1), POP3 (RFC 1939 3), as
 * far as Suricata's shipped configuration goes too. Nothing of the dialogue is read. Memory: none per flow.
 */

import { commonWord } from "./line-finder.js";
import { asciiOctets } from "./octets.js";
import { Parsed, type ParsedCode, Probe, type ProbeCode, type ProtocolParser } from "./parser.js";
import { type DirectionId, type ProtocolId, TO_CLIENT } from "./protocols.js";

export class GreetingParser implements ProtocolParser<undefined> {
  readonly protocol: ProtocolId;
  readonly #greeting: Uint8Array;

  /** @param greeting the server's first octets, lower case, in any case */
  constructor(protocol: ProtocolId, greeting: string) {
    this.protocol = protocol;
    this.#greeting = asciiOctets(greeting);
  }

  probe(bytes: Uint8Array, offset: number, end: number, direction: DirectionId): ProbeCode {
    if (direction !== TO_CLIENT) return Probe.NO;
    const length = commonWord(bytes, offset, end, this.#greeting);
    if (length === this.#greeting.length) return Probe.YES;
    return offset + length === end ? Probe.UNSURE : Probe.NO;
  }

  createState(): undefined {
    return undefined;
  }

  parse(): ParsedCode {
    return Parsed.DONE;
  }

  describe(): Readonly<Record<string, unknown>> {
    return {};
  }
}
