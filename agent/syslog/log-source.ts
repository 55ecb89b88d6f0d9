/**
 * Owns who may send logs and what each has sent: sources by address, their counts, and the bound on how much of a flood is
 * taken in. What an address sends that no source names is counted and thrown away.
 *
 * Memory: the configured sources, 1,024 addresses seen lately.
 */
import { NetworkSet } from "../base/network-set.js";
import type { ParseQuality } from "./syslog-message.js";

export interface SourceOptions {
  readonly name: string;
  /** Address or CIDR. */
  readonly address: string;
  readonly format?: string;
  /** Minutes east of UTC of its clock; absent: as this box. */
  readonly utc_offset_min?: number;
  readonly silence_min?: number;
  readonly max_per_s?: number;
}

const DEFAULT_SILENCE_MIN = 60;
const DEFAULT_MAX_PER_SECOND = 5000;
const MAX_REMEMBERED = 1024;

/** What has come from a source since the start of the receiver. */
export interface SourceCounts {
  /** Lines that came; the sum of all below but `cut`. */
  received: number;
  ok: number;
  partial: number;
  none: number;
  /** Beyond what a source may send in a second. */
  flooded: number;
  /** Not handed over because the store did not keep up. */
  shed: number;
  /** Longer than a line may be: kept without their end. */
  cut: number;
}

export class LogSource {
  readonly name: string;
  readonly format: string;
  readonly utcOffsetMin: number | undefined;
  /** 0: it may be silent for ever. */
  readonly silenceMs: number;
  readonly counts: SourceCounts = { received: 0, ok: 0, partial: 0, none: 0, flooded: 0, shed: 0, cut: 0 };
  /** When the last line came, or the source was made; monotonic. */
  lastMs: number;
  readonly #maxPerSecond: number;
  #tokens: number;
  #filledMs: number;

  constructor(options: SourceOptions, nowMs: number) {
    this.name = options.name;
    this.format = options.format ?? "auto";
    this.utcOffsetMin = options.utc_offset_min;
    this.silenceMs = (options.silence_min ?? DEFAULT_SILENCE_MIN) * 60_000;
    this.#maxPerSecond = options.max_per_s ?? DEFAULT_MAX_PER_SECOND;
    this.#tokens = this.#maxPerSecond;
    this.lastMs = nowMs;
    this.#filledMs = nowMs;
  }

  /** Count a line that came; false where it is one too many. */
  admits(nowMs: number): boolean {
    this.counts.received++;
    this.lastMs = nowMs;
    const refill = ((nowMs - this.#filledMs) * this.#maxPerSecond) / 1000;
    this.#filledMs = nowMs;
    // Bursts of a second's worth are daily life: a device flushes its buffer.
    this.#tokens = Math.min(this.#maxPerSecond, this.#tokens + refill);
    if (this.#tokens < 1) {
      this.counts.flooded++;
      return false;
    }
    this.#tokens--;
    return true;
  }

  countQuality(quality: ParseQuality): void {
    this.counts[quality]++;
  }
}

export class SourceBook {
  readonly sources: readonly LogSource[];
  /** Messages of addresses that no source names. */
  refusedCount = 0;
  readonly #networks: readonly NetworkSet[];
  readonly #seen = new Map<string, LogSource | undefined>();
  readonly #onStranger: (address: string) => void;

  /** @param onStranger told once of each address that no source names, while it is remembered */
  constructor(options: readonly SourceOptions[], nowMs: number, onStranger: (address: string) => void) {
    this.sources = options.map((one) => new LogSource(one, nowMs));
    this.#networks = options.map(({ address }) => new NetworkSet([address]));
    this.#onStranger = onStranger;
  }

  /** The first source whose address or network it is. */
  find(address: string): LogSource | undefined {
    // A dual-stack socket tells IPv4 addresses as mapped ones.
    const plain = address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
    if (this.#seen.has(plain)) return this.#seen.get(plain);
    // A link-local address comes with its zone.
    const bare = plain.split("%", 1)[0]!;
    const source = this.sources[this.#networks.findIndex((network) => network.has(bare))];
    if (this.#seen.size >= MAX_REMEMBERED) this.#seen.clear();
    this.#seen.set(plain, source);
    if (source === undefined) this.#onStranger(bare);
    return source;
  }
}
