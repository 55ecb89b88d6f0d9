import { expect, test } from "vitest";
import { Field } from "../../../agent/sensor/proto/fields.js";
import { Protocol } from "../../../agent/sensor/proto/protocols.js";
import { capturesOf } from "../../../agent/signature/pcre-captures.js";
import { RuleBench, refusalOf } from "../../support/rules.js";

const rule = (options: string, sid: number, protocol = "ip") =>
  `alert ${protocol} any any -> any any (${options} sid:${sid};)`;
const ENDS = { flow: 1 };

test.each([
  ["a name behind the flags", 'pcre:"/user=(\\w+)/, flow:user";'],
  ["a named group", 'pcre:"/user=(?P<flow_user>\\w+)/";'],
  ["the second of two groups", 'pcre:"/(user)=(\\w+)/, flow:word, flow:user";'],
])("what %s captures is asked for on later packets of the flow, not of others", (_, setter) => {
  const bench = new RuleBench(rule(setter, 1), rule('flowvar:user,"oot"; content:"x";', 2));
  expect(bench.packet("x", ENDS)).toEqual([]);
  expect(bench.packet("user=root", ENDS)).toEqual([1]);
  expect(bench.packet("x", ENDS)).toEqual([2]);
  expect(bench.packet("x", { flow: 2 })).toEqual([]);
  bench.packet("user=guest", ENDS);
  expect(bench.packet("x", ENDS)).toEqual([]);
});

test("who captures is judged first, whatever the order of the rules", () => {
  const bench = new RuleBench(rule('flowvar:v,"ab"; content:"="; ', 1), rule('pcre:"/=(\\w+)/, flow:v";', 2));
  expect([...bench.packet("=ab", ENDS)].sort()).toEqual([1, 2]);
});

test("pktvar is about the packet at hand alone", () => {
  const bench = new RuleBench(rule('pcre:"/=(\\w+)/, pkt:v";', 1), rule('pktvar:v,"ab"; ttl:>0;', 2));
  expect(bench.packet("=ab", ENDS)).toContain(1);
  expect(bench.packet("=", ENDS)).not.toContain(2);
});

test("a rule that does not hold leaves nothing, and case is not passed over", () => {
  const bench = new RuleBench(
    rule('pcre:"/=(\\w+)/, flow:v"; content:"never";', 1),
    rule('pcre:"/:(\\w+)/, flow:w";', 4),
    rule('flowvar:v,"ab"; content:"x";', 2),
    rule('flowvar:w,"AB"; content:"x";', 3),
  );
  bench.packet("=ab :ab", ENDS);
  expect(bench.packet("x", ENDS)).toEqual([]);
});

test("what a rule on messages captures is there from the next packet on", () => {
  const bench = new RuleBench(
    rule('http.method; pcre:"/^(GE)T/, flow:m";', 1, "http"),
    rule('http.host; content:"a"; flowvar:m,"GE";', 2, "http"),
    rule('flowvar:m,"GE"; content:"x";', 3),
  );
  const fields = [
    [Field.HTTP_METHOD, "GET"],
    [Field.HTTP_HOST, "a"],
  ] as const;
  expect(bench.message({ protocol: Protocol.HTTP1, fields }, ENDS)).toEqual([1]);
  expect(bench.packet("x", ENDS)).toEqual([3]);
});

test("groups are counted as in the expression", () => {
  expect(capturesOf("\\((?:a)[(](b)(?=c)(?P<pkt_n>d)(?<e>f)", ["flow:x"])).toEqual([
    { group: 2, owner: "packet", name: "n" },
    { group: 1, owner: "flow", name: "x" },
  ]);
});

test.each([
  ['pcre:"/(a)/, flow:x, flow:y";', "more names"],
  ['pcre:"/(a)/, alert:x";', "names no variable"],
  ['pcre:"/(a)b++/, flow:x";', "atomic groups"],
  ["flowvar:x;", "takes a name"],
  ['flowvar:x,!"a";', "takes a name"],
  ['pktvar:x,"";', "takes a name"],
])("%s is refused", (options, reason) => {
  expect(refusalOf(rule(options, 1))).toContain(reason);
});
