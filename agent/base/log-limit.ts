/**
 * Owns how often one message may be logged: what comes MOST_PER_WINDOW times within WINDOW_MS is left out for the rest of
 * that window, and a line at its end says how many were. A disk that fails a thousand times a second must not fill the
 * journal, nor wear the flash out.
 *
 * A message is its fixed text with its level; figures stand in fields beside it. Lines for developers (debug, trace) were
 * asked for and are never left out; neither are fatal ones.
 * Memory bound: MAX_MESSAGES counts with a timer each; messages beyond share one.
 */

export const WINDOW_MS = 60_000;
export const MOST_PER_WINDOW = 10;
const MAX_MESSAGES = 256;
const OTHERS = "";

/** Levels the limit holds for, by pino's numbers: info, warn, error. */
const LOWEST_LIMITED = 30;
const HIGHEST_LIMITED = 50;

export class LogLimit {
  readonly #counts = new Map<string, number>();

  /**
   * Count one more `message`.
   *
   * @param level pino's number
   * @param tell called at the end of the window, with how many were left out, if any, and whether of several messages
   * @returns whether it is to be written
   */
  admit(level: number, message: string, tell: (suppressed: number, isShared: boolean) => void): boolean {
    if (level < LOWEST_LIMITED || level > HIGHEST_LIMITED) return true;
    const ownKey = `${level} ${message}`;
    const key = this.#counts.has(ownKey) || this.#counts.size < MAX_MESSAGES ? ownKey : OTHERS;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    if (count === 1) this.#endLater(key, tell);
    return count <= MOST_PER_WINDOW;
  }

  #endLater(key: string, tell: (suppressed: number, isShared: boolean) => void): void {
    const end = (): void => {
      const suppressed = (this.#counts.get(key) ?? 0) - MOST_PER_WINDOW;
      this.#counts.delete(key);
      if (suppressed > 0) tell(suppressed, key === OTHERS);
    };
    setTimeout(end, WINDOW_MS).unref();
  }
}
