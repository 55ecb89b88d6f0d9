/**
 * Owns the file that keeps what rules have put into data sets (`state`, `save`): replaced whole, and passed over where it is damaged
 * or somebody else's. Sets of several sensors are put together: what one of them has seen is known to all after the next start, and
 * what one of them holds stays, whoever of the others has changed theirs since.
 *
 * Memory: 32 bytes a value, MAX_BYTES in all and what each sensor held last. Disk: MAX_BYTES; sets beyond that are not kept.
 */
import { checkedBody, checkedText } from "./base/checked-text.js";
import { readOwned, replaceFile } from "./base/state-folder.js";
import type { SavedSet } from "./sensor/match/data-sets.js";

const MAX_BYTES = 16 * 1024 * 1024;
/** Base64, names, and the line with the checksum. */
const MAX_FILE_BYTES = 2 * MAX_BYTES;
const KEY_BYTES = 32;

interface WrittenSet {
  readonly name: string;
  readonly type: number;
  /** Base64. */
  readonly keys: string;
}

export class DataSetFile {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #sets = new Map<string, SavedSet>();
  /** As they were read: what a sensor holds that has not said otherwise. */
  #begun: ReadonlyMap<string, SavedSet> = new Map();
  /** What each sensor held of a set when it last said so. */
  readonly #held: Map<string, SavedSet>[] = [];

  /** @param maxBytes what the values of all sets may take together */
  constructor(path: string, maxBytes = MAX_BYTES) {
    this.#path = path;
    this.#maxBytes = maxBytes;
  }

  /** All sets as they were last kept. */
  get sets(): readonly SavedSet[] {
    return [...this.#sets.values()];
  }

  /** Take up what was written before; returns why it cannot be used, if that is so. */
  read(): Error | undefined {
    try {
      const body = checkedBody(readOwned(this.#path, MAX_FILE_BYTES));
      if (body === undefined) throw new Error("its checksum does not hold");
      for (const { name, type, keys } of JSON.parse(body) as WrittenSet[]) {
        this.#put({ name, type, keys: new Uint8Array(Buffer.from(keys, "base64")) });
      }
      this.#begun = new Map(this.#sets);
      return undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      this.#sets.clear();
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /**
   * Keep sets that have changed, in place of what they held before; a set holds what any sensor has in its own.
   *
   * @param changed of each sensor, in the same order every time, the sets that it has changed
   * @returns whether anything was written
   * @throws Error where the disk does not take it; it is kept with the next ones
   */
  keep(changed: readonly (readonly SavedSet[])[]): boolean {
    const fresh = new Map<string, SavedSet>();
    for (const [sensor, sets] of changed.entries()) {
      this.#held[sensor] ??= new Map(this.#begun);
      for (const set of sets) {
        this.#held[sensor].set(idOf(set), set);
        fresh.set(idOf(set), set);
      }
    }
    if (fresh.size === 0) return false;
    for (const [id, { name, type }] of fresh) {
      const keys = unionOf(this.#held.flatMap((held) => held.get(id)?.keys ?? []));
      this.#put({ name, type, keys });
    }
    const written = this.sets.map(({ name, type, keys }): WrittenSet => {
      return { name, type, keys: Buffer.from(keys).toString("base64") };
    });
    replaceFile(this.#path, checkedText(JSON.stringify(written)), () => undefined, "data-sets");
    return true;
  }

  #put(set: SavedSet): void {
    const others = this.sets.filter((one) => idOf(one) !== idOf(set));
    const size = others.reduce((sum, { keys }) => sum + keys.length, set.keys.length);
    if (size <= this.#maxBytes) this.#sets.set(idOf(set), set);
  }
}

const idOf = ({ name, type }: SavedSet): string => `${type}:${name}`;

function unionOf(sets: readonly Uint8Array[]): Uint8Array {
  const keys = new Map<string, Uint8Array>();
  for (const all of sets) {
    for (let at = 0; at + KEY_BYTES <= all.length; at += KEY_BYTES) {
      const key = all.subarray(at, at + KEY_BYTES);
      keys.set(Buffer.from(key).toString("latin1"), key);
    }
  }
  return new Uint8Array(Buffer.concat([...keys.values()]));
}
