/** What the control socket is asked about the traffic of now, and what it answers. */
import type { MessageKey, MessageParams } from "../base/language.js";

/** `GET`: who of the office sent and received since the last question. */
export const TALKERS_PATH = "/v1/talkers";
/** `GET`: what the last trace of a rule has seen. `POST` with `gid`, `sid` and `seconds`: begin one. */
export const WHY_PATH = "/v1/why";
/** A trace ends by itself after this time at the latest. */
export const LONGEST_WHY_S = 600;

export interface TalkersAnswer {
  /** Time that the figures are of; null at the first question, whose figures are of all flows since their start. */
  readonly forMs: number | null;
  /** Most first. */
  readonly talkers: readonly {
    readonly address: string;
    readonly name?: string;
    readonly bytesSent: number;
    readonly bytesReceived: number;
    readonly packets: number;
  }[];
}

export type WhyAnswer =
  | { readonly trouble: "unknown" | "busy" }
  | {
      readonly gid: number;
      readonly sid: number;
      readonly isRunning: boolean;
      /** Conditions of the rule in their order, each as messages that are joined. */
      readonly steps: readonly (readonly { readonly key: MessageKey; readonly params?: MessageParams }[])[];
      /** Flows on which at least the first condition held, the furthest first: the number of conditions that held. */
      readonly flows: readonly { readonly flow: string; readonly timeUs: number; readonly steps: number }[];
      /** Flows by the number of conditions that held; index 0 is one. */
      readonly flowsByStep: readonly number[];
      readonly uncounted: number;
      readonly failure?: string;
    };

export function isWhyAnswer(value: unknown): value is WhyAnswer {
  return typeof value === "object" && value !== null && ("trouble" in value || "flowsByStep" in value);
}
