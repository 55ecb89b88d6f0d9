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

type Tell = (suppressed: number, isShared: boolean) => void;

interface Count {
  count: number;
  readonly tell: Tell;
  readonly timer: NodeJS.Timeout;
}

export class LogLimit {
  readonly #counts = new Map<string, Count>();

  /**
   * Count one more `message`.
   *
   * @param level pino's number
   * @param tell called at the end of the window, with how many were left out, if any, and whether of several messages
   * @returns whether it is to be written
   */
  admit(level: number, message: string, tell: Tell): boolean {
    if (level < LOWEST_LIMITED || level > HIGHEST_LIMITED) return true;
    const ownKey = `${level} ${message}`;
    const key = this.#counts.has(ownKey) || this.#counts.size < MAX_MESSAGES ? ownKey : OTHERS;
    const known = this.#counts.get(key);
    if (known !== undefined) return ++known.count <= MOST_PER_WINDOW;
    const timer = setTimeout(() => this.#end(key), WINDOW_MS).unref();
    this.#counts.set(key, { count: 1, tell, timer });
    return true;
  }

  /** Say now what would be said at the ends of the windows: the process ends before. */
  settle(): void {
    for (const key of this.#counts.keys()) this.#end(key);
  }

  #end(key: string): void {
    const known = this.#counts.get(key);
    if (known === undefined) return;
    clearTimeout(known.timer);
    this.#counts.delete(key);
    const suppressed = known.count - MOST_PER_WINDOW;
    if (suppressed > 0) known.tell(suppressed, key === OTHERS);
  }
}
