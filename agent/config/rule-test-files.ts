/**
 * Reads the tests that come with rules. A test is a folder:
 *
 * - one capture (`*.pcap`, `*.pcapng`), or the one that `capture:` names, which may stand elsewhere;
 * - `expect.yaml` or `expect.json`: `alerts: {SID: COUNT | any}`, where `{}` means that nothing may alert; `home_net: [CIDR]`;
 *   `more: true` where the test needs what Suricata 7 does not read;
 * - if need be rules of its own (`*.rules`), `vars.json`, `threshold.config` and the lists beside them.
 *
 * Bounded: MAX_TESTS folders, MAX_EXPECTATION_BYTES a file.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { AgentError, reasonOf } from "../base/errors.js";
import { isObject } from "../base/json-schema.js";

export interface RuleTest {
  readonly name: string;
  readonly folder: string;
  readonly capture: string;
  /** Rule files in the folder; empty: the test is about rules that stand elsewhere. */
  readonly rules: readonly string[];
  readonly vars: string | undefined;
  readonly homeNet: readonly string[] | undefined;
  readonly readsMore: boolean;
  /** How often each sid must alert; "any": at least once. Others must not. */
  readonly alerts: ReadonlyMap<number, number | "any">;
}

const MAX_TESTS = 10_000;
const MAX_EXPECTATION_BYTES = 1024 * 1024;
const KEYS = new Set(["alerts", "capture", "home_net", "more", "about"]);

/**
 * All tests in `path`, by name; `path` may be a test itself. Folders without an expectation hold further tests, not deeper.
 *
 * @throws AgentError where the folder cannot be read or a test is not of the form above
 */
export function readRuleTests(path: string): RuleTest[] {
  if (expectationIn(path)) return [readTest(path, path)];
  const names = listing(path).filter((name) => expectationIn(join(path, name)) !== undefined);
  return names
    .sort()
    .slice(0, MAX_TESTS)
    .map((name) => readTest(join(path, name), name));
}

function readTest(folder: string, name: string): RuleTest {
  const file = expectationIn(folder)!;
  const value = readExpectation(file);
  const fail = (reason: string): never => {
    throw new AgentError("error.rule_test.form", { path: file, reason });
  };
  if (!isObject(value)) return fail("it is no mapping");
  const unknown = Object.keys(value).find((key) => !KEYS.has(key));
  if (unknown !== undefined) fail(`the key "${unknown}" is not known`);
  if (!isObject(value.alerts)) return fail("alerts is missing or no mapping");
  const alerts = new Map<number, number | "any">();
  for (const [sid, count] of Object.entries(value.alerts)) {
    const isCount = count === "any" || (Number.isInteger(count) && Number(count) > 0);
    if (!/^\d{1,10}$/.test(sid) || !isCount) fail(`alerts: "${sid}: ${String(count)}" is not SID: COUNT`);
    alerts.set(Number(sid), count as number | "any");
  }
  const { capture, home_net: homeNet, more } = value;
  if (capture !== undefined && typeof capture !== "string") fail("capture is no file name");
  if (homeNet !== undefined && !(Array.isArray(homeNet) && homeNet.every((net) => typeof net === "string"))) {
    fail("home_net is no list of networks");
  }
  if (more !== undefined && typeof more !== "boolean") fail("more is neither true nor false");
  const names = listing(folder);
  return {
    name,
    folder,
    capture: typeof capture === "string" ? resolve(folder, capture) : onlyCapture(folder, names),
    rules: names.filter((file) => file.endsWith(".rules")).map((file) => join(folder, file)),
    vars: names.includes("vars.json") ? join(folder, "vars.json") : undefined,
    homeNet: homeNet as readonly string[] | undefined,
    readsMore: more === true,
    alerts,
  };
}

function onlyCapture(folder: string, names: readonly string[]): string {
  const captures = names.filter((name) => /\.pcap(?:ng)?$/.test(name));
  if (captures.length !== 1) {
    throw new AgentError("error.rule_test.capture", { path: folder, count: captures.length });
  }
  return join(folder, captures[0]!);
}

function expectationIn(folder: string): string | undefined {
  return ["expect.yaml", "expect.yml", "expect.json"].map((name) => join(folder, name)).find(isFile);
}

function isFile(path: string): boolean {
  // What stands beside tests may be a file itself, in which there is nothing to look for.
  return existsSync(path) && statSync(path).isFile();
}

function listing(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    throw new AgentError("error.rule_test.unreadable", { path, reason: reasonOf(error) }, { cause: error });
  }
}

function readExpectation(path: string): unknown {
  let text: string;
  try {
    if (statSync(path).size > MAX_EXPECTATION_BYTES) throw new Error("the file is too large");
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new AgentError("error.rule_test.unreadable", { path, reason: reasonOf(error) }, { cause: error });
  }
  try {
    // Aliases that grow without end are refused by the parser's own limit.
    return parse(text, { maxAliasCount: 16 });
  } catch (error) {
    throw new AgentError("error.rule_test.form", { path, reason: reasonOf(error) }, { cause: error });
  }
}
