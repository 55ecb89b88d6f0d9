import { expect, test } from "vitest";
import { DEFAULT_FLOW_LIMITS } from "../../../agent/sensor/flow/flow-limits.js";
import { hasFlowForRules, isAlwaysToServer } from "../../../agent/sensor/flow-protocols.js";
import { packetNumber } from "../../../agent/sensor/match/packet-values.js";
import { Field } from "../../../agent/sensor/proto/fields.js";
import { Protocol } from "../../../agent/sensor/proto/protocols.js";
import { registeredParsers } from "../../../agent/sensor/registered-parsers.js";
import { Sensor } from "../../../agent/sensor/sensor.js";
import { LINKTYPE_ETHERNET } from "../../../agent/sensor/wire/link-type.js";
import { PacketView } from "../../../agent/sensor/wire/packet-view.js";
import { PacketValue } from "../../../agent/signature/signature.js";
import { ethernet, ipv4, tcp } from "../../support/frames.js";
import { imageOf, parseRules, RuleBench } from "../../support/rules.js";
import { TEST_START_US } from "../../support/segments.js";

const NOTHING = new Uint8Array(0);
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

test("as in Suricata what a SYN has carried is judged when the connection is established", () => {
  const found: number[] = [];
  const sensor = new Sensor({
    image: imageOf(
      'alert http any any -> any any (flow:established; http.uri; content:"/early"; sid:1;)',
      'alert http any any -> any any (flow:not_established; http.uri; content:"/early"; sid:2;)',
    ),
    interfaceName: "test0",
    flowLimits: { ...DEFAULT_FLOW_LIMITS, maxFlows: 64, streamMemoryBytes: 1024 * 1024 },
    makeParsers: registeredParsers,
    onDetection: ({ signatureId }) => found.push(signatureId),
    wallMs: () => 0,
  });
  const request = Buffer.from("GET /early HTTP/1.0\r\n\r\n");
  const send = (
    isClient: boolean,
    flags: number,
    sequence: number,
    acknowledgement: number,
    payload = NOTHING,
  ) => {
    const [sourcePort, destinationPort] = isClient ? [40_000, 80] : [80, 40_000];
    const [source, destination] = isClient
      ? ["192.168.1.9", "198.51.100.7"]
      : ["198.51.100.7", "192.168.1.9"];
    const options = Uint8Array.from([34, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1]);
    const segment = tcp({ sourcePort, destinationPort, flags, sequence, acknowledgement, options }, payload);
    const frame = ethernet(ipv4({ source, destination }, segment));
    sensor.frame(frame, 0, frame.length, frame.length, LINKTYPE_ETHERNET, TEST_START_US);
  };
  const [SYN, ACK] = [2, 16];
  const end = 1001 + request.length;
  send(true, SYN, 1000, 0, request);
  send(false, SYN | ACK, 5000, end);
  send(true, ACK, end, 5001);
  expect(found).toEqual([1]);
});

test("as in Suricata tos asks for IPv4, and only packets of IP have a size", () => {
  const packet = (ipVersion: 0 | 4 | 6) =>
    Object.assign(new PacketView(), { ipVersion, tos: 8, payloadLength: 5 });
  const values = (value: 0 | 2) =>
    ([4, 6, 0] as const).map((version) => packetNumber(value, packet(version)));
  expect(values(PacketValue.TOS)).toEqual([8, -1, -1]);
  expect(values(PacketValue.DSIZE)).toEqual([5, 5, -1]);
});
