import { Field } from "../../sensor/proto/fields.js";
import { BUFFERS } from "../buffer-table.js";
import type { PcreCondition } from "../condition.js";
import { unquote } from "../content-pattern.js";
import { KnownTexts } from "../known-texts.js";
import { capturesOf } from "../pcre-captures.js";
import { translatePcre } from "../pcre-translation.js";
import { RuleError } from "../rule-error.js";
import { requireValue } from "./arguments.js";
import type { Keyword } from "./keyword.js";

const REGULAR_FLAGS = "imsxAEGRBO";

/** What the value of the keyword says by itself, whatever rule it stands in. */
interface Expression {
  readonly condition: PcreCondition;
  /** Names the buffer. */
  readonly letter: string | undefined;
  /** Something stands in front of the first slash. */
  readonly isOdd: boolean;
  readonly hasUpperCase: boolean;
}

const known = new KnownTexts<Expression>();

/** `pcre`: a regular expression over the open buffer, or over the one that a letter behind it names. */
export const pcreKeyword: Keyword = {
  names: ["pcre"],
  apply(rule, value, context) {
    const { condition, letter, isOdd, hasUpperCase } = known.of(
      requireValue(value, "pcre"),
      context,
      readExpression,
    );
    if (isOdd)
      rule.notes.push("pcre: what stands in front of the expression says nothing, a ! in the quotes neither");
    for (const { owner, name } of condition.captures ?? []) {
      const kind = owner === "flow" ? "flowvar" : "pktvar";
      rule.bits.push({ kind, operation: "set", names: [name], track: "flow", expireSeconds: 0 });
    }
    if (letter === undefined) {
      if (condition.isRelative && !rule.hasOpenBuffer && !rule.hasPayloadMatch) {
        throw new RuleError("pcre: flag R needs a content or an expression before it");
      }
      rule.addCondition(condition);
      return;
    }
    const spec = BUFFERS.find((buffer) => buffer.pcreLetter === letter);
    if (letter === "W" && hasUpperCase) {
      throw new RuleError("pcre: the host is in lower case, and the expression has upper case letters");
    }
    if (!spec) throw new RuleError(`pcre: flag "${letter}" is not known`);
    // As in Suricata bodies of responses and files are one buffer.
    if (letter === "Q" && rule.openField === Field.FILE_DATA) {
      rule.addCondition(condition);
      return;
    }
    if (rule.hasOpenBuffer && rule.openField !== spec.field) {
      throw new RuleError(`pcre: flag "${letter}" names another buffer than the open one`);
    }
    rule.addConditionTo(spec, condition);
  },
};

const FIRST_SLASH = /(?<!\\)\//;

function readExpression(value: string): Expression {
  const { isNegated, text: written } = readSlashes(value);
  // As in Suricata what stands in front of the first slash says nothing, a ! inside of the quotes neither.
  const text = written.slice(Math.max(0, written.search(FIRST_SLASH)));
  const end = text.lastIndexOf("/");
  if (!text.startsWith("/") || end < 1) throw new RuleError("pcre: the expression stands between slashes");
  const flags = new Set<string>();
  let letter: string | undefined;
  const [letters, ...names] = text.slice(end + 1).split(",");
  for (const flag of letters!.trim()) {
    if (REGULAR_FLAGS.includes(flag)) flags.add(flag);
    else if (letter === undefined) letter = flag;
    else throw new RuleError(`pcre: two buffers (${letter}, ${flag})`);
  }
  const pattern = text.slice(1, end);
  const { source, flags: scriptFlags } = translatePcre(pattern, flags);
  const captures = isNegated ? [] : capturesOf(pattern, names);
  const condition: PcreCondition = {
    kind: "pcre",
    source,
    flags: scriptFlags,
    isNegated,
    isRelative: flags.has("R"),
    isAnchored: flags.has("A"),
    ...(captures.length === 0 ? {} : { captures }),
  };
  const isOdd = text !== written;
  return { condition, letter, isOdd, hasUpperCase: /(?<!\\)[A-Z]/.test(pattern) };
}

/** `"/…/flags"`, negated or not; Suricata also reads expressions without quotes. */
function readSlashes(value: string): { isNegated: boolean; text: string } {
  const isNegated = value.startsWith("!");
  const body = (isNegated ? value.slice(1) : value).trim();
  return body.startsWith("/") ? { isNegated, text: body } : unquote(value, "pcre");
}
