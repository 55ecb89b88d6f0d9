/**
 * Owns the chain while it grows: records are numbered and linked at once, written and synchronised in batches, sealed at intervals,
 * and closed segments compressed and in time given up. One process has the folder at a time.
 *
 * Bounds: `queueBytes` of records wait for the disk; what comes beyond is counted and told in a record of kind `gap`. A disk that
 * fails is tried again with growing pauses: the segment is cut back to what was synchronised, and the batch written anew, since
 * nobody knows what a failed fsync has left. Bytes written are those of the records and, once a segment is closed, of its
 * compressed form, besides one seal and one key an epoch.
 */
import { mkdirSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../base/clock.js";
import type { ClockQuality } from "../base/clock-quality.js";
import { AgentError, reasonOf } from "../base/errors.js";
import { acquireLock } from "../base/folder-lock.js";
import { type Step, syncFolder } from "../base/state-folder.js";
import { type ChainLimits, DEFAULT_LIMITS } from "./chain-limits.js";
import { HoldBook } from "./hold-book.js";
import { makeKeyPair, replaceEpochKey } from "./key-file.js";
import { digestOf, lineOf, linkOf, type RecordKind } from "./record.js";
import { type ChainState, readSealLines, recoverChain, settleSeals } from "./recovery.js";
import { giveUpOld, type RetentionLimits } from "./retention.js";
import { type Seal, signSeal } from "./seal.js";
import { headerLine, listSegments, openName } from "./segment.js";
import { compressSegment } from "./segment-compression.js";

export interface ChainOptions {
  readonly folder: string;
  readonly device: string;
  readonly clock: Clock;
  readonly clockQuality: () => ClockQuality;
  readonly retention: RetentionLimits;
  readonly limits?: Partial<ChainLimits>;
  /** Told of every seal once it is on disk. */
  readonly onSeal?: (seal: Seal, publicKey: string) => void;
  readonly step?: Step;
}

const LOCK_ERRORS = { locked: "error.evidence.locked", disk: "error.evidence.disk" } as const;

export class EvidenceChain {
  readonly holds: HoldBook;
  readonly publicKey: string;
  readonly found: ChainState["found"];
  readonly #options: ChainOptions;
  readonly #limits: ChainLimits;
  readonly #release: () => void;
  #key: ChainState["key"];
  #toldEpoch: number;
  #n: number;
  #link: Buffer;
  /** On disk and synchronised. */
  #kept: { readonly n: number; readonly link: Buffer };
  #queue: string[] = [];
  #queueBytes = 0;
  #shed = 0;
  #shedTotal = 0;
  #file: FileHandle | undefined;
  #openName: string | undefined;
  #openBytes = 0;
  #openedMs = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #dueMs = 0;
  #error: AgentError | undefined;
  #retryMs: number;
  #isClosed = false;
  #waiters: (() => void)[] = [];
  #bytesWritten = 0;

  private constructor(options: ChainOptions, state: ChainState, release: () => void) {
    const { key, n, link, open, found } = state;
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#release = release;
    this.#key = key;
    this.#toldEpoch = key.seal.epoch;
    this.#n = n;
    this.#link = link;
    this.#kept = { n, link };
    this.#openName = open?.file.name;
    this.#openBytes = open?.bytes ?? 0;
    this.#openedMs = open?.fromMs ?? 0;
    this.#retryMs = this.#limits.retryMinMs;
    this.found = found;
    this.publicKey = JSON.parse(readSealLines(options.folder)[0]!.slice(129)).key as string;
    this.holds = new HoldBook(options.folder);
  }

  /** @throws AgentError where the folder is another process's, or cannot be read and written */
  static open(options: ChainOptions): EvidenceChain {
    const { folder, device, clock, step = () => undefined } = options;
    let release: (() => void) | undefined;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      release = acquireLock(folder, LOCK_ERRORS);
      return new EvidenceChain(options, recoverChain(folder, device, clock.wallMs(), step), release);
    } catch (error) {
      release?.();
      if (error instanceof AgentError) throw error;
      const params = { path: folder, reason: reasonOf(error) };
      throw new AgentError("error.evidence.disk", params, { cause: error });
    }
  }

  /** Last record, the last that is on disk, the last that is sealed. */
  get numbers(): { readonly last: number; readonly kept: number; readonly sealed: number } {
    return { last: this.#n, kept: this.#kept.n, sealed: this.#key.seal.last };
  }

  get lastSeal(): Seal {
    return this.#key.seal;
  }

  /** Why nothing can be written at the moment. */
  get error(): AgentError | undefined {
    return this.#error;
  }

  /** Records that were not taken since the start. */
  get shedCount(): number {
    return this.#shedTotal;
  }

  /** Of the segment that is being written. */
  get openBytes(): number {
    return this.#openBytes;
  }

  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  /** Add a record; it is on disk when a later `flush` resolves true. */
  append(kind: RecordKind, data: unknown): void {
    if (this.#isClosed) return;
    if (this.#queueBytes >= this.#limits.queueBytes) {
      this.#shed++;
      this.#shedTotal++;
      return;
    }
    if (this.#shed > 0) {
      const records = this.#shed;
      this.#shed = 0;
      this.#push("gap", { reason: "overflow", records });
    }
    this.#push(kind, data);
    const { delayMs, logDelayMs, batchBytes } = this.#limits;
    // A disk that fails is tried again at its own pace.
    if (this.#error) this.#timer ??= setTimeout(() => void this.flush(), this.#retryMs);
    else this.#writeWithin(this.#queueBytes >= batchBytes ? 0 : kind === "log" ? logDelayMs : delayMs);
  }

  #writeWithin(delayMs: number): void {
    const dueMs = this.#options.clock.monotonicMs() + delayMs;
    if (this.#timer !== undefined && this.#dueMs <= dueMs) return;
    clearTimeout(this.#timer);
    this.#dueMs = dueMs;
    this.#timer = setTimeout(() => void this.flush(), delayMs);
  }

  get folder(): string {
    return this.#options.folder;
  }

  get holdBytes(): number {
    return this.#options.retention.holdBytes;
  }

  /** Resolves when everything appended so far is on disk, or the disk did not take it. */
  settled(): Promise<void> {
    if (this.#queue.length === 0 || this.#error !== undefined) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** Write what waits. False where the disk does not take it now; it is tried again by itself. */
  flush(): Promise<boolean> {
    return this.#exclusively(() => this.#write());
  }

  /**
   * Write and seal everything up to now; nothing where nothing has come since the last seal.
   *
   * @throws the system's error where the disk does not take it
   */
  seal(): Promise<Seal> {
    return this.#exclusively(async () => {
      if (!(await this.#write())) throw this.#error!;
      if (this.#kept.n > this.#key.seal.last) this.#sealKept();
      const ageMs = this.#options.clock.wallMs() - this.#openedMs;
      const { segmentBytes, segmentMs } = this.#limits;
      if (this.#openName && (this.#openBytes >= segmentBytes || ageMs >= segmentMs)) await this.#endSegment();
      return this.#key.seal;
    });
  }

  /** Compress closed segments and give up what is too old or too much. To be called now and then. */
  async maintain(): Promise<void> {
    const { folder, retention, clock, clockQuality, step } = this.#options;
    for (const file of listSegments(folder)) {
      if (file.closed === undefined && file.name !== this.#openName)
        this.#bytesWritten += await compressSegment(file, folder, step);
    }
    const nowMs = clockQuality() === "unset" ? undefined : clock.wallMs();
    const gone = giveUpOld(folder, retention, this.holds.all, nowMs);
    for (const one of gone) this.append("retention", one);
  }

  /** Write what waits and let go of the folder. */
  async close(): Promise<void> {
    await this.flush();
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#exclusively(async () => this.#closeFile());
    this.#release();
  }

  #push(kind: RecordKind, data: unknown): void {
    const { clock, clockQuality } = this.#options;
    const quality = clockQuality();
    const mark = quality === "synchronized" ? {} : { clock: quality };
    const json = JSON.stringify({ n: this.#n + 1, at: Math.trunc(clock.wallMs()), ...mark, kind, data });
    this.#n++;
    this.#link = linkOf(this.#link, digestOf(json));
    const line = lineOf(this.#link, json);
    this.#queue.push(line);
    this.#queueBytes += line.length;
  }

  async #write(): Promise<boolean> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#queue.length === 0) return this.#error === undefined;
    const count = this.#queue.length;
    const end = { n: this.#n, link: this.#link };
    const waiters = this.#waiters;
    this.#waiters = [];
    const lines = this.#queue.join("");
    try {
      this.#file ??= await this.#openFile();
      const file = this.#file;
      const head = this.#openBytes === 0 ? this.#header() : "";
      const bytes = Buffer.from(head + lines);
      await writeAt(file, bytes, this.#openBytes);
      this.#options.step?.("records-written");
      await file.datasync();
      this.#options.step?.("records-synced");
      if (head !== "") syncFolder(this.#options.folder);
      this.#openBytes += bytes.length;
      this.#bytesWritten += bytes.length;
    } catch (error) {
      this.#fail(error);
      return false;
    } finally {
      for (const resolve of waiters) resolve();
    }
    this.#queue = this.#queue.slice(count);
    this.#queueBytes -= lines.length;
    this.#kept = end;
    this.#error = undefined;
    this.#retryMs = this.#limits.retryMinMs;
    return true;
  }

  #fail(error: unknown): void {
    const params = { path: this.#options.folder, reason: reasonOf(error) };
    this.#error = new AgentError("error.evidence.disk", params, { cause: error });
    const file = this.#file;
    this.#file = undefined;
    void file?.close().catch(() => undefined);
    if (!this.#isClosed) this.#timer ??= setTimeout(() => void this.flush(), this.#retryMs);
    this.#timer?.unref();
    this.#retryMs = Math.min(this.#retryMs * 2, this.#limits.retryMaxMs);
  }

  async #openFile(): Promise<FileHandle> {
    if (this.#openName === undefined) {
      this.#openName = openName(this.#kept.n + 1);
      this.#openBytes = 0;
      this.#openedMs = this.#options.clock.wallMs();
    }
    const path = join(this.#options.folder, this.#openName);
    const file = await open(path, this.#openBytes === 0 ? "w" : "r+", 0o600);
    if (this.#openBytes > 0) await file.truncate(this.#openBytes);
    return file;
  }

  #header(): string {
    const { n, link } = this.#kept;
    return headerLine({ chain: this.#key.seal.chain, first: n + 1, previous: link.toString("hex") });
  }

  #sealKept(): void {
    const { folder, clock, step = () => undefined } = this.#options;
    this.#tellSeal();
    const { seal: before, privateKey } = this.#key;
    const next = makeKeyPair();
    const seal = signSeal(
      {
        v: 1,
        chain: before.chain,
        device: before.device,
        epoch: before.epoch + 1,
        at: Math.trunc(clock.wallMs()),
        first: before.last + 1,
        last: this.#kept.n,
        hash: this.#kept.link.toString("hex"),
        previous: before.digest,
        key: before.next,
        next: next.publicKey,
      },
      privateKey,
    );
    const key = { privateKey: next.privateKey, seal };
    try {
      replaceEpochKey(folder, key, step);
      this.#key = key;
    } catch (error) {
      this.#fail(error);
      throw this.#error;
    }
    this.#bytesWritten += seal.line.length * 2;
    this.#tellSeal();
    step("seal-durable");
  }

  /** The key's seal stands behind the others, and is known outside, before there is another. */
  #tellSeal(): void {
    const { seal } = this.#key;
    if (seal.epoch === this.#toldEpoch) return;
    try {
      settleSeals(this.#options.folder, seal);
    } catch (error) {
      this.#fail(error);
      throw this.#error;
    }
    this.#toldEpoch = seal.epoch;
    this.#options.onSeal?.(seal, this.publicKey);
  }

  async #endSegment(): Promise<void> {
    await this.#closeFile();
    this.#openName = undefined;
    this.#openBytes = 0;
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close().catch(() => undefined);
  }

  #exclusively<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(task);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

async function writeAt(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await file.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
  }
}
