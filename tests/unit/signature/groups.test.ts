import { expect, test } from "vitest";
import { parseAddressGroup } from "../../../agent/signature/address-group.js";
import { parsePortGroup } from "../../../agent/signature/port-group.js";
import { defaultVariables } from "../../../agent/signature/variables.js";

const { addressGroups, portGroups } = defaultVariables(["10.0.0.0/8"]);
const v4 = (text: string) =>
  parseAddressGroup(text, addressGroups).v4.map(([first, last]) => [Number(first), Number(last)]);
const ports = (text: string) =>
  parsePortGroup(text, portGroups).map(([first, last]) => [Number(first), Number(last)]);

test("networks, ranges, netmasks and single addresses become ranges", () => {
  expect(v4("10.0.0.0/30")).toEqual([[0x0a000000, 0x0a000003]]);
  expect(v4("10.0.0.7/255.255.255.0")).toEqual([[0x0a000000, 0x0a0000ff]]);
  expect(v4("10.0.0.1-10.0.0.9")).toEqual([[0x0a000001, 0x0a000009]]);
  expect(v4("[10.0.0.1,10.0.0.2,10.0.0.9]")).toEqual([
    [0x0a000001, 0x0a000002],
    [0x0a000009, 0x0a000009],
  ]);
});

test("what is negated in a list is taken out of the rest", () => {
  expect(v4("[10.0.0.0/30,!10.0.0.2]")).toEqual([
    [0x0a000000, 0x0a000001],
    [0x0a000003, 0x0a000003],
  ]);
  expect(v4("!$HOME_NET")).toEqual([
    [0, 0x09ffffff],
    [0x0b000000, 0xffffffff],
  ]);
});

test("a negated list of IPv4 networks says nothing about IPv6, as in Suricata", () => {
  expect(parseAddressGroup("$EXTERNAL_NET", addressGroups).v6).toEqual([]);
  expect(parseAddressGroup("any", addressGroups).v6).toHaveLength(1);
  expect(parseAddressGroup("[2001:db8::/32,!2001:db8::1]", addressGroups).v6).toHaveLength(2);
});

test.each([
  ["!any", "no address can be in"],
  ["[10.0.0.1,!10.0.0.0/8]", "no address can be in"],
  ["$NOBODY", "variable $NOBODY is not defined"],
  ["10.0.0.0/33", "is not a network"],
  ["10.0.0.256", "is not an address"],
  ["[10.0.0.1", "unbalanced brackets"],
  ["[10.0.0.1,]", "an empty item"],
])("the address group %s is refused: %s", (text, reason) => {
  expect(() => parseAddressGroup(text, addressGroups)).toThrow(reason);
});

test("a variable that names itself ends in a refusal, not in a loop", () => {
  expect(() => parseAddressGroup("$A", { A: "[$B]", B: "!$A" })).toThrow("nest too deep");
});

test("port groups know ranges with open ends, lists, negation and variables", () => {
  expect(ports("80")).toEqual([[80, 80]]);
  expect(ports("1024:")).toEqual([[1024, 65535]]);
  expect(ports(":1023")).toEqual([[0, 1023]]);
  expect(ports("[80:90,!85]")).toEqual([
    [80, 84],
    [86, 90],
  ]);
  expect(ports("$FILE_DATA_PORTS")).toEqual([
    [80, 80],
    [110, 110],
    [143, 143],
  ]);
  expect(() => ports("70000")).toThrow("is not a port");
  expect(() => ports("9:1")).toThrow("is not a port range");
});
