/**
 * Owns NTP over UDP (RFC 5905, versions 3 and 4): version and mode of each datagram. Suricata knows the protocol but
 * writes no record; the `ntp` object is ours.
 *
 * Refuses other versions (control and private messages of version 2 among them) and what is shorter than a header.
 * Suricata looks for it on UDP port 123. Memory: a counter per flow.
 */

import { AppLayerEvent } from "../app-layer-events.js";
import { hexText } from "../eve-text.js";
import { NumberField } from "../fields.js";
import { type MessageView, STAGE_HEAD } from "../message-view.js";
import {
  Parsed,
  type ParsedCode,
  type ParserInput,
  Probe,
  type ProbeCode,
  type ProtocolParser,
} from "../parser.js";
import { Protocol } from "../protocols.js";

const HEADER_BYTES = 48;
const REFERENCE_ID_AT = 12;
const MAX_STRATUM = 16;
const MAX_POLL = 17;
/** −6 as an unsigned byte. */
const MIN_NEGATIVE_POLL = 250;
const MODE_NAMES: readonly string[] = [
  "reserved",
  "symmetric_active",
  "symmetric_passive",
  "client",
  "server",
  "broadcast",
  "control",
  "private",
];

export class NtpState {
  messages = 0;
}

export class NtpParser implements ProtocolParser<NtpState> {
  readonly protocol = Protocol.NTP;
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;

  probe(bytes: Uint8Array, offset: number, end: number): ProbeCode {
    if (!isNtp(bytes, offset, end)) return Probe.NO;
    if (isPlausible(bytes, offset, end)) return Probe.YES;
    return (end - offset) % 4 === 0 ? Probe.ON_PORT : Probe.NO;
  }

  createState(): NtpState {
    return new NtpState();
  }

  parse(state: NtpState, input: ParserInput, message: MessageView): ParsedCode {
    const { bytes, offset: start, end } = input;
    if (start === end) return Parsed.NEED_MORE;
    input.offset = end;
    this.#bytes = bytes;
    this.#start = start;
    message.begin(this.protocol, input.direction, STAGE_HEAD, state.messages++);
    if (!isNtp(bytes, start, end)) {
      message.addEvent(AppLayerEvent.NTP_MALFORMED_DATA);
      return Parsed.MESSAGE;
    }
    message.setNumber(NumberField.NTP_VERSION, versionOf(bytes[start]!));
    message.setNumber(NumberField.NTP_MODE, bytes[start]! & 7);
    return Parsed.MESSAGE;
  }

  describe(_state: NtpState, message: MessageView): Readonly<Record<string, unknown>> {
    if (!message.hasNumber(NumberField.NTP_MODE)) return { ntp: {} };
    return {
      ntp: {
        version: message.number(NumberField.NTP_VERSION),
        mode: MODE_NAMES[message.number(NumberField.NTP_MODE)],
        stratum: this.#bytes[this.#start + 1],
        reference_id: hexText(this.#bytes, this.#start + REFERENCE_ID_AT, 4),
      },
    };
  }
}

function versionOf(octet: number): number {
  return (octet >> 3) & 7;
}

/**
 * Whether the rest of the header is that of a synchronisation: mode, stratum and poll interval in their ranges, whole
 * words behind it. Version and length alone would take much else for NTP.
 */
function isPlausible(bytes: Uint8Array, start: number, end: number): boolean {
  const mode = bytes[start]! & 7;
  const poll = bytes[start + 2]!;
  const isPoll = poll <= MAX_POLL || poll >= MIN_NEGATIVE_POLL;
  return mode >= 1 && mode <= 5 && bytes[start + 1]! <= MAX_STRATUM && isPoll && (end - start) % 4 === 0;
}

function isNtp(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < HEADER_BYTES) return false;
  const version = versionOf(bytes[start]!);
  return version === 3 || version === 4;
}
