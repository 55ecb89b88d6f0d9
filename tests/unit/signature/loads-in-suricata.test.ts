import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { refusalOf } from "../../support/rules.js";

const RULES = readFileSync(new URL("./loads-in-suricata.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => /^[+-] /.test(line))
  .map((line) => {
    const [protocol, ...options] = line.slice(2).split("|");
    const text = `alert ${protocol} any any -> any any (${options.join("|")}; sid:1;)`;
    return { text: line.slice(2), isLoaded: line.startsWith("+"), refusal: refusalOf(text) };
  });

/** Loaded by Suricata and refused here: keywords that are not run, and values that Suricata reads otherwise than they look. */
const REFUSED_HERE: readonly RegExp[] = [
  /flowvar|pktvar|ssl_state/,
  /byte_jump:4,4,dce/,
  /fragoffset:8-9/,
  /replace:"a"$/,
  /frame:tls.pdu/,
  /urilen:2<>9,foo/,
  /base64_decode:offset 70000/,
];
/** Refused by Suricata and loaded here. */
const LOADED_HERE: readonly RegExp[] = [
  // Keywords of version 8.
  /track by_flow/,
  /pcre:"\/\(a\)\/, (?:foo:bar|flow:foo, pkt:bar)"/,
];

function isListed(list: readonly RegExp[], text: string): boolean {
  return list.some((pattern) => pattern.test(text));
}

test("every rule that Suricata 7 loads loads here, but for those that are listed", () => {
  const refused = RULES.filter(({ isLoaded, refusal }) => isLoaded && refusal !== undefined);
  expect(refused.filter(({ text }) => !isListed(REFUSED_HERE, text))).toEqual([]);
  expect(RULES.filter(({ isLoaded }) => isLoaded).length).toBeGreaterThan(400);
});

test("every rule that Suricata 7 refuses is refused here with a reason, but for those that are listed", () => {
  const loaded = RULES.filter(({ isLoaded, refusal }) => !isLoaded && refusal === undefined);
  expect(loaded.filter(({ text }) => !isListed(LOADED_HERE, text))).toEqual([]);
  expect(RULES.filter(({ isLoaded }) => !isLoaded).length).toBeGreaterThan(400);
});
