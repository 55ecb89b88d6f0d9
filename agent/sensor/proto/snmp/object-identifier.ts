/** The content `[offset, end)` of an object identifier in dotted decimal. The cold path; at most 128 arcs. */
export function objectIdentifierText(bytes: Uint8Array, offset: number, end: number): string {
  const arcs: number[] = [];
  let value = 0;
  for (let at = offset; at < end && arcs.length < 128; at++) {
    const octet = bytes[at]!;
    value = value * 128 + (octet & 0x7f);
    if ((octet & 0x80) !== 0) continue;
    if (arcs.length === 0) {
      const first = Math.min(Math.floor(value / 40), 2);
      arcs.push(first, value - 40 * first);
    } else {
      arcs.push(value);
    }
    value = 0;
  }
  return arcs.join(".");
}
