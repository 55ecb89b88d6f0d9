/** Fragments of DCERPC (C706 12.6) for tests, little-endian. */

function uint16(value: number): number[] {
  return [value & 255, value >>> 8];
}

function uint32(value: number): number[] {
  return [...uint16(value & 0xffff), ...uint16(value >>> 16)];
}

const FIRST_AND_LAST = 3;
/** Interface of the endpoint mapper, as it stands on the wire, and version 3.0. */
const EPM_ON_WIRE = [
  0x08, 0x83, 0xaf, 0xe1, 0x1f, 0x5d, 0xc9, 0x11, 0x91, 0xa4, 0x08, 0x00, 0x2b, 0x14, 0xa0, 0xfa, 3, 0, 0, 0,
];
/** The same as the sensor has it: in the order in which it is written, then the version. */
export const EPM_INTERFACE = "\xe1\xaf\x83\x08\x5d\x1f\x11\xc9\x91\xa4\x08\x00\x2b\x14\xa0\xfa\0\x03\0\0";
const NDR = [
  0x04, 0x5d, 0x88, 0x8a, 0xeb, 0x1c, 0xc9, 0x11, 0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60, 2, 0, 0, 0,
];

/** A fragment: version 5.0, type, flags, data representation, length, no authentication, call. */
export function pdu(
  type: number,
  callId: number,
  body: readonly number[],
  flags = FIRST_AND_LAST,
  length = 16 + body.length,
): Uint8Array {
  return Uint8Array.from([
    5,
    0,
    type,
    flags,
    0x10,
    0,
    0,
    0,
    ...uint16(length),
    0,
    0,
    ...uint32(callId),
    ...body,
  ]);
}

/** A bind of the endpoint mapper as context 0 with NDR. */
export function bind(): Uint8Array {
  return pdu(11, 1, [
    ...uint16(4280),
    ...uint16(4280),
    ...uint32(0),
    1,
    0,
    0,
    0,
    0,
    0,
    1,
    0,
    ...EPM_ON_WIRE,
    ...NDR,
  ]);
}

/** A bind_ack with one result, 0 for accepted; the secondary address is "135". */
export function bindAck(result: number): Uint8Array {
  const address = [4, 0, 0x31, 0x33, 0x35, 0, 0, 0];
  return pdu(12, 1, [
    ...uint16(4280),
    ...uint16(4280),
    ...uint32(9),
    ...address.slice(0, 6),
    ...address.slice(6),
    1,
    0,
    0,
    0,
    ...uint16(result),
    0,
    0,
    ...NDR,
  ]);
}

export function request(callId: number, operation: number, stub: string, flags = FIRST_AND_LAST): Uint8Array {
  const head = [...uint32(stub.length), 0, 0, ...uint16(operation)];
  return pdu(0, callId, [...head, ...Buffer.from(stub, "latin1")], flags);
}

export function response(callId: number, stub: string, flags = FIRST_AND_LAST): Uint8Array {
  return pdu(2, callId, [0, 0, 0, 0, 0, 0, 0, 0, ...Buffer.from(stub, "latin1")], flags);
}
