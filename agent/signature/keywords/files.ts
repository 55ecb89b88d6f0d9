import { bufferNamed } from "../buffer-table.js";
import { Compare } from "../comparison.js";
import type { Condition } from "../condition.js";
import { parsePattern, unquote } from "../content-pattern.js";
import { RuleError } from "../rule-error.js";
import { BOTH_DIRECTIONS } from "../signature.js";
import { requireValue } from "./arguments.js";
import type { Keyword } from "./keyword.js";

/** Holds for every file name there is. */
const IS_THERE: Condition = { kind: "bsize", operator: Compare.GREATER_OR_EQUAL, a: 0, b: 0 };

/** A text the name of a file must (not) contain, in any case; `isExtension`: behind its last dot. */
function fileNameKeyword(name: string, isExtension: boolean): Keyword {
  return {
    names: [name],
    apply(rule, value) {
      const { isNegated, text } = unquote(requireValue(value, name), name);
      if (text === "") throw new RuleError(`${name}: a value is missing`);
      rule.addConditionTo(bufferNamed("file.name"), {
        kind: "content",
        pattern: parsePattern(isExtension ? `.${text}` : text, name),
        isNegated,
        isNocase: true,
        offset: undefined,
        depth: undefined,
        distance: undefined,
        within: undefined,
        isEndsWith: isExtension,
        fastPattern: "no",
      });
    },
  };
}

/** Keywords about files in transfer that are no sticky buffers. */
export const fileKeywords: readonly Keyword[] = [
  fileNameKeyword("filename", false),
  fileNameKeyword("fileext", true),
  {
    // Alone it asks for a file in the message; with a direction and scope it only says what to keep.
    names: ["filestore"],
    apply(rule, value) {
      const file = bufferNamed("file.name");
      if (value === undefined) rule.addConditionTo(file, IS_THERE);
      else rule.markMessageRule(file.protocols, BOTH_DIRECTIONS);
      rule.notes.push("filestore is passed over: files are not kept");
    },
  },
];
