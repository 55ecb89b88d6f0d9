/** Rows of thresholds as words of the rule image, and back. */
import type { RuleImage, ThresholdRow } from "./image.js";

const TYPES = ["limit", "threshold", "both", "detection_filter", "rate_filter", "suppress"] as const;
const TRACKS = ["by_src", "by_dst", "by_both", "by_rule", "by_flow", "by_either"] as const;
const ROW_WORDS = 9;

/** Row `index` of the image's thresholds. */
export function thresholdAt({ thresholds }: Pick<RuleImage, "thresholds">, index: number): ThresholdRow {
  const word = (column: number): number => thresholds[index * ROW_WORDS + column]!;
  return {
    type: TYPES[word(0)]!,
    track: TRACKS[word(1)]!,
    count: word(2),
    seconds: word(3),
    addressSets: word(4),
    newAction: word(5),
    timeoutSeconds: word(6),
    counter: word(7),
    next: word(8),
  };
}

/** How many rows there are. */
export function thresholdCount({ thresholds }: Pick<RuleImage, "thresholds">): number {
  return thresholds.length / ROW_WORDS;
}

export function packThresholds(rows: readonly ThresholdRow[]): Int32Array {
  const words = new Int32Array(rows.length * ROW_WORDS);
  rows.forEach((row, index) => {
    const { type, track, count, seconds, addressSets, newAction, timeoutSeconds, counter, next } = row;
    const numbers = [count, seconds, addressSets, newAction, timeoutSeconds, counter, next];
    words.set([TYPES.indexOf(type), TRACKS.indexOf(track), ...numbers], index * ROW_WORDS);
  });
  return words;
}
