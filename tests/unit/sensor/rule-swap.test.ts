/** Rules are exchanged while traffic runs: flows go on, and what rules have remembered is found again under its name. */
import { describe, expect, test } from "vitest";
import type { Detection } from "../../../agent/sensor/detection.js";
import { DEFAULT_FLOW_LIMITS } from "../../../agent/sensor/flow/flow-limits.js";
import { Field } from "../../../agent/sensor/proto/fields.js";
import { Protocol } from "../../../agent/sensor/proto/protocols.js";
import { registeredParsers } from "../../../agent/sensor/registered-parsers.js";
import { Sensor } from "../../../agent/sensor/sensor.js";
import type { RuleImage } from "../../../agent/signature/image.js";
import { decodeImage, encodeImage, KEY_BYTES } from "../../../agent/signature/image-file.js";
import { imageOf, RuleBench } from "../../support/rules.js";
import { TcpConversation } from "../../support/tcp-conversation.js";

const rule = (sid: number, options: string, rev = 1): string =>
  `alert tcp any any -> any any (msg:"${sid}"; ${options} sid:${sid}; rev:${rev};)`;
const setter = (name: string): string => rule(1, `content:"set"; flowbits:set,${name}; noalert;`);
const reader = (sid: number, name: string): string => rule(sid, `content:"get"; flowbits:isset,${name};`);
/** Rules whose marks take the first places of their image: few enough for the columns kept free, or too many. */
const crowd = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => rule(100 + i, `content:"crowd"; flowbits:set,crowd${i};`));
const [FEW, MANY] = [50, 300];
const UNRELATED = rule(99, 'content:"nothing";');

describe("what rules remember outlives them", () => {
  test.each([FEW, MANY])(
    "a mark is found by other rules that name it, wherever it stands among %i",
    (count) => {
      const bench = new RuleBench(setter("seen"), reader(2, "seen"));
      bench.packet("set", { flow: 5 });
      bench.swap(...crowd(count), reader(3, "seen"), reader(4, "other"));
      expect(bench.packet("get", { flow: 5 })).toEqual([3]);
      expect(bench.packet("get", { flow: 6 })).toEqual([]);
    },
  );

  test("marks come back with the rules before, though the ones between did not name them", () => {
    const before = [setter("seen"), reader(2, "seen")];
    const bench = new RuleBench(...before);
    bench.packet("set", { flow: 63 });
    bench.swap(UNRELATED);
    bench.swap(...before);
    expect(bench.packet("get", { flow: 63 })).toEqual([2]);
  });

  test("names that two sets of rules in turn did not use are forgotten, so that memory does not grow", () => {
    const bench = new RuleBench(setter("seen"), reader(2, "seen"));
    bench.packet("set", { flow: 1 });
    bench.swap(UNRELATED);
    bench.swap(...crowd(MANY));
    bench.swap(setter("seen"), reader(2, "seen"));
    expect(bench.packet("get", { flow: 1 })).toEqual([]);
  });

  test.each([FEW, MANY])(
    "a counter goes on counting among %i marks, also where a comparison names it",
    (count) => {
      const counting = rule(1, 'content:"x"; flowint:tries,+,1; noalert;');
      const bench = new RuleBench(counting);
      for (let i = 0; i < 3; i++) bench.packet("x", { flow: 2 });
      const limit = rule(6, 'content:"x"; flowint:limit,=,3; noalert;');
      bench.swap(...crowd(count), limit, rule(7, 'content:"y"; flowint:tries,==,limit;'));
      bench.packet("x", { flow: 2 });
      expect(bench.packet("y", { flow: 2 })).toEqual([7]);
    },
  );

  test("marks of hosts and of pairs stay, and those of one name on other tracks are still others", () => {
    const mark = rule(1, 'content:"set"; xbits:set,bad,track ip_src,expire 60; noalert;');
    const bench = new RuleBench(mark);
    bench.packet("set", { source: "192.0.2.1" });
    bench.swap(
      rule(9, 'content:"x"; xbits:set,first,track ip_src; noalert;'),
      rule(2, 'content:"get"; xbits:isset,bad,track ip_src;'),
      rule(3, 'content:"get"; xbits:isset,bad,track ip_pair;'),
      rule(4, 'content:"get"; hostbits:isset,bad;'),
    );
    expect(bench.packet("get", { source: "192.0.2.1" })).toEqual([2]);
    expect(bench.packet("get", { source: "192.0.2.2" })).toEqual([]);
  });

  const limited = (options: string, rev = 1): string =>
    rule(5, `content:"x"; threshold:type limit, track by_src, ${options};`, rev);

  test("a threshold goes on counting where rule and parameters are the same", () => {
    const bench = new RuleBench(limited("count 2, seconds 60"));
    expect(bench.packet("x", { timeS: 1 })).toEqual([5]);
    bench.swap(
      rule(4, 'content:"y"; threshold:type limit, track by_src, count 1, seconds 60;'),
      limited("count 2, seconds 60"),
    );
    expect(bench.packet("x", { timeS: 2 })).toEqual([5]);
    expect(bench.packet("x", { timeS: 3 })).toEqual([]);
  });

  test.each([
    ["another revision", limited("count 1, seconds 60", 2)],
    ["another number", limited("count 1, seconds 61")],
  ])("and starts anew with %s", (_, changed) => {
    const bench = new RuleBench(limited("count 1, seconds 60"));
    expect(bench.packet("x", { timeS: 1 })).toEqual([5]);
    expect(bench.packet("x", { timeS: 2 })).toEqual([]);
    bench.swap(changed);
    expect(bench.packet("x", { timeS: 3 })).toEqual([5]);
  });

  test("values that rules have put into a data set stay there", () => {
    const query = (name: string) => ({ protocol: Protocol.DNS, fields: [[Field.DNS_QUERY, name]] as const });
    const dns = (sid: number, options: string): string =>
      `alert dns any any -> any any (msg:"${sid}"; dns.query; ${options} sid:${sid};)`;
    const add = dns(1, "dataset:set,names,type string;");
    const bench = new RuleBench(add);
    expect(bench.message(query("a.example"))).toEqual([1]);
    bench.swap(dns(3, "dataset:set,more,type string;"), add, dns(2, "dataset:isset,names,type string;"));
    expect(bench.message(query("a.example"))).toEqual([3, 2]);
  });

  test("a flow that was let pass is not judged by the next rules either", () => {
    const bench = new RuleBench(
      'pass tcp any any -> any any (msg:"p"; content:"ok"; sid:1;)',
      rule(2, 'content:"x";'),
    );
    bench.stream("ok", { flow: 3 });
    bench.swap(rule(7, 'content:"x";'));
    expect(bench.packet("x", { flow: 3 })).toEqual([]);
    expect(bench.packet("x", { flow: 4 })).toEqual([7]);
  });
});

test("a connection is read on through the exchange: no byte is lost, and the new rules judge what comes", () => {
  const detections: Detection[] = [];
  const sensor = new Sensor({
    image: shared(imageOf(rule(1, 'content:"first";'))),
    interfaceName: "lan0",
    flowLimits: { ...DEFAULT_FLOW_LIMITS, maxFlows: 16 },
    makeParsers: registeredParsers,
    onDetection: (detection) => detections.push(detection),
    wallMs: () => 0,
  });
  const uri = 'alert http any any -> any any (msg:"uri"; http.uri; content:"/path/and/more"; sid:2;)';
  const connection = new TcpConversation(sensor, { serverPort: 80 });
  connection.client("GET /path/");
  sensor.swapRules(shared(imageOf(uri)));
  connection.client("and/more HTTP/1.1\r\nHost: a.example\r\n\r\n");
  expect(detections.map(({ signatureId }) => signatureId)).toEqual([2]);
  const before = sensor.counters();
  sensor.swapRules(shared(imageOf(uri)));
  expect(sensor.counters()).toEqual(before);
  expect(before["sensor.packets"]).toBe(7);
});

test("where there were no rules, those that come judge what connections say from then on, and nothing was kept for them", () => {
  const detections: Detection[] = [];
  const sensor = new Sensor({
    image: shared(imageOf()),
    interfaceName: "lan0",
    flowLimits: { ...DEFAULT_FLOW_LIMITS, maxFlows: 16 },
    makeParsers: registeredParsers,
    onDetection: (detection) => detections.push(detection),
    wallMs: () => 0,
  });
  const connection = new TcpConversation(sensor, { serverPort: 8888 });
  for (let i = 0; i < 20; i++) connection.client(`\u0001${"early ".repeat(100)}`).server("\u0002early");
  expect(sensor.counters()["stream.memory_bytes"]).toBe(0);
  sensor.swapRules(shared(imageOf(rule(1, 'content:"early";'), rule(2, 'content:"later";'))));
  connection.client("la").client("ter").server("\u0002");
  sensor.finish();
  expect(detections.map(({ signatureId }) => signatureId)).toEqual([2]);
});

/** As it comes from the cache. */
function shared(image: RuleImage): RuleImage {
  const key = new Uint8Array(KEY_BYTES);
  return decodeImage(encodeImage({ image, report: "" }, key), key).image;
}
