/**
 * What stands before the options of a rule: action, protocol, both ends and the direction between them. Tens of thousands of
 * rules write the same few hundred headers, which are remembered (KnownTexts bounds them).
 */
import { type AddressGroup, parseAddressGroup } from "./address-group.js";
import type { IntervalSet } from "./interval-set.js";
import { KnownTexts } from "./known-texts.js";
import { parsePortGroup } from "./port-group.js";
import { RuleError } from "./rule-error.js";
import { type HeaderWords, parseHeaderWords } from "./rule-parser.js";
import { parseRuleProtocol, type RuleProtocol } from "./rule-protocol.js";
import type { RuleAction } from "./signature.js";
import type { RuleVariables } from "./variables.js";

const ACTIONS: Readonly<Record<string, RuleAction>> = {
  alert: "alert",
  drop: "drop",
  pass: "pass",
  reject: "reject",
  rejectsrc: "reject",
  rejectdst: "reject",
  rejectboth: "reject",
  config: "alert",
};
/** Rules that say what to log of the traffic they match: they load, and tell nothing. */
const CONFIG_ACTION = "config";

/** Addresses and ports of both ends. */
export interface RuleEnds {
  readonly source: AddressGroup;
  readonly sourcePorts: IntervalSet;
  readonly destination: AddressGroup;
  readonly destinationPorts: IntervalSet;
}

export class RuleHeader {
  readonly action: RuleAction;
  /** The rule alerts of nothing. */
  readonly isConfig: boolean;
  readonly protocol: RuleProtocol;
  readonly isBidirectional: boolean;
  readonly #words: HeaderWords;
  readonly #variables: RuleVariables;
  #ends: RuleEnds | undefined;

  constructor(words: HeaderWords, variables: RuleVariables) {
    const name = words.action.toLowerCase();
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    if (!action) throw new RuleError(`action "${words.action}" is not known`);
    this.action = action;
    this.isConfig = name === CONFIG_ACTION;
    this.protocol = parseRuleProtocol(words.protocol);
    this.isBidirectional = words.arrow === "<>";
    this.#words = words;
    this.#variables = variables;
  }

  /**
   * Read when they are asked for: what is wrong with the options of a rule is told first.
   *
   * @throws RuleError for what cannot be read
   */
  get ends(): RuleEnds {
    this.#ends ??= readEnds(this.#words, this.#variables);
    return this.#ends;
  }
}

const known = new KnownTexts<RuleHeader>();

/**
 * The header with that text, under `variables`.
 *
 * @throws RuleError for what cannot be read, the ends apart
 */
export function ruleHeaderOf(text: string, variables: RuleVariables): RuleHeader {
  return known.of(text, variables, (own) => new RuleHeader(parseHeaderWords(own), variables));
}

function readEnds(words: HeaderWords, { addressGroups, portGroups }: RuleVariables): RuleEnds {
  return {
    source: parseAddressGroup(words.source, addressGroups),
    sourcePorts: parsePortGroup(words.sourcePort, portGroups),
    destination: parseAddressGroup(words.destination, addressGroups),
    destinationPorts: parsePortGroup(words.destinationPort, portGroups),
  };
}
