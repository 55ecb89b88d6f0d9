/** Owns arithmetic of TCP sequence numbers (RFC 9293, section 3.4): 32-bit, signed here, compared modulo 2³². */

export function isBefore(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

export function isAfter(a: number, b: number): boolean {
  return ((a - b) | 0) > 0;
}
