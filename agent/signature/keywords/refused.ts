import { RuleError } from "../rule-error.js";
import type { Keyword } from "./keyword.js";

const NO_PARSER =
  "the protocol is not read here, nor by Suricata 7 as it is shipped, which refuses the rule as well";
/** Keywords of Suricata 7 that are not run, and why. */
const REASONS: Readonly<Record<string, string>> = {
  geoip: "there is no database of countries here, nor in Suricata as Debian builds it; use lists of networks",
  lua: "scripts of rules are not run",
  luajit: "scripts of rules are not run",
  cip_service: NO_PARSER,
  enip_command: NO_PARSER,
  dnp3_data: NO_PARSER,
  "dnp3.data": NO_PARSER,
  dnp3_func: NO_PARSER,
  dnp3_ind: NO_PARSER,
  dnp3_obj: NO_PARSER,
  modbus: NO_PARSER,
  template2: NO_PARSER,
};

export const refusedKeywords: readonly Keyword[] = Object.entries(REASONS).map(([name, reason]) => ({
  names: [name],
  apply() {
    throw new RuleError(`keyword ${name}: ${reason}`);
  },
}));
