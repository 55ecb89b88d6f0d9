import type { MessageKey, MessageParams } from "../base/language.js";
import type { RuleImage } from "../signature/image.js";
import type { DriverChoice } from "./capture/live-source.js";
import type { CaptureDriver, CaptureStats } from "./capture/packet-source.js";
import type { SensorRecord } from "./detection.js";
import type { FlowLimits } from "./flow/flow-limits.js";
import type { SavedSet } from "./match/data-sets.js";
import type { RuleTraceReport } from "./rule-trace.js";
import type { Talker } from "./talker-look.js";

/** What a sensor answers to a question. */
export type SensorAnswer = readonly Talker[] | RuleTraceReport | { readonly sets: readonly SavedSet[] };

/** Where a sensor thread takes its packets from. */
export type SourceOptions =
  | { readonly kind: "file"; readonly path: string; readonly speed: number }
  | {
      readonly kind: "live";
      readonly interface: string;
      readonly driver: DriverChoice;
      readonly snaplen: number;
      readonly filter: string;
      readonly bufferBytes: number;
    };

/** What a sensor thread is started with. */
export interface ThreadOptions {
  readonly interfaceName: string;
  readonly source: SourceOptions;
  readonly image: RuleImage;
  readonly flowLimits: FlowLimits;
  /** What data sets held when they were last taken out. */
  readonly savedSets?: readonly SavedSet[];
}

/** The same as it crosses to the thread: the image as its shared bytes. */
export interface ThreadData extends Omit<ThreadOptions, "image"> {
  readonly image: SharedArrayBuffer;
}

/** Main → sensor. */
export type SensorCommand =
  | { readonly command: "swapRules"; readonly image: SharedArrayBuffer; readonly id: number }
  /** Run further rules beside those in force, unheard; null ends that. What they do stands in the counters `shadow.…`. */
  | { readonly command: "shadow"; readonly image: SharedArrayBuffer | null; readonly id: number }
  /** Run the steps of one rule beside the rules in force for so many seconds; null ends that. No shadow may run. */
  | {
      readonly command: "trace";
      readonly image: SharedArrayBuffer | null;
      readonly forMs: number;
      readonly id: number;
    }
  /** What the last trace has seen so far; answered with a `RuleTraceReport`. */
  | { readonly command: "traced"; readonly id: number }
  /** Who sent and received since the last question; answered with `Talker[]`. */
  | { readonly command: "talkers"; readonly id: number }
  /** Data sets that are to outlive the agent and have changed since; answered with their keys. */
  | { readonly command: "savedSets"; readonly id: number }
  | { readonly command: "sample"; readonly id: number }
  | { readonly command: "stop" };

/** Sensor → main. */
export type SensorMessage =
  | {
      readonly event: "started";
      readonly driver: CaptureDriver;
      /** The child that captures, if one does. */
      readonly processId: number | undefined;
    }
  | { readonly event: "records"; readonly records: readonly SensorRecord[] }
  /** Sent every second, also when no packet comes: a sensor without it is stalled. */
  | {
      readonly event: "heartbeat";
      readonly counters: Readonly<Record<string, number>>;
      readonly capture: CaptureStats;
    }
  | { readonly event: "done"; readonly id: number; readonly answer?: SensorAnswer }
  | {
      readonly event: "ended";
      /** Data sets that are to outlive the agent and have changed since they were last asked for. */
      readonly changedSets: readonly SavedSet[];
      readonly counters: Readonly<Record<string, number>>;
      readonly capture: CaptureStats;
    }
  | { readonly event: "failed"; readonly code: MessageKey; readonly params: MessageParams };
