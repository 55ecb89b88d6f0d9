/**
 * Recognises telnet (RFC 854) by its option negotiation: IAC, then a negotiating command. Nothing of the session is
 * read: it is a person's typing, passwords among it.
 *
 * As in Suricata every session on port 23 is telnet that is nothing else.
 */

import type { MessageView } from "../message-view.js";
import {
  Parsed,
  type ParsedCode,
  type ParserInput,
  Probe,
  type ProbeCode,
  type ProtocolParser,
} from "../parser.js";
import { Protocol } from "../protocols.js";

const IAC = 0xff;
/** SB, WILL, WONT, DO, DONT. */
const FIRST_NEGOTIATION = 0xfa;
const LAST_NEGOTIATION = 0xfe;
const LAST_OPTION = 49;

/** A flow of telnet has nothing to remember. */
export class TelnetState {}

export class TelnetParser implements ProtocolParser<TelnetState> {
  readonly protocol = Protocol.TELNET;

  probe(bytes: Uint8Array, offset: number, end: number): ProbeCode {
    if (offset < end && bytes[offset] !== IAC) return Probe.ON_PORT;
    if (end - offset < 3) return Probe.UNSURE;
    const command = bytes[offset + 1]!;
    const isNegotiation = command >= FIRST_NEGOTIATION && command <= LAST_NEGOTIATION;
    return isNegotiation && bytes[offset + 2]! <= LAST_OPTION ? Probe.YES : Probe.ON_PORT;
  }

  createState(): TelnetState {
    return new TelnetState();
  }

  parse(_state: TelnetState, input: ParserInput, _message: MessageView): ParsedCode {
    input.offset = input.end;
    return Parsed.DONE;
  }

  describe(_state: TelnetState, _message: MessageView): Readonly<Record<string, unknown>> {
    return {};
  }
}
