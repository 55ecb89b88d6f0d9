import { parseCount } from "../comparison.js";
import { DataType, type DataTypeId } from "../data-set.js";
import { RuleError } from "../rule-error.js";
import type { SignatureBuilder } from "../signature-builder.js";
import { splitArguments } from "./arguments.js";
import type { Keyword, RuleContext } from "./keyword.js";

const TYPES: Readonly<Record<string, DataTypeId>> = {
  string: DataType.STRING,
  md5: DataType.MD5,
  sha256: DataType.SHA256,
  ipv4: DataType.IPV4,
  ipv6: DataType.IP,
  ip: DataType.IP,
};
const COMMANDS = ["isset", "isnotset", "set", "unset"] as const;
const REPUTATION_OPERATORS = ["<", ">", "=="] as const;
const MAX_NAME_LENGTH = 63;

/**
 * The options `key value` behind the positional arguments, each at most once. Those nobody knows (`format json` of later
 * versions) are passed over, as in Suricata 7: lines of such files cannot be read, so that nothing is found in them.
 */
function readOptions(
  rule: SignatureBuilder,
  words: readonly string[],
  keyword: string,
  known: readonly string[],
): Map<string, string> {
  const options = new Map<string, string>();
  for (const word of words) {
    const [key, value, ...rest] = word.split(/\s+/);
    if (!key || !known.includes(key)) {
      rule.notes.push(`${keyword}: option "${key}" is not known and passed over`);
      continue;
    }
    if (value === undefined || rest.length > 0) throw new RuleError(`${keyword}: cannot read "${word}"`);
    if (options.has(key)) throw new RuleError(`${keyword}: ${key} is given twice`);
    options.set(key, value);
  }
  return options;
}

function readType(text: string | undefined, keyword: string): DataTypeId | undefined {
  if (text === undefined) return undefined;
  const type = TYPES[text.toLowerCase()];
  if (type === undefined) throw new RuleError(`${keyword}: type "${text}" is not known`);
  return type;
}

function checkPlace(rule: SignatureBuilder, name: string | undefined, keyword: string): string {
  if (!rule.hasOpenBuffer) throw new RuleError(`${keyword}: no buffer is open`);
  if (!name || name.length > MAX_NAME_LENGTH || /\s/.test(name)) {
    throw new RuleError(`${keyword}: the name of the set cannot be read`);
  }
  return name;
}

function openSet(
  rule: SignatureBuilder,
  context: RuleContext,
  name: string,
  options: ReadonlyMap<string, string>,
  keyword: string,
) {
  const request = { name, type: readType(options.get("type"), keyword), source: options.get("load") ?? "" };
  const set = context.dataSets.open(request, keyword, (file) => context.readData?.(file, rule.file));
  if (set.badLines > 0) {
    rule.notes.push(
      `${keyword}: lines of "${set.source}" that cannot be read and are passed over: ${set.badLines}`,
    );
  }
  return set;
}

/** Keywords that look a whole buffer up in a set of values. */
export const dataSetKeywords: readonly Keyword[] = [
  {
    names: ["dataset"],
    apply(rule, value, context) {
      const [verb, label, ...words] = splitArguments(value, "dataset");
      const command = COMMANDS.find((known) => known === verb);
      if (!command) throw new RuleError(`dataset: "${verb}" is none of ${COMMANDS.join(", ")}`);
      const name = checkPlace(rule, label, "dataset");
      const known = ["type", "load", "save", "state", "memcap", "hashsize"];
      const options = readOptions(rule, words, "dataset", known);
      if (options.has("state") && (options.has("load") || options.has("save"))) {
        throw new RuleError("dataset: state cannot be mixed with load and save");
      }
      const isSaved = options.has("state") || options.has("save");
      const set = openSet(rule, context, name, options, "dataset");
      rule.addCondition({ kind: "dataset", command, set, isSaved });
    },
  },
  {
    names: ["datarep"],
    apply(rule, value, context) {
      const [label, sign, number, ...words] = splitArguments(value, "datarep");
      const name = checkPlace(rule, label, "datarep");
      const operator = REPUTATION_OPERATORS.find((known) => known === sign);
      if (!operator) throw new RuleError(`datarep: "${sign}" is none of ${REPUTATION_OPERATORS.join(", ")}`);
      const options = readOptions(rule, words, "datarep", ["type", "load", "memcap", "hashsize"]);
      const set = openSet(rule, context, name, options, "datarep");
      const reputation = parseCount(number ?? "", "datarep", 65_535);
      rule.addCondition({ kind: "datarep", set, operator, reputation });
    },
  },
];
