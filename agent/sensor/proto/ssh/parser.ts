/**
 * Owns SSH (RFC 4253) up to encryption: the banner of each side and the key exchange with its HASSH fingerprint.
 *
 * A flow is one transaction, as in Suricata: the banner is its head (SSH_PROTO, SSH_SOFTWARE), the key exchange its
 * later stage, which has the banner's fields again. After NEWKEYS a direction has nothing more to say, and when both have
 * sent it the flow is hidden from payload rules. Refuses a
 * first line that is no banner (`invalid_banner`) and records shorter than two bytes (`invalid_record`).
 *
 * Memory: SshState per flow; the fingerprint's string in the parser.
 */

import { readUint32 } from "../../wire/big-endian.js";
import { AppLayerEvent, type AppLayerEventId } from "../app-layer-events.js";
import { eveText } from "../eve-text.js";
import { Field } from "../fields.js";
import { type MessageView, STAGE_BODY, STAGE_HEAD } from "../message-view.js";
import { asciiOctets, copyOctets, indexOfOctet } from "../octets.js";
import {
  Parsed,
  type ParsedCode,
  type ParserInput,
  Probe,
  type ProbeCode,
  type ProtocolParser,
} from "../parser.js";
import { Protocol, TO_CLIENT } from "../protocols.js";
import { KeyExchangeReader } from "./key-exchange.js";
import {
  HASSH_BYTES,
  MAX_BANNER_BYTES,
  MAX_KEPT_STRING_BYTES,
  type SshPeer,
  SshPhase,
  SshState,
} from "./state.js";

const BANNER_PREFIX = asciiOctets("SSH-");
const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const HYPHEN = 0x2d;

/** Record: length of what follows it (4 bytes), padding length, message code. */
const RECORD_HEAD_BYTES = 6;
const LENGTH_BYTES = 4;
const MESSAGE_KEXINIT = 20;
const MESSAGE_NEWKEYS = 21;
/** Key exchanges from here on are not read (Suricata's limit). */
const MAX_KEXINIT_BYTES = 65_535;

export class SshParser implements ProtocolParser<SshState> {
  readonly protocol = Protocol.SSH;
  readonly stateBytes = 6144;
  readonly #keyExchange = new KeyExchangeReader();

  probe(bytes: Uint8Array, offset: number, end: number): ProbeCode {
    const length = Math.min(end - offset, BANNER_PREFIX.length);
    for (let i = 0; i < length; i++) {
      if (bytes[offset + i] !== BANNER_PREFIX[i]) return Probe.NO;
    }
    return length === BANNER_PREFIX.length ? Probe.YES : Probe.UNSURE;
  }

  createState(): SshState {
    return new SshState();
  }

  parse(state: SshState, input: ParserInput, message: MessageView): ParsedCode {
    const peer = input.direction === TO_CLIENT ? state.server : state.client;
    switch (peer.phase) {
      case SshPhase.BANNER:
        return this.#readBanner(peer, input, message);
      case SshPhase.BANNER_END: {
        const end = lineEnd(input.bytes, input.offset, input.end);
        if (end < 0) {
          input.offset = input.end;
          return Parsed.NEED_MORE;
        }
        input.offset = nextLine(input.bytes, end, input.end);
        peer.phase = SshPhase.RECORDS;
        return this.#readRecords(state, peer, input, message);
      }
      case SshPhase.RECORDS:
        return this.#readRecords(state, peer, input, message);
      case SshPhase.ENCRYPTED:
        return Parsed.DONE;
      default:
        return Parsed.FAILED;
    }
  }

  describe(state: SshState, message: MessageView): Readonly<Record<string, unknown>> {
    const ssh: Record<string, unknown> = {};
    if (state.client.protoLength > 0) {
      ssh.client = this.#describePeer(state.client, message, Field.SSH_HASSH_STRING);
    }
    if (state.server.protoLength > 0) {
      ssh.server = this.#describePeer(state.server, message, Field.SSH_HASSH_SERVER_STRING);
    }
    return { ssh };
  }

  #readBanner(peer: SshPeer, input: ParserInput, message: MessageView): ParsedCode {
    const { bytes, offset, end } = input;
    const found = lineEnd(bytes, offset, end);
    const isLong = (found < 0 ? end : found) - offset >= MAX_BANNER_BYTES;
    if (found < 0 && !isLong) return Parsed.NEED_MORE;
    message.begin(this.protocol, input.direction, STAGE_HEAD, 0);
    const limit = found < 0 ? end : found;
    if (!keepBanner(peer, bytes, offset, limit))
      return this.#fail(peer, AppLayerEvent.SSH_INVALID_BANNER, message);
    input.offset = found < 0 ? end : nextLine(bytes, found, end);
    peer.phase = found < 0 ? SshPhase.BANNER_END : SshPhase.RECORDS;
    if (isLong) message.addEvent(AppLayerEvent.SSH_LONG_BANNER);
    addBanner(peer, message);
    return Parsed.MESSAGE;
  }

  #readRecords(state: SshState, peer: SshPeer, input: ParserInput, message: MessageView): ParsedCode {
    const { bytes, end } = input;
    while (end - input.offset >= RECORD_HEAD_BYTES) {
      const start = input.offset;
      const recordBytes = readUint32(bytes, start);
      if (recordBytes < 2) {
        message.begin(this.protocol, input.direction, STAGE_BODY, 0);
        return this.#fail(peer, AppLayerEvent.SSH_INVALID_RECORD, message);
      }
      const code = bytes[start + LENGTH_BYTES + 1];
      if (code === MESSAGE_NEWKEYS) {
        peer.phase = SshPhase.ENCRYPTED;
        input.offset = end;
        if (state.client.phase === SshPhase.ENCRYPTED && state.server.phase === SshPhase.ENCRYPTED)
          input.encryptedBy = input.direction;
        return Parsed.DONE;
      }
      const available = end - start - LENGTH_BYTES;
      const isKeyExchange = code === MESSAGE_KEXINIT && !peer.hasHassh;
      if (isKeyExchange && recordBytes - 2 >= MAX_KEXINIT_BYTES) {
        skip(input, start + LENGTH_BYTES, recordBytes);
        message.begin(this.protocol, input.direction, STAGE_BODY, 0);
        message.addEvent(AppLayerEvent.SSH_LONG_KEX_RECORD);
        addBanner(peer, message);
        return Parsed.MESSAGE;
      }
      if (isKeyExchange && available < recordBytes && !input.isFull) return Parsed.NEED_MORE;
      skip(input, start + LENGTH_BYTES, recordBytes);
      if (isKeyExchange && available >= recordBytes) {
        const isServer = input.direction === TO_CLIENT;
        if (
          this.#keyExchange.read(
            bytes,
            start + RECORD_HEAD_BYTES,
            start + LENGTH_BYTES + recordBytes,
            isServer,
          )
        ) {
          this.#addFingerprint(peer, isServer, input, message);
          return Parsed.MESSAGE;
        }
      }
    }
    return Parsed.NEED_MORE;
  }

  #addFingerprint(peer: SshPeer, isServer: boolean, input: ParserInput, message: MessageView): void {
    const { hash, text } = this.#keyExchange;
    peer.hasHassh = true;
    peer.hassh = hash.slice();
    if (text.length <= MAX_KEPT_STRING_BYTES) peer.hasshString = text.bytes.slice(0, text.length);
    message.begin(this.protocol, input.direction, STAGE_BODY, 0);
    addBanner(peer, message);
    message.add(isServer ? Field.SSH_HASSH_SERVER : Field.SSH_HASSH, hash, 0, HASSH_BYTES);
    const stringField = isServer ? Field.SSH_HASSH_SERVER_STRING : Field.SSH_HASSH_STRING;
    message.add(stringField, text.bytes, 0, text.length);
  }

  /** End the flow with an event. */
  #fail(peer: SshPeer, event: AppLayerEventId, message: MessageView): ParsedCode {
    peer.phase = SshPhase.BROKEN;
    message.addEvent(event);
    return Parsed.MESSAGE;
  }

  #describePeer(peer: SshPeer, message: MessageView, stringField: number): Record<string, unknown> {
    const described: Record<string, unknown> = { proto_version: eveText(peer.banner, 0, peer.protoLength) };
    if (peer.softwareLength > 0) {
      described.software_version = eveText(peer.banner, peer.protoLength, peer.softwareLength);
    }
    if (!peer.hasHassh) return described;
    const hassh: Record<string, unknown> = { hash: eveText(peer.hassh, 0, HASSH_BYTES) };
    const entry = message.first(stringField);
    if (entry >= 0) {
      hassh.string = eveText(
        message.entryBytes[entry]!,
        message.entryOffset[entry]!,
        message.entryLength[entry]!,
      );
    } else if (peer.hasshString.length > 0) {
      hassh.string = eveText(peer.hasshString, 0, peer.hasshString.length);
    }
    return { ...described, hassh };
  }
}

/** Consume a record whose bytes begin at `from`, as far as it is here; the rest is not needed. */
function skip(input: ParserInput, from: number, recordBytes: number): void {
  const end = from + recordBytes;
  input.offset = Math.min(end, input.end);
  if (end > input.end) input.skipBytes = end - input.end;
}

function addBanner(peer: SshPeer, message: MessageView): void {
  message.add(Field.SSH_PROTO, peer.banner, 0, peer.protoLength);
  if (peer.softwareLength > 0) {
    message.add(Field.SSH_SOFTWARE, peer.banner, peer.protoLength, peer.softwareLength);
  }
}

/** Copy `SSH-proto-software comment` out of `[start, end)`; false where it is no banner. */
function keepBanner(peer: SshPeer, bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = 0; i < BANNER_PREFIX.length; i++) {
    if (start + i >= end || bytes[start + i] !== BANNER_PREFIX[i]) return false;
  }
  const proto = start + BANNER_PREFIX.length;
  const hyphen = indexOfOctet(bytes, HYPHEN, proto, end);
  if (hyphen <= proto) return false;
  let softwareEnd = hyphen + 1;
  while (softwareEnd < end && bytes[softwareEnd] !== SPACE) softwareEnd++;
  const protoEnd = Math.min(hyphen, proto + MAX_BANNER_BYTES);
  const software = hyphen + 1;
  const softwareLength = Math.min(softwareEnd - software, MAX_BANNER_BYTES - (protoEnd - proto));
  peer.protoLength = protoEnd - proto;
  peer.softwareLength = softwareLength;
  peer.banner = new Uint8Array(peer.protoLength + softwareLength);
  copyOctets(bytes, proto, protoEnd, peer.banner, 0);
  copyOctets(bytes, software, software + softwareLength, peer.banner, peer.protoLength);
  return true;
}

/**
 * Index of the line end (LF, CR LF, or a CR before anything else) in `[from, end)`, or −1. A CR that is the last
 * byte is no end yet.
 */
function lineEnd(bytes: Uint8Array, from: number, end: number): number {
  for (let i = from; i < end; i++) {
    if (bytes[i] === LF) return i;
    if (bytes[i] === CR) return i + 1 < end ? i : -1;
  }
  return -1;
}

function nextLine(bytes: Uint8Array, end: number, limit: number): number {
  return bytes[end] === CR && end + 1 < limit && bytes[end + 1] === LF ? end + 2 : end + 1;
}
