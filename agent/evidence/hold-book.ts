/**
 * Owns which incidents are held (legal hold): what was recorded in their time stays, however old it grows and however full the
 * room is, until the hold is released. Bound: MAX_HOLDS.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AgentError } from "../base/errors.js";
import { replaceFile } from "../base/state-folder.js";

export interface Hold {
  readonly incident: string;
  readonly by: string;
  readonly reason: string;
  /** When it was placed; wall time in milliseconds. */
  readonly at: number;
  readonly fromMs: number;
  /** null: the incident goes on. */
  readonly toMs: number | null;
}

const NAME = "holds.json";
const MAX_HOLDS = 256;

export class HoldBook {
  readonly #folder: string;
  #holds: readonly Hold[];

  constructor(folder: string) {
    this.#folder = folder;
    this.#holds = readHolds(folder);
  }

  get all(): readonly Hold[] {
    return this.#holds;
  }

  /**
   * Place a hold, or replace the one of the same incident.
   *
   * @throws AgentError where there are too many; the system's error where the disk does not take it
   */
  place(hold: Hold): void {
    const others = this.#holds.filter(({ incident }) => incident !== hold.incident);
    if (others.length >= MAX_HOLDS) throw new AgentError("error.evidence.holds", { limit: MAX_HOLDS });
    this.#save([...others, hold]);
  }

  /** @returns whether there was one */
  release(incident: string): boolean {
    const others = this.#holds.filter((hold) => hold.incident !== incident);
    const isThere = others.length < this.#holds.length;
    if (isThere) this.#save(others);
    return isThere;
  }

  #save(holds: readonly Hold[]): void {
    replaceFile(join(this.#folder, NAME), `${JSON.stringify(holds)}\n`, () => undefined, "holds");
    this.#holds = holds;
  }
}

/** The holds of a folder, whoever has it. */
export function readHolds(folder: string): readonly Hold[] {
  try {
    const value: unknown = JSON.parse(readFileSync(join(folder, NAME), "utf8"));
    return Array.isArray(value) ? (value as Hold[]) : [];
  } catch {
    return [];
  }
}
