/**
 * Owns the device card: what is known of a device inside the office. Plain JSON, about 2 KiB and below 16, never payload.
 *
 * Names, classes and agents are the device's own words: a help for people and no proof.
 */
import type { DeviceKind } from "../base/device-kind.js";

/** Who told a name, the most trusted first. */
export const NAME_SOURCES = ["dhcp", "mdns", "nbns", "ntlm", "llmnr", "instance"] as const;
export type NameSource = (typeof NAME_SOURCES)[number];

export const LABEL_FIELDS = ["name", "owner", "room", "port"] as const;
/** What a person says of a device. */
export type DeviceLabel = Readonly<Partial<Record<(typeof LABEL_FIELDS)[number], string>>>;

export interface Seen {
  readonly value: string;
  /** ISO 8601 in UTC, by packet time. */
  readonly firstSeen: string;
  readonly lastSeen: string;
}

export interface DeviceCard {
  /** Stable as long as the card is kept: `d-3f9a01c2`. */
  readonly id: string;
  /** What to call it: what a person said, else what it calls itself; absent where nobody said anything. */
  readonly name?: string;
  readonly names: Readonly<Partial<Record<NameSource, string>>>;
  readonly kind: DeviceKind;
  /** Maker of the network interface by its MAC; absent where unknown or made up. */
  readonly vendor?: string;
  /** The last one it used, and all of them, the latest first. */
  readonly macAddress?: string;
  readonly macAddresses: readonly Seen[];
  /** Whether the last MAC was made up by the device. */
  readonly isPrivateMac: boolean;
  /** The latest first. */
  readonly addresses: readonly Seen[];
  readonly dhcp?: { readonly vendorClass?: string; readonly parameters?: string; readonly clientId?: string };
  readonly model?: string;
  /** Of its clients, the latest first. */
  readonly userAgents: readonly string[];
  readonly services: readonly string[];
  /** Names of servers it asked for, the latest first. They stay in the box. */
  readonly peers: readonly string[];
  readonly label?: DeviceLabel;
  readonly firstSeen: string;
  readonly lastSeen: string;
}

/** Whether something read back from disk has what a card needs; an older agent may have written it. */
export function isDeviceCard(value: unknown): value is DeviceCard {
  if (typeof value !== "object" || value === null) return false;
  const card = value as Partial<Record<keyof DeviceCard, unknown>>;
  const hasTexts = [card.id, card.kind, card.firstSeen, card.lastSeen].every(
    (part) => typeof part === "string",
  );
  const hasLists = [card.macAddresses, card.addresses, card.userAgents, card.services, card.peers].every(
    Array.isArray,
  );
  return hasTexts && hasLists && typeof card.names === "object" && card.names !== null;
}

/** Cards a person may mean by an address, a MAC in whatever notation, a name or its part, or the card's id. */
export function findCards(
  cards: readonly DeviceCard[],
  text: string,
  macAddress: string | undefined,
): DeviceCard[] {
  const wanted = text.normalize("NFKC").trim().toLowerCase();
  if (wanted === "") return [];
  const now = cards.filter(({ addresses }) => addresses[0]?.value === wanted);
  if (now.length > 0) return now;
  const exact = cards.filter(
    ({ id, addresses, macAddresses }) =>
      id === wanted ||
      addresses.some(({ value }) => value === wanted) ||
      (macAddress !== undefined && macAddresses.some(({ value }) => value === macAddress)),
  );
  if (exact.length > 0) return exact;
  const namesOf = ({ name, names, label }: DeviceCard): string[] =>
    [name, ...Object.values(names), ...Object.values(label ?? {})].flatMap((one) =>
      one === undefined ? [] : [one.normalize("NFKC").toLowerCase()],
    );
  const named = cards.filter((card) => namesOf(card).includes(wanted));
  return named.length > 0
    ? named
    : cards.filter((card) => namesOf(card).some((name) => name.includes(wanted)));
}
