/** How common pieces of literals are in traffic, so that literals are looked for by their rarest ones. */
import { LOWER_CASE } from "../sensor/proto/octets.js";

/** How common each byte is in names, URLs and headers: the rarest window has the smallest sum. */
export const COMMONNESS: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => commonness(byte));

function commonness(byte: number): number {
  if (byte === 0x65 || byte === 0x74 || byte === 0x61 || byte === 0x6f) return 12;
  if (byte >= 0x61 && byte <= 0x7a) return "jqxzkvwy".includes(String.fromCharCode(byte)) ? 4 : 9;
  if (byte === 0x20 || byte === 0x2f || byte === 0x2e || byte === 0x0d || byte === 0x0a) return 11;
  if (byte === 0) return 16;
  if (byte === 0xff) return 8;
  if (byte >= 0x30 && byte <= 0x39) return 6;
  return byte === 0x3a || byte === 0x2d || byte === 0x3d ? 7 : 3;
}

/** Windows that stand in almost every message, whatever their bytes; so do four times the same one. */
const EVERYWHERE: ReadonlySet<number> = new Set(
  [
    ...["http", "ttp/", "tp/1", "p/1.", "/1.1", "html", ".php", ".com", "www.", "user", "agen"],
    ...["mozi", "host", "cont", "ent-", "type", "text", "appl", "acce", "conn", "ept-"],
  ].map((window) => [...window].reduce((gram, letter) => (gram << 8) | letter.charCodeAt(0), 0)),
);
const EVERYWHERE_COMMONNESS = 40;

/** How common the rarest window of `length` bytes in `bytes` is, whatever the case of their letters. */
export function rarestWindow(bytes: Uint8Array, length: number): number {
  let rarest = Number.POSITIVE_INFINITY;
  let sum = 0;
  let gram = 0;
  for (let end = 0; end < bytes.length; end++) {
    const byte = LOWER_CASE[bytes[end]!]!;
    sum += COMMONNESS[byte]!;
    gram = (gram << 8) | byte;
    if (end >= length) sum -= COMMONNESS[LOWER_CASE[bytes[end - length]!]!]!;
    if (end < length - 1 || sum >= rarest) continue;
    const total = length === 4 && EVERYWHERE.has(gram) ? sum + EVERYWHERE_COMMONNESS : sum;
    if (total < rarest) rarest = total;
  }
  return rarest;
}

/** Whether the four bytes at `position` of lower-cased `bytes` are the same, as in runs of zeros and of padding. */
export function isFillAt(bytes: Uint8Array, position: number): boolean {
  const first = bytes[position];
  return first === bytes[position + 1] && first === bytes[position + 2] && first === bytes[position + 3];
}

/** How common the four bytes at `position` of lower-cased `bytes` are. */
export function wideCommonness(bytes: Uint8Array, position: number): number {
  const [a, b, c, d] = [bytes[position]!, bytes[position + 1]!, bytes[position + 2]!, bytes[position + 3]!];
  const sum = COMMONNESS[a]! + COMMONNESS[b]! + COMMONNESS[c]! + COMMONNESS[d]!;
  const isEverywhere = isFillAt(bytes, position) || EVERYWHERE.has((a << 24) | (b << 16) | (c << 8) | d);
  return isEverywhere ? sum + EVERYWHERE_COMMONNESS : sum;
}
