/** Owns one device as the book keeps it: what was heard is added, bounded and cleaned; a card is made of it when asked for. */
import { isIndividual, isLocallyAdministered } from "../base/mac-address.js";
import type { Observation } from "../sensor/detection.js";
import { type DeviceCard, type DeviceLabel, NAME_SOURCES, type NameSource, type Seen } from "./card.js";
import { kindOf } from "./kind.js";
import type { VendorTable } from "./vendor-table.js";

const MAX_ADDRESSES = 8;
const MAX_MACS = 8;
const MAX_AGENTS = 4;
const MAX_SERVICES = 12;
const MAX_PEERS = 12;
const NAME_CHARACTERS = 64;
const TEXT_CHARACTERS = 160;
const SERVICE_CHARACTERS = 24;
/** Names that many devices bear: they tell a person something, and the book nothing. */
const COMMON_NAME =
  /^(?:i?phone|ipad|ipod|watch|mac(?:book.*)?|android.?|galaxy.*|pixel.*|localhost|unknown|desktop|laptop|user|pc|host|none|dhcp.*|esp[-_].*|espressif|raspberrypi|openwrt|linux|windows)$/i;

/** Text of strangers: no control or format characters, no white space at the ends, so many characters at most. */
export function cleanText(text: string, maxCharacters: number): string {
  return [...text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu, "").trim()]
    .slice(0, maxCharacters)
    .join("")
    .trim();
}

export class DeviceRecord {
  readonly id: string;
  label: DeviceLabel | undefined;
  #card: Omit<DeviceCard, "name" | "kind" | "vendor" | "isPrivateMac" | "label">;

  constructor(card: Omit<DeviceCard, "name" | "kind" | "vendor" | "isPrivateMac">) {
    this.id = card.id;
    this.label = card.label;
    this.#card = card;
  }

  static begin(id: string, at: string): DeviceRecord {
    const lists = { names: {}, macAddresses: [], addresses: [], userAgents: [], services: [], peers: [] };
    return new DeviceRecord({ id, ...lists, firstSeen: at, lastSeen: at });
  }

  get lastSeen(): string {
    return this.#card.lastSeen;
  }

  get firstSeen(): string {
    return this.#card.firstSeen;
  }

  get macAddress(): string | undefined {
    return this.#card.macAddresses[0]?.value;
  }

  get macAddresses(): readonly Seen[] {
    return this.#card.macAddresses;
  }

  get addresses(): readonly Seen[] {
    return this.#card.addresses;
  }

  /** Whether it has only shown addresses it made up. */
  get hasOnlyPrivateMacs(): boolean {
    return (
      this.#card.macAddresses.length > 0 &&
      this.#card.macAddresses.every(({ value }) => isLocallyAdministered(value))
    );
  }

  /** What tells it apart whatever its MAC is: DHCP's client id, and names that not everybody bears. */
  identities(): string[] {
    const { dhcp, names, macAddresses } = this.#card;
    const id = dhcp?.clientId;
    const isMac = id !== undefined && macAddresses.some(({ value }) => id.endsWith(value));
    const told = [names.dhcp, names.mdns].filter(
      (name) => name !== undefined && name.length > 2 && !COMMON_NAME.test(name),
    );
    return [
      ...(id !== undefined && id.length > 8 && !isMac ? [`id ${id}`] : []),
      ...new Set(told.map((name) => `name ${name!.toLowerCase()}`)),
    ];
  }

  /** Add what was heard. Returns whether a person would call it news. */
  hear(observation: Observation, at: string): boolean {
    const before = this.#fingerprint();
    const { address, macAddress, event, fields } = observation;
    if (at > this.#card.lastSeen) this.#card = { ...this.#card, lastSeen: at };
    if (at < this.#card.firstSeen) this.#card = { ...this.#card, firstSeen: at };
    if (address !== "") this.#set("addresses", seen(this.#card.addresses, address, at, MAX_ADDRESSES));
    if (isIndividual(macAddress))
      this.#set("macAddresses", seen(this.#card.macAddresses, macAddress, at, MAX_MACS));
    this.#hearNames(event, fields);
    this.#hearSystem(fields);
    return this.#fingerprint() !== before;
  }

  /** Take over what is known of a card that turned out to be the same device; this one stays. */
  absorb(other: DeviceRecord): void {
    const mine = this.#card;
    const its = other.#card;
    const isNewer = its.lastSeen >= mine.lastSeen;
    const [late, early] = isNewer ? [its, mine] : [mine, its];
    const dhcp = { ...early.dhcp, ...late.dhcp };
    this.#card = {
      ...early,
      ...late,
      id: this.id,
      names: { ...early.names, ...late.names },
      macAddresses: join(late.macAddresses, early.macAddresses, MAX_MACS),
      addresses: join(late.addresses, early.addresses, MAX_ADDRESSES),
      userAgents: [...new Set([...late.userAgents, ...early.userAgents])].slice(0, MAX_AGENTS),
      services: [...new Set([...late.services, ...early.services])].slice(0, MAX_SERVICES),
      peers: [...new Set([...late.peers, ...early.peers])].slice(0, MAX_PEERS),
      ...(Object.keys(dhcp).length > 0 && { dhcp }),
      firstSeen: [mine.firstSeen, its.firstSeen].sort()[0] ?? mine.firstSeen,
      lastSeen: late.lastSeen,
    };
    if (this.label !== undefined || other.label !== undefined) this.label = { ...other.label, ...this.label };
  }

  /** Another device has the address now. */
  leaveAddress(address: string): void {
    // It is told behind the others: what stands first is where the device can be found.
    const [first, ...rest] = this.#card.addresses;
    if (first?.value === address && rest.length > 0) this.#set("addresses", [...rest, first]);
  }

  /** Give up a MAC that belongs to another device after all. */
  leaveMac(macAddress: string): void {
    this.#set(
      "macAddresses",
      this.#card.macAddresses.filter(({ value }) => value !== macAddress),
    );
  }

  card(vendors: VendorTable): DeviceCard {
    const { names, macAddresses, dhcp, model, userAgents, services } = this.#card;
    const mac = macAddresses[0]?.value;
    const real = macAddresses.find(({ value }) => !isLocallyAdministered(value))?.value;
    const vendor = real === undefined ? undefined : vendors.vendorOf(real);
    const name =
      this.label?.name ?? NAME_SOURCES.map((source) => names[source]).find((one) => one !== undefined);
    const signs = { services, vendorClass: dhcp?.vendorClass ?? "", model: model ?? "", userAgents };
    return {
      ...this.#card,
      ...(name !== undefined && { name }),
      kind: kindOf({ ...signs, names: Object.values(names), vendor: vendor ?? "" }),
      ...(vendor !== undefined && { vendor }),
      ...(mac !== undefined && { macAddress: mac }),
      isPrivateMac: mac !== undefined && isLocallyAdministered(mac),
      ...(this.label !== undefined && { label: this.label }),
    };
  }

  #hearNames(event: string, fields: Observation["fields"]): void {
    const source = NAME_SOURCES.find((one) => one === event);
    const told = cleanText(fields.hostname ?? fields.name ?? "", NAME_CHARACTERS);
    if (source !== undefined && told !== "") this.#name(source, told);
    const instance = cleanText(fields.instance ?? "", NAME_CHARACTERS);
    if (instance !== "") this.#name("instance", instance);
  }

  #name(source: NameSource, name: string): void {
    this.#set("names", { ...this.#card.names, [source]: name });
  }

  #hearSystem(fields: Observation["fields"]): void {
    const text = (name: string): string => cleanText(fields[name] ?? "", TEXT_CHARACTERS);
    const dhcp = {
      ...(text("vendor") !== "" && { vendorClass: text("vendor") }),
      ...(text("parameters") !== "" && { parameters: text("parameters") }),
      ...(text("client_id") !== "" && { clientId: text("client_id") }),
    };
    if (Object.keys(dhcp).length > 0) this.#set("dhcp", { ...this.#card.dhcp, ...dhcp });
    if (text("model") !== "") this.#set("model", text("model"));
    for (const agent of [text("user_agent"), text("ssdp_server")]) {
      if (agent !== "") this.#set("userAgents", front(this.#card.userAgents, agent, MAX_AGENTS));
    }
    for (const service of text("services").split(" ")) {
      if (service !== "" && service.length <= SERVICE_CHARACTERS)
        this.#set("services", front(this.#card.services, service, MAX_SERVICES));
    }
    const server = cleanText(fields.server ?? "", NAME_CHARACTERS).toLowerCase();
    if (server !== "") this.#set("peers", front(this.#card.peers, server, MAX_PEERS));
  }

  #set<Name extends keyof DeviceCard>(name: Name, value: DeviceCard[Name]): void {
    this.#card = { ...this.#card, [name]: value };
  }

  /** What makes news: not the times, not the servers it asks for. */
  #fingerprint(): string {
    const { names, macAddresses, addresses, dhcp, model, services } = this.#card;
    const [mac] = macAddresses;
    return JSON.stringify([names, mac?.value, addresses[0]?.value, dhcp, model, [...services].sort()]);
  }
}

function seen(list: readonly Seen[], value: string, at: string, max: number): readonly Seen[] {
  const known = list.find((one) => one.value === value);
  const entry = known ? { ...known, lastSeen: at } : { value, firstSeen: at, lastSeen: at };
  return [entry, ...list.filter((one) => one.value !== value)].slice(0, max);
}

function join(late: readonly Seen[], early: readonly Seen[], max: number): readonly Seen[] {
  const earlier = new Map(early.map((one) => [one.value, one]));
  const both = late.map((one) => ({ ...one, firstSeen: earlier.get(one.value)?.firstSeen ?? one.firstSeen }));
  const known = new Set(late.map(({ value }) => value));
  return [...both, ...early.filter(({ value }) => !known.has(value))].slice(0, max);
}

function front(list: readonly string[], value: string, max: number): readonly string[] {
  return list[0] === value ? list : [value, ...list.filter((one) => one !== value)].slice(0, max);
}
