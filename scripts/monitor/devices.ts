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
/** Runs of a device remembered as past; wills are late by minutes, not by so many starts. */
const MAX_PAST_RUNS = 32;

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
  /** Runs that another one has followed. */
  readonly pastRuns: Set<string>;
  status: StateMessage["data"]["status"] | "unknown";
  isSilent: boolean;
  heardMs: number;
  /** The state last accepted. */
  ledger: string;
  boot: number;
  session: number;
  /** Empty where the device says none. */
  run: string;
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
        pastRuns: new Set(),
        status: "unknown",
        isSilent: false,
        heardMs: nowMs,
        ledger: "",
        boot: -1,
        session: -1,
        run: "",
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
 * Within a run sessions order the states; between runs the boots of one ledger do, and another ledger is the device's newer
 * life, unless it is known to be a past one. A run that knows no ledger yet is a newer one, unless the run is known to be past.
 */
export function acceptState(device: Device, state: StateMessage): StateVerdict {
  const { data } = state;
  const { session, status, run = "" } = data;
  const isSameRun = run !== "" && run === device.run;
  if (isSameRun ? session < device.session : isOfPast(device, state)) return "stale";
  const isSameLedger = isSameRun || (state.ledger === device.ledger && state.boot === device.boot);
  const isRepeat = isSameLedger && session === device.session && status === device.status;
  if (!isSameRun) leaveRun(device, run);
  // A will was written when its connection began, and may know less than what was told since.
  if (state.ledger !== "" && !device.past.has(state.ledger)) {
    if (device.ledger !== "" && state.ledger !== device.ledger) device.past.add(device.ledger);
    device.ledger = state.ledger;
    device.boot = state.boot;
  }
  device.session = session;
  device.status = status;
  return isRepeat ? "repeat" : "news";
}

/** Whether the state of another run, or of one without a name, is older than what is known. */
function isOfPast(device: Device, { ledger, boot, data }: StateMessage): boolean {
  const { session, status, run = "" } = data;
  if (device.pastRuns.has(run)) return true;
  // The birth comes before the will: this is the will of a run that was over before it was heard of.
  if (ledger === "" && run !== "") return status !== "online" && device.run !== "";
  if (ledger !== device.ledger) return device.past.has(ledger);
  return boot < device.boot || (boot === device.boot && session < device.session);
}

function leaveRun(device: Device, run: string): void {
  if (device.run !== "" && device.run !== run) device.pastRuns.add(device.run);
  for (const oldest of device.pastRuns) {
    if (device.pastRuns.size <= MAX_PAST_RUNS) break;
    device.pastRuns.delete(oldest);
  }
  device.run = run;
}
