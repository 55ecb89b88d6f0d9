import { parsePattern } from "../content-pattern.js";
import { RuleError } from "../rule-error.js";
import type { BitOperation, FlowIntOperation } from "../signature.js";
import { splitArguments } from "./arguments.js";
import type { Keyword } from "./keyword.js";

const OPERATIONS: readonly string[] = ["set", "unset", "toggle", "isset", "isnotset"];
const FLOWINT_OPERATIONS: readonly string[] = [
  "=",
  "+",
  "-",
  "==",
  "!=",
  "<",
  ">",
  "<=",
  ">=",
  "isset",
  "isnotset",
  "notset",
];
/** As Suricata reads names and operands of counters. */
const FLOWINT_NAME = /^[A-Za-z][\w./]+$/;
const FLOWINT_OPERAND = /^(?:[A-Za-z][A-Za-z0-9_]+|\d{1,10})$/;

/** How long marks on hosts stay where the rule says nothing, as in Suricata. */
const HOSTBIT_SECONDS = 300;
const XBIT_SECONDS = 30;
const MAX_FLOWINT = 0xffff_ffff;

/** `flowbits:set,name`: marks that rules leave on a flow for later rules. */
const flowbitsKeyword: Keyword = {
  names: ["flowbits"],
  apply(rule, value) {
    const [operation, ...rest] = splitArguments(value, "flowbits");
    if (operation === "noalert" && rest.length === 0) {
      rule.isNoAlert = true;
      return;
    }
    if (!OPERATIONS.includes(operation!)) throw new RuleError(`flowbits: "${operation}" is not known`);
    const text = rest.join(",");
    // As in Suricata the bar belongs to the name for all others.
    const hasSeveral = operation === "isset" || operation === "isnotset";
    const names = (hasSeveral ? text.split("|") : [text]).map((name) => name.trim());
    if (names.some((name) => name === "")) throw new RuleError("flowbits: a name is missing");
    if (names.some((name) => /\s/.test(name))) throw new RuleError("flowbits: a name has no blanks");
    rule.bits.push({
      kind: "flowbits",
      operation: operation as BitOperation["operation"],
      names,
      track: "flow",
      expireSeconds: 0,
    });
  },
};

/** `xbits:set,name,track ip_src,expire 60`: marks on hosts or pairs of hosts. */
const xbitsKeyword: Keyword = {
  names: ["xbits"],
  apply(rule, value) {
    const [operation, ...rest] = splitArguments(value, "xbits");
    if (operation === "noalert") throw new RuleError("xbits: noalert is a keyword of its own");
    const [name, ...options] = rest;
    if (!OPERATIONS.includes(operation!) || !name) throw new RuleError(`xbits: cannot read "${value}"`);
    let track: BitOperation["track"] | undefined;
    let expireSeconds = 0;
    for (const option of options) {
      const [key, argument] = option.split(/\s+/);
      if (key === "track" && ["ip_src", "ip_dst", "ip_pair"].includes(argument ?? "")) {
        track = argument as BitOperation["track"];
      } else if (key === "expire" && /^\d+$/.test(argument ?? "") && Number(argument) > 0) {
        expireSeconds = Number(argument);
      } else throw new RuleError(`xbits: cannot read "${option}"`);
    }
    if (!track) throw new RuleError("xbits: track ip_src, ip_dst or ip_pair is missing");
    rule.bits.push({
      kind: "xbits",
      operation: operation as BitOperation["operation"],
      names: [name],
      track,
      expireSeconds: expireSeconds || XBIT_SECONDS,
    });
  },
};

/** `hostbits:set,name,src`: marks on one host. */
const hostbitsKeyword: Keyword = {
  names: ["hostbits"],
  apply(rule, value) {
    const [operation, name, side] = splitArguments(value, "hostbits");
    if (operation === "noalert") {
      rule.isNoAlert = true;
      return;
    }
    if (!OPERATIONS.includes(operation!) || !name) throw new RuleError(`hostbits: cannot read "${value}"`);
    if (side !== undefined && side !== "src" && side !== "dst") {
      throw new RuleError(`hostbits: "${side}" is neither src nor dst`);
    }
    rule.bits.push({
      kind: "hostbits",
      operation: operation as BitOperation["operation"],
      names: [name],
      track: side === "dst" ? "ip_dst" : "ip_src",
      expireSeconds: HOSTBIT_SECONDS,
    });
  },
};

/** `flowint:name,+,1`: counters on a flow. */
const flowintKeyword: Keyword = {
  names: ["flowint"],
  apply(rule, value) {
    const parts = splitArguments(value, "flowint");
    const [name, operation, argument] = parts;
    if (!name || !operation || !FLOWINT_OPERATIONS.includes(operation)) {
      throw new RuleError(`flowint: cannot read "${value}"`);
    }
    // As in Suricata an operand that says nothing may follow the question whether there is a value.
    const isPresence = operation.endsWith("set");
    if (!(isPresence && !argument) && !FLOWINT_OPERAND.test(argument ?? "")) {
      throw new RuleError(`flowint: cannot read "${value}"`);
    }
    if (Number(argument) > MAX_FLOWINT) throw new RuleError(`flowint: ${argument} is more than 32 bits hold`);
    if (!FLOWINT_NAME.test(name)) {
      throw new RuleError(`flowint: a name begins with a letter and has two or more; "${name}" is none`);
    }
    rule.flowInts.push({
      name,
      operation: (operation === "isnotset" ? "notset" : operation) as FlowIntOperation["operation"],
      value: isPresence ? 0 : /^\d+$/.test(argument!) ? Number(argument) : argument!,
    });
  },
};

/** `flowvar:name,text`: what an expression captured on the flow, or on the packet at hand, contains the text. */
function variableKeyword(kind: "flowvar" | "pktvar"): Keyword {
  return {
    names: [kind],
    apply(rule, value) {
      const match = /^([^,\s]+),("?)([^"!\s][^"]*)\2$/.exec(value?.trim() ?? "");
      if (!match) throw new RuleError(`${kind}: takes a name, a comma and a text`);
      const pattern = parsePattern(match[3]!, kind);
      const [name, track] = [match[1]!, "flow"] as const;
      rule.bits.push({ kind, operation: "isset", names: [name], track, expireSeconds: 0, pattern });
    },
  };
}

/** Marks and counters that rules leave for other rules. */
export const bitKeywords: readonly Keyword[] = [
  flowbitsKeyword,
  xbitsKeyword,
  hostbitsKeyword,
  flowintKeyword,
  variableKeyword("flowvar"),
  variableKeyword("pktvar"),
];
