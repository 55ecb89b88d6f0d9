import { bufferNamed } from "../buffer-table.js";
import { parsePattern, unquote } from "../content-pattern.js";
import { RuleError } from "../rule-error.js";
import { requireValue } from "./arguments.js";
import type { Keyword } from "./keyword.js";

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
];
