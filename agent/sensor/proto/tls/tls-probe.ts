import { Probe, type ProbeCode } from "../parser.js";
import { type DirectionId, TO_SERVER } from "../protocols.js";
import { isSslv2Hello, isSslv2Record } from "./sslv2.js";
import { RecordType } from "./tls-constants.js";

/** TLS 1.3 writes 1.0 or 1.2 into its records. */
const LAST_MINOR = 3;

/**
 * Whether the first bytes of a direction are TLS, as Suricata has it: type and version of a handshake record, to the client of an alert
 * or of data as well; to the server also an SSLv2 ClientHello.
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
  if (offset + 2 < end && bytes[offset + 2]! > LAST_MINOR) return Probe.NO;
  return offset + 3 > end ? Probe.UNSURE : Probe.YES;
}
