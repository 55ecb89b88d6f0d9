import { expect, test } from "vitest";
import { RuleBench } from "../../../support/rules.js";

const bench = (options: string) => new RuleBench(`alert tcp any any -> any any (${options} sid:1;)`);

test("a content is searched again further on where what follows stands within reach of it alone", () => {
  const options = 'content:"a"; content:"b"; distance:0; content:"c"; within:2;';
  expect(bench(options).stream("a b..a b..bc")).toEqual([1]);
  expect(bench(options).stream("a b..c")).toEqual([]);
});

test("and where what follows must not stand behind it", () => {
  expect(bench('content:"a"; content:!"b"; distance:0;').stream("a b a")).toEqual([1]);
  expect(
    bench('content:"a"; content:"c"; distance:0; content:!"b"; distance:0;').stream("a c b a c"),
  ).toEqual([1]);
});

test("many places of contents that may stand anywhere behind each other are not tried with one another", () => {
  // Each pair of places would be a step: 250,000 of them, of which 3,000 are allowed.
  const many = `${"a".repeat(500)}${"b".repeat(500)}`;
  const options = 'content:"a"; content:"b"; distance:0; content:"c"; distance:0; content:"d"; distance:0;';
  expect(bench(options).stream(`${many}c${many}`)).toEqual([]);
  expect(bench(options).stream(`${many}c${many}d`)).toEqual([1]);
  const last = 'content:"a"; content:"b"; distance:0; content:"c"; distance:0; content:"d"; within:1;';
  expect(bench(last).stream(`${many}${"c.".repeat(1000)}cd`)).toEqual([1]);
});

test("a condition on the whole buffer that fails ends the search: other places of what stands before it change nothing", () => {
  const judge = bench('content:"a"; isdataat:1,relative; pcre:"/^never/m"; content:"b"; within:1;');
  expect(judge.stream("a".repeat(4000))).toEqual([]);
  expect(judge.matcher.limitCounts.evaluations).toBe(0);
  expect(judge.stream(`${"a".repeat(100)}\nneverb`)).toEqual([1]);
  // A further match of the expression itself is another matter.
  expect(bench('pcre:"/a./"; content:"b"; within:1; content:"zz";').stream("a.c a.b zz")).toEqual([1]);
  expect(bench('content:"a"; content:"b"; within:1; content:!"zz";').stream("a ab z")).toEqual([1]);
  expect(bench('content:"a"; content:"b"; within:1; content:!"zz";').stream("a ab zz")).toEqual([]);
});

test("an expression searched for from a content on is searched for again only where it looks at what stands before it", () => {
  const plain = bench('content:"a"; pcre:"/x+y/R"; content:"c"; within:1;');
  expect(plain.stream(`${"a".repeat(4000)}xyd`)).toEqual([]);
  expect(plain.matcher.limitCounts.evaluations).toBe(0);
  expect(plain.stream("aaxyd xyc")).toEqual([1]);
  expect(bench('content:"a"; pcre:"/^b/R";').stream("a ab")).toEqual([1]);
  expect(bench('content:"a"; pcre:"/\\bb(?<!ab)/R";').stream("ab a.b")).toEqual([1]);
});
