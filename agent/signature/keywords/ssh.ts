import { bufferNamed } from "../buffer-table.js";
import type { Condition } from "../condition.js";
import { readText } from "./arguments.js";
import type { Keyword } from "./keyword.js";

/** A text that is all of the buffer, case and all. */
function wholeText(text: string): Condition {
  const pattern = new TextEncoder().encode(text);
  return {
    kind: "content",
    pattern,
    isNegated: false,
    isNocase: false,
    offset: 0,
    depth: pattern.length,
    distance: undefined,
    within: undefined,
    isEndsWith: true,
    fastPattern: "no",
  };
}

/** What servers of version 2 announce that speak version 1 as well (RFC 4253, 5.1). */
const VERSION_2: Condition = {
  kind: "pcre",
  source: "^(?:2|1\\.99)",
  flags: "",
  isNegated: false,
  isRelative: false,
  isAnchored: false,
};

/** The keywords for SSH banners from before there were buffers. */
export const sshKeywords: readonly Keyword[] = [
  {
    names: ["ssh.protoversion"],
    apply(rule, value, _context, name) {
      const text = readText(value, name);
      rule.addConditionTo(
        bufferNamed("ssh.proto"),
        text.toLowerCase() === "2_compat" ? VERSION_2 : wholeText(text),
      );
    },
  },
  {
    names: ["ssh.softwareversion"],
    apply: (rule, value, _context, name) =>
      rule.addConditionTo(bufferNamed("ssh.software"), wholeText(readText(value, name))),
  },
];
