/** Numbers and texts in network byte order, and parts joined to a whole. */

export function u8(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values);
}

export function u16(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [value >>> 8, value & 0xff]));
}

export function u32(value: number): Uint8Array {
  return u16(value >>> 16, value & 0xffff);
}

/** Each character is one byte. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "latin1"));
}

/** Bytes of hexadecimal text, where spaces and colons may stand between digits. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replace(/[\s:]/g, ""), "hex"));
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

/** The parts with their length in one, two or three bytes before them, as TLS writes its vectors. */
export function vector(lengthBytes: 1 | 2 | 3, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = join(...parts);
  const length = u32(body.length).subarray(4 - lengthBytes);
  return join(length, body);
}

/** Zeros behind, up to `length`. */
export function padded(bytes: Uint8Array, length: number): Uint8Array {
  return bytes.length >= length ? bytes : join(bytes, new Uint8Array(length - bytes.length));
}

/** The four bytes of a dotted IPv4 address. */
export function ipv4Bytes(address: string): Uint8Array {
  return Uint8Array.from(address.split("."), Number);
}
