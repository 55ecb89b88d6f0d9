/**
 * Owns the talk with systemd (sd_notify(3)): ready, alive, stopping. Messages are written to a descriptor that
 * `systemd/launch` has connected to the notification socket; without it nothing is said and nothing is missed.
 */
import { writeSync } from "node:fs";

/** A third of the time-out: two lost beats are no restart. */
const BEATS_PER_TIMEOUT = 3;

export class ServiceManager {
  readonly #descriptor: number | undefined;
  /** How often `feed` is wanted, milliseconds; undefined where no watchdog is set. */
  readonly feedEveryMs: number | undefined;

  constructor(environment: Readonly<Record<string, string | undefined>>, pid: number) {
    const descriptor = Number(environment.SEKISHO_NOTIFY_FD);
    this.#descriptor = Number.isInteger(descriptor) && descriptor > 2 ? descriptor : undefined;
    const timeoutUs = Number(environment.WATCHDOG_USEC);
    const isMeant = environment.WATCHDOG_PID === undefined || environment.WATCHDOG_PID === String(pid);
    const hasWatchdog = this.#descriptor !== undefined && isMeant && timeoutUs > 0;
    this.feedEveryMs = hasWatchdog ? timeoutUs / 1000 / BEATS_PER_TIMEOUT : undefined;
  }

  /** All that the agent is there for has begun. */
  ready(): void {
    this.#tell("READY=1");
  }

  /** A sentence for `systemctl status`. */
  status(text: string): void {
    this.#tell(`STATUS=${text.replaceAll("\n", " ")}`);
  }

  /** The sensors give signs of life. */
  feed(): void {
    this.#tell("WATCHDOG=1");
  }

  stopping(): void {
    this.#tell("STOPPING=1");
  }

  #tell(message: string): void {
    if (this.#descriptor === undefined) return;
    try {
      writeSync(this.#descriptor, message);
    } catch {
      // systemd does not read for a moment: the next beat says it again.
    }
  }
}
