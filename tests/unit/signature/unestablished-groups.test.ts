import fc from "fast-check";
import { expect, test } from "vitest";
import { RuleBench } from "../../support/rules.js";

/** What `flow` asks of the connection, and whether it holds of an established one and of another. */
const FLOWS: Readonly<Record<string, readonly [boolean, boolean]>> = {
  "": [true, true],
  "flow:to_server;": [true, true],
  "flow:established;": [true, false],
  "flow:established,to_server;": [true, false],
  "flow:established,to_client;": [false, false],
  "flow:not_established;": [false, true],
  "flow:stateless;": [true, true],
};
const CONTENTS: Readonly<Record<string, (text: string) => boolean>> = {
  "": () => true,
  'content:"abcdefghij";': (text) => text.includes("abcdefghij"),
  'content:"abc";': (text) => text.includes("abc"),
  'content:"abcd"; depth:4;': (text) => text.startsWith("abcd"),
};

test("TCP packets outside of streams are judged by the rules whose content and flow fit, established or not", () => {
  const rule = fc.record({
    protocol: fc.constantFrom("tcp", "tcp-pkt", "ip"),
    flow: fc.constantFrom(...Object.keys(FLOWS)),
    content: fc.constantFrom(...Object.keys(CONTENTS)),
    port: fc.constantFrom("any", "80", "81"),
  });
  fc.assert(
    fc.property(fc.array(rule, { minLength: 1, maxLength: 15 }), (rules) => {
      const bench = new RuleBench(
        ...rules.map(
          ({ protocol, flow, content, port }, i) =>
            `alert ${protocol} any any -> any ${port} (${flow} ${content} sid:${i + 1};)`,
        ),
      );
      for (const text of ["abcdefghij", "-abcdefghij-", "-abc-", "none"]) {
        for (const [number, isEstablished] of [true, false].entries()) {
          const expected = rules.flatMap(({ flow, content, port }, i) =>
            FLOWS[flow]![number] && CONTENTS[content]!(text) && port !== "81" ? [i + 1] : [],
          );
          expect(bench.packet(text, { isEstablished })).toEqual(expected);
        }
      }
    }),
    { seed: 47, numRuns: 80 },
  );
});

test("what asks for an established connection is not searched for in packets of others", () => {
  const bench = new RuleBench(
    'alert tcp any any -> any any (flow:established; content:"abcdefghij"; sid:1;)',
  );
  expect(bench.packet("-abcdefghij-", { isEstablished: false })).toEqual([]);
  expect(bench.matcher.searchCounts.searchedBytes).toBe(0);
  expect(bench.packet("-abcdefghij-", { isEstablished: true })).toEqual([1]);
  expect(bench.matcher.searchCounts.searchedBytes).toBeGreaterThan(0);
});
