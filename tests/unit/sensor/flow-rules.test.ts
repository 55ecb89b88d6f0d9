import { expect, test } from "vitest";
import { hasFlowForRules, isAlwaysToServer } from "../../../agent/sensor/flow-protocols.js";
import { Field } from "../../../agent/sensor/proto/fields.js";
import { Protocol } from "../../../agent/sensor/proto/protocols.js";
import { PacketView } from "../../../agent/sensor/wire/packet-view.js";
import { parseRules, RuleBench } from "../../support/rules.js";

const rule = (options: string) => `alert ip any any -> any any (${options} sid:1;)`;
const judge = (options: string, flow: number, ipVersion = 4) => {
  const bench = new RuleBench(rule(options));
  bench.matcher.endpoints.ipVersion = ipVersion;
  return bench.packet("x", { flow }).length > 0;
};

test("a packet without a flow goes to the server; what asks for a state of the flow does not hold for it", () => {
  expect(judge("flow:to_server;", -1)).toBe(true);
  expect(judge("flow:to_client;", -1)).toBe(false);
  expect(judge("flow:stateless;", -1)).toBe(false);
  expect(judge("flow:stateless;", 1)).toBe(true);
});

test("directions of several flow keywords add up", () => {
  expect(parseRules(rule("flow:to_client; flow:established;")).signatures[0]!.directions).toBe(3);
  expect(parseRules(rule("flow:to_client,established;")).signatures[0]!.directions).toBe(2);
});

test("errors of ICMP are of no flow for rules, but where they say that something cannot be reached", () => {
  const packet = (ipVersion: 4 | 6, ipProtocol: number, icmpType = 0) =>
    Object.assign(new PacketView(), { ipVersion, ipProtocol, icmpType });
  expect(hasFlowForRules(packet(4, 1, 5), true)).toBe(false);
  expect(hasFlowForRules(packet(4, 1, 3), true)).toBe(true);
  expect(hasFlowForRules(packet(6, 58, 1), true)).toBe(false);
  expect(hasFlowForRules(packet(4, 47), false)).toBe(false);
  expect(isAlwaysToServer(packet(4, 41))).toBe(true);
  expect(isAlwaysToServer(packet(6, 41))).toBe(false);
});

test("the old modifiers of HTTP look at HTTP/1 only", () => {
  const uri = (protocol: 3 | 22) => ({ protocol, fields: [[Field.HTTP_URI, "/"]] as const });
  const old = new RuleBench('alert http any any -> any any (content:"/"; http_uri; sid:1;)');
  expect([old.message(uri(Protocol.HTTP1)), old.message(uri(Protocol.HTTP2))]).toEqual([[1], []]);
  const sticky = new RuleBench('alert http any any -> any any (http.uri; content:"/"; sid:1;)');
  expect([sticky.message(uri(Protocol.HTTP1)), sticky.message(uri(Protocol.HTTP2))]).toEqual([[1], [1]]);
});
