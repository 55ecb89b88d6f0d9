/**
 * A rule file as logical lines, as Suricata's loader reads it: a line that begins with `#`, `;`, a blank or
 * nothing is passed over; a line that ends in a backslash goes on in the next one.
 */

export interface RuleLine {
  readonly file: string;
  /** Number of the first physical line, from 1. */
  readonly line: number;
  readonly text: string;
}

/** A rule longer than this is not a rule; it is cut and will be refused by the parser. */
export const MAX_RULE_LENGTH = 64 * 1024;

/** A rule that is commented out, as rule sets carry them for those who want to enable them. */
const DISABLED =
  /^#[\s#]*(?:alert|drop|pass|reject|rejectsrc|rejectdst|rejectboth)\s+\S.*\(.*[;(]\s*sid\s*:\s*\d+\s*;/;

/** Whether a line of a rule file is a disabled rule. */
export function isDisabledRule(line: string): boolean {
  return line[0] === "#" && line.length <= MAX_RULE_LENGTH && DISABLED.test(line);
}

/**
 * Split the text of `file` into rules.
 *
 * @param onDisabled told of rules that are commented out
 */
export function splitRuleLines(
  file: string,
  text: string,
  onDisabled: (line: RuleLine) => void = () => undefined,
): RuleLine[] {
  const rules: RuleLine[] = [];
  const lines = text.split("\n");
  let collected: string | undefined;
  let start = 0;
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!.endsWith("\r") ? lines[i]!.slice(0, -1) : lines[i]!;
    if (collected === undefined) {
      if (isDisabledRule(line)) onDisabled({ file, line: i + 1, text: line.trimEnd() });
      if (line === "" || line[0] === " " || line[0] === "#" || line[0] === ";") continue;
      collected = "";
      start = i + 1;
    }
    const trimmed = line.trimEnd();
    if (trimmed.endsWith("\\") && i + 1 < lines.length && collected.length < MAX_RULE_LENGTH) {
      collected += trimmed.slice(0, -1);
      continue;
    }
    collected += line;
    const rule = collected.trim();
    if (rule !== "") rules.push({ file, line: start, text: rule.slice(0, MAX_RULE_LENGTH) });
    collected = undefined;
  }
  return rules;
}
