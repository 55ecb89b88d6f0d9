/**
 * The frames of an Initial packet (RFC 9000, 19; the STREAM frames of Google QUIC), in search of a hello.
 *
 * Memory: none of its own; CRYPTO frames go to the assembler. Work: linear in the packet.
 */
import { readUint16 } from "../../wire/big-endian.js";
import { type DirectionId, TO_SERVER } from "../protocols.js";
import { HANDSHAKE_HEADER_BYTES, HandshakeType } from "../tls/tls-constants.js";
import { type CryptoAssembler, MAX_CRYPTO_BYTES } from "./crypto-assembler.js";
import { GoogleHello } from "./google-hello.js";
import { VarInt } from "./quic-header.js";

const FrameType = { PADDING: 0, PING: 1, ACK: 2, ACK_ECN: 3, CRYPTO: 6, GOOGLE_CRYPTO: 8 } as const;

/** A STREAM frame of Google QUIC is a byte of flags: 1FDOOOSS. */
const GOOGLE_STREAM = 0x80;
const GOOGLE_STREAM_HAS_LENGTH = 0x20;

/** What the frames of a packet brought. */
export const FrameResult = {
  NOTHING: 0,
  /** The assembler holds a whole ClientHello or ServerHello of `helloLength` bytes. */
  HELLO: 1,
  /** `google` describes a hello inside the packet. */
  GOOGLE_HELLO: 2,
  /** CRYPTO frames reach beyond what is put together. */
  TOO_LONG: 3,
  /** The hello says that it will be longer than what is put together. */
  GIVEN_UP: 4,
  MALFORMED: 5,
} as const;
export type FrameResultCode = (typeof FrameResult)[keyof typeof FrameResult];

export class QuicFrames {
  readonly google = new GoogleHello();
  /** Length of the hello, with its handshake header. */
  helloLength = 0;
  readonly #assembler: CryptoAssembler;
  readonly #varInt = new VarInt();
  #at = 0;
  #hasCrypto = false;

  constructor(assembler: CryptoAssembler) {
    this.#assembler = assembler;
  }

  /** Read the frames `bytes[offset, end)` of one packet of the flow `owner`. */
  read(
    owner: object,
    direction: DirectionId,
    bytes: Uint8Array,
    offset: number,
    end: number,
  ): FrameResultCode {
    this.#at = offset;
    this.#hasCrypto = false;
    let result: FrameResultCode = FrameResult.NOTHING;
    while (this.#at < end && result === FrameResult.NOTHING) {
      const type = bytes[this.#at++]!;
      if (type >= GOOGLE_STREAM) result = this.#readGoogleStream(bytes, end, type);
      else if (type === FrameType.CRYPTO) result = this.#readCrypto(owner, direction, bytes, end);
      else if (type === FrameType.GOOGLE_CRYPTO) result = this.#readGoogleCrypto(bytes, end);
      else if (type === FrameType.ACK || type === FrameType.ACK_ECN) {
        if (!this.#skipAck(bytes, end, type === FrameType.ACK_ECN)) result = FrameResult.MALFORMED;
      } else if (type !== FrameType.PADDING && type !== FrameType.PING) break;
    }
    return this.#hasCrypto && result !== FrameResult.TOO_LONG ? this.#judgeCrypto(direction, result) : result;
  }

  #readVarInt(bytes: Uint8Array, end: number): boolean {
    if (!this.#varInt.read(bytes, this.#at, end)) return false;
    this.#at = this.#varInt.next;
    return true;
  }

  /** Largest acknowledged, delay, number of further ranges, first range; two numbers a range; three for ECN. */
  #skipAck(bytes: Uint8Array, end: number, hasEcn: boolean): boolean {
    if (!this.#readVarInt(bytes, end) || !this.#readVarInt(bytes, end) || !this.#readVarInt(bytes, end))
      return false;
    const ranges = this.#varInt.value;
    if (ranges * 2 > end - this.#at) return false;
    const numbers = 1 + ranges * 2 + (hasEcn ? 3 : 0);
    for (let i = 0; i < numbers; i++) {
      if (!this.#readVarInt(bytes, end)) return false;
    }
    return true;
  }

  #readCrypto(owner: object, direction: DirectionId, bytes: Uint8Array, end: number): FrameResultCode {
    if (!this.#readVarInt(bytes, end)) return FrameResult.MALFORMED;
    const position = this.#varInt.value;
    if (!this.#readVarInt(bytes, end)) return FrameResult.MALFORMED;
    const length = this.#varInt.value;
    if (length > end - this.#at) return FrameResult.MALFORMED;
    const isAdded = this.#assembler.add(owner, direction, position, bytes, this.#at, length);
    this.#at += length;
    if (!isAdded) return FrameResult.TOO_LONG;
    this.#hasCrypto = true;
    return FrameResult.NOTHING;
  }

  /** Whether what has come together by now is a whole hello. `otherwise` stands if it is not. */
  #judgeCrypto(direction: DirectionId, otherwise: FrameResultCode): FrameResultCode {
    const { bytes, contiguous } = this.#assembler;
    if (contiguous < HANDSHAKE_HEADER_BYTES) return otherwise;
    const expected = direction === TO_SERVER ? HandshakeType.CLIENT_HELLO : HandshakeType.SERVER_HELLO;
    if (bytes[0] !== expected) return FrameResult.MALFORMED;
    const length = HANDSHAKE_HEADER_BYTES + ((bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!);
    if (length > MAX_CRYPTO_BYTES) return FrameResult.GIVEN_UP;
    if (contiguous < length) return otherwise;
    this.helloLength = length;
    return FrameResult.HELLO;
  }

  #readGoogleStream(bytes: Uint8Array, end: number, flags: number): FrameResultCode {
    const offsetCode = (flags >>> 2) & 7;
    const offsetLength = offsetCode === 0 ? 0 : offsetCode + 1;
    this.#at += 1 + (flags & 3) + offsetLength;
    let length = end - this.#at;
    if (flags & GOOGLE_STREAM_HAS_LENGTH) {
      if (length < 2) return FrameResult.MALFORMED;
      length = readUint16(bytes, this.#at);
      this.#at += 2;
    }
    return this.#readGoogleHello(bytes, end, length);
  }

  #readGoogleCrypto(bytes: Uint8Array, end: number): FrameResultCode {
    if (!this.#readVarInt(bytes, end) || !this.#readVarInt(bytes, end)) return FrameResult.MALFORMED;
    return this.#readGoogleHello(bytes, end, this.#varInt.value);
  }

  #readGoogleHello(bytes: Uint8Array, end: number, length: number): FrameResultCode {
    if (length < 0 || length > end - this.#at) return FrameResult.MALFORMED;
    const offset = this.#at;
    this.#at += length;
    return this.google.read(bytes, offset, offset + length) ? FrameResult.GOOGLE_HELLO : FrameResult.NOTHING;
  }
}
