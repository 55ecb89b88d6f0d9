import { bufferNamed } from "../buffer-table.js";
import type { ContentCondition } from "../condition.js";
import { parsePattern, unquote } from "../content-pattern.js";
import { checkTransformed } from "../content-transforms.js";
import { RuleError } from "../rule-error.js";
import { PAYLOAD_FIELD } from "../signature.js";
import type { SignatureBuilder } from "../signature-builder.js";
import { refuseValue, requireValue } from "./arguments.js";
import type { Keyword } from "./keyword.js";

/** Offsets and distances beyond this make no sense in any buffer (Suricata's limit for within and distance). */
const MAX_DISTANCE = 1024 * 1024;
const MAX_OFFSET = 65_535;

/** `content` and the modifiers that stand behind it. */
export const contentKeywords: readonly Keyword[] = [
  {
    names: ["content", "uricontent"],
    apply(rule, value, _context, name) {
      const { isNegated, text } = unquote(requireValue(value, name), name);
      const condition: ContentCondition = {
        kind: "content",
        pattern: parsePattern(text, "content"),
        isNegated,
        isNocase: false,
        offset: undefined,
        depth: undefined,
        distance: undefined,
        within: undefined,
        isEndsWith: false,
        fastPattern: "no",
      };
      if (!isNegated) checkTransformed(condition.pattern, rule.openTransforms);
      // The oldest spelling of a content on the URI.
      if (name === "uricontent") rule.addConditionTo(bufferNamed("http.uri"), condition);
      else rule.addCondition(condition);
    },
  },
  {
    names: ["nocase"],
    apply(rule, value) {
      refuseValue(value, "nocase");
      const content = rule.lastContent("nocase");
      if (content.isNocase) throw new RuleError("nocase: given twice for one content");
      content.isNocase = true;
    },
  },
  {
    names: ["rawbytes"],
    apply(rule) {
      const content = rule.lastContent("rawbytes");
      if (rule.openField !== PAYLOAD_FIELD || !rule.isPayloadContent(content)) {
        throw new RuleError("rawbytes: belongs to the payload, not to a buffer");
      }
      if (rule.rawContents.includes(content)) throw new RuleError("rawbytes: given twice for one content");
      rule.rawContents.push(content);
    },
  },
  {
    names: ["offset", "depth", "distance", "within"],
    apply: (rule, value, _context, name) => place(rule, name as Position, value),
  },
  {
    names: ["startswith"],
    apply(rule, value) {
      refuseValue(value, "startswith");
      const content = rule.lastContent("startswith");
      if (isPositioned(content)) throw new RuleError("startswith: cannot be mixed with other positions");
      content.offset = 0;
      content.depth = content.pattern.length;
      checkFastPattern(content, "startswith");
    },
  },
  {
    names: ["endswith"],
    apply(rule, value) {
      refuseValue(value, "endswith");
      rule.lastContent("endswith").isEndsWith = true;
    },
  },
  {
    names: ["fast_pattern"],
    apply(rule, value) {
      const content = rule.newestContent ?? rule.lastContent("fast_pattern");
      const option = value?.trim() ?? "";
      if (option !== "" && option !== "only" && !/^\d+\s*,\s*\d+$/.test(option)) {
        throw new RuleError(`fast_pattern: cannot read "${option}"`);
      }
      if (content.fastPattern !== "no") throw new RuleError("fast_pattern: given twice for one content");
      if (option !== "only" && rule.hasPayloadFastPattern)
        throw new RuleError("fast_pattern: a rule has one on its payload");
      content.fastPattern = option === "only" ? "only" : "wanted";
      checkFastPattern(content, "fast_pattern");
      const [from, count] = option.split(",").map(Number);
      if (count !== undefined && from! + count > content.pattern.length) {
        throw new RuleError(`fast_pattern: ${option} reaches behind the pattern (${content.pattern.length})`);
      }
    },
  },
];

type Position = "offset" | "depth" | "distance" | "within";

/** Least and greatest number behind each. */
const PLACE_BOUNDS: Readonly<Record<Position, readonly [min: number, max: number]>> = {
  offset: [0, MAX_OFFSET],
  depth: [1, MAX_OFFSET],
  distance: [-MAX_DISTANCE, MAX_DISTANCE],
  within: [1, MAX_DISTANCE],
};

function place(rule: SignatureBuilder, position: Position, value: string | undefined): void {
  const content = rule.lastContent(position);
  if (content[position] !== undefined) throw new RuleError(`${position}: given twice for one content`);
  const isRelative = position === "distance" || position === "within";
  if (isRelative ? content.offset !== undefined || content.depth !== undefined : hasRelative(content)) {
    throw new RuleError(
      `${position}: cannot be mixed with ${isRelative ? "offset or depth" : "distance or within"}`,
    );
  }
  const [min, max] = PLACE_BOUNDS[position];
  const operand = rule.operand(requireValue(value, position), position, min, max);
  if (typeof operand === "number" && (position === "depth" || position === "within")) {
    if (operand < content.pattern.length) {
      throw new RuleError(`${position}: ${operand} is shorter than the pattern (${content.pattern.length})`);
    }
  }
  content[position] = operand;
  checkFastPattern(content, position);
  if (!isRelative) return;
  const before = rule.searchBefore(content);
  if (before?.kind === "content" && before.fastPattern === "only") {
    throw new RuleError(`${position}: the content before it is fast_pattern:only and has no place`);
  }
}

/** What is searched for anywhere at first cannot be asked for at a place alone, or be what must not stand there. */
function checkFastPattern(content: ContentCondition, keyword: string): void {
  if (content.fastPattern === "no" || !isPositioned(content)) return;
  if (content.fastPattern === "only") throw new RuleError(`${keyword}: fast_pattern:only has no place`);
  if (content.isNegated) {
    throw new RuleError(`${keyword}: a negated content with a place cannot be the fast_pattern`);
  }
}

function hasRelative(content: ContentCondition): boolean {
  return content.distance !== undefined || content.within !== undefined;
}

function isPositioned(content: ContentCondition): boolean {
  return hasRelative(content) || content.offset !== undefined || content.depth !== undefined;
}
