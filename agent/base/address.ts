/** Addresses as four 32-bit words in host order; IPv4 stands in word 3 with zeros before it. */

/** Text of the address in `words`: dotted decimal, or IPv6 in RFC 5952 form. */
export function formatAddress(version: number, words: ArrayLike<number>, offset = 0): string {
  if (version === 4) return formatIpv4(words[offset + 3]!);
  if (version !== 6) return "";
  const groups: number[] = [];
  for (let i = 0; i < 4; i++) {
    const word = words[offset + i]!;
    groups.push(word >>> 16, word & 0xffff);
  }
  return compressIpv6(groups);
}

/** `192.0.2.1:80`, `[2001:db8::1]:80`; the address alone where there is no port (0). */
export function endText(address: string, port: number): string {
  if (port === 0) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Dotted decimal of an unsigned 32-bit number. */
export function formatIpv4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** RFC 5952: lower case, the first longest run of two or more zero groups becomes `::`. */
function compressIpv6(groups: readonly number[]): string {
  let bestStart = -1;
  let bestLength = 1;
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (i + length < 8 && groups[i + length] === 0) length++;
    if (length > bestLength) {
      bestStart = i;
      bestLength = length;
    }
    i += length;
  }
  if (bestStart < 0) return hexGroups(groups, 0, 8);
  return `${hexGroups(groups, 0, bestStart)}::${hexGroups(groups, bestStart + bestLength, 8)}`;
}

function hexGroups(groups: readonly number[], from: number, end: number): string {
  let text = "";
  for (let i = from; i < end; i++) text += (i > from ? ":" : "") + groups[i]!.toString(16);
  return text;
}

export interface ParsedAddress {
  readonly version: 4 | 6;
  readonly words: readonly [number, number, number, number];
}

/** Parse the text of one address, or undefined. IPv6 with an embedded dotted quad is read; zones are not. */
export function parseAddress(text: string): ParsedAddress | undefined {
  if (!text.includes(":")) {
    const word = parseIpv4(text);
    return word === undefined ? undefined : { version: 4, words: [0, 0, 0, word] };
  }
  let body = text;
  const lastColon = body.lastIndexOf(":");
  if (body.includes(".")) {
    const word = parseIpv4(body.slice(lastColon + 1));
    if (word === undefined) return undefined;
    body = `${body.slice(0, lastColon + 1)}${(word >>> 16).toString(16)}:${(word & 0xffff).toString(16)}`;
  }
  const halves = body.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0]!);
  const tail = halves.length === 2 ? parseGroups(halves[1]!) : [];
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  const word = (i: number): number => ((groups[i]! << 16) | groups[i + 1]!) >>> 0;
  return { version: 6, words: [word(0), word(2), word(4), word(6)] };
}

function parseGroups(text: string): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  for (const part of text.split(":")) {
    if (!/^[0-9a-f]{1,4}$/i.test(part)) return undefined;
    groups.push(Number.parseInt(part, 16));
  }
  return groups;
}

function parseIpv4(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (!match) return undefined;
  let word = 0;
  for (let i = 1; i <= 4; i++) {
    const octet = Number(match[i]);
    if (octet > 255) return undefined;
    word = word * 256 + octet;
  }
  return word;
}
