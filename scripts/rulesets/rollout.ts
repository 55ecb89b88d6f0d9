/**
 * A rollout in rings: every device has a place between 0 and 100 that follows from its name and the version, so that not the same
 * boxes are the first each time, and a rollout that is begun again meets the same rings. A ring is asked for only when every
 * device of those before has confirmed; what fails stops everything behind it.
 */
import { createHash } from "node:crypto";
import type { Layer } from "#agent/update/layer.js";
import type { Fleet } from "./fleet.js";
import { devicesText } from "./say.js";

export interface RolloutPlan {
  readonly layer: Layer;
  readonly version: number;
  /** Bounds of the rings in percent, rising, the last 100. */
  readonly percentages: readonly number[];
  readonly devices: readonly string[];
  /** Failures that are borne in all. */
  readonly maxFailures: number;
  /** How long a ring may take. */
  readonly ringTimeoutMs: number;
  /** How long a ring is looked at after its last confirmation. */
  readonly settleMs: number;
}

export interface RolloutPorts {
  readonly fleet: Pick<Fleet, "standing" | "report">;
  /** Tell a device which version it is to have, or no more. */
  readonly ask: (device: string) => Promise<void>;
  readonly retract: (device: string) => Promise<void>;
  readonly nowMs: () => number;
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly progress: (line: string) => void;
}

export interface RolloutResult {
  readonly isDone: boolean;
  /** Rings that were asked for. */
  readonly rings: number;
  readonly confirmed: readonly string[];
  readonly failed: readonly { readonly device: string; readonly reason: string }[];
  /** Asked, and nothing has come of it. */
  readonly open: readonly string[];
  /** Never asked. */
  readonly untouched: readonly string[];
}

const LOOK_EVERY_MS = 500;

/** Place of a device, 0 to 100. */
export function placeOf(device: string, { layer, version }: Pick<RolloutPlan, "layer" | "version">): number {
  const hash = createHash("sha256").update(`${layer} ${version} ${device}`).digest();
  return (hash.readUInt32BE() / 2 ** 32) * 100;
}

/** Devices of each ring, in their places' order. */
export function ringsOf(
  plan: Pick<RolloutPlan, "layer" | "version" | "percentages" | "devices">,
): string[][] {
  const placed = plan.devices.map((device) => ({ device, place: placeOf(device, plan) }));
  placed.sort((a, b) => a.place - b.place);
  let from = 0;
  return plan.percentages.map((to) => {
    const ring = placed.filter(({ place }) => place >= from && place < to).map(({ device }) => device);
    from = to;
    return ring;
  });
}

export async function rollOut(plan: RolloutPlan, ports: RolloutPorts): Promise<RolloutResult> {
  const { layer, version } = plan;
  const rings = ringsOf(plan);
  const asked: string[] = [];
  const troubles = new Map<string, string>();
  let ringCount = 0;
  let isDone = true;
  for (const [index, ring] of rings.entries()) {
    ringCount++;
    ports.progress(`ring ${index + 1} of ${rings.length}: ${devicesText(ring.length)}`);
    for (const device of ring) {
      if (ports.fleet.standing(device, layer, version).kind === "waiting") await ports.ask(device);
      asked.push(device);
    }
    if (ring.length > 0 && !(await settled(plan, ports, ring, troubles))) {
      isDone = false;
      break;
    }
  }
  const standing = (device: string) => ports.fleet.standing(device, layer, version);
  const failed = asked.flatMap((device) => {
    const at = standing(device);
    const reason = troubles.get(device) ?? (at.kind === "failed" ? at.reason : undefined);
    return reason === undefined ? [] : [{ device, reason }];
  });
  const isFailed = new Set(failed.map(({ device }) => device));
  const confirmed = asked.filter((device) => !isFailed.has(device) && standing(device).kind === "confirmed");
  const open = asked.filter((device) => !isFailed.has(device) && !confirmed.includes(device));
  // Who has not begun is not to begin any more.
  if (!isDone)
    for (const device of open) if (standing(device).kind === "waiting") await ports.retract(device);
  const untouched = plan.devices.filter((device) => !asked.includes(device));
  return { isDone, rings: ringCount, confirmed, failed, open, untouched };
}

/** Whether a ring has come to a good end; `troubles` gets what is wrong with devices besides their rules. */
async function settled(
  { layer, version, maxFailures, ringTimeoutMs, settleMs }: RolloutPlan,
  ports: RolloutPorts,
  ring: readonly string[],
  troubles: Map<string, string>,
): Promise<boolean> {
  const startedMs = ports.nowMs();
  const wasFailing = new Set(ring.filter((device) => ports.fleet.report(device)?.verdict === "failing"));
  let doneSinceMs: number | undefined;
  let told = "";
  for (;;) {
    const counts = { confirmed: 0, confirming: 0, waiting: 0, failed: 0 };
    for (const device of ring) {
      const { kind } = ports.fleet.standing(device, layer, version);
      const isUnwell = ports.fleet.report(device)?.verdict === "failing" && !wasFailing.has(device);
      if (isUnwell && kind !== "waiting" && kind !== "failed") troubles.set(device, "it is failing since");
      counts[troubles.has(device) ? "failed" : kind]++;
    }
    const line = Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(", ");
    if (line !== told) ports.progress(`  ${line}`);
    told = line;
    if (counts.failed > maxFailures) return false;
    const isOver = counts.waiting + counts.confirming === 0;
    if (isOver) doneSinceMs ??= ports.nowMs();
    if (doneSinceMs !== undefined && ports.nowMs() - doneSinceMs >= settleMs) return true;
    if (!isOver && ports.nowMs() - startedMs >= ringTimeoutMs) {
      ports.progress("  the ring takes too long");
      return false;
    }
    await ports.pause(LOOK_EVERY_MS);
  }
}
