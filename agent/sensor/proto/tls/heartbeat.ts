import { readUint16 } from "../../wire/big-endian.js";
import { AppLayerEvent, type AppLayerEventId } from "../app-layer-events.js";
import type { ParserInput } from "../parser.js";
import { TO_SERVER } from "../protocols.js";
import { RECORD_HEADER_BYTES } from "./tls-constants.js";
import type { TlsState } from "./tls-state.js";

const HEARTBEAT_REQUEST = 1;
const HEARTBEAT_RESPONSE = 2;
/** Type and payload length. */
export const HEARTBEAT_HEADER_BYTES = 3;
const MIN_PADDING_BYTES = 16;

/** As much of an encrypted heartbeat as its record says, or 0: an answer that is longer than what it answers leaks memory. */
export function encryptedHeartbeatProblem(
  state: TlsState,
  input: ParserInput,
  length: number,
): AppLayerEventId | 0 {
  const sender = input.direction === TO_SERVER ? 1 : 2;
  if (state.heartbeatFrom === 0 || state.heartbeatFrom === sender) {
    state.heartbeatFrom = sender;
    state.heartbeatBytes = length;
    return 0;
  }
  state.heartbeatFrom = 0;
  return length > state.heartbeatBytes ? AppLayerEvent.TLS_DATALEAK_HEARTBEAT_MISMATCH : 0;
}

/**
 * The event of a malformed heartbeat in clear (RFC 6520; CVE-2014-0160), or 0. The record header stands at
 * `input.offset` and announces `length` bytes; the heartbeat's own header has arrived. Notes who is to answer.
 */
export function heartbeatProblem(state: TlsState, input: ParserInput, length: number): AppLayerEventId | 0 {
  if (length < HEARTBEAT_HEADER_BYTES) return 0;
  const at = input.offset + RECORD_HEADER_BYTES;
  const type = input.bytes[at]!;
  if (type !== HEARTBEAT_REQUEST && type !== HEARTBEAT_RESPONSE) {
    return AppLayerEvent.TLS_INVALID_HEARTBEAT_MESSAGE;
  }
  const sender = input.direction === TO_SERVER ? 1 : 2;
  if (state.heartbeatFrom === sender) return AppLayerEvent.TLS_INVALID_HEARTBEAT_MESSAGE;
  if (state.heartbeatFrom !== 0) {
    state.heartbeatFrom = 0;
    return 0;
  }
  state.heartbeatFrom = sender;
  const payloadBytes = readUint16(input.bytes, at + 1);
  if (payloadBytes + HEARTBEAT_HEADER_BYTES > length) return AppLayerEvent.TLS_OVERFLOW_HEARTBEAT_MESSAGE;
  return length - payloadBytes - HEARTBEAT_HEADER_BYTES < MIN_PADDING_BYTES
    ? AppLayerEvent.TLS_INVALID_HEARTBEAT_MESSAGE
    : 0;
}
