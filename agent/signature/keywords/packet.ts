import { Compare, type CompareOperator, parseComparison } from "../comparison.js";
import { RuleError } from "../rule-error.js";
import { PacketValue, type PacketValueId } from "../signature.js";
import { refuseValue, requireValue } from "./arguments.js";
import type { Keyword } from "./keyword.js";

/** No option has more than eight bits. */
const NO_IP_OPTION = 256;

const FLAG_BITS: Readonly<Record<string, number>> = {
  F: 0x01,
  S: 0x02,
  R: 0x04,
  P: 0x08,
  A: 0x10,
  U: 0x20,
  E: 0x40,
  C: 0x80,
  "2": 0x40,
  "1": 0x80,
  "0": 0,
};
/** FIN, SYN, RST; URG, ECE, CWR. */
const BEGIN_OR_END_FLAGS = 0x07;
const SYN = 0x02;
const UNUSUAL_FLAGS = 0xe0;
const FRAGMENT_BITS: Readonly<Record<string, number>> = { M: 0x1, D: 0x2, R: 0x4 };
const IP_OPTIONS: Readonly<Record<string, number>> = {
  rr: 7,
  eol: 0,
  nop: 1,
  ts: 68,
  sec: 130,
  esec: 133,
  lsrr: 131,
  ssrr: 137,
  satid: 136,
};

/** A keyword that compares one number of the packet. */
function numberKeyword(names: readonly string[], value: PacketValueId, max: number): Keyword {
  return {
    names,
    apply: (rule, text, _context, name) =>
      void rule.packetTests.push({ value, ...parseComparison(text, name, max) }),
  };
}

/** As in Suricata what stands behind the letters says nothing. */
const FRAGMENT_BITS_TEXT = /^\s*([+*!])?\s*([MDR]+)/;
/** The same behind the number. */
const FRAGMENT_OFFSET_TEXT = /^\s*([<>])?\s*(\d{1,5})/;

/** Letters of a bit field with an optional `+` (all of these, others may be set), `*` (any) or `!` (none). */
function parseBits(text: string, bits: Readonly<Record<string, number>>, keyword: string) {
  const match = /^([+*!=])?\s*([A-Z0-9]+)([+*!])?$/i.exec(text.trim());
  if (!match) throw new RuleError(`${keyword}: cannot read "${text}"`);
  let mask = 0;
  for (const letter of match[2]!.toUpperCase()) {
    const bit = bits[letter];
    if (bit === undefined) throw new RuleError(`${keyword}: "${letter}" is not a flag`);
    mask |= bit;
  }
  return { modifier: match[1] ?? match[3] ?? "=", mask };
}

/** As in Suricata `!` asks that not all of them are set, and a bit that is to be left out of account never is. */
function bitComparison(
  modifier: string,
  mask: number,
  relevant: number,
): { operator: CompareOperator; a: number; b: number } {
  if (modifier === "+" && mask === 0) return { operator: Compare.EQUAL, a: 0, b: 0 };
  if (modifier === "+") return { operator: Compare.MASKED, a: mask & relevant, b: mask };
  if (modifier === "*") return { operator: Compare.ANY_BIT, a: mask & relevant, b: 0 };
  if (modifier === "!" && mask === 0) return { operator: Compare.NOT_EQUAL, a: 0, b: 0 };
  if (modifier === "!") return { operator: Compare.NOT_MASKED, a: mask & relevant, b: mask };
  if (mask === 0) return { operator: Compare.EQUAL, a: 0, b: 0 };
  return { operator: Compare.MASKED, a: relevant, b: mask };
}

/** Tests of header fields of one packet. */
export const packetKeywords: readonly Keyword[] = [
  numberKeyword(["dsize"], PacketValue.DSIZE, 65_535),
  numberKeyword(["ttl"], PacketValue.TTL, 255),
  {
    names: ["tos"],
    apply(rule, value) {
      // Suricata's way to write a hexadecimal number here.
      const text = requireValue(value, "tos").replace(/^(!?)\s*x(?=[0-9a-f]+$)/i, "$10x");
      rule.packetTests.push({ value: PacketValue.TOS, ...parseComparison(text, "tos", 255) });
    },
  },
  numberKeyword(["id"], PacketValue.IP_ID, 65_535),
  numberKeyword(["itype"], PacketValue.ICMP_TYPE, 255),
  numberKeyword(["icode"], PacketValue.ICMP_CODE, 255),
  numberKeyword(["icmp_id"], PacketValue.ICMP_ID, 65_535),
  numberKeyword(["icmp_seq"], PacketValue.ICMP_SEQUENCE, 65_535),
  numberKeyword(["seq", "tcp.seq"], PacketValue.TCP_SEQUENCE, 0xffff_ffff),
  numberKeyword(["ack", "tcp.ack"], PacketValue.TCP_ACKNOWLEDGEMENT, 0xffff_ffff),
  numberKeyword(["window", "tcp.window"], PacketValue.TCP_WINDOW, 65_535),
  numberKeyword(["tcp.mss"], PacketValue.TCP_MSS, 65_535),
  numberKeyword(["icmpv6.mtu"], PacketValue.ICMPV6_MTU, 0xffff_ffff),
  numberKeyword(["flow.age"], PacketValue.FLOW_AGE, 0xffff_ffff),
  {
    names: ["fragoffset"],
    apply(rule, value) {
      const text = FRAGMENT_OFFSET_TEXT.exec(requireValue(value, "fragoffset"));
      if (text === null) throw new RuleError(`fragoffset: cannot read "${value}"`);
      const test = parseComparison(`${text[1] ?? ""}${text[2]}`, "fragoffset", 65_535);
      rule.packetTests.push({ value: PacketValue.FRAGMENT_OFFSET, ...test });
    },
  },
  {
    names: ["flags", "tcp.flags"],
    apply(rule, value) {
      const [wanted, ignored, ...rest] = requireValue(value, "flags").split(",");
      if (rest.length > 0) throw new RuleError(`flags: cannot read "${value}"`);
      const { modifier, mask } = parseBits(wanted!, FLAG_BITS, "flags");
      const ignoredMask = ignored === undefined ? 0 : parseBits(ignored, FLAG_BITS, "flags").mask;
      const flags = PacketValue.TCP_FLAGS;
      rule.packetTests.push({ value: flags, ...bitComparison(modifier, mask, 0xff & ~ignoredMask) });
      // As Suricata sorts packets out before it looks at rules, whatever the rule asks of these flags.
      for (const group of [BEGIN_OR_END_FLAGS, UNUSUAL_FLAGS]) {
        if ((mask & group) !== 0)
          rule.packetTests.push({ value: flags, operator: Compare.ANY_BIT, a: group, b: 0 });
      }
      if (modifier === "*" && (mask & SYN) !== 0)
        rule.packetTests.push({ value: flags, operator: Compare.ANY_BIT, a: SYN, b: 0 });
    },
  },
  {
    names: ["fragbits"],
    apply(rule, value) {
      const text = FRAGMENT_BITS_TEXT.exec(requireValue(value, "fragbits"))?.[0];
      if (text === undefined) throw new RuleError(`fragbits: cannot read "${value}"`);
      const { modifier, mask } = parseBits(text, FRAGMENT_BITS, "fragbits");
      const bits = PacketValue.FRAGMENT_BITS;
      rule.packetTests.push({ value: bits, ...bitComparison(modifier, mask, 0x7) });
      // As in Suricata `+` asks for further bits, where TCP flags with `+` only allow them.
      if (modifier === "+")
        rule.packetTests.push({ value: bits, operator: Compare.NOT_EQUAL, a: mask, b: 0 });
    },
  },
  {
    names: ["ipopts"],
    apply(rule, value) {
      const name = requireValue(value, "ipopts").toLowerCase();
      if (name === "any")
        rule.neverFires("ipopts:any is an option of its own for Suricata, which no packet has");
      const option = name === "any" ? NO_IP_OPTION : IP_OPTIONS[name];
      if (option === undefined) throw new RuleError(`ipopts: "${name}" is not known`);
      rule.packetTests.push({ value: PacketValue.IP_OPTION, operator: Compare.EQUAL, a: option, b: 0 });
    },
  },
  {
    names: ["sameip"],
    apply(rule, value) {
      refuseValue(value, "sameip");
      rule.packetTests.push({ value: PacketValue.SAME_IP, operator: Compare.EQUAL, a: 1, b: 0 });
    },
  },
];
