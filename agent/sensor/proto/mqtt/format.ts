/** Numbers and forms of MQTT 3.1, 3.1.1 and 5 that both the parser and its EVE record use. */

import { readUint16 } from "../../wire/big-endian.js";

export const MqttType = {
  UNASSIGNED: 0,
  CONNECT: 1,
  CONNACK: 2,
  PUBLISH: 3,
  PUBACK: 4,
  PUBREC: 5,
  PUBREL: 6,
  PUBCOMP: 7,
  SUBSCRIBE: 8,
  SUBACK: 9,
  UNSUBSCRIBE: 10,
  UNSUBACK: 11,
  PINGREQ: 12,
  PINGRESP: 13,
  DISCONNECT: 14,
  AUTH: 15,
} as const;

export const MQTT_5 = 5;

/** Flag byte of CONNECT. */
export const ConnectFlag = {
  USERNAME: 0x80,
  PASSWORD: 0x40,
  WILL_RETAIN: 0x20,
  WILL: 0x04,
  CLEAN_SESSION: 0x02,
} as const;

/** Flags of the fixed header. */
export const HeaderFlag = { DUPLICATE: 8, RETAIN: 1 } as const;

/** Kinds of property values. */
export const PropertyKind = {
  NONE: 0,
  BYTE: 1,
  UINT16: 2,
  UINT32: 3,
  VARINT: 4,
  STRING: 5,
  BINARY: 6,
  PAIR: 7,
} as const;

/** Kind by property identifier; 0: not assigned. */
export const PROPERTY_KINDS = new Uint8Array(0x2b);
for (const [kind, identifiers] of [
  [PropertyKind.BYTE, [0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2a]],
  [PropertyKind.UINT16, [0x13, 0x21, 0x22, 0x23]],
  [PropertyKind.UINT32, [0x02, 0x11, 0x18, 0x27]],
  [PropertyKind.VARINT, [0x0b]],
  [PropertyKind.STRING, [0x03, 0x08, 0x12, 0x15, 0x1a, 0x1c, 0x1f]],
  [PropertyKind.BINARY, [0x09, 0x16]],
  [PropertyKind.PAIR, [0x26]],
] as const) {
  for (const identifier of identifiers) PROPERTY_KINDS[identifier] = kind;
}

/** A number of one to four bytes, seven bits each, the lowest first. */
export class VariableInteger {
  value = 0;
  /** Behind the number. */
  next = 0;

  /** 1: read; 0: it goes on behind `end`; −1: longer than four bytes. */
  read(bytes: Uint8Array, at: number, end: number): number {
    let value = 0;
    let multiplier = 1;
    for (let i = 0; i < 4; i++) {
      if (at + i >= end) return 0;
      const octet = bytes[at + i]!;
      value += (octet & 0x7f) * multiplier;
      if (octet < 0x80) {
        this.value = value;
        this.next = at + i + 1;
        return 1;
      }
      multiplier *= 128;
    }
    return -1;
  }
}

/** Where the string or binary datum at `at` ends (two bytes of length in front), or −1. */
export function endOfString(bytes: Uint8Array, at: number, end: number): number {
  if (at < 0 || at + 2 > end) return -1;
  const next = at + 2 + readUint16(bytes, at);
  return next <= end ? next : -1;
}

/** Where the value of a property of that kind ends, or −1. */
export function endOfProperty(bytes: Uint8Array, kind: number, at: number, end: number): number {
  let next: number;
  switch (kind) {
    case PropertyKind.BYTE:
      next = at + 1;
      break;
    case PropertyKind.UINT16:
      next = at + 2;
      break;
    case PropertyKind.UINT32:
      next = at + 4;
      break;
    case PropertyKind.VARINT: {
      let octets = 1;
      while (octets < 4 && at + octets <= end && bytes[at + octets - 1]! >= 0x80) octets++;
      next = at + octets;
      if (next <= end && bytes[next - 1]! >= 0x80) return -1;
      break;
    }
    case PropertyKind.STRING:
    case PropertyKind.BINARY:
      return endOfString(bytes, at, end);
    case PropertyKind.PAIR:
      return endOfString(bytes, endOfString(bytes, at, end), end);
    default:
      return -1;
  }
  return next <= end ? next : -1;
}
