/** The addresses of data connections in commands and replies of FTP (RFC 959 4.1.2, RFC 2428). */
import { isDigit } from "../octets.js";

const COMMA = 0x2c;
const ZERO = 0x30;

/** Numbers `h1,h2,h3,h4,p1,p2` (PORT, 227). */
export class HostPort {
  /** The IPv4 address as an unsigned number. */
  address = 0;
  port = 0;

  /** Read the first such list in `bytes[start, end)`; false where there is none. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    for (let at = start; at < end; at++) {
      if (!isDigit(bytes[at]!)) continue;
      if (this.#readAt(bytes, at, end)) return true;
      while (at < end && isDigit(bytes[at]!)) at++;
    }
    return false;
  }

  #readAt(bytes: Uint8Array, start: number, end: number): boolean {
    let at = start;
    let address = 0;
    let port = 0;
    for (let i = 0; i < 6; i++) {
      const first = at;
      let value = 0;
      while (at < end && at - first < 3 && isDigit(bytes[at]!)) value = value * 10 + bytes[at++]! - ZERO;
      if (at === first || value > 255) return false;
      if (i < 4) address = address * 256 + value;
      else port = port * 256 + value;
      if (i < 5 && (at === end || bytes[at++] !== COMMA)) return false;
    }
    this.address = address;
    this.port = port;
    return true;
  }
}

/** The port of `|protocol|address|port|` (EPRT, 229), with any delimiter; 0 where it cannot be read. */
export function readExtendedPort(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] === 0x20) at++;
  if (at < end && bytes[at] === 0x28) at++;
  const delimiter = bytes[at];
  let delimiters = 0;
  while (at < end && delimiters < 3) {
    if (bytes[at++] === delimiter) delimiters++;
  }
  let port = 0;
  while (at < end && isDigit(bytes[at]!) && port <= 0xffff) port = port * 10 + bytes[at++]! - ZERO;
  return at < end && bytes[at] === delimiter && port <= 0xffff ? port : 0;
}
