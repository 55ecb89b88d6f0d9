import { expect, test } from "vitest";
import type { PacketView } from "../../../../agent/sensor/wire/packet-view.js";
import { RuleBench, refusalOf } from "../../../support/rules.js";

const rule = (options: string) => `alert ip any any -> any any (${options} sid:1;)`;
/** IPv4 192.0.2.1 to 192.0.2.2, TTL 64; ICMP echo request, identifier 1, sequence 1. Both checksums are right. */
const ECHO = "4500001c00000000400 1f6dd c0000201 c0000202 0800f7fd 00010001".replaceAll(" ", "");
const IP_BYTE = 8;
const ICMP_BYTE = 27;

/** Whether the rule matches the echo request, with one bit of a byte flipped. */
function matches(options: string, spoiled = -1): boolean {
  const bench = new RuleBench(rule(options));
  const edit = (packet: PacketView) => {
    packet.bytes = Buffer.from(ECHO, "hex");
    if (spoiled >= 0) packet.bytes[spoiled]! ^= 1;
    packet.ipOffset = 0;
    packet.ipHeaderLength = 20;
    packet.ipEnd = 28;
    packet.transportOffset = 20;
    packet.payloadOffset = 28;
    packet.payloadLength = 0;
  };
  return bench.packet("", { source: "192.0.2.1", destination: "192.0.2.2", ipProtocol: 1 }, edit).length > 0;
}

test.each([
  ["ipv4-csum:valid;", -1, true],
  ["ipv4-csum:invalid;", -1, false],
  ["ipv4-csum:invalid;", IP_BYTE, true],
  ["ipv4-csum:invalid;", ICMP_BYTE, false],
  ["icmpv4-csum:valid;", -1, true],
  ["icmpv4-csum:invalid;", ICMP_BYTE, true],
  ["icmpv4-csum:invalid;", IP_BYTE, false],
  ["tcpv4-csum:invalid;", ICMP_BYTE, false],
  ["icmpv6-csum:invalid;", ICMP_BYTE, false],
])("%s with byte %d spoiled is %s", (options, spoiled, expected) => {
  expect(matches(options, spoiled)).toBe(expected);
});

test.each(["valid", "invalid"])("a UDP checksum that the sender left out is not %s", (text) => {
  const bench = new RuleBench(rule(`udpv4-csum:${text};`));
  const edit = (packet: PacketView) => {
    packet.bytes = new Uint8Array(28);
    packet.ipEnd = 28;
    packet.transportOffset = 20;
  };
  const fields = { source: "192.0.2.1", destination: "192.0.2.2", ipProtocol: 17 };
  expect(bench.packet("", fields, edit)).toEqual([]);
});

test("anything but valid and invalid is refused", () => {
  expect(refusalOf(rule("ipv4-csum:maybe;"))).toContain('"maybe" is neither valid nor invalid');
});
