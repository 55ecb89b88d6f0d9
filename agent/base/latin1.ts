/** Text of bytes, one character a byte (ISO 8859-1), and back. */

/** The bytes `[offset, offset + length)` as text; the native slice makes it one allocation. */
export function latin1Text(bytes: Uint8Array, offset: number, length: number): string {
  return Buffer.prototype.latin1Slice.call(bytes, offset, offset + length);
}
