import { RuleError } from "../rule-error.js";
import type { Threshold } from "../signature.js";
import { splitArguments } from "./arguments.js";
import type { Keyword } from "./keyword.js";

const TRACKS: readonly string[] = ["by_src", "by_dst", "by_both", "by_rule", "by_flow"];
const FILTER_TRACKS: readonly string[] = ["by_src", "by_dst"];
const ONE_ONLY = "threshold: a rule has one threshold or detection_filter";
const TYPES: readonly string[] = ["limit", "threshold", "both"];

/** Read `name value` pairs in any order; each exactly once. */
export function parseThreshold(value: string | undefined, keyword: string, needsType: boolean): Threshold {
  const fields = new Map<string, string>();
  for (const part of splitArguments(value, keyword)) {
    const [name, text, ...rest] = part.split(/\s+/);
    if (!name || !text || rest.length > 0) throw new RuleError(`${keyword}: cannot read "${part}"`);
    if (fields.has(name)) throw new RuleError(`${keyword}: ${name} is given twice`);
    fields.set(name, text);
  }
  if (!needsType && fields.has("type")) throw new RuleError(`${keyword}: knows no type`);
  const type = needsType ? fields.get("type") : "detection_filter";
  const track = fields.get("track");
  const count = Number(fields.get("count"));
  const seconds = Number(fields.get("seconds"));
  if (type === undefined || (needsType && !TYPES.includes(type))) {
    throw new RuleError(`${keyword}: type is limit, threshold or both`);
  }
  const tracks = needsType ? TRACKS : FILTER_TRACKS;
  if (track === undefined || !tracks.includes(track)) {
    throw new RuleError(`${keyword}: track is ${tracks.join(", ")}`);
  }
  // As in Suricata a threshold may have none: it then begins anew at each match.
  const least = needsType ? 0 : 1;
  if (!Number.isInteger(count) || count < least || !Number.isInteger(seconds) || seconds < least) {
    throw new RuleError(`${keyword}: count and seconds are whole numbers from ${least}`);
  }
  return { type: type as Threshold["type"], track: track as Threshold["track"], count, seconds };
}

/** `threshold` and `detection_filter`: how often a match becomes an alert. */
export const thresholdKeywords: readonly Keyword[] = [
  {
    names: ["threshold"],
    apply(rule, value) {
      if (rule.threshold) throw new RuleError(ONE_ONLY);
      rule.threshold = parseThreshold(value, "threshold", true);
    },
  },
  {
    names: ["detection_filter"],
    apply(rule, value) {
      if (rule.threshold) throw new RuleError(ONE_ONLY);
      rule.threshold = parseThreshold(value, "detection_filter", false);
    },
  },
];
