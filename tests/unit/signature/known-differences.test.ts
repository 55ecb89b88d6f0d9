import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { refusalOf } from "../../support/rules.js";

const README = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");

test("the keywords that the README calls refused are refused by name", () => {
  const row = README.split("\n").find((line) => line.startsWith("| refused keywords |"))!;
  const keywords = [...row.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
  expect(keywords.length).toBeGreaterThan(5);
  for (const keyword of keywords)
    expect(refusalOf(`alert tcp any any -> any any (${keyword}:x; sid:1;)`)).toMatch(
      new RegExp(`^keyword ${keyword}: `),
    );
});
