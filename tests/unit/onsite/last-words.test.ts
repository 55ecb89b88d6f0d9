import { appendFileSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  forgetLastWords,
  lastWordsFileFor,
  leaveLastWords,
  readLastWords,
} from "../../../agent/onsite/last-words.js";
import { temporaryDirectory } from "../../support/temporary-directory.js";

const WORDS = { atMs: 1_800_000_000_000, reason: "a TypeError" };

test("last words are read by the next start, of every run that left some, until they are forgotten", async () => {
  const file = lastWordsFileFor(join(await temporaryDirectory(), "store.db"));
  expect(readLastWords(file)).toEqual([]);
  leaveLastWords(file, WORDS);
  leaveLastWords(file, { ...WORDS, reason: "another" });
  expect(readLastWords(file)).toEqual([WORDS, { ...WORDS, reason: "another" }]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  forgetLastWords(file);
  expect(readLastWords(file)).toEqual([]);
});

test("what is left in a file and told to the monitor has no secret in it", async () => {
  const file = lastWordsFileFor(join(await temporaryDirectory(), "store.db"));
  leaveLastWords(file, { ...WORDS, reason: "Error: no way to mqtts://box:pass@monitor.example" });
  expect(readLastWords(file)[0]?.reason).toBe("Error: no way to mqtts://[secret]@monitor.example");
});

test("an agent that fails again and again does not fill the disk with words", async () => {
  const file = lastWordsFileFor(join(await temporaryDirectory(), "store.db"));
  for (let i = 0; i < 200; i++) leaveLastWords(file, { ...WORDS, reason: "x".repeat(5000) });
  expect(statSync(file).size).toBeLessThan(20_000);
});

test("a line that was cut or is no word is passed over", async () => {
  const file = lastWordsFileFor(join(await temporaryDirectory(), "store.db"));
  appendFileSync(file, '{"atMs":1,"rea\n{"atMs":1e99,"reason":"no time"}\n[]\nnull\n');
  leaveLastWords(file, WORDS);
  expect(readLastWords(file)).toEqual([WORDS]);
});

test("a place that cannot be written or removed is no further fault", async () => {
  const file = join(await temporaryDirectory(), "folder");
  mkdirSync(file);
  leaveLastWords(file, WORDS);
  forgetLastWords(file);
  expect(readLastWords(file)).toEqual([]);
});
