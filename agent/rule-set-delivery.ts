/**
 * Brings rule sets from afar: hears which versions the device is to have, downloads what it has not had, and hands the file on. One
 * download at a time; what breaks off is gone on with after a pause that grows, also after a restart.
 */
import { statfsSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { join } from "node:path";
import type { Clock } from "./base/clock.js";
import { AgentError } from "./base/errors.js";
import type { Log } from "./base/log.js";
import { Download, type ReadFrom } from "./update/download.js";
import { httpsSource } from "./update/https-source.js";
import type { Layer } from "./update/layer.js";
import { MAX_CONTENT_BYTES } from "./update/manifest.js";
import type { UpdateState } from "./update/update-state.js";
import type { DesiredRules } from "./uplink/schema/desired-rules.js";

export interface DeliveryOptions {
  readonly folder: string;
  readonly bytesPerSecond: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly state: () => UpdateState;
  readonly fetchChunk: (bundle: string, index: number) => Promise<Uint8Array | undefined>;
  /** How a web server is to be believed. */
  readonly web: () => RequestOptions;
  /** Take a bundle's file into force. @throws AgentError where it is refused */
  readonly install: (path: string) => Promise<void>;
  /** Something has begun, ended or failed. */
  readonly onChange: () => void;
}

/** How a download does. */
export interface DeliveryStatus {
  readonly layer: Layer;
  readonly version: number;
  readonly bytes: number;
  readonly done: number;
  readonly trouble?: string;
}

const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 600_000;
/** What was refused may be taken later: a clock that is set, an agent that is upgraded. It is not asked for again. */
const REFUSED_RETRY_MS = 6 * 3_600_000;
const MIRROR_FAULTS: ReadonlySet<string> = new Set(["error.download.other", "error.download.slow"]);
const SPARE_BYTES = 64 * 1024 * 1024;
/** Manifest and roots beside the content. */
const HEAD_BYTES = 8 * 1024 * 1024;

export class RuleSetDelivery {
  readonly #options: DeliveryOptions;
  readonly #download: Download;
  readonly #desired = new Map<Layer, DesiredRules>();
  /** Bundles that were refused, and when they may be tried again. */
  readonly #refused = new Map<string, number>();
  /** Bundles whose web server gave something else, or hardly anything: the broker is asked first. */
  readonly #distrusted = new Set<string>();
  readonly #abort = new AbortController();
  #status: DeliveryStatus | undefined;
  #isRunning = false;
  #retryMs = FIRST_RETRY_MS;
  #wake: () => void = () => undefined;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#download = new Download({
      folder: join(options.folder, "download"),
      bytesPerSecond: options.bytesPerSecond,
      monotonicMs: options.clock.monotonicMs,
      pause: (milliseconds) => this.#pause(milliseconds, false),
    });
  }

  get status(): DeliveryStatus | undefined {
    const wanted = this.#status && this.#desired.get(this.#status.layer);
    return (
      this.#status && { ...this.#status, done: wanted ? this.#download.progress(wanted) : this.#status.done }
    );
  }

  /** The device is to have a version; of several the highest counts. */
  desire(desired: DesiredRules): void {
    const known = this.#desired.get(desired.layer);
    if (known !== undefined && known.version > desired.version) return;
    this.#desired.set(desired.layer, desired);
    this.#retryMs = FIRST_RETRY_MS;
    this.#wake();
    void this.#run();
  }

  stop(): void {
    this.#abort.abort();
    this.#wake();
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      for (let next = this.#next(); next && !this.#abort.signal.aborted; next = this.#next())
        await this.#bring(next);
    } finally {
      this.#isRunning = false;
    }
  }

  /** What is desired and was never accepted. */
  #next(): DesiredRules | undefined {
    const { highest } = this.#options.state();
    const nowMs = this.#options.clock.monotonicMs();
    return [...this.#desired.values()].find(
      ({ layer, version, bundle }) => version > highest[layer] && (this.#refused.get(bundle) ?? 0) <= nowMs,
    );
  }

  async #bring(desired: DesiredRules): Promise<void> {
    const { layer, version, bytes, bundle } = desired;
    const { log, onChange, clock } = this.#options;
    if (this.#status?.version !== version || this.#status.layer !== layer) {
      this.#status = { layer, version, bytes, done: 0 };
      log.info({ layer, version, bytes }, "a rule set is downloaded");
      onChange();
    }
    try {
      this.#needRoom(bytes);
      const path = await this.#download.get(desired, this.#sourceOf(desired), this.#abort.signal);
      this.#status = undefined;
      this.#retryMs = FIRST_RETRY_MS;
      try {
        await this.#options.install(path);
        this.#download.discard(desired);
      } catch (error) {
        this.#refused.set(bundle, clock.monotonicMs() + REFUSED_RETRY_MS);
        this.#download.discard(desired);
        if (!(error instanceof AgentError)) throw error;
        log.error({ err: error, layer, version }, "the rule set from afar is refused");
      }
      onChange();
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      if (this.#abort.signal.aborted) return;
      if (MIRROR_FAULTS.has(error.code)) this.#distrusted.add(bundle);
      const isNew = this.#status?.trouble !== error.message;
      this.#status = { layer, version, bytes, done: 0, trouble: error.message };
      if (isNew) {
        log.warn({ err: error, layer, version }, "the download of a rule set waits");
        onChange();
      }
      await this.#pause(this.#retryMs, true);
      this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
    }
  }

  /**
   * From the URL where there is one, else in chunks from the broker; a URL that fails is no reason not to ask the broker, and one
   * that gave something else is asked after it, so that one bad mirror keeps nobody from the good one.
   */
  #sourceOf({ bundle, bytes, chunkBytes, url }: DesiredRules): ReadFrom {
    const web = url === undefined ? undefined : httpsSource(url, bytes, this.#options.web());
    const chunks: ReadFrom = async (offset) => {
      if (chunkBytes === 0) return undefined;
      const index = Math.floor(offset / chunkBytes);
      const chunk = await this.#options.fetchChunk(bundle, index);
      return chunk?.subarray(offset - index * chunkBytes, Math.min(chunkBytes, bytes - index * chunkBytes));
    };
    const [first, second] = this.#distrusted.has(bundle) ? [chunks, web] : [web, chunks];
    return async (offset, signal) => (await first?.(offset, signal)) ?? (await second?.(offset, signal));
  }

  #needRoom(bytes: number): void {
    const { folder } = this.#options;
    const { bavail, bsize } = statfsSync(folder);
    // The file, and the set that is unpacked from it.
    if (bytes > MAX_CONTENT_BYTES + HEAD_BYTES || bavail * bsize < 2 * bytes + SPARE_BYTES) {
      throw new AgentError("error.rule_sets.disk", { path: folder, reason: "not enough room" });
    }
  }

  /** A pause that keeps no process alive; one that may be cut short ends with the next desire. */
  #pause(milliseconds: number, isCutShort: boolean): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      timer.unref();
      if (isCutShort) {
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      }
    });
  }
}
