/** Owns what a suppression would have hidden of the detections that are stored. */
import { AgentError, reasonOf } from "../base/errors.js";
import { SuppressionSet } from "../incident/suppression.js";
import { readStoredDetections } from "../store/stored-detections.js";
import type { SuppressionScope } from "./suppress-arguments.js";

export interface PreviewResult extends SuppressionScope {
  /** Detections in the store, of the rule, and of them those it would have hidden. */
  readonly stored: number;
  readonly ofRule: number;
  readonly hidden: number;
  /** Packet time of the oldest and newest detection, ISO 8601; null where nothing is stored. */
  readonly from: string | null;
  readonly to: string | null;
  /** Who would have been hidden, the most frequent first. */
  readonly pairs: readonly {
    readonly source: string;
    readonly destination: string;
    readonly count: number;
  }[];
  readonly isComplete: boolean;
}

const LIMIT_MS = 30_000;
/** Pairs counted apart. */
const MAX_PAIRS = 10_000;
const SHOWN_PAIRS = 50;

/** @throws AgentError where the store cannot be read */
export async function previewOf(storePath: string, scope: SuppressionScope): Promise<PreviewResult> {
  const draft = { ...scope, id: "", reason: "", author: "", createdAt: "", expiresAt: "" };
  const set = new SuppressionSet([draft]);
  const pairs = new Map<string, { source: string; destination: string; count: number }>();
  let [stored, ofRule, hidden] = [0, 0, 0];
  let [firstUs, lastUs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const now = (): number => performance.now();
  let isComplete: boolean;
  try {
    ({ isComplete } = await readStoredDetections(
      storePath,
      (detection) => {
        stored += 1;
        firstUs = Math.min(firstUs, detection.timeUs);
        lastUs = Math.max(lastUs, detection.timeUs);
        if (detection.generatorId !== scope.gid || detection.signatureId !== scope.sid) return;
        ofRule += 1;
        if (!set.find(detection, () => true)) return;
        hidden += 1;
        const { clientAddress: source, serverAddress: destination } = detection;
        const key = `${source} ${destination}`;
        const pair = pairs.get(key) ?? { source, destination, count: 0 };
        pair.count += 1;
        if (pairs.size < MAX_PAIRS) pairs.set(key, pair);
      },
      now,
      now() + LIMIT_MS,
    ));
  } catch (error) {
    const params = { file: storePath, reason: reasonOf(error) };
    throw new AgentError("error.suppressions.store", params, { cause: error });
  }
  const time = (us: number): string | null => (stored > 0 ? new Date(us / 1000).toISOString() : null);
  return {
    ...scope,
    stored,
    ofRule,
    hidden,
    from: time(firstUs),
    to: time(lastUs),
    pairs: [...pairs.values()].sort((a, b) => b.count - a.count).slice(0, SHOWN_PAIRS),
    isComplete,
  };
}
