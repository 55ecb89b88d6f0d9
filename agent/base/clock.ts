/** Wall time and elapsed time as arguments, so that tests and replays can hold the clock. */
export interface Clock {
  /** Milliseconds since the Unix epoch; may jump when the clock is set. */
  wallMs(): number;
  /** Milliseconds since an arbitrary moment; never goes back. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
