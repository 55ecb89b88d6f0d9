/** What devices say of their rules, gathered from their retained reports. */
import { isObject } from "#agent/base/json-schema.js";
import type { Layer } from "#agent/update/layer.js";
import type { RulesData } from "#agent/uplink/schema/rules.js";
import { ANY_DEVICE, parseUpTopic, upTopic } from "#agent/uplink/topics.js";

export interface DeviceReport {
  readonly device: string;
  /** online, stopped, lost. */
  state?: string;
  /** ok, degraded, failing. */
  verdict?: string;
  rules?: RulesData;
}

/** How a device stands towards a version. */
export type Standing =
  | { readonly kind: "waiting" }
  | { readonly kind: "confirmed" }
  | { readonly kind: "confirming" }
  | { readonly kind: "failed"; readonly reason: string };

export const FLEET_FILTERS = ["state", "health", "rules"].map((kind) => upTopic(ANY_DEVICE, kind));
/** More devices are not followed at once. */
const MAX_DEVICES = 100_000;

export class Fleet {
  readonly #reports = new Map<string, DeviceReport>();

  /** Take a message; what is none of a device's is passed over. */
  receive(topic: string, payload: Buffer): void {
    const parsed = parseUpTopic(topic);
    if (!parsed) return;
    const data = dataOf(payload);
    if (data === undefined) return;
    let report = this.#reports.get(parsed.device);
    if (!report) {
      if (this.#reports.size >= MAX_DEVICES) return;
      report = { device: parsed.device };
      this.#reports.set(parsed.device, report);
    }
    if (parsed.kind === "state" && typeof data.status === "string") report.state = data.status;
    else if (parsed.kind === "health" && typeof data.verdict === "string") report.verdict = data.verdict;
    else if (parsed.kind === "rules" && typeof data.version === "string")
      report.rules = data as unknown as RulesData;
  }

  get devices(): readonly DeviceReport[] {
    return [...this.#reports.values()].sort((a, b) => (a.device < b.device ? -1 : 1));
  }

  report(device: string): DeviceReport | undefined {
    return this.#reports.get(device);
  }

  standing(device: string, layer: Layer, version: number): Standing {
    const sets = this.#reports.get(device)?.rules?.sets;
    const bad = sets?.bad.find((one) => one.layer === layer && one.version === version);
    if (bad) return { kind: "failed", reason: bad.reason };
    const has = sets?.active[layer]?.version ?? 0;
    if (has < version) return { kind: "waiting" };
    return sets?.phase === "confirming" && has === version ? { kind: "confirming" } : { kind: "confirmed" };
  }
}

function dataOf(payload: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(payload.toString("utf8"));
    return isObject(value) && isObject(value.data) ? value.data : undefined;
  } catch {
    return undefined;
  }
}
