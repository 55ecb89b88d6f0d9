/**
 * Owns the alerts of the packet at hand until all its rules were judged, those on the messages it completed too: they leave in the
 * order of the rules, not of their finding, and only the first of them, as Suricata's `packet-alert-max` has it. A packet
 * that sets off many rules is told by those that count most.
 *
 * Memory: MAX_QUEUED alerts; nothing where a packet sets off nothing.
 */
import type { Detection } from "./detection.js";

/** Suricata's `packet-alert-max` where its configuration does not say. */
export const DEFAULT_ALERTS_PER_PACKET = 15;
/** Alerts of one packet that are put into order at all. */
const MAX_QUEUED = 4096;

interface QueuedAlert {
  readonly rule: number;
  readonly detection: Detection;
}

export class AlertQueue {
  /** Alerts left out because the packet had more. */
  discardedCount = 0;
  readonly #queued: QueuedAlert[] = [];
  readonly #tell: (detection: Detection) => void;
  readonly #maxAlerts: number;

  constructor(maxAlerts: number, tell: (detection: Detection) => void) {
    this.#maxAlerts = maxAlerts;
    this.#tell = tell;
  }

  get isEmpty(): boolean {
    return this.#queued.length === 0;
  }

  /** An alert of rule number `rule`: lower numbers are judged, and told, first. */
  add(rule: number, detection: Detection): void {
    if (this.#queued.length < MAX_QUEUED) this.#queued.push({ rule, detection });
    else this.discardedCount++;
  }

  /** The packet is over. Alerts of rules behind `passedRule` are not told: a pass rule has let the packet pass. */
  flush(passedRule: number): void {
    const queued = this.#queued;
    queued.sort((a, b) => a.rule - b.rule);
    for (let i = 0; i < queued.length; i++) {
      const { rule, detection } = queued[i]!;
      if (rule > passedRule) break;
      if (i < this.#maxAlerts) this.#tell(detection);
      else this.discardedCount++;
    }
    queued.length = 0;
  }
}
