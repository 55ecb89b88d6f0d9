/**
 * Owns the BitTorrent DHT (BEP 5): whether each datagram is a sound query, answer or error. Suricata recognises it by the
 * beginning of a query, on any port.
 *
 * Refuses what lacks what BEP 5 asks for and says so by an event. Memory: a counter per flow.
 */

import { AppLayerEvent } from "../app-layer-events.js";
import { type MessageView, STAGE_HEAD } from "../message-view.js";
import { asciiOctets, hasPrefix } from "../octets.js";
import {
  Parsed,
  type ParsedCode,
  type ParserInput,
  Probe,
  type ProbeCode,
  type ProtocolParser,
} from "../parser.js";
import { type DirectionId, Protocol, TO_CLIENT, TO_SERVER } from "../protocols.js";
import { BencodeReader } from "./bencode.js";

/** A query whose arguments begin with a node id. */
const QUERY_BEGINS = asciiOctets("d1:ad2:id20:");
/** Suricata waits for this much before it knows the direction of the answers. */
const MIN_ANSWER_BYTES = 16;

/** Keys of a message as bits of what it has. */
const KEYS: Readonly<Record<number, number>> = { 97: 1, 101: 2, 113: 4, 114: 8, 116: 16, 121: 32 };
const HAS_ARGUMENTS = 1;
const HAS_ERROR = 2;
const HAS_QUERY = 4;
const HAS_RESPONSE = 8;
const HAS_TRANSACTION = 16;
const QUERY = 0x71;
const RESPONSE = 0x72;
const ERROR = 0x65;
const LIST = 0x6c;
const ID = asciiOctets("id");

export class BittorrentDhtState {
  messages = 0;
}

export class BittorrentDhtParser implements ProtocolParser<BittorrentDhtState> {
  readonly protocol = Protocol.BITTORRENT_DHT;
  readonly #reader = new BencodeReader();

  probe(bytes: Uint8Array, offset: number, end: number, direction: DirectionId): ProbeCode {
    return direction === TO_SERVER && hasPrefix(bytes, offset, end, QUERY_BEGINS) ? Probe.YES : Probe.NO;
  }

  createState(): BittorrentDhtState {
    return new BittorrentDhtState();
  }

  parse(state: BittorrentDhtState, input: ParserInput, message: MessageView): ParsedCode {
    const { bytes, offset: start, end, direction } = input;
    input.offset = end;
    if (start === end || (direction === TO_CLIENT && end - start < MIN_ANSWER_BYTES)) return Parsed.NEED_MORE;
    message.begin(this.protocol, direction, STAGE_HEAD, state.messages++);
    if (!this.#isSound(bytes, start, end)) message.addEvent(AppLayerEvent.BITTORRENT_DHT_MALFORMED_PACKET);
    return Parsed.MESSAGE;
  }

  describe(): Readonly<Record<string, unknown>> {
    return {};
  }

  #isSound(bytes: Uint8Array, start: number, end: number): boolean {
    const reader = this.#reader;
    if (!reader.isDictionary(bytes, start, end) || reader.skip(bytes, start, end) < 0) return false;
    let has = 0;
    let kind = 0;
    for (let at = start + 1; !reader.isEnd(bytes, at, end); ) {
      const valueAt = reader.readText(bytes, at, end);
      const key = reader.textEnd - reader.textStart === 1 ? bytes[reader.textStart]! : 0;
      at = reader.skip(bytes, valueAt, end);
      const bit = KEYS[key] ?? 0;
      has |= bit;
      if ((bit & (HAS_ARGUMENTS | HAS_RESPONSE)) !== 0 && !this.#namesNode(bytes, valueAt, end)) return false;
      if (bit === HAS_ERROR && !this.#isError(bytes, valueAt, end)) return false;
      if (key === 0x79) {
        if (reader.readText(bytes, valueAt, end) < 0) return false;
        kind = reader.textEnd - reader.textStart === 1 ? bytes[reader.textStart]! : 0;
      }
    }
    if ((has & HAS_TRANSACTION) === 0) return false;
    if (kind === QUERY) return (has & HAS_QUERY) !== 0 && (has & HAS_ARGUMENTS) !== 0;
    if (kind === RESPONSE) return (has & HAS_RESPONSE) !== 0;
    return kind === ERROR && (has & HAS_ERROR) !== 0;
  }

  /** Whether a dictionary has the id of a node. */
  #namesNode(bytes: Uint8Array, offset: number, end: number): boolean {
    const reader = this.#reader;
    if (!reader.isDictionary(bytes, offset, end)) return false;
    for (let at = offset + 1; !reader.isEnd(bytes, at, end); ) {
      const valueAt = reader.readText(bytes, at, end);
      if (reader.textEnd - reader.textStart === 2 && hasPrefix(bytes, reader.textStart, end, ID)) return true;
      at = reader.skip(bytes, valueAt, end);
    }
    return false;
  }

  /** Whether it is a list of a number and a text. */
  #isError(bytes: Uint8Array, offset: number, end: number): boolean {
    if (bytes[offset] !== LIST) return false;
    const textAt = this.#reader.skip(bytes, offset + 1, end);
    return this.#reader.readText(bytes, textAt, end) >= 0;
  }
}
