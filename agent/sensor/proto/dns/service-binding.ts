/**
 * SVCB and HTTPS record data as text, in the presentation format of RFC 9460: `1 . alpn=h2,h3 ipv4hint=192.0.2.1`.
 * The cold path.
 */

import { formatAddress, formatIpv4 } from "../../../base/address.js";
import { readUint16, readUint32 } from "../../wire/big-endian.js";
import { eveText, hexText } from "../eve-text.js";

const KEY_NAMES: readonly string[] = [
  "mandatory",
  "alpn",
  "no-default-alpn",
  "port",
  "ipv4hint",
  "ech",
  "ipv6hint",
  "dohpath",
];

/** `at`: where the parameters begin, behind priority and target name; `limit`: end of the record data. */
export function serviceBindingText(
  bytes: Uint8Array,
  priority: number,
  target: string,
  at: number,
  limit: number,
): string {
  const parts = [String(priority), target === "" ? "." : target];
  let position = at;
  while (position + 4 <= limit) {
    const key = readUint16(bytes, position);
    const from = position + 4;
    const to = from + readUint16(bytes, position + 2);
    if (to > limit) break;
    const value = valueText(bytes, key, from, to);
    const name = KEY_NAMES[key] ?? `key${key}`;
    parts.push(value === "" ? name : `${name}=${value}`);
    position = to;
  }
  return parts.join(" ");
}

function valueText(bytes: Uint8Array, key: number, from: number, to: number): string {
  switch (KEY_NAMES[key]) {
    case "mandatory":
      return list(from, to, 2, (at) => KEY_NAMES[readUint16(bytes, at)] ?? `key${readUint16(bytes, at)}`);
    case "alpn": {
      const names: string[] = [];
      for (let at = from; at < to && at + 1 + bytes[at]! <= to; at += 1 + bytes[at]!) {
        names.push(eveText(bytes, at + 1, bytes[at]!));
      }
      return names.join(",");
    }
    case "port":
      return to - from === 2 ? String(readUint16(bytes, from)) : "";
    case "ipv4hint":
      return list(from, to, 4, (at) => formatIpv4(readUint32(bytes, at)));
    case "ipv6hint":
      return list(from, to, 16, (at) => {
        const words = [0, 4, 8, 12].map((offset) => readUint32(bytes, at + offset));
        return formatAddress(6, words);
      });
    case "dohpath":
      return eveText(bytes, from, to - from);
    default:
      return hexText(bytes, from, to - from);
  }
}

function list(from: number, to: number, size: number, item: (at: number) => string): string {
  const items: string[] = [];
  for (let at = from; at + size <= to; at += size) items.push(item(at));
  return items.join(",");
}
