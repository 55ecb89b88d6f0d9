import { ownText } from "../../base/own-text.js";
import { RuleError } from "../rule-error.js";
import { BOTH_DIRECTIONS, FlowFlag, TO_CLIENT_BIT, TO_SERVER_BIT } from "../signature.js";
import { splitArguments } from "./arguments.js";
import type { Keyword } from "./keyword.js";

const FLAGS: Readonly<Record<string, number>> = {
  established: FlowFlag.ESTABLISHED,
  not_established: FlowFlag.NOT_ESTABLISHED,
  stateless: FlowFlag.STATELESS,
  only_stream: FlowFlag.ONLY_STREAM,
  no_stream: FlowFlag.NO_STREAM,
  only_frag: FlowFlag.ONLY_FRAGMENT,
  no_frag: FlowFlag.NO_FRAGMENT,
};
const DIRECTIONS: Readonly<Record<string, number>> = {
  to_server: TO_SERVER_BIT,
  from_client: TO_SERVER_BIT,
  to_client: TO_CLIENT_BIT,
  from_server: TO_CLIENT_BIT,
};
const CONTRADICTIONS: readonly (readonly [number, number])[] = [
  [FlowFlag.ESTABLISHED, FlowFlag.NOT_ESTABLISHED],
  [FlowFlag.ESTABLISHED, FlowFlag.STATELESS],
  [FlowFlag.NOT_ESTABLISHED, FlowFlag.STATELESS],
  [FlowFlag.ONLY_STREAM, FlowFlag.NO_STREAM],
  [FlowFlag.ONLY_FRAGMENT, FlowFlag.NO_FRAGMENT],
];

interface FlowWords {
  readonly flags: number;
  readonly directions: number;
}

/** What was read: tens of thousands of rules write the same few. */
const known = new Map<string, FlowWords>();
const MAX_KNOWN = 64;
const MAX_KNOWN_LENGTH = 64;

/** `flow`: state and direction of the connection. */
export const flowKeyword: Keyword = {
  names: ["flow"],
  apply(rule, value) {
    if (rule.flowFlags !== 0) throw new RuleError("flow: a rule has one; put all its words into it");
    let words = value === undefined ? undefined : known.get(value);
    if (words === undefined) {
      words = readWords(value);
      if (value !== undefined && value.length <= MAX_KNOWN_LENGTH && known.size < MAX_KNOWN) {
        known.set(ownText(value), words);
      }
    }
    rule.flowFlags = words.flags;
    rule.addFlowDirections(words.directions === 0 ? BOTH_DIRECTIONS : words.directions);
  },
};

function readWords(value: string | undefined): FlowWords {
  let [flags, directions] = [0, 0];
  for (const word of splitArguments(value, "flow")) {
    const name = word.toLowerCase();
    if (DIRECTIONS[name] !== undefined) {
      if (directions === DIRECTIONS[name]) throw new RuleError(`flow: "${word}" says the same again`);
      if (directions !== 0) throw new RuleError("flow: to_server and to_client exclude each other");
      directions = DIRECTIONS[name];
    } else if (FLAGS[name] !== undefined) {
      if ((flags & FLAGS[name]) !== 0) throw new RuleError(`flow: "${word}" says the same again`);
      flags |= FLAGS[name];
    } else {
      throw new RuleError(`flow: "${word}" is not known`);
    }
  }
  for (const [a, b] of CONTRADICTIONS) {
    if ((flags & a) !== 0 && (flags & b) !== 0)
      throw new RuleError("flow: the conditions exclude each other");
  }
  return { flags, directions };
}
