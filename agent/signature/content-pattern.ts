import { hexDigit } from "../sensor/proto/octets.js";
import { RuleError } from "./rule-error.js";

/** A bound on what one pattern may cost; the longest of published rules has some hundred bytes. */
export const MAX_PATTERN_BYTES = 4096;
const encoder = new TextEncoder();

export interface QuotedValue {
  readonly isNegated: boolean;
  readonly text: string;
}

/** `!"text"` or `"text"`: what stands between the quotes, and whether it is negated. */
export function unquote(value: string, keyword: string): QuotedValue {
  const isNegated = value.startsWith("!");
  const body = (isNegated ? value.slice(1) : value).trim();
  if (body.length < 2 || !body.startsWith('"') || !body.endsWith('"')) {
    throw new RuleError(`${keyword}: the value is not in double quotes`);
  }
  return { isNegated, text: body.slice(1, -1) };
}

/**
 * Bytes of a content pattern: text with hexadecimal parts between bars and backslash before `;`, `"`, `:` and `\`.
 *
 * Example: `GET|20 2f|a` is 47 45 54 20 2f 61.
 */
export function parsePattern(text: string, keyword: string): Uint8Array {
  const plain = plainBytes(text);
  if (plain !== undefined) return checkedPattern(plain, keyword);
  const raw = encoder.encode(text);
  const bytes = new Uint8Array(raw.length);
  let length = 0;
  let isHex = false;
  let highNibble = -1;
  for (let i = 0; i < raw.length; i++) {
    const byte = raw[i]!;
    if (byte === 0x7c) {
      if (isHex && highNibble >= 0) throw new RuleError(`${keyword}: half a byte between the bars`);
      isHex = !isHex;
    } else if (isHex) {
      if (byte === 0x20) continue;
      const nibble = hexDigit(byte);
      if (nibble < 0) throw new RuleError(`${keyword}: not hexadecimal between the bars`);
      if (highNibble < 0) highNibble = nibble;
      else {
        bytes[length++] = highNibble * 16 + nibble;
        highNibble = -1;
      }
    } else if (byte === 0x5c) {
      const next = raw[++i];
      if (next !== 0x3b && next !== 0x22 && next !== 0x3a && next !== 0x5c) {
        throw new RuleError(`${keyword}: a backslash stands before ; " : or \\ only`);
      }
      bytes[length++] = next;
    } else if (byte === 0x22) {
      throw new RuleError(`${keyword}: a double quote inside the pattern needs a backslash`);
    } else {
      bytes[length++] = byte;
    }
  }
  if (isHex) throw new RuleError(`${keyword}: a closing bar is missing`);
  return checkedPattern(bytes.slice(0, length), keyword);
}

/** Bytes of a text of ASCII without bars, backslashes and quotes, which most are; undefined for any other. */
function plainBytes(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80 || code === 0x7c || code === 0x5c || code === 0x22) return undefined;
    bytes[i] = code;
  }
  return bytes;
}

function checkedPattern(bytes: Uint8Array, keyword: string): Uint8Array {
  if (bytes.length === 0) throw new RuleError(`${keyword}: the pattern is empty`);
  if (bytes.length > MAX_PATTERN_BYTES) {
    throw new RuleError(`${keyword}: the pattern is longer than ${MAX_PATTERN_BYTES} bytes`);
  }
  return bytes;
}
