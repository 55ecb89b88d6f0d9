import { MD5_BYTES } from "../../../base/hash/md5.js";
import { NO_SMALL_INTEGER } from "../../wire/packet-view.js";
import { copyOctets } from "../octets.js";
import { type DirectionId, TO_CLIENT, TO_SERVER } from "../protocols.js";
import { MAX_SERVER_NAME_BYTES } from "./hello.js";
import { JA4_BYTES } from "./ja4.js";
import { HandshakeType, TLS_1_2, TlsStep } from "./tls-constants.js";

/** Longest session id that is compared to tell a resumed session (RFC 5246: 32 bytes). */
export const MAX_SESSION_ID_BYTES = 32;

/** What is kept of a hello until somebody asks for its fingerprints (see hello-fingerprints.ts). */
export const KEPT_CLIENT_BYTES = 384;
export const KEPT_SERVER_BYTES = 64;

/** Where things lie in `TlsState.memory`. */
export const Kept = {
  SERVER_NAME: 0,
  SESSION_ID: MAX_SERVER_NAME_BYTES,
  JA3: MAX_SERVER_NAME_BYTES + MAX_SESSION_ID_BYTES,
  JA3S: MAX_SERVER_NAME_BYTES + MAX_SESSION_ID_BYTES + MD5_BYTES,
  JA4: MAX_SERVER_NAME_BYTES + MAX_SESSION_ID_BYTES + 2 * MD5_BYTES,
  CLIENT_HELLO: MAX_SERVER_NAME_BYTES + MAX_SESSION_ID_BYTES + 2 * MD5_BYTES + JA4_BYTES,
  SERVER_HELLO: MAX_SERVER_NAME_BYTES + MAX_SESSION_ID_BYTES + 2 * MD5_BYTES + JA4_BYTES + KEPT_CLIENT_BYTES,
} as const;
export const MEMORY_BYTES = Kept.SERVER_HELLO + KEPT_SERVER_BYTES;

/** What is known of one direction: where its bytes stand in the record layer, and what it has said. */
export class TlsSide {
  /** Something of this direction has been taken for TLS. */
  hasRecord = false;
  /** Of the record that `input.offset` stands in. */
  recordType = 0;
  /** Bytes of its body not yet consumed; 0 between records. */
  recordRemaining = 0;
  /** Bytes of the current handshake message nobody needs, over as many records as it takes. */
  discardBytes = 0;
  /**
   * While a handshake message that spans records is awaited: the distance from `input.offset` to the next record
   * header not yet looked at, and the handshake bytes before it. 0 when nothing is awaited.
   */
  walkOffset = 0;
  walkBytes = 0;
  /** The version of the hello, or of the latest record while there was none; 0 while unknown. */
  version = 0;
  hasHello = false;
  /** The transaction of the hello of which the fingerprints can be made, 0 where they cannot, or are. */
  keptHello = 0;
  hasCertificate = false;
  sslv2Records = 0;
  /** Bits of the events (TLS has fewer than 32) that messages without fields have told. */
  reportedEvents = 0;
  transaction = 0;
  /** Nothing more is read of this direction. */
  isDone = false;
}

/**
 * What is kept of one TLS flow: two record layer positions and the few facts of the hellos that later messages
 * and EVE objects repeat. Memory: about 850 bytes of content and two small objects, fixed when it is made.
 */
export class TlsState {
  readonly client = new TlsSide();
  readonly server = new TlsSide();
  /** A ChangeCipherSpec was seen, whoever sent it. */
  hasChangeCipherSpec = false;
  hasEarlyData = false;
  hasSupportedVersions = false;
  /** TLS 1.3: certificates are not to be expected in clear. */
  isTls13 = false;
  /** The client knows tickets: without a certificate of the server that means a resumed session. */
  hasSessionTicket = false;
  /** The server repeated the client's session id. */
  hasEchoedSessionId = false;
  /** Who has sent the heartbeat that is still to be answered: 0 nobody, 1 client, 2 server. */
  heartbeatFrom = 0;
  /** How long its record is, where it is encrypted. */
  heartbeatBytes = 0;
  /** The TlsStep that was seen last, whoever took it, and by direction the one that rules were last told. */
  step = 0;
  stepUs = NO_SMALL_INTEGER;
  readonly toldSteps: [number, number] = [0, 0];
  /** How many certificates the server has sent is known, or that it has sent none. */
  hasChain = false;
  hasApplicationData = false;
  /** The record layer is broken: both directions are given up. */
  isFailed = false;

  /** −1 while the client has not named a server. */
  serverNameLength = -1;
  sessionIdLength = 0;
  hasJa3 = false;
  hasJa3s = false;
  hasJa4 = false;
  /** The pieces `Kept` names. */
  readonly memory: Uint8Array;

  constructor(memory: Uint8Array) {
    this.memory = memory;
  }

  /** Copy `bytes[offset, offset + length)` to the place `at` of the memory; the caller keeps to its size. */
  keep(at: number, bytes: Uint8Array, offset: number, length: number): void {
    copyOctets(bytes, offset, offset + length, this.memory, at);
  }
}

/**
 * Whether handshake records are read although a ChangeCipherSpec was seen: a TLS 1.3 client may send one (RFC
 * 8446, D.4) before the server has answered.
 */
export function isHandshakeAwaited(state: TlsState): boolean {
  return state.client.hasHello && state.client.version > TLS_1_2 && !state.server.hasHello;
}

/** Whether the message is read; of the others only that they were there is known. */
export function isMessageOfInterest(side: TlsSide, type: number, direction: DirectionId): boolean {
  switch (type) {
    case HandshakeType.CLIENT_HELLO:
      return direction === TO_SERVER;
    case HandshakeType.SERVER_HELLO:
      return direction === TO_CLIENT && !side.hasHello;
    case HandshakeType.CERTIFICATE:
      return !side.hasCertificate;
    default:
      return false;
  }
}

/** What `ssl_state` calls the step that a handshake message of `type` is; undefined for those it has no name for. */
export function stepOf(type: number): number | undefined {
  switch (type) {
    case HandshakeType.CLIENT_HELLO:
      return TlsStep.CLIENT_HELLO;
    case HandshakeType.SERVER_HELLO:
      return TlsStep.SERVER_HELLO;
    case HandshakeType.CLIENT_KEY_EXCHANGE:
      return TlsStep.CLIENT_KEY_EXCHANGE;
    case HandshakeType.SERVER_KEY_EXCHANGE:
      return TlsStep.SERVER_KEY_EXCHANGE;
    default:
      return undefined;
  }
}
