import { Compare, type Comparison, parseComparison } from "../comparison.js";
import { CATEGORIES_FILES, REPUTATION_FILES, Reputation } from "../reputation.js";
import { RuleError } from "../rule-error.js";
import type { ReputationSide } from "../signature.js";
import { splitArguments } from "./arguments.js";
import type { Keyword, RuleContext } from "./keyword.js";

const SIDES: readonly string[] = ["src", "dst", "any", "both"];
const OPERATORS: readonly string[] = ["<", "<=", ">", ">=", "=", "==", "!", "!="];
const MAX_SCORE = 255;

/** `iprep:src,BadHosts,>,30`: how bad an address is said to be, by the lists beside the rules. */
export const reputationKeyword: Keyword = {
  names: ["iprep"],
  apply(rule, value, context) {
    const [side, name, operator, score, ...rest] = splitArguments(value, "iprep");
    if (side === undefined || !SIDES.includes(side) || name === undefined || rest.length > 0) {
      throw new RuleError(`iprep: cannot read "${value}"`);
    }
    const reputation = reputationOf(context, rule.file);
    const category = reputation.category(name);
    if (category === undefined)
      throw new RuleError(`iprep: ${CATEGORIES_FILES[0]} has no category "${name}"`);
    if (reputation.badLines > 0) {
      rule.notes.push(
        `iprep: lines of ${REPUTATION_FILES[0]} that cannot be read and are passed over: ${reputation.badLines}`,
      );
    }
    const push = (addresses: ReturnType<Reputation["unknown"]>) =>
      void rule.reputationTests.push({ side: side as ReputationSide, addresses, text: `iprep:${value}` });
    if (score === undefined && operator === "isset") push(reputation.addresses(category, "known", undefined));
    else if (score === undefined && operator === "isnotset") push(reputation.unknown(category));
    else if (score !== undefined && OPERATORS.includes(operator!)) {
      const comparison = parseComparison(operator! + score, "iprep", MAX_SCORE);
      const { a } = comparison;
      push(
        reputation.addresses(category, `${comparison.operator} ${a}`, (known) => holds(comparison, known)),
      );
    } else throw new RuleError(`iprep: cannot read "${value}"`);
  },
};

function reputationOf(context: RuleContext, file: string): Reputation {
  const known = context.reputations.get(file);
  if (known) return known;
  const read = (names: readonly string[]): string | undefined => {
    for (const name of names) {
      const text = context.readData?.(name, file);
      if (text !== undefined) return text;
    }
    return undefined;
  };
  const [categories, list] = [read(CATEGORIES_FILES), read(REPUTATION_FILES)];
  if (categories === undefined || list === undefined) {
    throw new RuleError(
      `iprep: needs the files ${CATEGORIES_FILES[0]} and ${REPUTATION_FILES[0]} beside the rules`,
    );
  }
  const reputation = new Reputation(categories, list);
  context.reputations.set(file, reputation);
  return reputation;
}

function holds({ operator, a }: Comparison, score: number): boolean {
  switch (operator) {
    case Compare.EQUAL:
      return score === a;
    case Compare.NOT_EQUAL:
      return score !== a;
    case Compare.LESS:
      return score < a;
    case Compare.LESS_OR_EQUAL:
      return score <= a;
    case Compare.GREATER:
      return score > a;
    default:
      return score >= a;
  }
}
