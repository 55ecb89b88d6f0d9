/** How the chain is written: when, how much at once, and when a segment ends. */
export interface ChainLimits {
  /** How long a record waits for company before it is written. */
  readonly delayMs: number;
  /** The same of lines of other devices, which are many and stand in the store by then: each write of flash is a page at least. */
  readonly logDelayMs: number;
  /** So much is written at once, whatever it is. */
  readonly batchBytes: number;
  readonly queueBytes: number;
  /** A segment is closed at the first seal behind so many bytes … */
  readonly segmentBytes: number;
  /** … or so much time. */
  readonly segmentMs: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

export const DEFAULT_LIMITS: ChainLimits = {
  delayMs: 200,
  logDelayMs: 10_000,
  batchBytes: 256 * 1024,
  queueBytes: 8 * 1024 * 1024,
  segmentBytes: 4 * 1024 * 1024,
  segmentMs: 24 * 3_600_000,
  retryMinMs: 1000,
  retryMaxMs: 60_000,
};
