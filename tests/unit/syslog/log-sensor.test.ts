import { expect, it } from "vitest";
import { LogSensor } from "../../../agent/log-sensor.js";
import type { LogEvent } from "../../../agent/syslog/log-event.js";
import { ManualClock } from "../../support/manual-clock.js";
import { imageOf } from "../../support/rules.js";

const RULES = [
  'alert dns $HOME_NET any -> any any (msg:"name"; dns.query; content:"c2.example"; sid:1;)',
  'alert http $HOME_NET any -> $EXTERNAL_NET any (msg:"url"; flow:established,to_server; http.uri; content:"/gate.php"; http.host; content:"bad.example"; sid:2;)',
  'alert tls $HOME_NET any -> $EXTERNAL_NET any (msg:"sni"; tls.sni; content:"bad.example"; sid:3;)',
  'alert tcp $EXTERNAL_NET any -> any 23 (msg:"knocks"; flags:S; threshold:type both, track by_src, count 3, seconds 60; sid:4;)',
  'alert ip $HOME_NET any -> 203.0.113.66 any (msg:"address"; sid:5;)',
];
const OUT = {
  action: "allow",
  sourceAddress: "192.168.1.5",
  sourcePort: 50000,
  destinationAddress: "203.0.113.80",
} as const;

function judge(...events: readonly LogEvent[]) {
  const sensor = new LogSensor(
    imageOf(...RULES),
    [{ name: "router", address: "192.168.1.1" }],
    new ManualClock(),
  );
  const sourced = events.map((event, i) => ({
    source: "router",
    format: "x",
    timeMs: 1_795_860_000_000 + i,
    event,
  }));
  return sensor
    .judge(sourced)
    .map(({ signatureId, interfaceName, clientAddress, serverAddress, isAnswered }) => ({
      signatureId,
      interfaceName,
      clientAddress,
      serverAddress,
      isAnswered,
    }));
}

const ids = (...events: readonly LogEvent[]) => judge(...events).map(({ signatureId }) => signatureId);

it("names, URLs, addresses and thresholds of rules hold for what logs say", () => {
  expect(judge({ kind: "dns", sourceAddress: "192.168.1.5", name: "x.c2.example" })).toEqual([
    {
      signatureId: 1,
      interfaceName: "router",
      clientAddress: "192.168.1.5",
      serverAddress: "192.168.1.1",
      isAnswered: false,
    },
  ]);
  expect(ids({ kind: "http", ...OUT, url: "http://bad.example/gate.php?x" })).toEqual([2]);
  expect(ids({ kind: "http", ...OUT, name: "bad.example", url: "/gate.php", destinationPort: 8080 })).toEqual(
    [2],
  );
  expect(ids({ kind: "http", ...OUT, url: "https://bad.example/gate.php" })).toEqual([3]);
  expect(ids({ kind: "flow", protocol: "TCP", ...OUT, destinationPort: 443, name: "bad.example" })).toEqual([
    3,
  ]);
  expect(ids({ kind: "flow", protocol: "UDP", ...OUT, destinationAddress: "203.0.113.66" })).toEqual([5]);
  const knock = {
    kind: "flow",
    action: "deny",
    protocol: "TCP",
    sourceAddress: "198.51.100.7",
    destinationAddress: "192.168.1.1",
    destinationPort: 23,
  } as const;
  expect(ids(...[1, 2, 3, 4].map((port) => ({ ...knock, sourcePort: 4000 + port })))).toEqual([4]);
  const v6 = {
    kind: "dns",
    sourceAddress: "fc00::5",
    destinationAddress: "2001:db8::53",
    name: "c2.example",
  } as const;
  expect(ids(v6)).toEqual([1]);
});

it("what fits no rule, or says too little, is nothing", () => {
  expect(ids({ kind: "http", ...OUT, url: "http://good.example/" })).toEqual([]);
  expect(ids({ kind: "flow", protocol: "TCP", sourceAddress: "192.168.1.5" })).toEqual([]);
  expect(ids({ kind: "dns", sourceAddress: "nonsense", name: "c2.example" })).toEqual([]);
  expect(ids({ kind: "other", topic: "x" })).toEqual([]);
});
