/**
 * Texts of EVE objects out of packet bytes: the cold path, called when something leaves the sensor.
 *
 * Suricata writes bytes that are UTF-8 as they are and otherwise every octet above 127 as `\xHH`.
 */

import { latin1Text } from "../../base/latin1.js";

const HEX_PAIRS = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, "0"));
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The bytes as text: UTF-8, or ASCII with `\xHH` for what is not. */
export function eveText(bytes: Uint8Array, offset: number, length: number): string {
  const part = bytes.subarray(offset, offset + length);
  if (isAscii(part)) return latin1Text(part, 0, part.length);
  try {
    return utf8.decode(part);
  } catch {
    let text = "";
    for (const octet of part) {
      text += octet < 128 ? String.fromCharCode(octet) : `\\x${octet.toString(16).padStart(2, "0")}`;
    }
    return text;
  }
}

/** Most text is, and is made a fifth as dear by what knows no other. */
function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i]! > 127) return false;
  return true;
}

/** Lower-case hexadecimal, octets joined by `separator`. */
export function hexText(bytes: Uint8Array, offset: number, length: number, separator = ""): string {
  let text = "";
  for (let i = 0; i < length; i++) text += (i > 0 ? separator : "") + HEX_PAIRS[bytes[offset + i]!]!;
  return text;
}

/**
 * An address as Suricata's DNS and DHCP records write it: dotted decimal for four bytes, eight full groups for
 * sixteen, otherwise the empty text.
 */
export function addressText(bytes: Uint8Array, offset: number, length: number): string {
  if (length === 4) {
    return `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}`;
  }
  if (length !== 16) return "";
  const groups: string[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(hexText(bytes, offset + i, 2));
  return groups.join(":");
}
