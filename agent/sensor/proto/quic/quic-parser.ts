/**
 * Owns QUIC v1, v2, drafts 23 to 34 (RFC 9000, 9001, 9369) and Google QUIC (Q043 to Q046, Q050) as far as anybody on
 * the way can read them: the header of each long packet, and the hellos inside Initial packets.
 *
 * One message for each long header packet until that side's hello is known, as Suricata 7.0.10, which calls each a
 * transaction; DONE when both hellos are known. Unlike Suricata, a packet that cannot be opened is reported once and passed over: forged
 * packets do not blind the parser.
 *
 * Bounds: 32 packets of a direction, four key derivations of a flow; opening is limited to so many packets a second of
 * packet time for all flows together, beyond that Initials are counted in `throttledPackets` and not opened.
 * Memory: `QuicState` for each flow; the assembler (2 MiB) and buffers for one packet once.
 */

import { AppLayerEvent } from "../app-layer-events.js";
import { Field, NumberField } from "../fields.js";
import type { MessageView } from "../message-view.js";
import { STAGE_HEAD } from "../message-view.js";
import {
  Parsed,
  type ParsedCode,
  type ParserInput,
  Probe,
  type ProbeCode,
  type ProtocolParser,
} from "../parser.js";
import { type DirectionId, Protocol, TO_SERVER } from "../protocols.js";
import { CryptoAssembler } from "./crypto-assembler.js";
import { type InitialCipher, InitialOpener, SENDER_KEYS_BYTES } from "./initial-keys.js";
import { describeQuic } from "./quic-eve.js";
import { FrameResult, QuicFrames } from "./quic-frames.js";
import { QuicHeader } from "./quic-header.js";
import { QuicMessages } from "./quic-messages.js";
import { probeQuic } from "./quic-probe.js";
import { type QuicSide, QuicState } from "./quic-state.js";
import { initialSecrets, isGoogleVersion, PacketType } from "./quic-versions.js";

const MAX_PACKETS = 32;
/** Datagrams that said nothing (short headers, or after the hello): the handshake is over. */
const MAX_IDLE_PACKETS = 8;
const MAX_DERIVATIONS = 4;
/** Largest UDP payload. */
const MAX_PACKET_BYTES = 65535;
const SECOND_US = 1_000_000;
/** At about 60 µs each: a fifth of a core at most. */
const DEFAULT_OPENED_PER_SECOND = 4000;

export class QuicParser implements ProtocolParser<QuicState> {
  readonly protocol = Protocol.QUIC;
  /** Initials that were not opened because too many came in one second. */
  throttledPackets = 0;
  readonly #openedPerSecond: number;
  readonly #header = new QuicHeader();
  readonly #opener: InitialOpener;
  readonly #assembler = new CryptoAssembler();
  readonly #frames = new QuicFrames(this.#assembler);
  readonly #messages = new QuicMessages();
  #secondStartUs = 0;
  #openedInSecond = 0;

  constructor(cipher: InitialCipher, openedPerSecond = DEFAULT_OPENED_PER_SECOND) {
    this.#opener = new InitialOpener(cipher, MAX_PACKET_BYTES);
    this.#openedPerSecond = openedPerSecond;
  }

  /** Handshakes given up because too many were under way. */
  get evictedHandshakes(): number {
    return this.#assembler.evictions;
  }

  probe(bytes: Uint8Array, offset: number, end: number, direction: DirectionId): ProbeCode {
    return probeQuic(this.#header, bytes, offset, end, direction) ? Probe.YES : Probe.NO;
  }

  createState(): QuicState {
    return new QuicState();
  }

  parse(state: QuicState, input: ParserInput, message: MessageView): ParsedCode {
    const isToServer = input.direction === TO_SERVER;
    const side = isToServer ? state.client : state.server;
    const header = this.#header;
    if (input.offset >= input.end) return side.isDone ? Parsed.DONE : Parsed.NEED_MORE;
    const isRead = !side.isDone && !side.hasHello && header.read(input.bytes, input.offset, input.end);
    if (!isRead || header.type === PacketType.SHORT) {
      side.idlePackets++;
      const isOver = side.hasHello && (isToServer ? state.server : state.client).hasHello;
      if (isOver || side.idlePackets >= MAX_IDLE_PACKETS) side.isDone = true;
      input.offset = input.end;
      return side.isDone ? Parsed.DONE : Parsed.NEED_MORE;
    }
    input.offset = header.end;
    side.packets++;
    this.#begin(state, side, input, message);
    if (header.type === PacketType.RETRY && !isToServer) this.#retry(state);
    if (header.type === PacketType.INITIAL) this.#readInitial(state, side, input, message);
    if (side.packets >= MAX_PACKETS) side.isDone = true;
    if (side.isDone || side.hasHello) this.#assembler.release(state, input.direction);
    return Parsed.MESSAGE;
  }

  describe(_state: QuicState, message: MessageView): Readonly<Record<string, unknown>> {
    return describeQuic(this.#messages.hello, message);
  }

  #begin(state: QuicState, side: QuicSide, input: ParserInput, message: MessageView): void {
    const header = this.#header;
    side.transaction++;
    message.begin(Protocol.QUIC, input.direction, STAGE_HEAD, side.transaction);
    if (header.versionOffset < 0) return;
    state.version = header.version;
    message.setNumber(NumberField.QUIC_VERSION, header.version);
    message.add(Field.QUIC_VERSION, input.bytes, header.versionOffset, 4);
  }

  /** The client starts again with another connection id, and so with other keys (RFC 9000, 17.2.5); once. */
  #retry(state: QuicState): void {
    if (state.hasRetry) return;
    state.hasRetry = true;
    state.hasKeys = false;
    state.client.hasHello = false;
    this.#assembler.release(state, TO_SERVER);
  }

  #readInitial(state: QuicState, side: QuicSide, input: ParserInput, message: MessageView): void {
    const header = this.#header;
    const { bytes } = input;
    let frames = bytes;
    let offset = header.payloadOffset;
    let end = header.end;
    if (initialSecrets(header.version) !== undefined) {
      if (!this.#mayOpen(input.timeUs)) return;
      const length = this.#open(state, input);
      if (length < 0) {
        if (!side.hasFailedDecrypt) message.addEvent(AppLayerEvent.QUIC_FAILED_DECRYPT);
        side.hasFailedDecrypt = true;
        return;
      }
      frames = this.#opener.plain;
      offset = 0;
      end = length;
    } else if (!isGoogleVersion(header.version)) return;

    switch (this.#frames.read(state, input.direction, frames, offset, end)) {
      case FrameResult.HELLO:
        this.#messages.addHello(this.#assembler.bytes, this.#frames.helloLength, input.direction, message);
        side.hasHello = true;
        break;
      case FrameResult.GOOGLE_HELLO:
        this.#messages.addGoogleHello(this.#frames.google, frames, header.version, message);
        break;
      case FrameResult.TOO_LONG:
        message.addEvent(AppLayerEvent.QUIC_CRYPTO_FRAG_TOO_LONG);
        side.isDone = true;
        break;
      case FrameResult.GIVEN_UP:
        side.hasHello = true;
        break;
      case FrameResult.MALFORMED:
        if (!side.hasBadData) message.addEvent(AppLayerEvent.QUIC_ERROR_ON_DATA);
        side.hasBadData = true;
        break;
      default:
    }
  }

  /** Open the packet with the flow's keys; a client that uses another connection id gets new ones. */
  #open(state: QuicState, input: ParserInput): number {
    const isToServer = input.direction === TO_SERVER;
    if (state.hasKeys) {
      const length = this.#openWith(state, input, isToServer);
      if (length >= 0) return length;
    }
    if ((state.hasKeys && !isToServer) || state.derivations >= MAX_DERIVATIONS) return -1;
    const { version, destinationIdOffset, destinationIdLength } = this.#header;
    state.derivations++;
    state.keysVersion = version;
    state.hasServerKeys = false;
    state.hasKeys = this.#opener.deriveKeys(
      version,
      input.bytes,
      destinationIdOffset,
      destinationIdLength,
      state.keys,
    );
    return state.hasKeys ? this.#openWith(state, input, isToServer) : -1;
  }

  #openWith(state: QuicState, input: ParserInput, isToServer: boolean): number {
    if (!isToServer && !state.hasServerKeys) {
      this.#opener.deriveServerKeys(state.keysVersion, state.keys);
      state.hasServerKeys = true;
    }
    return this.#opener.open(input.bytes, this.#header, state.keys, isToServer ? 0 : SENDER_KEYS_BYTES);
  }

  #mayOpen(timeUs: number): boolean {
    const elapsedUs = timeUs - this.#secondStartUs;
    if (elapsedUs >= SECOND_US || elapsedUs < 0) {
      this.#secondStartUs = timeUs;
      this.#openedInSecond = 0;
    }
    if (this.#openedInSecond >= this.#openedPerSecond) {
      this.throttledPackets++;
      return false;
    }
    this.#openedInSecond++;
    return true;
  }
}
