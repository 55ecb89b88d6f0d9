/**
 * Owns the handshake of RFB, which is VNC (RFC 6143), versions 3.3 to 3.8: versions, security type and result, name
 * of the desktop. The session behind it is not read.
 *
 * Both directions share one sequence of steps; a step out of turn ends the reading (`confused_state`). As for Suricata the
 * handshake is one transaction, whose fields are told when it ends: with the server's greeting the chosen security type, the
 * result and the name, with what is out of turn the type alone. Where the client fails to log in it does not end.
 * Memory: RfbState per flow.
 */

import { readUint16, readUint32 } from "../../wire/big-endian.js";
import { AppLayerEvent, type AppLayerEventId } from "../app-layer-events.js";
import { Field, NumberField } from "../fields.js";
import { type MessageView, STAGE_HEAD } from "../message-view.js";
import { asciiOctets } from "../octets.js";
import {
  Parsed,
  type ParsedCode,
  type ParserInput,
  Probe,
  type ProbeCode,
  type ProtocolParser,
} from "../parser.js";
import { type DirectionId, Protocol, TO_CLIENT, TO_SERVER } from "../protocols.js";
import { describeRfb } from "./eve.js";
import {
  CHALLENGE_BYTES,
  PIXEL_FORMAT_BYTES,
  RfbState,
  RfbStep,
  type RfbStepCode,
  VERSION_BYTES,
} from "./state.js";

const GREETING = asciiOctets("RFB ");
/** `RFB 003.008\n`. */
const GREETING_BYTES = 12;
const DOT = 0x2e;
const LF = 0x0a;
const SECURITY_NONE = 1;
const SECURITY_VNC = 2;
const RESULT_OK = 0;
const RESULT_FAILED = 1;
/** Width, height, pixel format, length of the name. */
const SERVER_INIT_BYTES = 4 + PIXEL_FORMAT_BYTES + 4;
/** Minor version as its last digit. */
const MINOR_3 = 0x33;

export class RfbParser implements ProtocolParser<RfbState> {
  readonly protocol = Protocol.RFB;

  probe(bytes: Uint8Array, offset: number, end: number): ProbeCode {
    const length = Math.min(end - offset, GREETING.length);
    for (let i = 0; i < length; i++) {
      if (bytes[offset + i] !== GREETING[i]) return Probe.NO;
    }
    return length === GREETING.length ? Probe.YES : Probe.UNSURE;
  }

  createState(): RfbState {
    return new RfbState();
  }

  parse(state: RfbState, input: ParserInput, message: MessageView): ParsedCode {
    while (input.offset < input.end) {
      if (state.step === RfbStep.DONE) return Parsed.DONE;
      if (state.step === RfbStep.FAILED) return Parsed.FAILED;
      if (directionOf(state.step) !== input.direction) {
        if (state.step === RfbStep.SERVER_VERSION) return Parsed.FAILED;
        if (this.#tellSecurityType(state, message)) return Parsed.MESSAGE;
        return this.#stop(state, AppLayerEvent.RFB_CONFUSED_STATE, input, message);
      }
      const before = input.offset;
      if (this.#readStep(state, input, message)) return Parsed.MESSAGE;
      if (input.offset === before) break;
    }
    if (state.step === RfbStep.DONE) return Parsed.DONE;
    return state.step === RfbStep.FAILED ? Parsed.FAILED : Parsed.NEED_MORE;
  }

  describe(state: RfbState, _message: MessageView): Readonly<Record<string, unknown>> {
    return { rfb: describeRfb(state) };
  }

  /** One step; leaves `input.offset` where it is until the step is there whole. True: there is a message. */
  #readStep(state: RfbState, input: ParserInput, message: MessageView): boolean {
    const { bytes, offset, end } = input;
    const available = end - offset;
    switch (state.step) {
      case RfbStep.SERVER_VERSION:
        state.hasServerVersion = readVersion(state, state.serverVersion, input);
        if (state.hasServerVersion) state.step = RfbStep.CLIENT_VERSION;
        return false;
      case RfbStep.CLIENT_VERSION: {
        state.hasClientVersion = readVersion(state, state.clientVersion, input);
        const isOld = state.clientVersion[2 * VERSION_BYTES - 1] === MINOR_3;
        if (state.hasClientVersion)
          state.step = isOld ? RfbStep.SERVER_SECURITY_TYPE : RfbStep.SECURITY_TYPES;
        return false;
      }
      case RfbStep.SECURITY_TYPES: {
        const count = bytes[offset]!;
        if (available < 1 + count) return false;
        input.offset = offset + 1 + count;
        state.step = count === 0 ? RfbStep.FAILURE_REASON : RfbStep.SECURITY_SELECTION;
        return false;
      }
      case RfbStep.SECURITY_SELECTION:
        input.offset = offset + 1;
        return this.#takeSecurityType(state, bytes[offset]!, input, message);
      case RfbStep.SERVER_SECURITY_TYPE:
        if (available < 4) return false;
        input.offset = offset + 4;
        return this.#takeSecurityType(state, readUint32(bytes, offset), input, message);
      case RfbStep.CHALLENGE:
        state.hasChallenge = keepSecret(state.challenge, input);
        if (state.hasChallenge) state.step = RfbStep.RESPONSE;
        return false;
      case RfbStep.RESPONSE:
        state.hasResponse = keepSecret(state.response, input);
        if (state.hasResponse) state.step = RfbStep.SECURITY_RESULT;
        return false;
      case RfbStep.SECURITY_RESULT:
        if (available < 4) return false;
        return this.#takeResult(state, readUint32(bytes, offset), input, message);
      case RfbStep.FAILURE_REASON: {
        if (available < 4) return false;
        const length = readUint32(bytes, offset);
        if (length > available - 4 && !input.isFull && !input.isEnd) return false;
        state.failureReason.keep(bytes, offset + 4, Math.min(length, available - 4));
        input.offset = end;
        state.step = RfbStep.FAILURE_READ;
        message.begin(this.protocol, input.direction, STAGE_HEAD, state.messages++);
        return true;
      }
      case RfbStep.FAILURE_READ:
        input.offset = end;
        return false;
      case RfbStep.CLIENT_INIT:
        state.shared = bytes[offset]!;
        input.offset = offset + 1;
        state.step = RfbStep.SERVER_INIT;
        return false;
      case RfbStep.SERVER_INIT:
        return this.#takeServerInit(state, input, message);
      default:
        return false;
    }
  }

  #takeSecurityType(state: RfbState, type: number, input: ParserInput, message: MessageView): boolean {
    const isServersChoice = state.step === RfbStep.SERVER_SECURITY_TYPE;
    state.securityType = type;
    if (type === SECURITY_VNC) state.step = RfbStep.CHALLENGE;
    // From 3.8 on the server confirms even that there is nothing to check: for Suricata that is out of turn.
    else if (type === SECURITY_NONE) state.step = RfbStep.CLIENT_INIT;
    else if (type === 0 && isServersChoice) state.step = RfbStep.FAILURE_REASON;
    else {
      message.begin(this.protocol, input.direction, STAGE_HEAD, state.messages++);
      message.addEvent(AppLayerEvent.RFB_UNIMPLEMENTED_SECURITY_TYPE);
      state.step = RfbStep.DONE;
      return true;
    }
    return false;
  }

  /** The transaction ends. @returns whether there is a message, which is then to be told before the one that ends it */
  #tellSecurityType(state: RfbState, message: MessageView): boolean {
    if (state.isTypeTold || state.securityType < 0) return false;
    state.isTypeTold = true;
    message.begin(this.protocol, TO_SERVER, STAGE_HEAD, state.messages++);
    message.setNumber(NumberField.RFB_SECTYPE, state.securityType);
    return true;
  }

  #takeResult(state: RfbState, result: number, input: ParserInput, message: MessageView): boolean {
    const isKnown = result === RESULT_OK || result === RESULT_FAILED;
    if (!isKnown && this.#tellSecurityType(state, message)) return true;
    state.securityResult = result;
    input.offset += 4;
    if (isKnown) {
      state.step = result === RESULT_OK ? RfbStep.CLIENT_INIT : RfbStep.FAILURE_REASON;
      return false;
    }
    message.begin(this.protocol, input.direction, STAGE_HEAD, state.messages++);
    message.addEvent(AppLayerEvent.RFB_UNKNOWN_SECURITY_RESULT);
    state.step = RfbStep.DONE;
    return true;
  }

  #takeServerInit(state: RfbState, input: ParserInput, message: MessageView): boolean {
    const { bytes, offset, end } = input;
    if (end - offset < SERVER_INIT_BYTES) return false;
    const nameAt = offset + SERVER_INIT_BYTES;
    const nameLength = readUint32(bytes, nameAt - 4);
    if (nameLength > end - nameAt && !input.isFull && !input.isEnd) return false;
    if (this.#tellSecurityType(state, message)) return true;
    const length = Math.min(nameLength, end - nameAt);
    state.width = readUint16(bytes, offset);
    state.height = readUint16(bytes, offset + 2);
    for (let i = 0; i < PIXEL_FORMAT_BYTES; i++) state.pixelFormat[i] = bytes[offset + 4 + i]!;
    state.name.keep(bytes, nameAt, length);
    state.step = RfbStep.DONE;
    input.offset = end;
    message.begin(this.protocol, input.direction, STAGE_HEAD, state.messages++);
    if (state.securityResult >= 0) message.setNumber(NumberField.RFB_SECRESULT, state.securityResult);
    message.add(Field.RFB_NAME, bytes, nameAt, length);
    return true;
  }

  #stop(state: RfbState, event: AppLayerEventId, input: ParserInput, message: MessageView): ParsedCode {
    state.step = RfbStep.DONE;
    input.offset = input.end;
    message.begin(this.protocol, input.direction, STAGE_HEAD, state.messages++);
    message.addEvent(event);
    return Parsed.MESSAGE;
  }
}

function directionOf(step: RfbStepCode): DirectionId {
  switch (step) {
    case RfbStep.CLIENT_VERSION:
    case RfbStep.SECURITY_SELECTION:
    case RfbStep.RESPONSE:
    case RfbStep.CLIENT_INIT:
      return TO_SERVER;
    default:
      return TO_CLIENT;
  }
}

/** Keep `RFB 003.008\n`'s numbers. What is no greeting fails the flow. */
function readVersion(state: RfbState, version: Uint8Array, input: ParserInput): boolean {
  const { bytes, offset, end } = input;
  const known = Math.min(end - offset, GREETING.length);
  for (let i = 0; i < known; i++) {
    if (bytes[offset + i] !== GREETING[i]) {
      state.step = RfbStep.FAILED;
      return false;
    }
  }
  if (end - offset < GREETING_BYTES) return false;
  const major = offset + GREETING.length;
  const minor = major + VERSION_BYTES + 1;
  if (bytes[minor - 1] !== DOT || bytes[minor + VERSION_BYTES] !== LF) {
    state.step = RfbStep.FAILED;
    return false;
  }
  for (let i = 0; i < VERSION_BYTES; i++) {
    version[i] = bytes[major + i]!;
    version[VERSION_BYTES + i] = bytes[minor + i]!;
  }
  input.offset = offset + GREETING_BYTES;
  return true;
}

function keepSecret(secret: Uint8Array, input: ParserInput): boolean {
  const { bytes, offset, end } = input;
  if (end - offset < CHALLENGE_BYTES) return false;
  for (let i = 0; i < CHALLENGE_BYTES; i++) secret[i] = bytes[offset + i]!;
  input.offset = offset + CHALLENGE_BYTES;
  return true;
}
