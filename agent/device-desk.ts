/** Joins the device cards with the rest of the agent: what sensors hear is learnt, what changes is committed, who asks is answered. */
import type { Clock } from "./base/clock.js";
import type { Counters } from "./base/counters.js";
import type { Config } from "./config/schema.js";
import { type DeviceCard, type DeviceLabel, LABEL_FIELDS } from "./device/card.js";
import { DeviceBook, type DeviceChange } from "./device/device-book.js";
import { VendorTable } from "./device/vendor-table.js";
import type { Device, DeviceDirectory } from "./incident/incident.js";
import { type Commands, jsonAnswer, type Routes } from "./onsite/control-server.js";
import { DEVICE_LABEL_PATH, DEVICES_PATH } from "./onsite/device-questions.js";
import type { Observation } from "./sensor/detection.js";
import type { StoreEntry } from "./store/record.js";
import type { Store } from "./store/store.js";

const MAX_DEVICES = 1_024;
/** A card is about 2 KiB: all of them take a sixty-fourth of the store, an eighth where strangers fill them. */
const BUDGET_BYTES_PER_DEVICE = 128 * 1024;

export interface DeviceDeskParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly isInside: (address: string) => boolean;
  /** Told what somebody has done. */
  readonly onAction: (event: string, details: object) => void;
}

export class DeviceDesk implements DeviceDirectory {
  readonly #book: DeviceBook;
  readonly #clock: Clock;
  readonly #onAction: DeviceDeskParts["onAction"];
  readonly #keep: (entries: readonly StoreEntry[]) => Promise<void>;
  #isResumed = false;

  /** @param keep commits; resolves when that is done, or given up */
  constructor(parts: DeviceDeskParts, keep: (entries: readonly StoreEntry[]) => Promise<void>) {
    const { config, clock, counters, isInside } = parts;
    this.#clock = clock;
    this.#onAction = parts.onAction;
    this.#keep = keep;
    const affordable = Math.floor((config.store.budget_mib * 1024 * 1024) / BUDGET_BYTES_PER_DEVICE);
    this.#book = new DeviceBook({
      isInside,
      counters,
      vendors: VendorTable.ofBuild(),
      maxDevices: Math.min(MAX_DEVICES, affordable),
      monotonicMs: () => clock.monotonicMs(),
    });
  }

  /** What the control socket is asked about devices. */
  get routes(): Routes {
    return { [DEVICES_PATH]: () => jsonAnswer(this.#book.cards()) };
  }

  get commands(): Commands {
    return {
      [DEVICE_LABEL_PATH]: async (params) => {
        const changes: Partial<Record<keyof DeviceLabel, string>> = {};
        for (const field of LABEL_FIELDS) {
          const text = params.get(field);
          if (text !== null) changes[field] = text;
        }
        const change = this.#book.label(params.get("id") ?? "", changes);
        // What a person was told is noted is on disk.
        if (change !== undefined) {
          const by = (params.get("by") ?? "").slice(0, 64);
          this.#onAction("device_label", { by, device: change.card.id, ...changes });
        }
        if (change !== undefined) await this.#keep([this.#entryOf(change)]);
        return jsonAnswer(change?.card ?? null);
      },
    };
  }

  cards(): readonly DeviceCard[] {
    return this.#book.cards();
  }

  /** Go on with what the store holds; a store that cannot be read yet is asked again. */
  async resume(store: Store): Promise<void> {
    if (this.#isResumed) return;
    const stored = await store.devices();
    if (stored === undefined || this.#isResumed) return;
    this.#isResumed = true;
    this.#book.resume(stored.map(({ payload }): unknown => JSON.parse(payload)));
  }

  observe(observation: Observation): void {
    this.#book.observe(observation);
  }

  lookUp(address: string): Device {
    const card = this.#book.cardAt(address);
    if (card === undefined) return { address };
    const { id, name, macAddress, kind, vendor, label } = card;
    return {
      address,
      ...(name !== undefined && { hostname: name }),
      ...(macAddress !== undefined && { macAddress }),
      id,
      kind,
      ...(vendor !== undefined && { vendor }),
      ...(label?.owner !== undefined && { owner: label.owner }),
      ...(label?.room !== undefined && { room: label.room }),
      ...(label?.port !== undefined && { port: label.port }),
    };
  }

  /** Commit and tell what is due. */
  tick(): void {
    // What the last run knew must not be told as new, nor be overwritten.
    if (this.#isResumed) void this.#keep(this.#book.tick().map((change) => this.#entryOf(change)));
  }

  /** What is not stored yet, before the agent stops. */
  settle(): readonly StoreEntry[] {
    return this.#isResumed ? this.#book.settle().map((change) => this.#entryOf(change)) : [];
  }

  #entryOf({ event, card }: DeviceChange): StoreEntry {
    const payload = event === "gone" ? undefined : JSON.stringify(card);
    const device = { id: card.id, updatedMs: this.#clock.wallMs(), payload };
    if (event !== "new" && event !== "changed") return { priority: "low", device };
    const { peers, ...told } = card;
    return {
      priority: event === "new" ? "normal" : "low",
      device,
      message: { topic: "device", payload: JSON.stringify({ event, card: told }) },
    };
  }
}
