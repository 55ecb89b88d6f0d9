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

/** As far as Suricata 7 reads a length: of a range that no number lies in the first end alone, and nothing of what follows. */
function readableLength(text: string): string {
  const range = /^\s*(\d+)\s*(?:<>|-)\s*(\d+)/.exec(text);
  if (range !== null && Number(range[2]) - Number(range[1]) > 1) return range[0];
  return /^\s*(?:[!<>]=?|=)?\s*\d+/.exec(text)?.[0] ?? text;
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
      const text = requireValue(value, "urilen");
      const comparison = parseComparison(readableLength(text), "urilen", 65_535);
      const spec = bufferNamed(/,\s*raw\b/i.test(text) ? "http.uri.raw" : "http.uri");
      rule.addConditionTo(spec, { kind: "bsize", ...comparison, isUriLength: true });
    },
  },
];
