/**
 * Owns how long a flow may be silent, by its queue (`timeoutClass * 3 + state`), and whether that is shortened: from when the table
 * was full until a part of it is free again (Suricata's emergency mode).
 */
import { EMERGENCY_RECOVERY_SHARE, type FlowLimits, type ProtocolTimeouts } from "./flow-limits.js";
import { CLASS_ICMP, CLASS_OTHER, CLASS_TCP, CLASS_UDP, QUEUE_COUNT, STATE_COUNT } from "./flow-state.js";
import { CLOCK_SET_BACK_US, type FlowTable } from "./flow-table.js";

export class FlowTimeouts {
  readonly #table: FlowTable;
  readonly #normalUs = new Float64Array(QUEUE_COUNT);
  readonly #emergencyUs = new Float64Array(QUEUE_COUNT);
  #silenceUs: Float64Array;

  constructor({ timeouts }: FlowLimits, table: FlowTable) {
    this.#table = table;
    this.#set(CLASS_TCP, timeouts.tcp);
    this.#set(CLASS_UDP, timeouts.udp);
    this.#set(CLASS_ICMP, timeouts.icmp);
    this.#set(CLASS_OTHER, timeouts.other);
    this.#silenceUs = this.#normalUs;
  }

  get isEmergency(): boolean {
    return this.#silenceUs === this.#emergencyUs;
  }

  /** The table is full. */
  beginEmergency(): void {
    this.#silenceUs = this.#emergencyUs;
  }

  endEmergency(): void {
    this.#silenceUs = this.#normalUs;
  }

  /** Called with each packet of an emergency. */
  checkRecovery(): void {
    const { maxFlows, usedCount } = this.#table;
    if (maxFlows - usedCount >= maxFlows * EMERGENCY_RECOVERY_SHARE) this.endEmergency();
  }

  /** Whether the flow has been silent too long at `clock[0]`, or the clock was set back since. */
  isOver(flow: number, clock: Float64Array): boolean {
    const table = this.#table;
    const queue = table.timeoutClass(flow) * STATE_COUNT + table.state(flow);
    const silentUs = clock[0]! - table.lastUs(flow);
    return silentUs >= this.#silenceUs[queue]! || silentUs < -CLOCK_SET_BACK_US;
  }

  #set(timeoutClass: number, { normal, emergency }: ProtocolTimeouts): void {
    const first = timeoutClass * STATE_COUNT;
    this.#normalUs.set([normal.newS * 1e6, normal.establishedS * 1e6, normal.closedS * 1e6], first);
    this.#emergencyUs.set(
      [emergency.newS * 1e6, emergency.establishedS * 1e6, emergency.closedS * 1e6],
      first,
    );
  }
}
