/**
 * Owns who is behind the addresses of the office: observations become device cards, and what changed is to be stored and told.
 *
 * A device is its MAC. Phones make theirs up: one with a new private MAC is the device it was before where DHCP's client id or
 * a name that not everybody bears says so; two that are heard in turn under one name are two after all. Without a MAC, behind
 * a router, a device is its address.
 *
 * Memory and store: `maxDevices` cards of about 2 KiB; those longest not heard of leave first, labelled ones last. A card is
 * written when it is news, else once an hour; news of one device goes out once in ten minutes, new devices at most 120 an hour.
 */
import { createHash } from "node:crypto";
import type { Counters } from "../base/counters.js";
import { isIndividual, isLocallyAdministered } from "../base/mac-address.js";
import type { Observation } from "../sensor/detection.js";
import { type DeviceCard, type DeviceLabel, isDeviceCard, LABEL_FIELDS } from "./card.js";
import { cleanText, DeviceRecord } from "./device-record.js";
import type { VendorTable } from "./vendor-table.js";

/** A new device is told when it has had time to say its name. */
const SETTLE_MS = 20_000;
const TELL_MS = 600_000;
const WRITE_MS = 3_600_000;
const HOUR_MS = 3_600_000;
const MAX_TOLD_PER_HOUR = 120;
/** Cards written in one round: the rest waits for the next. */
const MAX_CHANGES = 64;
const FLIPS = 3;
const FLIP_WINDOW_MS = 1_800_000;
const MAX_SHARED = 256;
const LABEL_CHARACTERS = 64;

export interface DeviceChange {
  /** `new`: first told; `changed`: told before; `kept`: to be stored only; `gone`: to be removed from the store. */
  readonly event: "new" | "changed" | "kept" | "gone";
  readonly card: DeviceCard;
}

export interface DeviceBookOptions {
  readonly isInside: (address: string) => boolean;
  readonly vendors: VendorTable;
  readonly counters: Counters;
  readonly maxDevices: number;
  /** Elapsed time. */
  readonly monotonicMs: () => number;
}

interface Entry {
  readonly record: DeviceRecord;
  readonly bornMs: number;
  isTold: boolean;
  hasNews: boolean;
  isDirty: boolean;
  isStored: boolean;
  toldMs: number;
  writtenMs: number;
  /** When it was heard under an earlier MAC again, latest last. */
  flips: number[];
}

export class DeviceBook {
  readonly #options: DeviceBookOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #byMac = new Map<string, string>();
  readonly #byAddress = new Map<string, string>();
  /** The last private device that bore an id or a name. */
  readonly #byIdentity = new Map<string, string>();
  /** Ids and names that several devices bear. */
  readonly #shared = new Set<string>();
  #gone: DeviceCard[] = [];
  #hourMs = Number.NEGATIVE_INFINITY;
  #toldInHour = 0;

  constructor(options: DeviceBookOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Go on with the cards of the last run. */
  resume(records: readonly unknown[]): void {
    const cards = records.filter(isDeviceCard).sort((one, other) => (one.lastSeen < other.lastSeen ? -1 : 1));
    for (const card of cards.slice(-this.#options.maxDevices)) {
      const { name, kind, vendor, isPrivateMac, ...rest } = card;
      const known = this.#entries.get(card.id);
      if (known) continue;
      this.#add(new DeviceRecord(rest), true);
    }
  }

  observe(observation: Observation): void {
    const { address, macAddress, timeUs } = observation;
    const hasMac = isIndividual(macAddress);
    if (!this.#isOurs(address, hasMac)) return;
    const at = new Date(Math.trunc(timeUs / 1000)).toISOString();
    const entry =
      (hasMac && this.#heardAs(macAddress)) ||
      (!hasMac && this.#at(address)) ||
      this.#newEntry(observation, at);
    const last = this.#byAddress.get(address);
    const holder = last === undefined || last === entry.record.id ? undefined : this.#entries.get(last);
    // Known by its address alone until its MAC was heard.
    if (holder !== undefined && hasMac && holder.record.macAddress === undefined) this.#merge(entry, holder);
    else holder?.record.leaveAddress(address);
    this.#byAddress.set(address, entry.record.id);
    if (hasMac) this.#byMac.set(macAddress, entry.record.id);
    const isNews = entry.record.hear(observation, at);
    entry.hasNews ||= isNews;
    entry.isDirty = true;
    this.#prune(entry);
    if (hasMac && isNews) this.#unite(entry);
  }

  /** The card of the device that has an address now. */
  cardAt(address: string): DeviceCard | undefined {
    return this.#at(address)?.record.card(this.#options.vendors);
  }

  /** All cards, the last heard of first. */
  cards(): DeviceCard[] {
    const cards = [...this.#entries.values()].map(({ record }) => record.card(this.#options.vendors));
    return cards.sort((one, other) => (one.lastSeen < other.lastSeen ? 1 : -1));
  }

  /**
   * Change what a person says of a device; an empty text takes it back.
   *
   * @returns what is to be stored and told at once; undefined where there is no such device
   */
  label(id: string, changes: DeviceLabel): DeviceChange | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    const label: Record<string, string> = {};
    for (const field of LABEL_FIELDS) {
      const text = cleanText(changes[field] ?? entry.record.label?.[field] ?? "", LABEL_CHARACTERS);
      if (text !== "") label[field] = text;
    }
    entry.record.label = Object.keys(label).length === 0 ? undefined : label;
    const nowMs = this.#options.monotonicMs();
    const event = entry.isTold ? "changed" : "new";
    const told = { isTold: true, hasNews: false, toldMs: nowMs };
    Object.assign(entry, { ...told, isDirty: false, isStored: true, writtenMs: nowMs });
    return { event, card: entry.record.card(this.#options.vendors) };
  }

  /** What is due to be stored and told; to be called every second or so. */
  tick(): DeviceChange[] {
    return this.#changes(false);
  }

  /** Everything that is not stored yet, before the agent stops. */
  settle(): DeviceChange[] {
    return this.#changes(true);
  }

  #changes(isLast: boolean): DeviceChange[] {
    const { vendors, monotonicMs, counters } = this.#options;
    const nowMs = monotonicMs();
    const changes: DeviceChange[] = this.#gone.map((card) => ({ event: "gone", card }));
    this.#gone = [];
    if (nowMs - this.#hourMs >= HOUR_MS) {
      this.#hourMs = nowMs;
      this.#toldInHour = 0;
    }
    for (const entry of this.#entries.values()) {
      if (!entry.isDirty) continue;
      if (!isLast && changes.length >= MAX_CHANGES) break;
      const isSettled = isLast || entry.isTold || nowMs - entry.bornMs >= SETTLE_MS;
      const mayTell = entry.hasNews && isSettled && (isLast || nowMs - entry.toldMs >= TELL_MS);
      const isWithinRate = mayTell && this.#toldInHour < MAX_TOLD_PER_HOUR;
      if (mayTell && !isWithinRate) counters.add("device.kept_back");
      const isDue = isLast || mayTell || (entry.isTold && nowMs - entry.writtenMs >= WRITE_MS);
      if (!isDue) continue;
      const event = !isWithinRate ? "kept" : entry.isTold ? "changed" : "new";
      if (event === "new") counters.add("device.new");
      if (isWithinRate) this.#toldInHour += 1;
      changes.push({ event, card: entry.record.card(vendors) });
      // What was kept back is told with the next news.
      Object.assign(entry, { isDirty: false, isStored: true, writtenMs: nowMs });
      if (mayTell) Object.assign(entry, { isTold: true, hasNews: false, toldMs: nowMs });
    }
    return changes;
  }

  #isOurs(address: string, hasMac: boolean): boolean {
    if (address === "" || address === "0.0.0.0" || address === "::") return false;
    return this.#options.isInside(address) || (hasMac && /^fe[89ab]/i.test(address));
  }

  #at(address: string): Entry | undefined {
    const id = this.#byAddress.get(address);
    return id === undefined ? undefined : this.#entries.get(id);
  }

  #heardAs(macAddress: string): Entry | undefined {
    const id = this.#byMac.get(macAddress);
    const entry = id === undefined ? undefined : this.#entries.get(id);
    if (entry === undefined || entry.record.macAddress === macAddress) return entry;
    return this.#isAnother(entry) ? this.#part(entry, macAddress) : entry;
  }

  /** Whether two MACs that were taken for one device take turns: a device does not go back and forth like that. */
  #isAnother(entry: Entry): boolean {
    const nowMs = this.#options.monotonicMs();
    entry.flips = [...entry.flips.filter((ms) => nowMs - ms < FLIP_WINDOW_MS), nowMs];
    return entry.flips.length >= FLIPS;
  }

  #part(entry: Entry, macAddress: string): undefined {
    entry.flips = [];
    for (const identity of entry.record.identities()) {
      if (this.#shared.size < MAX_SHARED) this.#shared.add(identity);
    }
    entry.record.leaveMac(macAddress);
    this.#byMac.delete(macAddress);
    this.#options.counters.add("device.parted");
    return undefined;
  }

  #newEntry({ macAddress, address }: Observation, at: string): Entry {
    const text = `${macAddress || address} ${at}`;
    let id = "";
    for (let salt = 0; id === "" || this.#entries.has(id); salt++) {
      id = `d-${createHash("sha256").update(`${text} ${salt}`).digest("hex").slice(0, 8)}`;
    }
    const entry = this.#add(DeviceRecord.begin(id, at), false);
    entry.hasNews = true;
    return entry;
  }

  #add(record: DeviceRecord, isTold: boolean): Entry {
    const nowMs = this.#options.monotonicMs();
    const toldMs = isTold ? nowMs - TELL_MS : Number.NEGATIVE_INFINITY;
    const state = {
      isTold,
      hasNews: false,
      isDirty: false,
      isStored: isTold,
      toldMs,
      writtenMs: nowMs,
      flips: [],
    };
    const entry: Entry = { record, bornMs: isTold ? Number.NEGATIVE_INFINITY : nowMs, ...state };
    this.#entries.set(record.id, entry);
    for (const { value } of record.macAddresses) this.#byMac.set(value, record.id);
    for (const { value } of record.addresses) this.#byAddress.set(value, record.id);
    if (record.hasOnlyPrivateMacs)
      for (const identity of record.identities()) this.#byIdentity.set(identity, record.id);
    if (this.#entries.size > this.#options.maxDevices) this.#evict(record.id);
    return entry;
  }

  /** Lists of a record are bounded: what has left them must not be found any more. */
  #prune({ record }: Entry): void {
    if (
      this.#byAddress.size <= this.#options.maxDevices * 8 &&
      this.#byMac.size <= this.#options.maxDevices * 8
    )
      return;
    for (const [index, of] of [
      [this.#byAddress, "addresses"],
      [this.#byMac, "macAddresses"],
    ] as const) {
      for (const [value, id] of index) {
        const holder = this.#entries.get(id)?.record;
        if (holder !== record && !holder?.[of].some((one) => one.value === value)) index.delete(value);
      }
    }
  }

  /** One device that shows itself under a new private MAC. */
  #unite(entry: Entry): void {
    const { record } = entry;
    if (!record.hasOnlyPrivateMacs || record.macAddresses.some(({ value }) => !isLocallyAdministered(value)))
      return;
    const identities = record.identities().filter((identity) => !this.#shared.has(identity));
    if (identities.length === 0) return;
    for (const identity of identities) {
      const id = this.#byIdentity.get(identity);
      const other = id === undefined ? undefined : this.#entries.get(id);
      this.#byIdentity.set(identity, record.id);
      // It may have taken another name since.
      const isSame = other?.record.hasOnlyPrivateMacs && other.record.identities().includes(identity);
      if (other === undefined || other === entry || !isSame) continue;
      const [older, younger] =
        other.record.firstSeen <= record.firstSeen ? [other, entry] : ([entry, other] as const);
      this.#merge(older, younger);
      this.#byIdentity.set(identity, older.record.id);
      return;
    }
  }

  #merge(older: Entry, younger: Entry): void {
    older.record.absorb(younger.record);
    Object.assign(older, { hasNews: true, isDirty: true });
    this.#remove(younger);
    for (const { value } of older.record.macAddresses) this.#byMac.set(value, older.record.id);
    for (const { value } of older.record.addresses) {
      const holder = this.#byAddress.get(value);
      if (holder === undefined || holder === younger.record.id) this.#byAddress.set(value, older.record.id);
    }
    this.#options.counters.add("device.merged");
  }

  #evict(except: string): void {
    let victim: Entry | undefined;
    for (const entry of this.#entries.values()) {
      if (entry.record.id === except) continue;
      if (victim === undefined || isBefore(entry.record, victim.record)) victim = entry;
    }
    if (victim === undefined) return;
    this.#remove(victim);
    const { id, macAddresses, addresses } = victim.record;
    for (const { value } of macAddresses) if (this.#byMac.get(value) === id) this.#byMac.delete(value);
    for (const { value } of addresses) if (this.#byAddress.get(value) === id) this.#byAddress.delete(value);
    this.#options.counters.add("device.evicted");
  }

  #remove({ record, isStored }: Entry): void {
    this.#entries.delete(record.id);
    // What never reached the store need not be removed from it.
    if (isStored) this.#gone.push(record.card(this.#options.vendors));
  }
}

function isBefore(one: DeviceRecord, other: DeviceRecord): boolean {
  const isLabelled = (record: DeviceRecord): boolean => record.label !== undefined;
  if (isLabelled(one) !== isLabelled(other)) return !isLabelled(one);
  return one.lastSeen < other.lastSeen;
}
