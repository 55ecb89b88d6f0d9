import { PROTOCOL_NAMES, Protocol, type ProtocolId } from "../../sensor/proto/protocols.js";
import { Compare, parseComparison, parseCount } from "../comparison.js";
import { RuleError } from "../rule-error.js";
import { IP_PROTOCOL_NUMBERS } from "../rule-protocol.js";
import { type PacketTest, PacketValue, type PacketValueId } from "../signature.js";
import { requireValue, splitArguments } from "./arguments.js";
import type { Keyword } from "./keyword.js";

const STREAM_SIDES: Readonly<Record<string, PacketValueId>> = {
  client: PacketValue.STREAM_SIZE_CLIENT,
  server: PacketValue.STREAM_SIZE_SERVER,
  either: PacketValue.STREAM_SIZE_EITHER,
  both: PacketValue.STREAM_SIZE_BOTH,
};

const IP_VERSIONS: Readonly<Record<string, number>> = { ip4: 4, ipv4: 4, ip6: 6, ipv6: 6 };
const RPC_VALUES: readonly PacketValueId[] = [
  PacketValue.RPC_PROGRAM,
  PacketValue.RPC_VERSION,
  PacketValue.RPC_PROCEDURE,
];

const FAILED = PROTOCOL_NAMES[Protocol.FAILED]!;
/** Keywords of more protocols than these say nothing about which one it is: those of files. */
const MAX_NAMED = 2;

/** What a rule asks of its flow that only goes with one protocol, as if its header named it. */
export function ofProtocol(protocol: ProtocolId): PacketTest {
  // Pipes of SMB carry DCERPC.
  const b = protocol === Protocol.DCERPC ? Protocol.SMB : protocol;
  return { value: PacketValue.APPLICATION_PROTOCOL, operator: Compare.EITHER, a: protocol, b };
}

/** Tests of which protocol a packet or flow carries. */
export const protocolKeywords: readonly Keyword[] = [
  {
    names: ["app-layer-protocol"],
    apply(rule, value) {
      const text = requireValue(value, "app-layer-protocol").trim();
      const isNegated = text.startsWith("!");
      const name = text.replace("!", "").trim();
      const of = rule.applicationProtocols ?? [];
      if (rule.headerProtocols || (of.length > 0 && of.length <= MAX_NAMED)) {
        throw new RuleError(
          "app-layer-protocol: the header or a keyword before it says the protocol already",
        );
      }
      const key = `${isNegated ? "!" : ""}${name}`;
      const others = rule.packetTests.filter((test) => test.value === PacketValue.APPLICATION_PROTOCOL);
      const isSole = !isNegated || name === FAILED;
      if (others.length > 0 && (isSole || others.some(({ operator }) => operator === Compare.EITHER))) {
        throw new RuleError(`app-layer-protocol: "${key}" cannot stand beside another protocol`);
      }
      const protocol = name === "http1" ? Protocol.HTTP1 : PROTOCOL_NAMES.indexOf(name);
      if (protocol <= 0) throw new RuleError(`app-layer-protocol: "${text}" is not known`);
      if (others.some(({ a }) => a === protocol)) {
        throw new RuleError(`app-layer-protocol: "${key}" is given twice`);
      }
      const alternative = name === "http" ? Protocol.HTTP2 : name === "dcerpc" ? Protocol.SMB : protocol;
      rule.packetTests.push({
        value: PacketValue.APPLICATION_PROTOCOL,
        operator: isNegated ? Compare.NEITHER : Compare.EITHER,
        a: protocol,
        b: alternative,
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
      if (rule.headerTransport !== undefined || rule.headerProtocols) {
        throw new RuleError("ip_proto: goes with the header protocols ip, ip4 and ip6 only");
      }
      const others = rule.packetTests.filter((test) => test.value === PacketValue.IP_PROTO);
      const areNot = [...others, { operator }].every((test) => test.operator !== Compare.EQUAL);
      if (others.length > 0 && !areNot)
        throw new RuleError("ip_proto: one protocol cannot stand beside others");
      rule.asksForIpProtocol = true;
      rule.packetTests.push({ value: PacketValue.IP_PROTO, operator, a: number, b: 0 });
    },
  },
  {
    names: ["stream_size"],
    apply(rule, value) {
      const [side, operator, size, ...rest] = splitArguments(value, "stream_size");
      const test = STREAM_SIDES[side?.toLowerCase() ?? ""];
      if (test === undefined || operator === undefined || size === undefined || rest.length > 0) {
        throw new RuleError(`stream_size: cannot read "${value}"`);
      }
      rule.packetTests.push({ value: test, ...parseComparison(operator + size, "stream_size", 0xffff_ffff) });
    },
  },
  {
    names: ["l3_proto"],
    apply(rule, value) {
      const version = IP_VERSIONS[requireValue(value, "l3_proto").toLowerCase()];
      if (version === undefined) throw new RuleError(`l3_proto: "${value}" is not known`);
      rule.packetTests.push({ value: PacketValue.IP_VERSION, operator: Compare.EQUAL, a: version, b: 0 });
    },
  },
  {
    names: ["rpc"],
    apply(rule, value) {
      const numbers = splitArguments(value, "rpc");
      if (numbers.length > RPC_VALUES.length) throw new RuleError(`rpc: cannot read "${value}"`);
      for (const [index, text] of numbers.entries()) {
        if (text === "*" && index > 0) continue;
        const a = parseCount(text, "rpc", 0xffff_ffff);
        rule.packetTests.push({ value: RPC_VALUES[index]!, operator: Compare.EQUAL, a, b: 0 });
      }
    },
  },
  {
    names: ["requires"],
    apply(_rule, value) {
      if (!requirementsHold(requireValue(value, "requires"))) {
        throw new RuleError(`requires: not met by this engine (as Suricata ${COMPATIBLE_VERSION.join(".")})`);
      }
    },
  },
];

/** The version of Suricata whose language the engine speaks. */
const COMPATIBLE_VERSION: readonly number[] = [7, 0, 10];

/** `version >= 7 < 8 | >= 9`, once, and others, separated by commas; 7.0.10 knows no `keyword`, and what is not known is not met. */
function requirementsHold(text: string): boolean {
  const parts = text.split(",").map((part) => part.trim().split(/\s+/));
  if (parts.filter(([kind]) => kind === "version").length > 1)
    throw new RuleError("requires: the version may be named once");
  return parts.every(([kind, ...words]) => {
    if (kind !== "version") return false;
    const alternatives = words.join(" ").split("|");
    return alternatives.some((alternative) =>
      [...alternative.matchAll(/(>=|<=|>|<)\s*([\d.]+)/g)].every(([, operator, version]) =>
        versionHolds(operator!, version!.split(".").map(Number)),
      ),
    );
  });
}

function versionHolds(operator: string, version: readonly number[]): boolean {
  let order = 0;
  for (let i = 0; i < 3 && order === 0; i++) order = COMPATIBLE_VERSION[i]! - (version[i] ?? 0);
  if (order === 0) return operator.endsWith("=");
  return operator.startsWith(">") === order > 0;
}
