import { expect, test } from "vitest";
import { RuleBench } from "../../../support/rules.js";

/** Rules of which each is about one word in the stream. */
const benchOf = (...rules: readonly (readonly [word: string, options: string])[]) =>
  new RuleBench(
    ...rules.map(
      ([word, options], index) =>
        `alert tcp any any -> any any (content:"${word}"; ${options} sid:${index + 1};)`,
    ),
  );

test.each([
  ["hostbits:set,x", "hostbits:isset,x", 300],
  ["hostbits:set,x,dst", "hostbits:isset,x,dst", 300],
  ["xbits:set,x,track ip_src", "xbits:isset,x,track ip_src", 30],
  ["xbits:set,x,track ip_pair,expire 10", "xbits:isset,x,track ip_pair", 10],
])(
  "what %s leaves holds for its seconds, and setting it again does not put that off",
  (set, isSet, seconds) => {
    const bench = benchOf(["mark", `${set}; noalert;`], ["look", `${isSet};`]);
    bench.stream("mark", { timeS: 1000 });
    bench.stream("mark", { timeS: 1005 });
    expect(bench.stream("look", { timeS: 1000 + seconds })).toEqual([2]);
    expect(bench.stream("look", { timeS: 1001 + seconds })).toEqual([]);
    bench.stream("mark", { timeS: 2000 });
    expect(bench.stream("look", { timeS: 2001 })).toEqual([2]);
  },
);

test("nothing is taken from a counter that does not exist", () => {
  const bench = benchOf(
    ["less", "flowint:left,-,1;"],
    ["look", "flowint:left,isset;"],
    ["look", "flowint:left,notset;"],
    ["more", "flowint:left,+,2;"],
  );
  expect(bench.stream("less")).toEqual([1]);
  expect(bench.stream("look")).toEqual([3]);
  bench.stream("more");
  bench.stream("less");
  expect(bench.stream("look")).toEqual([2]);
});

test("a counter has 32 bits and no sign, and so has what it is compared with", () => {
  const bench = benchOf(
    ["one", "flowint:high,=,4294967290;"],
    ["two", "flowint:high,+,10;"],
    ["big", "flowint:high,>,4000000000;"],
    ["low", "flowint:high,==,4;"],
    ["six", "flowint:high,-,6;"],
  );
  bench.stream("one");
  expect(bench.stream("big low")).toEqual([3]);
  bench.stream("two");
  expect(bench.stream("big low")).toEqual([4]);
  bench.stream("six");
  expect(bench.stream("big low")).toEqual([3]);
});

test("a counter that exists is compared with one that does not as with zero", () => {
  const bench = benchOf(
    ["one", "flowint:some,=,1;"],
    ["look", "flowint:some,!=,none;"],
    ["look", "flowint:none,!=,some;"],
  );
  bench.stream("one");
  expect(bench.stream("look")).toEqual([2]);
});
