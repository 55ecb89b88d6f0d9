/**
 * Fields of the messages a TLS handshake is cut into: ClientHello, ServerHello, Certificate (of either side), and
 * messages that carry nothing but an event. A Certificate message repeats what its side's hello said, so that one
 * rule can ask for both.
 *
 * Memory: the buffers of fingerprints and certificates, for all flows.
 */
import { AppLayerEvent } from "../app-layer-events.js";
import { CertificateValidity, Field, NumberField } from "../fields.js";
import { type MessageView, STAGE_HEAD } from "../message-view.js";
import { type DirectionId, Protocol, TO_CLIENT, TO_SERVER } from "../protocols.js";
import { CertificateMessageReader } from "./certificate-message.js";
import { HelloProblem, HelloView } from "./hello.js";
import { HelloFingerprints } from "./hello-fingerprints.js";
import { TLS_1_2 } from "./tls-constants.js";
import { Kept, MAX_SESSION_ID_BYTES, type TlsSide, type TlsState } from "./tls-state.js";

/** Protocols of an ALPN list beyond this are left out. */
const MAX_PROTOCOL_NAMES = 64;

export class TlsMessages {
  readonly #hello = new HelloView();
  readonly #fingerprints = new HelloFingerprints();
  readonly #certificates = new CertificateMessageReader();

  /** Start a message of `side` that so far says nothing but the version. */
  begin(side: TlsSide, direction: DirectionId, message: MessageView): void {
    side.transaction++;
    message.begin(Protocol.TLS, direction, STAGE_HEAD, side.transaction);
    if (side.version !== 0) message.setNumber(NumberField.TLS_VERSION, side.version);
  }

  /**
   * Where the handshake stands, for rules on what goes in `direction`, unless they know. As Suricata looks with the packet that
   * acknowledges what was said, those on what the other side sends hear of it first, and those on what the same side sends
   * when it says more and nothing has come between. Returns whether there is a message.
   */
  step(state: TlsState, direction: DirectionId, message: MessageView): boolean {
    if (state.toldSteps[direction] === state.step) return false;
    state.toldSteps[direction] = state.step;
    const side = direction === TO_SERVER ? state.client : state.server;
    this.begin(side, direction, message);
    // Of a hello that has only begun the version is not known.
    if (!side.hasHello && side.recordRemaining > 0) message.dropNumber(NumberField.TLS_VERSION);
    message.setNumber(NumberField.TLS_STEP, state.step);
    message.isStepAlone = true;
    return true;
  }

  /** The server sends no certificate, or none that is seen: as in Suricata its chain is 0 long. Returns whether that is news. */
  missingChain(state: TlsState, message: MessageView): boolean {
    if (state.hasChain) return false;
    state.hasChain = true;
    this.begin(state.server, TO_CLIENT, message);
    message.setNumber(NumberField.TLS_CERT_CHAIN_LENGTH, 0);
    message.isStepAlone = true;
    return true;
  }

  /**
   * A ClientHello. Of a second one (after HelloRetryRequest) only a new server name is news, or that it names one
   * again, which Suricata reports. Returns whether there is a message.
   */
  clientHello(
    state: TlsState,
    bytes: Uint8Array,
    offset: number,
    end: number,
    isCut: boolean,
    message: MessageView,
  ): boolean {
    const side = state.client;
    const hello = this.#hello;
    hello.read(bytes, offset, end, true, isCut);
    const hadServerName = state.serverNameLength >= 0;
    if (side.hasHello) {
      if (hello.serverNameOffset < 0) return false;
      this.begin(side, TO_SERVER, message);
      if (hadServerName) message.addEvent(AppLayerEvent.TLS_MULTIPLE_SNI_EXTENSIONS);
      else this.#addServerName(state, hello, message);
      return true;
    }
    side.hasHello = true;
    side.version = hello.version;
    state.hasEarlyData = hello.hasEarlyData;
    state.hasSessionTicket = hello.hasSessionTicket;
    state.hasSupportedVersions = hello.hasSupportedVersions;
    if (hello.sessionIdLength > 0 && hello.sessionIdLength <= MAX_SESSION_ID_BYTES) {
      state.sessionIdLength = hello.sessionIdLength;
      state.keep(Kept.SESSION_ID, bytes, hello.sessionIdOffset, hello.sessionIdLength);
    }
    this.begin(side, TO_SERVER, message);
    this.#addRandom(hello, message);
    if (hello.serverNameOffset >= 0) this.#addServerName(state, hello, message);
    addProtocolNames(hello, message);
    if (!isCut) this.#fingerprints.take(state, hello, message);
    addProblems(hello, message);
    return true;
  }

  /** A ServerHello; a second one says nothing new. Returns whether there is a message. */
  serverHello(
    state: TlsState,
    bytes: Uint8Array,
    offset: number,
    end: number,
    isCut: boolean,
    message: MessageView,
  ): boolean {
    const side = state.server;
    if (side.hasHello) return false;
    const hello = this.#hello;
    hello.read(bytes, offset, end, false, isCut);
    side.hasHello = true;
    side.version = hello.version;
    state.isTls13 = hello.version > TLS_1_2 && (state.hasSupportedVersions || !hello.hasSupportedVersions);
    state.hasEchoedSessionId = this.#isSameSession(state, hello);
    this.begin(side, TO_CLIENT, message);
    this.#addRandom(hello, message);
    addProtocolNames(hello, message);
    if (!isCut) this.#fingerprints.take(state, hello, message);
    addProblems(hello, message);
    return true;
  }

  /** The first Certificate message of a side; further ones say nothing. Returns whether there is a message. */
  certificate(
    state: TlsState,
    bytes: Uint8Array,
    offset: number,
    end: number,
    isCut: boolean,
    direction: DirectionId,
    timeMs: number,
    message: MessageView,
  ): boolean {
    const isFromClient = direction === TO_SERVER;
    const side = isFromClient ? state.client : state.server;
    if (side.hasCertificate) return false;
    this.begin(side, direction, message);
    this.#certificates.read(bytes, offset, end, isCut, message);
    side.hasCertificate = true;
    if (!isFromClient) state.hasChain = message.hasNumber(NumberField.TLS_CERT_CHAIN_LENGTH);
    addValidity(message, timeMs);
    if (message.entryCount === 0 && message.eventCount === 0) return false;
    if (isFromClient && state.serverNameLength >= 0)
      message.add(Field.TLS_SNI, state.memory, Kept.SERVER_NAME, state.serverNameLength);
    this.#fingerprints.repeat(state, isFromClient, message);
    return true;
  }

  /** What nobody has asked for until now is added where the message or its flow is described. Cold path. */
  complete(state: TlsState, message: MessageView): void {
    this.#certificates.addFingerprint(message);
    this.#fingerprints.describe(state, message);
  }

  #addRandom(hello: HelloView, message: MessageView): void {
    const { bytes, randomOffset } = hello;
    if (randomOffset < 0) return;
    message.add(Field.TLS_RANDOM, bytes, randomOffset, 32);
    message.add(Field.TLS_RANDOM_TIME, bytes, randomOffset, 4);
    message.add(Field.TLS_RANDOM_BYTES, bytes, randomOffset + 4, 28);
  }

  #addServerName(state: TlsState, hello: HelloView, message: MessageView): void {
    const { serverNameOffset, serverNameLength } = hello;
    state.serverNameLength = serverNameLength;
    state.keep(Kept.SERVER_NAME, hello.bytes, serverNameOffset, serverNameLength);
    message.add(Field.TLS_SNI, hello.bytes, serverNameOffset, serverNameLength);
  }

  #isSameSession(state: TlsState, hello: HelloView): boolean {
    if (hello.sessionIdLength === 0 || hello.sessionIdLength !== state.sessionIdLength) return false;
    for (let i = 0; i < hello.sessionIdLength; i++) {
      if (hello.bytes[hello.sessionIdOffset + i] !== state.memory[Kept.SESSION_ID + i]) return false;
    }
    return true;
  }
}

/** Whether the certificate is valid at the time of its packet. */
function addValidity(message: MessageView, timeMs: number): void {
  const { TLS_CERT_NOT_BEFORE, TLS_CERT_NOT_AFTER } = NumberField;
  if (!message.hasNumber(TLS_CERT_NOT_BEFORE) || !message.hasNumber(TLS_CERT_NOT_AFTER)) return;
  const validity =
    message.number(TLS_CERT_NOT_AFTER) < timeMs
      ? CertificateValidity.EXPIRED
      : message.number(TLS_CERT_NOT_BEFORE) <= timeMs
        ? CertificateValidity.VALID
        : CertificateValidity.NOT_YET;
  message.setNumber(NumberField.TLS_CERT_VALIDITY, validity);
}

/** One entry for each name of the list; a name that reaches beyond it ends it. */
export function addProtocolNames(hello: HelloView, message: MessageView): void {
  const { bytes, alpnEnd } = hello;
  let at = hello.alpnOffset;
  for (let i = 0; i < MAX_PROTOCOL_NAMES && at >= 0 && at < alpnEnd; i++) {
    const length = bytes[at]!;
    if (at + 1 + length > alpnEnd) return;
    message.add(Field.TLS_ALPN, bytes, at + 1, length);
    at += 1 + length;
  }
}

function addProblems(hello: HelloView, message: MessageView): void {
  const { problems } = hello;
  if (problems === 0) return;
  if (problems & HelloProblem.INVALID_LENGTH) message.addEvent(AppLayerEvent.TLS_HANDSHAKE_INVALID_LENGTH);
  if (problems & HelloProblem.INVALID_SERVER_NAME_TYPE) message.addEvent(AppLayerEvent.TLS_INVALID_SNI_TYPE);
  if (problems & HelloProblem.INVALID_SERVER_NAME_LENGTH)
    message.addEvent(AppLayerEvent.TLS_INVALID_SNI_LENGTH);
  if (problems & HelloProblem.MULTIPLE_SERVER_NAMES)
    message.addEvent(AppLayerEvent.TLS_MULTIPLE_SNI_EXTENSIONS);
}
