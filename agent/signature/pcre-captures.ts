/** What an expression captures for later rules: named groups (`(?P<flow_name>…)`), or names behind the flags (`/…/, flow:name`). */
import type { VariableCapture } from "./condition.js";
import { RuleError } from "./rule-error.js";

const GROUP_NAME = /^\?P?<(flow|pkt)_(\w+)>/;
const NAMED_GROUP = /^\?(?:P?<[A-Za-z_]|')/;
const NAME = /^(flow|pkt):(\w+)$/;
const OWNERS = { flow: "flow", pkt: "packet" } as const;

/**
 * @param expression as it stands between the slashes
 * @param names what stands behind the flags, without the first comma
 */
export function capturesOf(expression: string, names: readonly string[]): VariableCapture[] {
  const captures: VariableCapture[] = [];
  const groupCount = eachGroup(expression, (group, head) => {
    const named = GROUP_NAME.exec(head);
    if (named) captures.push({ group, owner: OWNERS[named[1] as "flow" | "pkt"], name: named[2]! });
  });
  // As in Suricata 7 names without any group are passed over.
  if (groupCount === 0) return captures;
  if (names.length > groupCount) throw new RuleError("pcre: there are more names than groups that capture");
  for (const [index, text] of names.entries()) {
    const name = NAME.exec(text.trim());
    if (!name) throw new RuleError(`pcre: "${text.trim().slice(0, 40)}" names no variable`);
    captures.push({ group: index + 1, owner: OWNERS[name[1] as "flow" | "pkt"], name: name[2]! });
  }
  if (captures.length > 0 && /\(\?>|[*+?}]\+/.test(expression))
    throw new RuleError("pcre: captures do not go with atomic groups here");
  return captures;
}

/** Call `take` for each group that captures, with its number and what stands behind its parenthesis; returns how many there are. */
function eachGroup(expression: string, take: (group: number, head: string) => void): number {
  let count = 0;
  let isInClass = false;
  for (let at = 0; at < expression.length; at++) {
    const character = expression[at];
    if (character === "\\") at++;
    else if (isInClass) isInClass = character !== "]";
    else if (character === "[") isInClass = true;
    else if (character === "(") {
      const head = expression.slice(at + 1, at + 80);
      if (!head.startsWith("?") || NAMED_GROUP.test(head)) take(++count, head);
    }
  }
  return count;
}
