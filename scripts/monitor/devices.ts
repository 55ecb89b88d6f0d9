/**
 * Owns what is known of each device: its ledgers, whether it is connected, when it was last heard.
 *
 * Bound: `MAX_DEVICES` devices; a further one is refused and counted.
 */
import type { StateMessage } from "#agent/uplink/schema/state.js";
import { GapBook } from "./gap-book.js";
import { HeldRanges } from "./held-ranges.js";

const MAX_DEVICES = 10_000;
/** A connected device reports its health every minute; three missed ones are a silence. */
const SILENCE_MS = 180_000;

/** What is held of one ledger, and how much of it the database knows to be complete. */
export interface LedgerProgress {
  readonly held: HeldRanges;
  readonly gaps: GapBook;
  /** -1: the ledger is not in the database yet. */
  savedUpTo: number;
}

export interface Device {
  readonly id: string;
  readonly ledgers: Map<string, LedgerProgress>;
  /** Ledgers that another one has followed. */
  readonly past: Set<string>;
  status: StateMessage["data"]["status"] | "unknown";
  isSilent: boolean;
  heardMs: number;
  /** The state last accepted. */
  ledger: string;
  boot: number;
  session: number;
}

export class Devices {
  readonly #devices = new Map<string, Device>();

  /** The device, made known if it is not; undefined where there are too many. */
  get(id: string, nowMs: number): Device | undefined {
    let device = this.#devices.get(id);
    if (device === undefined && this.#devices.size < MAX_DEVICES) {
      device = {
        id,
        ledgers: new Map(),
        past: new Set(),
        status: "unknown",
        isSilent: false,
        heardMs: nowMs,
        ledger: "",
        boot: -1,
        session: -1,
      };
      this.#devices.set(id, device);
    }
    return device;
  }

  all(): IterableIterator<Device> {
    return this.#devices.values();
  }

  /** Devices that count as connected and have not been heard for too long; each is named once per silence. */
  newlySilent(nowMs: number): Device[] {
    const silent: Device[] = [];
    for (const device of this.#devices.values()) {
      if (device.isSilent || device.status !== "online" || nowMs - device.heardMs <= SILENCE_MS) continue;
      device.isSilent = true;
      silent.push(device);
    }
    return silent;
  }
}

/** The progress of a ledger, begun if there is none. */
export function progressOf(device: Device, ledger: string): LedgerProgress {
  let progress = device.ledgers.get(ledger);
  if (progress === undefined) {
    progress = { held: new HeldRanges(), gaps: new GapBook(), savedUpTo: -1 };
    device.ledgers.set(ledger, progress);
  }
  return progress;
}

/** A state message against what is known: a will that comes late is `stale`. */
export type StateVerdict = "stale" | "repeat" | "news";

/**
 * Take over a state message unless it is stale.
 *
 * Boot and session order the states of one ledger; another ledger is the device's newer life, unless
 * it is known to be a past one.
 */
export function acceptState(device: Device, state: StateMessage): StateVerdict {
  const { ledger, boot, data } = state;
  const { session, status } = data;
  if (ledger === device.ledger) {
    if (boot < device.boot || (boot === device.boot && session < device.session)) return "stale";
    if (boot === device.boot && session === device.session && status === device.status) return "repeat";
  } else {
    if (device.past.has(ledger)) return "stale";
    if (device.ledger !== "") device.past.add(device.ledger);
  }
  device.ledger = ledger;
  device.boot = boot;
  device.session = session;
  device.status = status;
  return "news";
}
