/**
 * Owns who is signed in to the page, and how often one may try. Sessions are in memory: a restart signs everyone out.
 *
 * Bounds: 16 sessions, the one longest unused leaving first; 256 addresses that have failed, and a pace for all of
 * them together, so that many addresses do not help to guess.
 */
import { randomBytes } from "node:crypto";

const MAX_SESSIONS = 16;
const IDLE_MS = 30 * 60_000;
const LONGEST_MS = 12 * 3_600_000;
const TOKEN_BYTES = 32;

const FREE_FAILURES = 5;
const FIRST_WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 15 * 60_000;
const MAX_FAILING_ADDRESSES = 256;
/** Attempts of all addresses together. */
const ALL_ATTEMPTS_PER_MINUTE = 30;
const MINUTE_MS = 60_000;

interface Session {
  readonly beganMs: number;
  usedMs: number;
}

export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #nowMs: () => number;

  /** @param nowMs elapsed time, which no setting of the clock touches */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Begin a session; its token goes into a cookie and nowhere else. */
  begin(): string {
    if (this.#sessions.size >= MAX_SESSIONS) {
      const [oldest] = [...this.#sessions].sort(([, a], [, b]) => a.usedMs - b.usedMs);
      if (oldest) this.#sessions.delete(oldest[0]);
    }
    const token = randomBytes(TOKEN_BYTES).toString("base64url");
    const nowMs = this.#nowMs();
    this.#sessions.set(token, { beganMs: nowMs, usedMs: nowMs });
    return token;
  }

  /** Whether the token is of a session that has not ended; using it keeps it from going idle. */
  isValid(token: string | undefined): boolean {
    const session = token === undefined ? undefined : this.#sessions.get(token);
    if (session === undefined) return false;
    const nowMs = this.#nowMs();
    if (nowMs - session.usedMs > IDLE_MS || nowMs - session.beganMs > LONGEST_MS) {
      this.#sessions.delete(token!);
      return false;
    }
    session.usedMs = nowMs;
    return true;
  }

  end(token: string | undefined): void {
    if (token !== undefined) this.#sessions.delete(token);
  }
}

export class AttemptLimit {
  readonly #failures = new Map<string, { count: number; untilMs: number }>();
  readonly #nowMs: () => number;
  #minuteBeganMs = Number.NEGATIVE_INFINITY;
  #minuteCount = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** How long `address` has to wait before it may try, milliseconds; 0 lets it try and counts the attempt. */
  waitMs(address: string): number {
    const nowMs = this.#nowMs();
    const own = (this.#failures.get(address)?.untilMs ?? 0) - nowMs;
    if (own > 0) return own;
    if (nowMs - this.#minuteBeganMs >= MINUTE_MS) {
      this.#minuteBeganMs = nowMs;
      this.#minuteCount = 0;
    }
    if (this.#minuteCount >= ALL_ATTEMPTS_PER_MINUTE) return this.#minuteBeganMs + MINUTE_MS - nowMs;
    this.#minuteCount++;
    return 0;
  }

  failed(address: string): void {
    const count = (this.#failures.get(address)?.count ?? 0) + 1;
    const over = count - FREE_FAILURES;
    const waitMs = over < 0 ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(over, 16));
    this.#failures.delete(address);
    this.#failures.set(address, { count, untilMs: this.#nowMs() + waitMs });
    if (this.#failures.size > MAX_FAILING_ADDRESSES) {
      const [first] = this.#failures.keys();
      this.#failures.delete(first!);
    }
  }

  succeeded(address: string): void {
    this.#failures.delete(address);
  }
}
