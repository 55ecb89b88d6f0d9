import { RuleError } from "./rule-error.js";

/** Address and port groups that rules name with a dollar sign, as in `suricata.yaml`. */
export interface RuleVariables {
  readonly addressGroups: Readonly<Record<string, string>>;
  readonly portGroups: Readonly<Record<string, string>>;
}

/** Private and unique-local ranges (RFC 1918, RFC 4193): what an office has inside when nobody says otherwise. */
export const DEFAULT_HOME_NET: readonly string[] = [
  "192.168.0.0/16",
  "10.0.0.0/8",
  "172.16.0.0/12",
  "fc00::/7",
];

/** Servers are everything inside, everything not inside is outside. The names are those of `suricata.yaml`. */
export function defaultVariables(homeNet: readonly string[] = DEFAULT_HOME_NET): RuleVariables {
  const inside = "$HOME_NET";
  return {
    addressGroups: {
      HOME_NET: `[${homeNet.join(",")}]`,
      EXTERNAL_NET: "!$HOME_NET",
      HTTP_SERVERS: inside,
      SMTP_SERVERS: inside,
      SQL_SERVERS: inside,
      DNS_SERVERS: inside,
      TELNET_SERVERS: inside,
      AIM_SERVERS: "$EXTERNAL_NET",
      DC_SERVERS: inside,
      DNP3_SERVER: inside,
      DNP3_CLIENT: inside,
      MODBUS_CLIENT: inside,
      MODBUS_SERVER: inside,
      ENIP_CLIENT: inside,
      ENIP_SERVER: inside,
    },
    portGroups: {
      HTTP_PORTS: "80",
      SHELLCODE_PORTS: "!80",
      ORACLE_PORTS: "1521",
      SSH_PORTS: "22",
      DNP3_PORTS: "20000",
      MODBUS_PORTS: "502",
      FILE_DATA_PORTS: "[$HTTP_PORTS,110,143]",
      FTP_PORTS: "21",
      GENEVE_PORTS: "6081",
      VXLAN_PORTS: "4789",
      TEREDO_PORTS: "3544",
    },
  };
}

/** A group expression as a tree: `[a,!b,[c,d]]`. */
export type GroupNode =
  | { readonly kind: "item"; readonly text: string; readonly isNegated: boolean }
  | { readonly kind: "list"; readonly items: readonly GroupNode[]; readonly isNegated: boolean };

/** Variables may name variables, and lists nest: both this deep at the most. */
const MAX_DEPTH = 16;
/** Items of one group with all variables in place: a rule is not a block list, for which there are data sets. */
const MAX_ITEMS = 16_384;

/**
 * Parse a group expression and put variables in place.
 *
 * @param budget items that may still come
 * @throws RuleError for unbalanced brackets, an empty item, an unknown variable, too deep nesting or too many items
 */
export function parseGroup(
  text: string,
  groups: Readonly<Record<string, string>>,
  depth = 0,
  budget = { items: MAX_ITEMS },
): GroupNode {
  if (depth > MAX_DEPTH) throw new RuleError("variables or brackets nest too deep");
  if (--budget.items < 0) throw new RuleError(`a group of more than ${MAX_ITEMS} items`);
  let body = text.trim();
  let isNegated = false;
  // A list may stand without its brackets.
  if (depth === 0 && splitList(body).length > 1) body = `[${body}]`;
  while (body.startsWith("!")) {
    isNegated = !isNegated;
    body = body.slice(1).trim();
  }
  if (body === "") throw new RuleError("an empty item in a group");
  if (body.startsWith("$")) {
    const name = body.slice(1);
    if (!Object.hasOwn(groups, name)) throw new RuleError(`variable $${name} is not defined`);
    return { kind: "list", items: [parseGroup(groups[name]!, groups, depth + 1, budget)], isNegated };
  }
  if (!body.startsWith("[")) return { kind: "item", text: body, isNegated };
  if (!body.endsWith("]")) throw new RuleError(`unbalanced brackets in "${text.slice(0, 60)}"`);
  const items = splitList(body.slice(1, -1)).map((item) => parseGroup(item, groups, depth + 1, budget));
  return { kind: "list", items, isNegated };
}

function splitList(body: string): string[] {
  const items: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < body.length; i++) {
    const character = body[i];
    if (character === "[") depth++;
    else if (character === "]") depth--;
    else if (character === "," && depth === 0) {
      items.push(body.slice(start, i));
      start = i + 1;
    }
    if (depth < 0) throw new RuleError(`unbalanced brackets in "${body.slice(0, 60)}"`);
  }
  items.push(body.slice(start));
  return items;
}
