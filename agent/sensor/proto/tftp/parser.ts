/**
 * Owns TFTP requests (RFC 1350): who reads or writes which file. Data and acknowledgements come from another port, so
 * from another flow, and carry no metadata; on this flow they are passed over.
 *
 * Suricata looks for it on UDP port 69. Memory: a counter per flow.
 */

import { eveText } from "../eve-text.js";
import { Field, NumberField } from "../fields.js";
import { type MessageView, STAGE_HEAD } from "../message-view.js";
import { asciiOctets, indexOfOctet } from "../octets.js";
import {
  Parsed,
  type ParsedCode,
  type ParserInput,
  Probe,
  type ProbeCode,
  type ProtocolParser,
} from "../parser.js";
import { Protocol } from "../protocols.js";

const OPCODE_READ = 1;
const OPCODE_WRITE = 2;
const MODES: readonly Uint8Array[] = ["netascii", "octet", "mail"].map(asciiOctets);
const CASE_BIT = 0x20;
/** An opcode with a number: what Suricata takes for TFTP on its port. */
const MIN_BYTES = 4;

export class TftpState {
  messages = 0;
}

export class TftpParser implements ProtocolParser<TftpState> {
  readonly protocol = Protocol.TFTP;
  #bytes: Uint8Array = new Uint8Array(0);
  #fileOffset = 0;
  #fileLength = 0;
  #modeOffset = 0;
  #modeLength = 0;

  probe(bytes: Uint8Array, offset: number, end: number): ProbeCode {
    if (this.#readRequest(bytes, offset, end)) return Probe.YES;
    return end - offset >= MIN_BYTES && bytes[offset] === 0 ? Probe.ON_PORT : Probe.NO;
  }

  createState(): TftpState {
    return new TftpState();
  }

  parse(state: TftpState, input: ParserInput, message: MessageView): ParsedCode {
    const { bytes, offset: start, end } = input;
    input.offset = end;
    if (!this.#readRequest(bytes, start, end)) return Parsed.NEED_MORE;
    message.begin(this.protocol, input.direction, STAGE_HEAD, state.messages++);
    message.setNumber(NumberField.TFTP_OPCODE, bytes[start + 1]!);
    message.add(Field.FILE_NAME, bytes, this.#fileOffset, this.#fileLength);
    return Parsed.MESSAGE;
  }

  describe(_state: TftpState, message: MessageView): Readonly<Record<string, unknown>> {
    return {
      tftp: {
        packet: message.number(NumberField.TFTP_OPCODE) === OPCODE_READ ? "read" : "write",
        file: eveText(this.#bytes, this.#fileOffset, this.#fileLength),
        mode: eveText(this.#bytes, this.#modeOffset, this.#modeLength).toLowerCase(),
      },
    };
  }

  /** Opcode, file name and mode, each text ended by a zero octet. */
  #readRequest(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start < 4 || bytes[start] !== 0) return false;
    const opcode = bytes[start + 1];
    if (opcode !== OPCODE_READ && opcode !== OPCODE_WRITE) return false;
    const fileEnd = indexOfOctet(bytes, 0, start + 2, end);
    if (fileEnd < 0) return false;
    const modeEnd = indexOfOctet(bytes, 0, fileEnd + 1, end);
    if (modeEnd < 0) return false;
    this.#bytes = bytes;
    this.#fileOffset = start + 2;
    this.#fileLength = fileEnd - start - 2;
    this.#modeOffset = fileEnd + 1;
    this.#modeLength = modeEnd - fileEnd - 1;
    return isMode(bytes, this.#modeOffset, this.#modeLength);
  }
}

function isMode(bytes: Uint8Array, offset: number, length: number): boolean {
  for (let m = 0; m < MODES.length; m++) {
    const mode = MODES[m]!;
    if (mode.length !== length) continue;
    let i = 0;
    while (i < length && (bytes[offset + i]! | CASE_BIT) === mode[i]) i++;
    if (i === length) return true;
  }
  return false;
}
