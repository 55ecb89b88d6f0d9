/** Deletes what people have captured on the box when its time is up, whether anybody asks for captures again or not. */
import type { Clock } from "./base/clock.js";
import type { Counters } from "./base/counters.js";
import type { Log } from "./base/log.js";
import { CaptureFolder } from "./onsite/capture-folder.js";

const PACE_MS = 3_600_000;

export class CaptureKeeper {
  readonly #folder: CaptureFolder;
  readonly #parts: { readonly clock: Clock; readonly counters: Counters; readonly log: Log };
  #nextMs = Number.NEGATIVE_INFINITY;

  /** @param storePath the store, which has been opened: the captures lie beside it */
  constructor(storePath: string, parts: { clock: Clock; counters: Counters; log: Log }) {
    this.#folder = new CaptureFolder(storePath);
    this.#parts = parts;
  }

  /** To be called now and then; once an hour it does something. */
  tick(): void {
    const { clock, counters, log } = this.#parts;
    const nowMs = clock.monotonicMs();
    if (nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + PACE_MS;
    try {
      counters.add("capture.deleted", this.#folder.tidy(clock.wallMs()));
    } catch (error) {
      log.error({ err: error }, "captures that are too old cannot be deleted");
    }
  }
}
