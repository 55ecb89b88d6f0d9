import type { DetectionTeller } from "./detection-teller.js";
import type { Defragmenter } from "./flow/defrag.js";
import { FLOW_CLOSED, FLOW_ESTABLISHED, FLOW_NEW } from "./flow/flow-state.js";
import type { FlowTracker } from "./flow/flow-tracker.js";
import type { Matcher } from "./match/matcher.js";
import type { Observer } from "./observer.js";
import type { AppLayer } from "./proto/app-layer.js";
import { APP_LAYER_EVENT_NAMES } from "./proto/app-layer-events.js";
import type { FrameReader } from "./proto/frames/frame-reader.js";
import { HTTP2_EVENT_NAMES } from "./proto/http2/http2-event.js";
import { PROTOCOL_NAMES } from "./proto/protocols.js";
import type { StreamFeeder } from "./stream-feeder.js";
import { DECODE_REASON_NAMES } from "./wire/decode-reason.js";
import type { FrameDecoder } from "./wire/frame-decoder.js";
import { LAYER_NAMES } from "./wire/layer.js";

/** Reasons that leave nothing of a packet to read: a capture that consists of these shows the agent nothing. */
const UNREADABLE =
  /(pkt|header)_too_small$|trunc_pkt$|(unknown|unsupported|wrong)_type$|wrong_ip_version$|invalid_ip_version$|unsup_proto$|encrypted$/;

/** The parts of a sensor that count. */
export interface CountingParts {
  readonly packetCount: number;
  readonly byteCount: number;
  readonly teller: DetectionTeller;
  readonly decoders: readonly FrameDecoder[];
  readonly defragmenter: Defragmenter;
  readonly tracker: FlowTracker;
  readonly appLayer: AppLayer;
  readonly feeder: StreamFeeder;
  readonly frames: FrameReader;
  readonly matcher: Matcher;
  readonly observer: Observer;
}

/** Everything a sensor counts, by its dotted name; of the many reasons and protocols only those that occurred. */
export function sensorCounters(parts: CountingParts): Record<string, number> {
  const { appLayer, matcher } = parts;
  const counters: Record<string, number> = {
    "sensor.packets": parts.packetCount,
    "sensor.bytes": parts.byteCount,
    "sensor.detections": parts.teller.detectionCount,
    ...flowCounters(parts.tracker),
    ...defragCounters(parts.defragmenter),
    "match.rules_judged": matcher.judgedCount,
    "match.bytes_searched": matcher.searchCounts.searchedBytes,
    "match.literals_compared": matcher.searchCounts.comparedCount,
    "match.searches_cut": matcher.searchCounts.cutCount,
    "match.evaluations_cut": matcher.limitCounts.evaluations,
    "match.alerts_suppressed": matcher.memory.thresholds.suppressedCount,
    "match.alerts_limited": matcher.memory.thresholds.limitedCount,
    "match.alerts_discarded": parts.teller.discardedCount,
    "match.thresholds_evicted": matcher.limitCounts.thresholds,
    "match.host_marks_evicted": matcher.limitCounts.hostMarks,
    "match.captures_evicted": matcher.limitCounts.captures,
    "match.data_set_values_refused": matcher.limitCounts.dataSets,
    "proto.entries_dropped": appLayer.message.droppedEntries,
    "proto.state_bytes": appLayer.stateBytes,
    "sensor.observations_shed": parts.observer.shedCount,
    "proto.frames_cut": parts.frames.cutUnits,
    "proto.gaps_passed": parts.feeder.gapsPassed,
  };
  appLayer.addCounters(counters);
  for (const [event, count] of appLayer.eventCounts.entries()) {
    const name = APP_LAYER_EVENT_NAMES[event] ?? HTTP2_EVENT_NAMES[event];
    if (count > 0 && name !== undefined) counters[`proto.event.${name}`] = count;
  }
  for (const [protocol, name] of PROTOCOL_NAMES.entries()) {
    const count = appLayer.messageCounts[protocol]!;
    if (count > 0) counters[`proto.${name}.messages`] = count;
  }
  for (const [layer, name] of LAYER_NAMES.entries()) {
    const count = parts.decoders.reduce((sum, decoder) => sum + decoder.layerCounts[layer]!, 0);
    if (count > 0) counters[`decode.layer.${name}`] = count;
  }
  let unreadable = 0;
  for (const [reason, name] of DECODE_REASON_NAMES.entries()) {
    const count = parts.decoders.reduce((sum, decoder) => sum + decoder.reasonCounts[reason]!, 0);
    if (count === 0 || reason === 0) continue;
    counters[`decode.${name}`] = count;
    if (UNREADABLE.test(name)) unreadable += count;
  }
  counters["decode.unreadable"] = unreadable;
  return counters;
}

function flowCounters(tracker: FlowTracker): Record<string, number> {
  const { table, streams } = tracker;
  const { assembly } = streams;
  return {
    "flow.active": table.usedCount,
    "flow.created": table.createdCount,
    "flow.expired": tracker.expiredFlows,
    "flow.reused": tracker.reusedFlows,
    "flow.evicted_new": tracker.evictedFlows[FLOW_NEW]!,
    "flow.evicted_established": tracker.evictedFlows[FLOW_ESTABLISHED]!,
    "flow.evicted_closed": tracker.evictedFlows[FLOW_CLOSED]!,
    "flow.emergencies": tracker.emergencies,
    "flow.untracked_packets": tracker.untrackedPackets,
    "stream.rejected_segments": tracker.rejectedSegments,
    "stream.wrong_checksums": tracker.checksums?.wrong ?? 0,
    "stream.partial_checksums": tracker.checksums?.partial ?? 0,
    "stream.wrong_checksums_passed": tracker.checksums?.passed ?? 0,
    "stream.dropped_bytes": streams.droppedBytes,
    "stream.lost_heads": streams.lostHeads,
    "stream.lost_blocks": streams.lostBlocks,
    "stream.early_segments": assembly.earlySegments,
    "stream.dropped_segments": assembly.droppedSegments,
    "stream.gaps": assembly.gaps,
    "stream.gap_bytes": assembly.gapBytes,
    "stream.overlaps": assembly.overlaps,
    "stream.overlaps_different": assembly.overlapsDifferent,
    "stream.memory_bytes": streams.usedBytes,
  };
}

function defragCounters(defragmenter: Defragmenter): Record<string, number> {
  return {
    "defrag.fragments": defragmenter.fragments,
    "defrag.completed": defragmenter.completed,
    "defrag.timed_out": defragmenter.timedOut,
    "defrag.evicted": defragmenter.evicted,
    "defrag.overlapping": defragmenter.overlapping,
    "defrag.too_large": defragmenter.tooLarge,
    "defrag.ignored": defragmenter.ignored,
  };
}
