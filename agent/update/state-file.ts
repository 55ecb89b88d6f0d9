/**
 * Owns the file of the state (update-state.ts) and its copy: `state.json`, `state.backup.json`. Each is one line of JSON behind one
 * with its SHA-256, replaced whole; the newest that is intact counts. They lie beside the store and are no part of it: whoever
 * loses the database does not lose the versions. Where both are gone, the sets on the disk still say which versions were there.
 */
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { checkedBody, checkedText } from "../base/checked-text.js";
import { AgentError, reasonOf } from "../base/errors.js";
import { isValid } from "../base/json-schema.js";
import { readOwned, replaceFile, type Step } from "../base/state-folder.js";
import { LAYERS } from "./layer.js";
import { FRESH_STATE, STATE_SCHEMA, type UpdateState } from "./update-state.js";

const NAMES = ["state.json", "state.backup.json"] as const;
const MAX_BYTES = 2 * 1024 * 1024;

export interface LoadedState {
  readonly state: UpdateState;
  /** There were files, and none of them could be used. */
  readonly isLost: boolean;
}

export class StateFile {
  readonly folder: string;
  readonly setsFolder: string;
  readonly #step: Step;

  constructor(folder: string, step: Step) {
    this.folder = folder;
    this.setsFolder = join(folder, "sets");
    this.#step = step;
  }

  /** Make the folders where they are missing. @throws AgentError where the disk does not take them */
  prepare(): void {
    try {
      mkdirSync(this.setsFolder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw this.#diskError(error);
    }
  }

  load(): LoadedState {
    const found = NAMES.map((name) => this.#read(name)).filter((state) => state !== undefined);
    const newest = found.sort((a, b) => b.generation - a.generation)[0];
    if (newest !== undefined) return { state: newest, isLost: false };
    const isLost = NAMES.some((name) => existsSync(join(this.folder, name)));
    return { state: { ...FRESH_STATE, highest: this.#versionsOnDisk() }, isLost };
  }

  /**
   * Make a state durable.
   *
   * @param name of the change, for the steps
   * @returns the state as it was written
   * @throws AgentError where the disk does not take it
   */
  save(state: UpdateState, name: string): UpdateState {
    const next = { ...state, generation: state.generation + 1 };
    const text = checkedText(JSON.stringify(next));
    try {
      replaceFile(join(this.folder, NAMES[0]), text, this.#step, name);
      replaceFile(join(this.folder, NAMES[1]), text, this.#step, `${name}-copy`);
    } catch (error) {
      throw this.#diskError(error);
    }
    return next;
  }

  #read(name: string): UpdateState | undefined {
    try {
      const body = checkedBody(readOwned(join(this.folder, name), MAX_BYTES));
      if (body === undefined) return undefined;
      const value: unknown = JSON.parse(body);
      return isValid(STATE_SCHEMA, value) ? (value as UpdateState) : undefined;
    } catch {
      return undefined;
    }
  }

  #versionsOnDisk(): UpdateState["highest"] {
    const highest = { vendor: 0, site: 0 };
    for (const name of existsSync(this.setsFolder) ? readdirSync(this.setsFolder) : []) {
      const [layer, version] = name.split("-");
      const known = LAYERS.find((one) => one === layer);
      if (known && /^\d{1,15}$/.test(version ?? ""))
        highest[known] = Math.max(highest[known], Number(version));
    }
    return highest;
  }

  #diskError(error: unknown): AgentError {
    const params = { path: this.folder, reason: reasonOf(error) };
    return new AgentError("error.rule_sets.disk", params, { cause: error });
  }
}
