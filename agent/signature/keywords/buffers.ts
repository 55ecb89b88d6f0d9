import { BUFFERS, bufferNamed } from "../buffer-table.js";
import type { BufferSpec } from "../buffers/buffer-spec.js";
import { parseComparison } from "../comparison.js";
import { RuleError } from "../rule-error.js";
import { refuseValue, requireValue } from "./arguments.js";
import type { Keyword } from "./keyword.js";

/** Sizes of buffers are far below this. */
const MAX_SIZE = 0xffff_ffff;

/** The keyword that opens each sticky buffer, and the old modifier that moves a content into it. */
function keywordsOf(spec: BufferSpec): Keyword[] {
  const sticky: Keyword = {
    names: spec.names,
    apply(rule, value, _context, name) {
      refuseValue(value, name);
      rule.openBuffer(spec);
    },
  };
  if (!spec.modifiers) return [sticky];
  const modifier: Keyword = {
    names: spec.modifiers,
    apply(rule, value, _context, name) {
      refuseValue(value, name);
      rule.moveLastContent(spec, name);
    },
  };
  return [sticky, modifier];
}

/** All sticky buffers, `pkt_data`, and the size tests that belong to buffers. */
export const bufferKeywords: readonly Keyword[] = [
  ...BUFFERS.flatMap(keywordsOf),
  {
    names: ["pkt_data"],
    apply: (rule) => rule.openBuffer(undefined),
  },
  {
    names: ["bsize"],
    apply(rule, value) {
      if (!rule.hasOpenBuffer) throw new RuleError("bsize: no buffer is open");
      rule.addCondition({ kind: "bsize", ...parseComparison(value, "bsize", MAX_SIZE) });
    },
  },
  {
    names: ["urilen"],
    apply(rule, value) {
      const parts = requireValue(value, "urilen").split(",");
      const variant = parts[1]?.trim() ?? "norm";
      if (variant !== "raw" && variant !== "norm") throw new RuleError(`urilen: cannot read "${variant}"`);
      const comparison = parseComparison(parts[0], "urilen", 65_535, {}, 1);
      const spec = bufferNamed(variant === "raw" ? "http.uri.raw" : "http.uri");
      rule.addConditionTo(spec, { kind: "bsize", ...comparison, isUriLength: true });
    },
  },
];
