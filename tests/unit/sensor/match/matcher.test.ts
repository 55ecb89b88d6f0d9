import { expect, test } from "vitest";
import { Field } from "../../../../agent/sensor/proto/fields.js";
import { Protocol, TO_CLIENT } from "../../../../agent/sensor/proto/protocols.js";
import { RuleKind } from "../../../../agent/signature/image.js";
import { ruleKindsOf } from "../../../../agent/signature/rule-kind.js";
import { parseRules, RuleBench } from "../../../support/rules.js";

const rule = (options: string, sid = 1, header = "alert tcp any any -> any any") =>
  `${header} (msg:"t"; ${options} sid:${sid};)`;
const uri = (text: string) => ({ protocol: Protocol.HTTP1, fields: [[Field.HTTP_URI, text]] as const });
/** Whether a rule with these options on http.uri matches a URI. */
const uriMatches = (options: string, text: string) =>
  new RuleBench(rule(`http.uri; ${options}`)).message(uri(text)).length > 0;

test.each([
  ['content:"abc";', "xabcx", true],
  ['content:"abc";', "xABCx", false],
  ['content:"aBc"; nocase;', "xAbCx", true],
  ['content:"a|62 63|";', "abc", true],
  ['content:"abc"; offset:1;', "abc", false],
  ['content:"abc"; offset:1;', "xabc", true],
  ['content:"abc"; depth:3;', "abcx", true],
  ['content:"abc"; depth:3;', "xabc", false],
  ['content:"abc"; offset:2; depth:3;', "xxabc", true],
  ['content:"abc"; offset:2; depth:3;', "xxxabc", false],
  ['content:"abc"; startswith;', "abcd", true],
  ['content:"abc"; startswith;', "xabc", false],
  ['content:"abc"; endswith;', "xabc", true],
  ['content:"abc"; endswith;', "abcx", false],
  ['content:"abc"; startswith; endswith;', "abc", true],
  ['content:!"abc"; endswith;', "abcx", true],
  ['content:!"abc"; endswith;', "xabc", false],
  // Suricata 7 looks at the first place alone, though the second stands at the end: what it alerts on is kept.
  ['content:!"abc"; endswith;', "abcabc", true],
  ['content:"ab"; content:"cd"; distance:0;', "abcd", true],
  ['content:"ab"; content:"cd"; distance:1;', "abcd", false],
  ['content:"ab"; content:"cd"; distance:1; within:3;', "ab_cd", true],
  ['content:"ab"; content:"cd"; within:2;', "ab_cd", false],
  ['content:"a"; content:"b"; distance:0; within:1;', "a_ab", true],
  ['content:"a"; content:"b"; distance:0; within:1; content:"c"; distance:0; within:1;', "ab_abc", true],
  ['content:"cd"; content:"ab"; distance:-4; within:2;', "abcd", true],
  ['content:"ab"; content:!"zz"; within:2;', "abcd", true],
  ['content:"ab"; content:!"cd"; within:2;', "abcd", false],
  ['content:"abcd"; content:!"x";', "abcdx", false],
  ['content:"ab"; isdataat:!1,relative;', "xab", true],
  ['content:"ab"; isdataat:!1,relative;', "xabc", false],
  ['content:!"ab"; isdataat:!1,relative;', "xabc", true],
  ['content:!"ab"; isdataat:!1,relative;', "xab", false],
  ['content:"x"; pcre:"/^a/R"; isdataat:!1,relative;', "xab", false],
  ['content:"ab"; isdataat:2,relative;', "xabcd", true],
  ['bsize:3; content:"a";', "abc", true],
  ['bsize:>3; content:"a";', "abc", false],
  ['content:"id="; pcre:"/^[0-9]{3}$/R";', "/x?id=123", true],
  ['content:"id="; pcre:"/^[0-9]{3}$/R";', "/x?id=1234", false],
  ['pcre:"/\\.php\\?x=[a-f]+/i";', "/A.PHP?X=abc", true],
  ['content:"php"; pcre:!"/evil/";', "/a.php", true],
  ['content:"n="; byte_test:3,=,123,0,relative,string,dec;', "n=123", true],
  ['content:"n="; byte_test:3,>,200,0,relative,string,dec;', "n=123", false],
  ['content:"L"; byte_jump:1,0,relative,string,dec; content:"ok"; distance:0; within:2;', "L3___ok", true],
  ['content:"L"; byte_jump:1,0,relative,string,dec; content:"ok"; distance:0; within:2;', "L2___ok", false],
  ['content:"L"; byte_extract:1,0,n,relative,string,dec; content:"x"; distance:n; within:1;', "L2__x", true],
  [
    'content:"L"; byte_extract:1,0,n,relative,string,dec; content:"x"; distance:n; within:1;',
    "L1_____x",
    false,
  ],
  ['urilen:5; content:"abc";', "abcde", true],
  // As Suricata 7 reads them: a range that no number lies in is its first end, and what follows says nothing.
  ['urilen:5<>6; content:"abc";', "abcde", true],
  ['urilen:5-2,norm; content:"abc";', "abcde", true],
  ['urilen:>3,<5; content:"abc";', "abcde", true],
  ['urilen:4<>6; content:"abc";', "abcde", true],
  ['urilen:4<>5; content:"abc";', "abcde", false],
  ['urilen:5,raw; content:"abc";', "abcde", false],
])("http.uri; %s on %j is %s", (options, text, expected) => {
  expect(uriMatches(options, text)).toBe(expected);
});

test("dotprefix lets one content mean a domain and its subdomains, but not names that end alike", () => {
  const bench = new RuleBench(rule('dns.query; dotprefix; content:".bad.example"; nocase; endswith;', 1));
  const query = (name: string) =>
    bench.message({ protocol: Protocol.DNS, fields: [[Field.DNS_QUERY, name]] });
  expect(query("bad.example")).toEqual([1]);
  expect(query("www.BAD.example")).toEqual([1]);
  expect(query("notbad.example")).toEqual([]);
});

test("any instance of a field may match, and all conditions must hold on the same one", () => {
  const bench = new RuleBench(rule('dns.query; content:"one"; content:"two";'));
  const fields = (...names: readonly string[]) => names.map((name) => [Field.DNS_QUERY, name] as const);
  expect(bench.message({ protocol: Protocol.DNS, fields: fields("x", "one.two") })).toEqual([1]);
  expect(bench.message({ protocol: Protocol.DNS, fields: fields("one", "two") })).toEqual([]);
});

test("a negated content does not match where the field is missing", () => {
  const bench = new RuleBench(rule('http.user_agent; content:!"Mozilla";'));
  expect(bench.message(uri("/"))).toEqual([]);
  expect(bench.message({ protocol: Protocol.HTTP1, fields: [[Field.HTTP_USER_AGENT, "curl"]] })).toEqual([1]);
});

test("header addresses, ports and negation decide, on either side for <>", () => {
  const bench = new RuleBench(
    rule("flow:to_server;", 1, "alert tcp $HOME_NET any -> $EXTERNAL_NET 445"),
    rule("flags:S;", 2, "alert tcp 203.0.113.5 445 <> any any"),
    rule("flags:S;", 3, "alert tcp !192.168.10.20 any -> any any"),
  );
  const syn = (packet: { tcpFlags: number }) => {
    packet.tcpFlags = 2;
  };
  expect(bench.packet("", { destinationPort: 445 }, syn)).toEqual([1, 2]);
  expect(bench.packet("", { source: "192.168.10.21", destinationPort: 80 }, syn)).toEqual([3]);
});

test("flow:established waits for the handshake and to_client for the answer", () => {
  const bench = new RuleBench(rule('flow:established,to_client; content:"220";'));
  expect(bench.stream("220 hello", { direction: TO_CLIENT })).toEqual([1]);
  expect(bench.stream("220 hello", { direction: TO_CLIENT, isEstablished: false })).toEqual([]);
  expect(bench.stream("220 hello")).toEqual([]);
});

test("flowbits set by one rule are seen by a later one on the same flow only", () => {
  const bench = new RuleBench(
    rule('content:"second"; flowbits:isset,seen;', 2),
    rule('content:"first"; flowbits:set,seen; flowbits:noalert;', 1),
  );
  expect(bench.stream("second")).toEqual([]);
  expect(bench.stream("first")).toEqual([]);
  expect(bench.stream("second")).toEqual([2]);
  expect(bench.stream("second", { flow: 5 })).toEqual([]);
  expect(bench.stream("first second", { flow: 7 })).toEqual([2]);
});

test("xbits on an address pair end after their time", () => {
  const bench = new RuleBench(
    rule('content:"mark"; xbits:set,x,track ip_pair,expire 60; noalert;', 1),
    rule('content:"look"; xbits:isset,x,track ip_pair;', 2),
  );
  bench.stream("mark", { timeS: 1000 });
  expect(bench.stream("look", { timeS: 1050 })).toEqual([2]);
  expect(bench.stream("look", { timeS: 1050, source: "203.0.113.5", destination: "192.168.10.20" })).toEqual([
    2,
  ]);
  expect(bench.stream("look", { timeS: 1061 })).toEqual([]);
});

test.each([
  ["threshold:type limit, track by_src, count 2, seconds 60;", [1, 1, 0, 0, 0]],
  ["threshold:type threshold, track by_src, count 2, seconds 60;", [0, 1, 0, 1, 0]],
  ["threshold:type both, track by_src, count 2, seconds 60;", [0, 1, 0, 0, 0]],
  ["detection_filter:track by_src, count 2, seconds 60;", [0, 0, 1, 1, 1]],
])("%s alerts on matches as %j", (options, expected) => {
  const bench = new RuleBench(rule(`content:"x"; ${options}`));
  expect(expected.map((_, second) => bench.stream("x", { timeS: second }).length)).toEqual(expected);
  expect(bench.stream("x", { timeS: 1, source: "192.168.10.99" })).toHaveLength(expected[0]!);
});

test("a threshold counts anew when its window is over", () => {
  const bench = new RuleBench(rule('content:"x"; threshold:type limit, track by_src, count 1, seconds 60;'));
  expect([0, 30, 60, 61, 62].map((timeS) => bench.stream("x", { timeS }).length)).toEqual([1, 0, 0, 1, 0]);
});

test("a pass rule silences later rules on its flow", () => {
  const bench = new RuleBench(
    rule('content:"x";', 2),
    rule('content:"trusted";', 1, "pass tcp any any -> any any"),
  );
  expect(bench.stream("x trusted")).toEqual([]);
  expect(bench.stream("x")).toEqual([]);
  expect(bench.stream("x", { flow: 3 })).toEqual([2]);
});

test.each([
  ["dsize:3;", "abc", 1],
  ["dsize:>3;", "abc", 0],
  ["dsize:2<>4;", "abc", 1],
  ["ttl:64;", "", 1],
  ["flags:S;", "", 1],
  ["flags:SA;", "", 0],
  ["flags:S+;", "", 1],
  ["flags:S,12;", "", 1],
  ["sameip;", "", 0],
])("the packet test %s on payload %j alerts %i times", (options, payload, expected) => {
  const bench = new RuleBench(rule(options));
  const edit = (packet: { tcpFlags: number; ttl: number }) => {
    packet.tcpFlags = 2;
    packet.ttl = 64;
  };
  expect(bench.packet(payload, {}, edit)).toHaveLength(expected);
});

test("itype and icode look at ICMP and never match TCP", () => {
  const bench = new RuleBench(
    rule("itype:8; icode:0;", 1, "alert icmp any any -> any any"),
    rule("itype:8;", 2, "alert ip any any -> any any"),
  );
  const echo = (packet: { icmpType: number }) => {
    packet.icmpType = 8;
  };
  expect(bench.packet("", { ipProtocol: 1 }, echo)).toEqual([1, 2]);
  expect(bench.packet("", { ipProtocol: 6 }, echo)).toEqual([]);
});

test("a search that would never end is cut off, counted, and does not match", () => {
  const contents = 'content:"aaaa"; fast_pattern; content:"a"; within:5000; content:"a"; within:5000;';
  const bench = new RuleBench(rule(`http.uri; ${contents} content:"b"; within:5000;`));
  expect(bench.message(uri("a".repeat(5000)))).toEqual([]);
  expect(bench.matcher.limitCounts.evaluations).toBeGreaterThan(0);
});

test("rules for addresses alone are judged on the first packet of a direction, whichever side names the bad host", () => {
  const bench = new RuleBench(
    rule("", 1, "alert ip [203.0.113.0/24,198.51.100.7] any -> any any"),
    rule("", 2, "alert ip $HOME_NET any -> [198.51.100.0/25,203.0.113.5] any"),
    rule("", 3, "alert ip any any -> any any"),
    rule("", 4, "alert ip 192.0.2.1 any <> any any"),
    rule("", 5, "alert ip 2001:db8::/32 any -> any any"),
  );
  expect(bench.packet("", {})).toEqual([2, 3]);
  expect(bench.packet("", { source: "203.0.113.5", destination: "192.168.10.20" })).toEqual([1, 3]);
  expect(bench.packet("", { source: "198.51.100.7", destination: "192.0.2.1" })).toEqual([1, 3, 4]);
  expect(bench.packet("", { source: "198.51.100.8", destination: "8.8.8.8" })).toEqual([3]);
  expect(bench.packet("", { source: "192.168.10.9", destination: "198.51.100.127" })).toEqual([2, 3]);
  expect(bench.packet("", { source: "192.168.10.9", destination: "198.51.100.128" })).toEqual([3]);
});

test("as in Suricata ports may stand in such a rule, and addresses taken out of others make it one for each packet", () => {
  const kinds = parseRules(
    rule("", 1, "alert tcp any any -> any 22"),
    rule("ip_proto:!17;", 2, "alert ip any any -> any !80"),
    rule("xbits:isset,a,track ip_src;", 3, "alert tcp any any -> any any"),
    rule("", 4, "alert tcp any any -> !10.0.0.1 any"),
    rule("flowbits:isset,a;", 5, "alert tcp any any -> any any"),
    rule("", 6, "alert tcp $EXTERNAL_NET any -> any 22"),
  ).signatures.map((signature) => ruleKindsOf(signature)[0]);
  const { ADDRESS, PACKET } = RuleKind;
  expect(kinds).toEqual([ADDRESS, ADDRESS, ADDRESS, PACKET, PACKET, PACKET]);
});

test("rules for IPv6 addresses see IPv6 packets", () => {
  const bench = new RuleBench(
    rule("", 5, "alert ip 2001:db8::/32 any -> any any"),
    rule("", 6, "alert ip 192.0.2.1 any -> any any"),
  );
  expect(bench.packet("", { source: "2001:db8::7", destination: "2001:db8:1::1" })).toEqual([5]);
  expect(bench.packet("", { source: "2001:db9::7", destination: "2001:db8:1::1" })).toEqual([]);
});
