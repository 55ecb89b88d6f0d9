/**
 * Lookups in the data sets of a rule image, and what rules have added to or removed from them since.
 *
 * A set no rule changes is read where it stands in the image. One that rules change lives in a table of fixed size of its
 * own: 33 bytes a slot, DYNAMIC_VALUES values beyond those it was loaded with. Text of any length is kept as its SHA-256.
 * A full table takes no more values (counted), as Suricata at its memcap: `set` then does not match. What is in sets that are to
 * outlive the agent can be taken out and put back, as their keys.
 */
import { Sha256 } from "../../base/hash/sha256.js";
import { type DataTable, DataType, findValue, hashBytes } from "../../signature/data-set.js";
import type { DataSetRow, RuleImage } from "../../signature/image.js";
import { DataSetCommand } from "../../signature/program.js";
import { compares } from "./comparison.js";

const DYNAMIC_VALUES = 16_384;
/** Bytes of a slot: the longest value, a SHA-256. */
const SLOT_BYTES = 32;
/** Slots looked at before a value counts as absent. */
const PROBES = 64;
const FREE = 0;
const USED = 1;
const REMOVED = 2;

/** What a set holds that rules have changed: of text the hashes only. */
export interface SavedSet {
  readonly name: string;
  /** DataType number. */
  readonly type: number;
  /** SLOT_BYTES a value. */
  readonly keys: Uint8Array;
}

/** Judges `dataset` and `datarep`. */
export class DataSets {
  readonly #rows: readonly DataSetRow[];
  readonly #dynamic: readonly (DynamicSet | undefined)[];
  readonly #hash = new Sha256();
  readonly #value = new Uint8Array(SLOT_BYTES);
  readonly #digest = new Uint8Array(SLOT_BYTES);
  /** Of a run before; sets that a later image names first are filled from here too. */
  #restored: readonly SavedSet[];

  /**
   * @param previous sets under the rules before these: what rules have added and removed stays where the set is loaded with
   * the same values. `previous` is used no more.
   */
  constructor(image: RuleImage, previous?: DataSets) {
    this.#rows = image.dataSets;
    this.#restored = previous ? previous.#restored : [];
    this.#dynamic = this.#rows.map((row) => {
      if (!row.isChanged) return undefined;
      const kept = previous ? previous.#kept(row) : undefined;
      return kept ?? this.#restore(row, this.#load(row, new DynamicSet(row.table)));
    });
  }

  /** Put back what `changed` had taken out in a run before. */
  restore(sets: readonly SavedSet[]): void {
    this.#restored = sets;
    this.#dynamic.forEach((set, index) => {
      if (set !== undefined) this.#restore(this.#rows[index]!, set);
    });
  }

  /** Sets that are to outlive the agent and have changed since they were last asked for. */
  changed(): SavedSet[] {
    return this.#dynamic.flatMap((set, index) => {
      const { name, type, isSaved } = this.#rows[index]!;
      if (set === undefined || !isSaved || !set.isChanged) return [];
      set.isChanged = false;
      return [{ name, type, keys: set.keys() }];
    });
  }

  #restore({ name, type, isSaved }: DataSetRow, set: DynamicSet): DynamicSet {
    const saved = isSaved && this.#restored.find((one) => one.name === name && one.type === type);
    if (!saved) return set;
    set.clear();
    for (let at = 0; at + SLOT_BYTES <= saved.keys.length; at += SLOT_BYTES) {
      set.add(saved.keys.subarray(at, at + SLOT_BYTES));
    }
    set.isChanged = false;
    return set;
  }

  #kept({ name, type, table }: DataSetRow): DynamicSet | undefined {
    const set = this.#rows.findIndex((row) => row.name === name && row.type === type);
    return set >= 0 && isSameTable(this.#rows[set]!.table, table) ? this.#dynamic[set] : undefined;
  }

  /** Values that found no room in a set since the start. */
  get refusedCount(): number {
    let count = 0;
    for (const set of this.#dynamic) count += set?.refusedCount ?? 0;
    return count;
  }

  /** Whether the `dataset` command holds for a buffer; `set` and `unset` change the set. */
  holds(command: number, set: number, bytes: Uint8Array, offset: number, length: number): boolean {
    const { type } = this.#rows[set]!;
    const size = this.#take(type, bytes, offset, length);
    if (size < 0) return command === DataSetCommand.IS_NOT_SET;
    const dynamic = this.#dynamic[set];
    if (dynamic === undefined) {
      const isSet = this.#find(set, bytes, offset, length, size) >= 0;
      return isSet === (command === DataSetCommand.IS_SET);
    }
    const key = this.#key(type, bytes, offset, length);
    switch (command) {
      case DataSetCommand.SET:
        // As in Suricata an IPv4 address is found in a set of both kinds, and never put in.
        return (type !== DataType.IP || length === size) && dynamic.add(key);
      case DataSetCommand.UNSET:
        return dynamic.remove(key);
      default:
        return dynamic.has(key) === (command === DataSetCommand.IS_SET);
    }
  }

  /** Whether the buffer has a reputation that compares so. */
  hasReputation(
    set: number,
    comparison: number,
    reputation: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): boolean {
    const row = this.#rows[set]!;
    const size = this.#take(row.type, bytes, offset, length);
    if (size < 0) return false;
    const value = this.#find(set, bytes, offset, length, size);
    if (value < 0 && !this.#wasAdded(set, bytes, offset, length)) return false;
    return compares(comparison, value < 0 ? 0 : row.table.reputations[value]!, reputation, 0);
  }

  /** Back to what the sets were loaded with. */
  clear(): void {
    for (let set = 0; set < this.#rows.length; set++) {
      const dynamic = this.#dynamic[set];
      if (dynamic !== undefined) this.#load(this.#rows[set]!, dynamic);
    }
  }

  #load({ table, type }: DataSetRow, set: DynamicSet): DynamicSet {
    set.clear();
    for (let value = 0; value < table.count; value++) {
      const start = table.starts[value]!;
      const length = table.starts[value + 1]! - start;
      this.#take(type, table.bytes, start, length);
      set.add(this.#key(type, table.bytes, start, length));
    }
    set.isChanged = false;
    return set;
  }

  /**
   * Put a value of fixed size into `#value`. Returns its size, 0 for text (which stays where it is), −1 where the buffer is
   * no value of the type.
   */
  #take(type: number, bytes: Uint8Array, offset: number, length: number): number {
    if (type === DataType.STRING) return 0;
    const size = VALUE_BYTES[type]!;
    const isValue =
      type === DataType.IPV4 ? length >= 4 : length === size || (type === DataType.IP && length === 4);
    if (!isValue) return -1;
    this.#value.fill(0);
    for (let i = 0; i < Math.min(size, length); i++) this.#value[i] = bytes[offset + i]!;
    return size;
  }

  #find(set: number, bytes: Uint8Array, offset: number, length: number, size: number): number {
    const { table } = this.#rows[set]!;
    return size === 0 ? findValue(table, bytes, offset, length) : findValue(table, this.#value, 0, size);
  }

  /** The slot of a value: itself, or the hash of text. `#take` comes first. */
  #key(type: number, bytes: Uint8Array, offset: number, length: number): Uint8Array {
    if (type !== DataType.STRING) return this.#value;
    this.#hash.digest(bytes, offset, length, this.#digest, 0);
    return this.#digest;
  }

  #wasAdded(set: number, bytes: Uint8Array, offset: number, length: number): boolean {
    const dynamic = this.#dynamic[set];
    return dynamic?.has(this.#key(this.#rows[set]!.type, bytes, offset, length)) ?? false;
  }
}

/** Bytes of a value, by its DataType; text has any length. */
const VALUE_BYTES: readonly number[] = [0, 16, 32, 4, 16, 20];

function isSameTable(a: DataTable, b: DataTable): boolean {
  if (a.count !== b.count || a.bytes.length !== b.bytes.length) return false;
  return (
    a.bytes.every((byte, i) => byte === b.bytes[i]) && a.starts.every((start, i) => start === b.starts[i])
  );
}

/** A bounded hash set of 32-byte keys with open addressing. */
class DynamicSet {
  refusedCount = 0;
  /** Since this was last put to false. */
  isChanged = false;
  readonly #keys: Uint8Array;
  readonly #states: Uint8Array;
  readonly #mask: number;
  readonly #capacity: number;
  #count = 0;

  constructor(table: DataTable) {
    this.#capacity = DYNAMIC_VALUES + table.count;
    let slots = 2;
    while (slots < this.#capacity * 2) slots *= 2;
    this.#keys = new Uint8Array(slots * SLOT_BYTES);
    this.#states = new Uint8Array(slots);
    this.#mask = slots - 1;
  }

  has(key: Uint8Array): boolean {
    return this.#find(key) >= 0;
  }

  /** True where the key is new and there was room. */
  add(key: Uint8Array): boolean {
    if (this.#find(key) >= 0) return false;
    const start = hashBytes(key, 0, SLOT_BYTES);
    for (let probe = 0; probe < PROBES && this.#count < this.#capacity; probe++) {
      const slot = (start + probe) & this.#mask;
      if (this.#states[slot] === USED) continue;
      this.#states[slot] = USED;
      this.#keys.set(key, slot * SLOT_BYTES);
      this.#count++;
      this.isChanged = true;
      return true;
    }
    this.refusedCount++;
    return false;
  }

  /** True where the key was there. */
  remove(key: Uint8Array): boolean {
    const slot = this.#find(key);
    if (slot < 0) return false;
    this.#states[slot] = REMOVED;
    this.#count--;
    this.isChanged = true;
    return true;
  }

  /** A copy of all keys. */
  keys(): Uint8Array {
    const copy = new Uint8Array(this.#count * SLOT_BYTES);
    let at = 0;
    for (let slot = 0; slot < this.#states.length; slot++) {
      if (this.#states[slot] !== USED) continue;
      copy.set(this.#keys.subarray(slot * SLOT_BYTES, (slot + 1) * SLOT_BYTES), at);
      at += SLOT_BYTES;
    }
    return copy;
  }

  clear(): void {
    this.#states.fill(FREE);
    this.#count = 0;
  }

  #find(key: Uint8Array): number {
    const start = hashBytes(key, 0, SLOT_BYTES);
    for (let probe = 0; probe < PROBES; probe++) {
      const slot = (start + probe) & this.#mask;
      if (this.#states[slot] === FREE) return -1;
      if (this.#states[slot] === USED && this.#isKey(slot, key)) return slot;
    }
    return -1;
  }

  #isKey(slot: number, key: Uint8Array): boolean {
    for (let i = 0; i < SLOT_BYTES; i++) {
      if (this.#keys[slot * SLOT_BYTES + i] !== key[i]) return false;
    }
    return true;
  }
}
