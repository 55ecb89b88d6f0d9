import { expect, test } from "vitest";
import { parseClassifications } from "../../../agent/signature/classification.js";
import { compileRules } from "../../../agent/signature/compile.js";
import { describeRule, parseMetadata } from "../../../agent/signature/rule-description.js";
import { parseRules, refusalOf } from "../../support/rules.js";

const tcp = (options: string) => `alert tcp any any -> any any (msg:"t"; ${options} sid:1;)`;

test.each([
  [tcp("frobnicate:1;"), "keyword frobnicate"],
  [tcp("luajit:x;"), "keyword luajit"],
  ['alert tcp any any -> any any (msg:"t";)', "sid is missing"],
  ['log tcp any any -> any any (msg:"t"; sid:1;)', 'action "log" is not known'],
  ['alert foo any any -> any any (msg:"t"; sid:1;)', 'protocol "foo" is not known'],
  [tcp('content:"";'), "the pattern is empty"],
  [tcp('content:"|4|";'), "half a byte"],
  [tcp('content:"|4x|";'), "not hexadecimal"],
  [tcp('content:"|41";'), "closing bar"],
  [tcp("content:abc;"), "not in double quotes"],
  [tcp("nocase;"), "no content stands before it"],
  [tcp('content:"abc"; depth:2;'), "shorter than the pattern"],
  [tcp('content:"abc"; depth:3; within:3;'), "cannot be mixed"],
  [tcp('content:"abc"; startswith; offset:1;'), "given twice"],
  [tcp("flow:to_server,to_client;"), "exclude each other"],
  [tcp("flow:upwards;"), '"upwards" is not known'],
  [tcp('http.uri; content:"a"; http.stat_code; content:"2";'), "requests and of responses"],
  [tcp('dns.query; content:"a"; tls.sni; content:"a";'), "fields of different protocols"],
  ['alert dns any any -> any any (msg:"t"; http.uri; content:"a"; sid:1;)', "do not belong to the protocol"],
  [tcp("dsize:x;"), "dsize"],
  [tcp('pcre:"/(?:a{1000}){1000}/";'), "the expression is too large"],
  [tcp(`pcre:"/${"(".repeat(300)}a${")".repeat(300)}/";`), "brackets nest too deep"],
  [tcp('pcre:"/(?<=a+)b/";'), "a look-behind has no fixed length"],
  [tcp(`pcre:"/${"a".repeat(9000)}/";`), "longer than 8192 characters"],
  [tcp(`http.uri; ${"url_decode; ".repeat(17)}content:"a";`), "more than 16 transforms"],
  [tcp('content:"a"; '.repeat(257)), "more than 256 conditions"],
  [tcp("").replace("any any ->", `[${"$HOME_NET,".repeat(4000)}10.0.0.1] any ->`), "more than 16384 items"],
  ["include other.rules", "rule files do not include others"],
  [tcp("flags:Z;"), "is not a flag"],
  [tcp("threshold:type limit, track by_src, count 1;"), "count and seconds"],
  [tcp("threshold:type sometimes, track by_src, count 1, seconds 1;"), "type is limit, threshold or both"],
  [tcp('pcre:"abc";'), "between slashes"],
  [tcp('content:"a"; byte_test:1,>,nothing,0;'), "neither a number"],
])("%s is refused because of: %s", (text, reason) => {
  expect(refusalOf(text)).toContain(reason);
});

test("a refused rule does not keep the others from loading, and the report names file, line and sid", () => {
  const set = parseRules(
    tcp("dsize:5;"),
    tcp("unheard_of;").replace("sid:1", "sid:77"),
    tcp("dsize:6;").replace("sid:1", "sid:2"),
  );
  expect(set.signatures.map(({ sid }) => sid)).toEqual([1, 2]);
  expect(set.refused).toEqual([{ sid: 77, file: "test.rules", line: 2, reason: "keyword unheard_of" }]);
});

test("of two rules with one sid the higher revision is used and the other one is reported", () => {
  const set = parseRules(tcp("rev:2; dsize:5;"), tcp("rev:3; dsize:6;"), tcp("rev:1; dsize:7;"));
  expect(set.signatures.map(({ rev }) => rev)).toEqual([3]);
  expect(set.refused.map(({ line, reason }) => [line, reason])).toEqual([
    [1, "duplicate sid: revision 3 at test.rules:2 is used"],
    [3, "duplicate sid: revision 3 at test.rules:2 is used"],
  ]);
});

test("a rule of another layer with the same sid is told apart by what it says: a copy, or something else", () => {
  const set = parseRules(tcp("rev:1; dsize:5;"), tcp("rev:1;  dsize:5;"), tcp("rev:1; dsize:6;"));
  expect(set.refused.map(({ reason }) => reason)).toEqual([
    "duplicate sid: revision 1 at test.rules:1 is used, which says the same",
    "duplicate sid: revision 1 at test.rules:1 is used",
  ]);
});

test("severity comes from priority, else from the classtype, else it is 3", () => {
  const set = parseRules(
    tcp("classtype:trojan-activity;"),
    tcp("classtype:trojan-activity; priority:4;").replace("sid:1", "sid:2"),
    tcp("").replace("sid:1", "sid:3"),
  );
  const image = compileRules(set.signatures, new Map());
  const severities = Object.fromEntries(
    Array.from({ length: image.ruleCount }, (_, rule) => describeRule(image, rule)).map(
      ({ sid, severity }) => [sid, severity],
    ),
  );
  expect(severities).toEqual({ 1: 1, 2: 4, 3: 3 });
});

test("an expression that several rules have is judged with what stands around it in each", () => {
  const relative = 'pcre:"/^(?P<flow_found>x)/R";';
  const { refused, signatures } = parseRules(
    tcp(`content:"a"; ${relative}`),
    tcp(relative).replace("sid:1", "sid:2"),
    tcp(`content:"b"; ${relative}`).replace("sid:1", "sid:3"),
  );
  expect(refused.map(({ sid, reason }) => `${sid} ${reason}`)).toEqual([
    "2 pcre: flag R needs a content or an expression before it",
  ]);
  expect(signatures.map(({ sid, bits }) => [sid, bits.map(({ names }) => names)])).toEqual([
    [1, [["found"]]],
    [3, [["found"]]],
  ]);
});

test("metadata that come again are those of each rule", () => {
  const texts = ["a 1", "a 1", "b 2", "", "", "a 1"];
  const rules = texts.map((text, index) =>
    tcp(text === "" ? "" : `metadata:${text};`).replace("sid:1", `sid:${index + 1}`),
  );
  const image = compileRules(parseRules(...rules).signatures, new Map());
  const described = texts.map((_, rule) => describeRule(image, rule));
  described.sort((a, b) => a.sid - b.sid);
  expect(described.map(({ metadata }) => ({ ...metadata }))).toEqual(
    texts.map((text) => (text === "" ? {} : { [text[0]!]: [text[2]!] })),
  );
});

test("classification.config is read and lines that are something else are named", () => {
  const { classifications, unreadableLines } = parseClassifications(
    "# comment\nconfig classification: bad-thing,A bad thing, with comma,2\nnonsense\n",
  );
  expect(classifications.get("bad-thing")).toEqual({ description: "A bad thing, with comma", priority: 2 });
  expect(unreadableLines).toEqual([3]);
});

test("metadata may have any key", () => {
  const { signatures, refused } = parseRules(tcp("metadata:__proto__ x, constructor y, __proto__ z;"));
  expect(refused).toEqual([]);
  expect(Object.entries(parseMetadata(signatures[0]!.metadata))).toEqual([
    ["__proto__", ["x", "z"]],
    ["constructor", ["y"]],
  ]);
});
