/**
 * Owns the way of a line from the socket to the store: whose it is, whether it is one too many, what its header says,
 * and into which block it goes. Never rejects a line of a known source for what stands in it.
 *
 * What is handed over waits for its acknowledgement (the row is on disk, or the store has counted it as shed). Bound: one
 * open block a source, MAX_WAITING_BYTES handed over and not acknowledged; what comes beyond is counted as shed with
 * its source and told in that source's next block.
 */
import type { Clock } from "../base/clock.js";
import { decodeText, encodingOf } from "./body-text.js";
import { HeaderParser } from "./header-parser.js";
import { LogBlock, type LogRow, type LostLines } from "./log-block.js";
import { type LogSource, SourceBook, type SourceOptions } from "./log-source.js";
import { messageOf, type SyslogMessage } from "./syslog-message.js";

/** How long a line waits for company. */
const MAX_DELAY_MS = 1000;
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

export interface IntakeOptions {
  readonly sources: readonly SourceOptions[];
  readonly clock: Clock;
  /** Rows to keep; each time answered by `acknowledge`. */
  readonly send: (rows: readonly LogRow[]) => void;
  /** Handed over and not acknowledged, at most. */
  readonly maxWaitingBytes?: number;
  /** Told of every line that is kept, while it is at hand. True: the line is of a known format, whatever its header. */
  readonly onMessage?: (message: SyslogMessage, source: LogSource) => boolean;
  /** An address that no source names has sent something. */
  readonly onStranger?: (address: string) => void;
}

interface OpenBlock {
  readonly block: LogBlock;
  toldFlooded: number;
  toldShed: number;
}

export class LogIntake {
  readonly book: SourceBook;
  readonly #options: IntakeOptions;
  readonly #parser = new HeaderParser();
  readonly #blocks = new Map<LogSource, OpenBlock>();
  /** Sizes of what was handed over and not acknowledged, the oldest first. */
  readonly #waiting: number[] = [];
  #waitingBytes = 0;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.book = new SourceBook(options.sources, options.clock.monotonicMs(), (address) =>
      options.onStranger?.(address),
    );
    for (const source of this.book.sources) {
      this.#blocks.set(source, { block: new LogBlock(source.name), toldFlooded: 0, toldShed: 0 });
    }
  }

  /** Whether the store does not keep up: who can wait should not send. */
  get isFull(): boolean {
    return this.#waitingBytes >= (this.#options.maxWaitingBytes ?? MAX_WAITING_BYTES);
  }

  /**
   * Take a line in.
   *
   * @param bytes valid during the call
   * @param isCut the line was longer than may be and has lost its end
   */
  take(source: LogSource, bytes: Buffer, isCut: boolean): void {
    const { clock, onMessage } = this.#options;
    if (isCut) source.counts.cut++;
    if (!source.admits(clock.monotonicMs())) return;
    if (this.isFull) {
      source.counts.shed++;
      return;
    }
    const receivedMs = clock.wallMs();
    const encoding = encodingOf(bytes);
    const line = decodeText(bytes, encoding);
    const header = this.#parser.parse(line, receivedMs, source.utcOffsetMin);
    const isKnown = onMessage?.(messageOf(header, line, receivedMs), source) ?? false;
    const read = isKnown ? "ok" : header.quality;
    const quality = read === "ok" && encoding === "latin1" ? "partial" : read;
    source.countQuality(quality);
    const { block } = this.#blocks.get(source)!;
    if (!block.hasRoom(bytes.length)) this.#flush(source);
    const text = encoding === "utf-8" ? line : bytes.toString("latin1");
    block.add(receivedMs, quality, text, encoding, bytes.length);
  }

  /** Hand over what has waited long enough. */
  tick(): void {
    const nowMs = this.#options.clock.wallMs();
    for (const [source, open] of this.#blocks) {
      const ageMs = nowMs - open.block.firstMs;
      // A clock that was set back makes a negative age.
      const isDue = !open.block.isEmpty && (ageMs >= MAX_DELAY_MS || ageMs < 0);
      const hasLost = source.counts.flooded > open.toldFlooded || source.counts.shed > open.toldShed;
      if (isDue || (hasLost && open.block.isEmpty && !this.isFull)) this.#flush(source);
    }
  }

  /** Hand over everything. */
  flush(): void {
    for (const [source, { block }] of this.#blocks) if (!block.isEmpty) this.#flush(source);
  }

  /** The oldest rows that were handed over are on disk, or counted as lost. */
  acknowledge(): void {
    this.#waitingBytes -= this.#waiting.shift() ?? 0;
  }

  #flush(source: LogSource): void {
    const open = this.#blocks.get(source)!;
    const row = open.block.take(this.#options.clock.wallMs(), lostSince(source, open));
    open.toldFlooded = source.counts.flooded;
    open.toldShed = source.counts.shed;
    this.#waiting.push(row.payload.length);
    this.#waitingBytes += row.payload.length;
    this.#options.send([row]);
  }
}

function lostSince(source: LogSource, open: OpenBlock): LostLines {
  const flooded = source.counts.flooded - open.toldFlooded;
  const shed = source.counts.shed - open.toldShed;
  return { ...(flooded > 0 && { flooded }), ...(shed > 0 && { shed }) };
}
