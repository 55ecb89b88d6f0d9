/**
 * Owns the replacing of addresses and names by others that say nothing: the same thing has the same pseudonym throughout one
 * bundle, so that a story can still be followed, and nobody can go back: the key is made up and never written.
 *
 * Replaced: IPv4, IPv6 and MAC addresses wherever they stand, and the names that are given. Not replaced: what points to no
 * device (loopback, the unspecified address, ff02::1 …).
 */
import { createHmac, randomBytes } from "node:crypto";
import { parseAddress } from "../base/address.js";

const MAC = /\b[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}\b/gi;
const IPV4 = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])/g;
const IPV6 = /(?<![0-9a-z:])[0-9a-f:]{2,39}(?![0-9a-z:])/gi;
const SPEAKS_OF_NOBODY = /^(?:127\.|0\.0\.0\.0$|255\.255\.255\.255$|22[4-9]\.|23\d\.|::1?$|ff0)/i;
/** A shorter name would be found within words. */
const SHORTEST_NAME = 3;

export class Pseudonyms {
  readonly #key: Uint8Array;
  readonly #names: RegExp | undefined;

  /** @param names of devices and people, in whatever case */
  constructor(names: readonly string[], key: Uint8Array = randomBytes(32)) {
    this.#key = key;
    const long = [...new Set(names.filter((name) => [...name].length >= SHORTEST_NAME))];
    // The longest first: a name may begin with another.
    long.sort((one, other) => other.length - one.length);
    const alternatives = long.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
    this.#names = alternatives === "" ? undefined : new RegExp(alternatives, "giu");
  }

  replaceIn(text: string): string {
    const named =
      this.#names === undefined ? text : text.replace(this.#names, (name) => this.#of("name", name));
    return named
      .replace(MAC, (mac) => this.#of("mac", mac.replaceAll("-", ":")))
      .replace(IPV4, (address) => this.#address(address))
      .replace(IPV6, (address) => this.#address(address));
  }

  #address(text: string): string {
    if (parseAddress(text) === undefined || SPEAKS_OF_NOBODY.test(text)) return text;
    return this.#of("ip", text);
  }

  #of(kind: string, text: string): string {
    const digest = createHmac("sha256", this.#key).update(`${kind} ${text.toLowerCase()}`).digest("hex");
    return `${kind}-${digest.slice(0, 10)}`;
  }
}
