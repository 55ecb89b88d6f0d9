import { readUint16 } from "../../wire/big-endian.js";
import { Probe, type ProbeCode } from "../parser.js";
import { type DirectionId, TO_SERVER } from "../protocols.js";
import { isSslv2Hello, isSslv2Record } from "./sslv2.js";
import { isKnownMessage, MAX_RECORD_BYTES, RECORD_HEADER_BYTES, RecordType } from "./tls-constants.js";

const ALERT_BYTES = 2;
const ALERT_FATAL = 2;

/**
 * Whether the first bytes of a direction are TLS. To the server as Suricata has it: type and version of a handshake
 * record, or an SSLv2 ClientHello. To the client also alerts and data, but then the whole header has to make sense.
 */
export function probeTls(bytes: Uint8Array, offset: number, end: number, direction: DirectionId): ProbeCode {
  if (offset >= end) return Probe.UNSURE;
  const type = bytes[offset]!;
  const isToServer = direction === TO_SERVER;
  if (isToServer && isSslv2Record(type)) return isSslv2Hello(bytes, offset, end);
  const isType =
    type === RecordType.HANDSHAKE ||
    (!isToServer && (type === RecordType.ALERT || type === RecordType.APPLICATION_DATA));
  if (!isType) return Probe.NO;
  if (offset + 1 < end && bytes[offset + 1] !== 3) return Probe.NO;
  if (offset + 2 < end && bytes[offset + 2]! > 4) return Probe.NO;
  if (offset + 3 > end) return Probe.UNSURE;
  if (isToServer) return Probe.YES;
  if (offset + RECORD_HEADER_BYTES + 1 > end) return Probe.UNSURE;
  const length = readUint16(bytes, offset + 3);
  const first = bytes[offset + RECORD_HEADER_BYTES]!;
  if (length === 0 || length > MAX_RECORD_BYTES) return Probe.NO;
  if (type === RecordType.HANDSHAKE) return isKnownMessage(first) ? Probe.YES : Probe.NO;
  if (type === RecordType.ALERT && length === ALERT_BYTES) {
    return first >= 1 && first <= ALERT_FATAL ? Probe.YES : Probe.NO;
  }
  return Probe.YES;
}
