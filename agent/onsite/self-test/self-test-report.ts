/** What a self-test says of itself while it runs and afterwards; the answer to `/v1/selftest`. */
import type { MessageKey, MessageParams } from "../../base/language.js";

/** `GET`: the report of the last test, null where there was none. `POST`: begin one; see self-test-desk.ts for its parameters. */
export const SELF_TEST_PATH = "/v1/selftest";
/** `POST`: the caller has put the packets of `interface` on it, or could not (`trouble`). */
export const SELF_TEST_INJECTED_PATH = "/v1/selftest/injected";

/** The way of a detection, leg by leg. */
export type LegName = "rules" | "inject" | "capture" | "detect" | "store" | "send" | "acknowledge";

/**
 * `unproved`: what the leg needs is not there (no monitor configured, nothing came so far); nothing says that it is broken.
 */
export type LegState = "waiting" | "running" | "proved" | "failed" | "unproved";

export interface SelfTestLeg {
  readonly leg: LegName;
  /** Of the legs that each interface has to itself. */
  readonly interface?: string;
  readonly state: LegState;
  /** How long it took, milliseconds; only where it was proved. */
  readonly ms?: number;
  /** What is the case and what to do, where it was not proved. */
  readonly reason?: { readonly key: MessageKey; readonly params: MessageParams };
  /** How a leg was proved, where there are several ways. */
  readonly way?: string;
}

export interface SelfTestReport {
  readonly id: string;
  readonly startedAt: string;
  readonly isRunning: boolean;
  readonly legs: readonly SelfTestLeg[];
  /** Packets that the caller has to put on interfaces, while it is waited for that. */
  readonly wanted?: { readonly interface: string; readonly token: string; readonly port: number };
}

export type SelfTestVerdict = "proved" | "failed" | "unproved";

export function selfTestVerdict({ legs }: SelfTestReport): SelfTestVerdict {
  if (legs.some(({ state }) => state === "failed")) return "failed";
  return legs.every(({ state }) => state === "proved") ? "proved" : "unproved";
}

export function isSelfTestReport(value: unknown): value is SelfTestReport {
  if (typeof value !== "object" || value === null) return false;
  const { id, isRunning, legs } = value as Partial<SelfTestReport>;
  return typeof id === "string" && typeof isRunning === "boolean" && Array.isArray(legs);
}
