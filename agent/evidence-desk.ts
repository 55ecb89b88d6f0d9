/**
 * Joins the chain of evidence with the rest of the agent: what is committed is also chained, seals are made when they are due and
 * told to the monitor, and what technicians ask of it through the control socket is done and recorded. A chain that cannot be
 * written is a condition and is tried again; it keeps nothing else from its work.
 */
import type { Clock } from "./base/clock.js";
import type { ClockQuality } from "./base/clock-quality.js";
import { AgentError } from "./base/errors.js";
import type { Log } from "./base/log.js";
import type { Config } from "./config/schema.js";
import { EvidenceChain } from "./evidence/evidence-chain.js";
import { evidenceFolder } from "./evidence/evidence-folder.js";
import {
  EVIDENCE_ACT_PATH,
  EVIDENCE_PATH,
  type EvidenceOutcome,
  type EvidenceStatus,
  performAct,
} from "./evidence/evidence-work.js";
import type { Seal } from "./evidence/seal.js";
import { appendEntry } from "./evidence-records.js";
import { type Commands, jsonAnswer, type Routes } from "./onsite/control-server.js";
import type { PartFact } from "./onsite/health-watch.js";
import type { StoreEntry } from "./store/record.js";

const MINUTE_MS = 60_000;
const MIB = 1024 * 1024;
/** A segment ends with a seal, and is read as a whole where it is checked or exported: beyond this it is sealed before one is due. */
const LARGE_SEGMENT_BYTES = 8 * MIB;
/** A start is no reason to seal, but many of them must not put it off for ever. */
const SETTLE_MS = MINUTE_MS;
const MAINTAIN_MS = 10 * MINUTE_MS;
const REOPEN_MS = MINUTE_MS;
const MAX_OUTCOMES = 16;

export interface EvidenceParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  readonly clockQuality: () => ClockQuality;
  /** Tells the monitor of a seal. */
  readonly publish: (checkpoint: CheckpointData) => void;
}

/** How the agent does, as far as the chain says it. */
export interface SeenHealth {
  readonly conditions: readonly { readonly name: string; readonly subject?: string }[];
  readonly sensors: readonly {
    readonly interface: string;
    readonly isAlive: boolean;
    readonly packets: number;
    readonly drops: number;
  }[];
  readonly rules: { readonly loaded: number; readonly refused: number };
  readonly clock: ClockQuality;
}

export interface CheckpointData {
  /** Public key of the chain, by which all its seals are verified. */
  readonly key: string;
  readonly seal: string;
}

export class EvidenceDesk {
  readonly #parts: EvidenceParts;
  readonly #startedMs: number;
  readonly #outcomes: EvidenceOutcome[] = [];
  #chain: EvidenceChain | undefined;
  #openError: AgentError | undefined;
  #openedMs = Number.NEGATIVE_INFINITY;
  #maintainedMs: number;
  #isSealing = false;
  #sealedMs = Number.NEGATIVE_INFINITY;
  #conditions = "";
  #acts = 0;

  constructor(parts: EvidenceParts) {
    this.#parts = parts;
    this.#startedMs = parts.clock.monotonicMs();
    this.#maintainedMs = this.#startedMs;
    if (parts.config.evidence.enabled) this.#open();
  }

  /** Chain entries; resolves when they are on disk, or cannot be written for now. */
  async keep(entries: readonly StoreEntry[]): Promise<void> {
    const chain = this.#chain;
    if (chain === undefined) return;
    for (const entry of entries) {
      appendEntry(chain, entry);
      if (entry.incident?.isOpen === false) this.#endHold(entry.incident.id, entry.incident.updatedMs);
    }
    await chain.settled();
  }

  /** What is due; to be called every second. */
  tick(status: SeenHealth): void {
    const { clock, config } = this.#parts;
    if (!config.evidence.enabled) return;
    const nowMs = clock.monotonicMs();
    const chain = this.#chain;
    if (chain === undefined) {
      if (nowMs - this.#openedMs >= REOPEN_MS) this.#open();
      return;
    }
    const names = status.conditions
      .map(({ name, subject }) => (subject ? `${name} ${subject}` : name))
      .sort();
    if (names.join() !== this.#conditions) {
      this.#conditions = names.join();
      chain.append("health", { conditions: names });
    }
    const sealMs = config.evidence.seal_min * MINUTE_MS;
    const isDue = clock.wallMs() - chain.lastSeal.at >= sealMs || nowMs - this.#startedMs >= sealMs;
    const hasSettled = nowMs - this.#startedMs >= Math.min(SETTLE_MS, sealMs);
    const isNew = chain.numbers.last > chain.lastSeal.last;
    const isLong = nowMs - this.#sealedMs >= sealMs;
    const isLarge = chain.openBytes >= LARGE_SEGMENT_BYTES;
    if (isLarge || (hasSettled && isNew && isDue && isLong)) {
      // Each seal says how the box did: health stands in the chain also where nothing has changed.
      chain.append("health", healthOf(status, names));
      this.#seal(chain, nowMs);
    }
    if (nowMs - this.#maintainedMs >= MAINTAIN_MS) {
      this.#maintainedMs = nowMs;
      chain.maintain().catch((error) => this.#parts.log.error({ err: error }, "the chain cannot be tidied"));
    }
  }

  /** Somebody did something. */
  action(event: string, details: object = {}): void {
    this.#chain?.append("action", { event, ...details });
  }

  /** The rules that this run begins with; later ones come as entries of the store. */
  rules({ version, loaded, refused }: { version: string; loaded: number; refused: number }): void {
    this.#chain?.append("rules", { version, loaded, refused });
  }

  async stop(): Promise<void> {
    const chain = this.#chain;
    this.#chain = undefined;
    chain?.append("stop", {});
    await chain?.close();
  }

  conditions(): readonly PartFact[] {
    if (!this.#parts.config.evidence.enabled) return [];
    const isFailing =
      this.#chain === undefined ? this.#openError !== undefined : this.#chain.error !== undefined;
    return isFailing ? [{ name: "evidence.cannot_write", subject: "", params: {} }] : [];
  }

  counters(): Readonly<Record<string, number>> {
    const chain = this.#chain;
    if (chain === undefined) return {};
    const { last, sealed } = chain.numbers;
    return {
      "evidence.records": last,
      "evidence.unsealed": last - sealed,
      "evidence.epoch": chain.lastSeal.epoch,
      "evidence.shed": chain.shedCount,
      "evidence.written_bytes": chain.bytesWritten,
    };
  }

  readonly routes: Routes = { [EVIDENCE_PATH]: () => jsonAnswer(this.#status()) };
  readonly commands: Commands = {
    [EVIDENCE_ACT_PATH]: (params) => {
      const id = String(++this.#acts);
      void this.#act(id, params);
      return jsonAnswer({ id });
    },
  };

  #open(): void {
    const { config, clock, log, version, clockQuality } = this.#parts;
    const { budget_mib, hold_mib, retention_days } = config.evidence;
    this.#openedMs = clock.monotonicMs();
    try {
      const chain = EvidenceChain.open({
        folder: evidenceFolder(config.store.path),
        device: config.device.id,
        clock,
        clockQuality,
        retention: {
          budgetBytes: budget_mib * MIB,
          holdBytes: hold_mib * MIB,
          retentionMs: retention_days * 24 * 60 * MINUTE_MS,
        },
        onSeal: (seal: Seal, key) => this.#parts.publish({ key, seal: seal.line }),
      });
      this.#chain = chain;
      this.#openError = undefined;
      const { damaged, setAside } = chain.found;
      if (damaged !== undefined || setAside !== undefined)
        log.error(
          { damaged, setAside },
          "the chain of evidence was found damaged; what was left is set aside",
        );
      chain.append("start", { version, device: config.device.id, ...chain.found });
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      if (this.#openError?.code !== error.code) log.error({ err: error }, "no chain of evidence is kept");
      this.#openError = error;
    }
  }

  #seal(chain: EvidenceChain, nowMs: number): void {
    if (this.#isSealing) return;
    this.#isSealing = true;
    this.#sealedMs = nowMs;
    chain
      .seal()
      .catch((error) => this.#parts.log.error({ err: error }, "the chain of evidence cannot be sealed"))
      .finally(() => {
        this.#isSealing = false;
      });
  }

  #endHold(incident: string, updatedMs: number): void {
    const hold = this.#chain?.holds.all.find((one) => one.incident === incident && one.toMs === null);
    try {
      if (hold) this.#chain?.holds.place({ ...hold, toMs: updatedMs });
    } catch (error) {
      this.#parts.log.error({ err: error }, "a hold cannot be given its end; it goes on");
    }
  }

  async #act(id: string, params: URLSearchParams): Promise<void> {
    const outcome = await performAct(this.#chain, params, this.#parts.clock.wallMs());
    this.#outcomes.push({ id, ...outcome });
    if (this.#outcomes.length > MAX_OUTCOMES) this.#outcomes.shift();
  }

  #status(): EvidenceStatus {
    return { isOpen: this.#chain !== undefined, outcomes: this.#outcomes };
  }
}

function healthOf({ sensors, rules, clock }: SeenHealth, conditions: readonly string[]): object {
  const heard = sensors.map(({ interface: name, isAlive, packets, drops }) => ({
    ...{ interface: name, isAlive, packets, drops },
  }));
  return { conditions, sensors: heard, rules: { loaded: rules.loaded, refused: rules.refused }, clock };
}
