/** Units of DNS over TCP (RFC 7766, 8), MQTT (OASIS MQTT 5, 2.1) and telnet (RFC 854). */
import { readUint16 } from "../../wire/big-endian.js";
import { FrameKind } from "./frame-kinds.js";
import { type FrameSplitter, NOT_FRAMED, NOT_KNOWN } from "./frame-splitter.js";

const DNS_LENGTH_BYTES = 2;
const MQTT_MAX_LENGTH_BYTES = 4;
const IAC = 0xff;
const SUBNEGOTIATION = 0xfa;
const SUBNEGOTIATION_END = 0xf0;
/** Commands from WILL to DONT have an option behind them. */
const FIRST_WITH_OPTION = 0xfb;
const NEWLINE = 0x0a;

export const dnsFrames: FrameSplitter = {
  tellsCut: false,

  measure(bytes, offset, end) {
    return end - offset < DNS_LENGTH_BYTES ? NOT_KNOWN : DNS_LENGTH_BYTES + readUint16(bytes, offset);
  },
  tell(bytes, offset, end, _direction, _notes, tell) {
    const start = offset + DNS_LENGTH_BYTES;
    tell(FrameKind.DNS_PDU, bytes, start, end - start);
  },
};

export const mqttFrames: FrameSplitter = {
  tellsCut: false,

  measure(bytes, offset, end) {
    let length = 0;
    for (let i = 0; i < MQTT_MAX_LENGTH_BYTES; i++) {
      const at = offset + 1 + i;
      if (at >= end) return NOT_KNOWN;
      length += (bytes[at]! & 0x7f) * 128 ** i;
      if (bytes[at]! < 0x80) return 2 + i + length;
    }
    return NOT_FRAMED;
  },
  tell(bytes, offset, end, _direction, _notes, tell) {
    let data = offset + 1;
    while (data < end && bytes[data]! >= 0x80) data++;
    data = Math.min(end, data + 1);
    tell(FrameKind.MQTT_PDU, bytes, offset, end - offset);
    tell(FrameKind.MQTT_HEADER, bytes, offset, data - offset);
    tell(FrameKind.MQTT_DATA, bytes, data, end - data);
  },
};

/** A command, or a line up to its end. */
export const telnetFrames: FrameSplitter = {
  tellsCut: true,

  measure(bytes, offset, end) {
    if (bytes[offset] === IAC) return measureCommand(bytes, offset, end);
    const newline = bytes.subarray(offset, end).indexOf(NEWLINE);
    return newline < 0 ? NOT_KNOWN : newline + 1;
  },
  tell(bytes, offset, end, _direction, _notes, tell) {
    tell(FrameKind.TELNET_PDU, bytes, offset, end - offset);
    const kind = bytes[offset] === IAC ? FrameKind.TELNET_CONTROL : FrameKind.TELNET_DATA;
    tell(kind, bytes, offset, end - offset);
  },
};

function measureCommand(bytes: Uint8Array, offset: number, end: number): number {
  if (end - offset < 2) return NOT_KNOWN;
  const command = bytes[offset + 1]!;
  if (command !== SUBNEGOTIATION) return command >= FIRST_WITH_OPTION && command !== IAC ? 3 : 2;
  for (let at = offset + 2; at + 1 < end; at++) {
    if (bytes[at] === IAC && bytes[at + 1] === SUBNEGOTIATION_END) return at + 2 - offset;
  }
  return NOT_KNOWN;
}
