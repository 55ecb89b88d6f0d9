/** The shape of what a running agent says of itself; the answer to `/v1/status`. */
import type { ClockQuality } from "../base/clock-quality.js";
import type { Condition, Verdict } from "./condition.js";

export interface Status {
  readonly device: string;
  readonly version: string;
  readonly verdict: Verdict;
  readonly conditions: readonly Condition[];
  readonly uptimeS: number;
  readonly rssBytes: number;
  /** Processor time of all threads since the start. */
  readonly cpuS: number;
  readonly clock: ClockQuality;
  readonly sensors: readonly SensorStatus[];
  readonly rules: { readonly loaded: number; readonly refused: number; readonly ageDays: number };
  readonly store: {
    readonly state: "ready" | "degraded" | "closed";
    readonly bytes: number;
    readonly budgetBytes: number;
  };
  readonly uplink: {
    readonly isConfigured: boolean;
    readonly isConnected: boolean;
    readonly reason: string | null;
    readonly unacknowledged: number;
  };
  /** Collectors that records are sent on to; absent where there are none. */
  readonly forward?: readonly ForwardStatus[];
  /** null where the store could not tell. */
  readonly outbox: { readonly messages: number; readonly bytes: number } | null;
  readonly counters: Readonly<Record<string, number>>;
  /** The code that allows to set the first password of the box's page; absent where there is no page, or one is set. */
  readonly pageSetupCode?: string;
}

export interface SensorStatus {
  readonly interface: string;
  /** node-pcap, tcpdump or file; null before the first start. */
  readonly driver: string | null;
  readonly isAlive: boolean;
  readonly hasFinished: boolean;
  readonly packets: number;
  readonly bytes: number;
  readonly drops: number;
  readonly restarts: number;
}

export interface ForwardStatus {
  readonly name: string;
  readonly isOpen: boolean;
  readonly reason: string | undefined;
  readonly waiting: number;
  readonly sent: number;
  readonly dropped: number;
}

/** Path of the status on the control socket. */
export const STATUS_PATH = "/v1/status";
export const METRICS_PATH = "/metrics";
