import fc from "fast-check";
import { expect, test } from "vitest";
import { RuleBench } from "../../support/rules.js";

/** What a rule may say of a port, and which ports it means. */
const PORTS: Readonly<Record<string, (port: number) => boolean>> = {
  any: () => true,
  "80": (port) => port === 80,
  "[80,443]": (port) => port === 80 || port === 443,
  "1024:": (port) => port >= 1024,
  "6000:7000": (port) => port >= 6000 && port <= 7000,
  "!80": (port) => port !== 80,
  "![80,6000:6100]": (port) => port !== 80 && (port < 6000 || port > 6100),
  ...Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [
      `${2000 + i}:${3000 + i}`,
      (port: number) => port >= 2000 + i && port <= 3000 + i,
    ]),
  ),
};
/** Short ones, for which payload is searched only where the ports fit, and one that is looked for everywhere. */
const LITERALS = ["ab", "abc", "abcde", "abcdefghij"];
const port = fc.constantFrom(0, 80, 443, 1024, 2000, 2005, 3004, 6000, 6100, 7000, 65_535);

test("whatever ports rules are filed by, those alert of which ports and literal fit", () => {
  const rule = fc.record({
    source: fc.constantFrom(...Object.keys(PORTS)),
    destination: fc.constantFrom(...Object.keys(PORTS)),
    literal: fc.constantFrom(...LITERALS, undefined),
  });
  const packet = fc.tuple(port, port, fc.constantFrom("-ab-", "-abcde-", "-abcdefghij-", "none", ""));
  fc.assert(
    fc.property(
      fc.array(rule, { minLength: 1, maxLength: 15 }),
      fc.array(packet, { minLength: 1, maxLength: 12 }),
      (rules, packets) => {
        const bench = new RuleBench(
          ...rules.map(
            ({ source, destination, literal }, i) =>
              `alert udp any ${source} -> any ${destination} (${literal ? `content:"${literal}"; ` : ""}sid:${i + 1};)`,
          ),
        );
        for (const [sourcePort, destinationPort, text] of packets) {
          const expected = rules.flatMap(({ source, destination, literal }, i) =>
            PORTS[source]!(sourcePort) && PORTS[destination]!(destinationPort) && text.includes(literal ?? "")
              ? [i + 1]
              : [],
          );
          expect(bench.packet(text, { ipProtocol: 17, sourcePort, destinationPort })).toEqual(expected);
        }
      },
    ),
    { seed: 43, numRuns: 60 },
  );
});
