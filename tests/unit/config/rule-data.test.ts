import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readRuleData } from "../../../agent/config/rule-files.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sekisho-rule-data-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("data files are read from beside the rule file and below, never from elsewhere", () => {
  mkdirSync(join(folder, "rules", "lists"), { recursive: true });
  const ruleFile = join(folder, "rules", "local.rules");
  writeFileSync(join(folder, "rules", "names.lst"), "a\n");
  writeFileSync(join(folder, "rules", "lists", "more.lst"), "b\n");
  writeFileSync(join(folder, "secret.lst"), "c\n");
  expect(readRuleData("names.lst", ruleFile)).toBe("a\n");
  expect(readRuleData("lists/more.lst", ruleFile)).toBe("b\n");
  expect(readRuleData("../secret.lst", ruleFile)).toBeUndefined();
  expect(readRuleData(join(folder, "secret.lst"), ruleFile)).toBeUndefined();
  expect(readRuleData("missing.lst", ruleFile)).toBeUndefined();
  expect(readRuleData("lists", ruleFile)).toBeUndefined();
});
