import { PROTOCOL_NAMES } from "../../sensor/proto/protocols.js";
import { Compare } from "../comparison.js";
import { RuleError } from "../rule-error.js";
import { IP_PROTOCOL_NUMBERS } from "../rule-protocol.js";
import { PacketValue } from "../signature.js";
import { requireValue } from "./arguments.js";
import type { Keyword } from "./keyword.js";

/** Tests of which protocol a packet or flow carries. */
export const protocolKeywords: readonly Keyword[] = [
  {
    names: ["app-layer-protocol"],
    apply(rule, value) {
      const text = requireValue(value, "app-layer-protocol").split(",")[0]!.trim();
      const isNegated = text.startsWith("!");
      const protocol = PROTOCOL_NAMES.indexOf(text.replace("!", "").trim());
      if (protocol < 0) throw new RuleError(`app-layer-protocol: "${text}" is not known`);
      rule.packetTests.push({
        value: PacketValue.APPLICATION_PROTOCOL,
        operator: isNegated ? Compare.NOT_EQUAL : Compare.EQUAL,
        a: protocol,
        b: 0,
      });
    },
  },
  {
    names: ["ip_proto"],
    apply(rule, value) {
      const match = /^([!<>]?)\s*([\w-]+)$/.exec(requireValue(value, "ip_proto"));
      const name = match?.[2]?.toLowerCase() ?? "";
      const number = /^\d+$/.test(name) ? Number(name) : IP_PROTOCOL_NUMBERS[name];
      if (!match || number === undefined || number > 255)
        throw new RuleError(`ip_proto: cannot read "${value}"`);
      const operator = { "": Compare.EQUAL, "!": Compare.NOT_EQUAL, "<": Compare.LESS, ">": Compare.GREATER }[
        match[1] as "" | "!" | "<" | ">"
      ];
      rule.packetTests.push({ value: PacketValue.IP_PROTO, operator, a: number, b: 0 });
    },
  },
];
