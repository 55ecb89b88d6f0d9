/**
 * Owns the table of who made a network interface, by the first 24, 28 or 36 bits of its MAC (IEEE's MA-L, MA-M, MA-S).
 *
 * `scripts/packaging/vendor-table.ts` makes the file from a package when sekisho is built; nothing is asked of the network.
 * Without the file makers are unknown, which nothing but people misses. Memory: the file (about 0.9 MiB), read when first asked.
 *
 * Layout, little-endian: three counts and the length of the names (u32 each); then for each width the sorted prefixes (f64)
 * and as many numbers of names (u16); then the names in UTF-8, one a line.
 */
import { readFileSync } from "node:fs";

export const PREFIX_BITS = [36, 28, 24] as const;
const HEADER_BYTES = 16;

interface Width {
  readonly bits: number;
  readonly prefixes: Float64Array;
  readonly names: Uint16Array;
}

export class VendorTable {
  readonly #widths: readonly Width[];
  readonly #names: readonly string[];

  private constructor(widths: readonly Width[], names: readonly string[]) {
    this.#widths = widths;
    this.#names = names;
  }

  /** The table of the build; an empty one where it is missing or not what it should be. */
  static ofBuild(): VendorTable {
    try {
      return VendorTable.read(readFileSync(new URL("../../dist/device/vendors.bin", import.meta.url)));
    } catch {
      return new VendorTable([], []);
    }
  }

  /** @throws RangeError where the file ends too early */
  static read(file: Uint8Array): VendorTable {
    // A copy stands at the beginning of its buffer, where numbers are aligned.
    const bytes = new Uint8Array(file);
    const header = new DataView(bytes.buffer, 0, HEADER_BYTES);
    let at = HEADER_BYTES;
    const widths = PREFIX_BITS.map((bits, index) => {
      const count = header.getUint32(index * 4, true);
      const prefixes = new Float64Array(bytes.buffer, at, count);
      const names = new Uint16Array(bytes.buffer, at + count * 8, count);
      at += Math.ceil((count * 10) / 8) * 8;
      return { bits, prefixes, names };
    });
    const text = new TextDecoder().decode(bytes.subarray(at, at + header.getUint32(12, true)));
    return new VendorTable(widths, text.split("\n"));
  }

  /**
   * The bytes of a table.
   *
   * @param vendors names by prefix in hexadecimal digits, 6, 7 or 9 of them
   */
  static write(vendors: ReadonlyMap<string, string>): Uint8Array {
    const numbers = new Map<string, number>();
    const numberOf = (name: string): number => {
      const known = numbers.get(name) ?? numbers.size;
      numbers.set(name, known);
      return known;
    };
    const parts = PREFIX_BITS.map((bits) => {
      const rows = [...vendors]
        .filter(([prefix]) => prefix.length * 4 === bits)
        .map(([prefix, name]) => [Number.parseInt(prefix, 16), numberOf(name)] as const)
        .sort(([one], [other]) => one - other);
      const part = new ArrayBuffer(Math.ceil((rows.length * 10) / 8) * 8);
      new Float64Array(part, 0, rows.length).set(rows.map(([prefix]) => prefix));
      new Uint16Array(part, rows.length * 8, rows.length).set(rows.map(([, number]) => number));
      return { count: rows.length, bytes: new Uint8Array(part) };
    });
    const names = new TextEncoder().encode([...numbers.keys()].join("\n"));
    const header = new Uint32Array([...parts.map(({ count }) => count), names.length]);
    return Buffer.concat([new Uint8Array(header.buffer), ...parts.map(({ bytes }) => bytes), names]);
  }

  /** Who made the interface with this MAC; undefined where IEEE has given the prefix to nobody that says so. */
  vendorOf(mac: string): string | undefined {
    const value = Number.parseInt(mac.replaceAll(":", ""), 16);
    for (const { bits, prefixes, names } of this.#widths) {
      const row = indexOf(prefixes, Math.floor(value / 2 ** (48 - bits)));
      if (row >= 0) return this.#names[names[row]!];
    }
    return undefined;
  }
}

/** Place of a number in a sorted array, or −1. */
function indexOf(sorted: Float64Array, wanted: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === wanted ? low : -1;
}
