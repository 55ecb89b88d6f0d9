/** The EVE `rfb` object: all that is known of the handshake so far. The cold path. */

import { readUint16 } from "../../wire/big-endian.js";
import { eveText, hexText } from "../eve-text.js";
import { CHALLENGE_BYTES, type RfbState, VERSION_BYTES } from "./state.js";

const SECURITY_VNC = 2;
const RESULT_NAMES: readonly string[] = ["OK", "FAIL", "TOOMANY", "UNKNOWN"];

export function describeRfb(state: RfbState): Record<string, unknown> {
  const rfb: Record<string, unknown> = {};
  if (state.hasServerVersion) rfb.server_protocol_version = version(state.serverVersion);
  if (state.hasClientVersion) rfb.client_protocol_version = version(state.clientVersion);
  const authentication: Record<string, unknown> = {};
  if (state.securityType >= 0) authentication.security_type = state.securityType;
  if (state.securityType === SECURITY_VNC) {
    const vnc: Record<string, string> = {};
    if (state.hasChallenge) vnc.challenge = hexText(state.challenge, 0, CHALLENGE_BYTES);
    if (state.hasResponse) vnc.response = hexText(state.response, 0, CHALLENGE_BYTES);
    authentication.vnc = vnc;
  }
  if (state.securityResult >= 0) {
    authentication.security_result =
      RESULT_NAMES[state.securityResult] ?? `UNKNOWN (${state.securityResult})`;
  }
  rfb.authentication = authentication;
  const { failureReason, name } = state;
  if (failureReason.length >= 0) {
    rfb.server_security_failure_reason = eveText(failureReason.bytes, 0, failureReason.length);
  }
  if (state.shared >= 0) rfb.screen_shared = state.shared !== 0;
  if (name.length >= 0) {
    rfb.framebuffer = {
      width: state.width,
      height: state.height,
      name: eveText(name.bytes, 0, name.length),
      pixel_format: pixelFormat(state.pixelFormat),
    };
  }
  return rfb;
}

function version(bytes: Uint8Array): Record<string, string> {
  return { major: eveText(bytes, 0, VERSION_BYTES), minor: eveText(bytes, VERSION_BYTES, VERSION_BYTES) };
}

function pixelFormat(bytes: Uint8Array): Record<string, unknown> {
  return {
    bits_per_pixel: bytes[0],
    depth: bytes[1],
    big_endian: bytes[2] !== 0,
    true_color: bytes[3] !== 0,
    red_max: readUint16(bytes, 4),
    green_max: readUint16(bytes, 6),
    blue_max: readUint16(bytes, 8),
    red_shift: bytes[10],
    green_shift: bytes[11],
    blue_shift: bytes[12],
  };
}
