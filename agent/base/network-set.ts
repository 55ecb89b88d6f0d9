import { type ParsedAddress, parseAddress } from "./address.js";

interface Network {
  readonly version: 4 | 6;
  readonly words: readonly number[];
  readonly prefixLength: number;
}

/** A few networks in CIDR form, asked for addresses as text: what lies inside the office. */
export class NetworkSet {
  readonly #networks: readonly Network[];

  /** @param cidrs checked before, by the configuration; what cannot be read is left out */
  constructor(cidrs: readonly string[]) {
    this.#networks = cidrs.flatMap(parseNetwork);
  }

  has(text: string): boolean {
    const address = parseAddress(text);
    return address !== undefined && this.#networks.some((network) => isInside(network, address));
  }
}

function parseNetwork(cidr: string): Network[] {
  const [text, prefix] = cidr.split("/");
  const address = parseAddress((text ?? "").trim());
  if (!address) return [];
  const bits = address.version === 4 ? 32 : 128;
  const prefixLength = prefix === undefined ? bits : Number(prefix);
  // IPv4 stands in the last word: its prefix begins behind 96 bits that are always the same.
  return [{ version: address.version, words: address.words, prefixLength: prefixLength + 128 - bits }];
}

function isInside(network: Network, address: ParsedAddress): boolean {
  if (network.version !== address.version) return false;
  for (let word = 0; word < 4; word++) {
    const bits = Math.min(32, Math.max(0, network.prefixLength - word * 32));
    if (bits === 0) return true;
    const mask = (0xffff_ffff << (32 - bits)) >>> 0;
    if ((network.words[word]! & mask) !== (address.words[word]! & mask)) return false;
  }
  return true;
}
