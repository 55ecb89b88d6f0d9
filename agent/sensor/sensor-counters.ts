import type { Defragmenter } from "./flow/defrag.js";
import type { FlowTracker } from "./flow/flow-tracker.js";
import type { Matcher } from "./match/matcher.js";
import type { AppLayer } from "./proto/app-layer.js";
import { PROTOCOL_NAMES } from "./proto/protocols.js";
import { DECODE_REASON_NAMES } from "./wire/decode-reason.js";
import type { FrameDecoder } from "./wire/frame-decoder.js";

/** The parts of a sensor that count. */
export interface CountingParts {
  readonly packetCount: number;
  readonly byteCount: number;
  readonly detectionCount: number;
  readonly decoders: readonly FrameDecoder[];
  readonly defragmenter: Defragmenter;
  readonly tracker: FlowTracker;
  readonly appLayer: AppLayer;
  readonly matcher: Matcher;
}

/** Everything a sensor counts, by its dotted name; counters that are still 0 among many of a kind are left out. */
export function sensorCounters(parts: CountingParts): Record<string, number> {
  const { appLayer, matcher } = parts;
  const counters: Record<string, number> = {
    "sensor.packets": parts.packetCount,
    "sensor.bytes": parts.byteCount,
    "sensor.detections": parts.detectionCount,
    "match.rules_judged": matcher.judgedCount,
    "match.evaluations_cut": matcher.limitCounts.evaluations,
    "match.thresholds_evicted": matcher.limitCounts.thresholds,
    "match.host_marks_evicted": matcher.limitCounts.hostMarks,
    "proto.entries_dropped": appLayer.message.droppedEntries,
  };
  PROTOCOL_NAMES.forEach((name, protocol) => {
    const count = appLayer.messageCounts[protocol]!;
    if (count > 0) counters[`proto.${name}.messages`] = count;
  });
  DECODE_REASON_NAMES.forEach((name, reason) => {
    const count = parts.decoders.reduce((sum, decoder) => sum + decoder.reasonCounts[reason]!, 0);
    if (count > 0 && reason > 0) counters[`decode.${name}`] = count;
  });
  return { ...counters, ...flowCounters(parts.tracker), ...defragCounters(parts.defragmenter) };
}
