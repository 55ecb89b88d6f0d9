import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { RULE_TESTS, ruleTestCapture } from "../../scripts/story/rule-tests.js";
import { type CommandOutcome, runCommand } from "../support/command-line.js";
import { sekisho } from "../support/sekisho-process.js";
import { temporaryDirectory } from "../support/temporary-directory.js";

/** Processes start slowly on a machine that does much else. */
vi.setConfig({ testTimeout: 120_000 });

const MINING = RULE_TESTS.find(({ name }) => name === "mining")!;
const POOL =
  'alert dns $HOME_NET any -> any any (msg:"pool"; dns.query; content:".nanopool.org"; nocase; endswith; reference:cve,2020-1; classtype:coin-mining; sid:1; rev:1;)';

let shared: string;
let capture: string;
beforeAll(() => {
  shared = mkdtempSync(join(tmpdir(), "sekisho-rule-tools-"));
  capture = join(shared, "mining.pcap");
  writeFileSync(capture, ruleTestCapture(MINING));
});
afterAll(() => rmSync(shared, { recursive: true }));

async function bench(files: Readonly<Record<string, string>>) {
  const folder = await temporaryDirectory();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return (name: string): string => join(folder, name);
}

/** A replay in this process, which need not start and warm up for each; what it writes to a file is its output. */
async function replay(...args: readonly string[]): Promise<CommandOutcome> {
  const eve = join(await temporaryDirectory(), "eve.json");
  const outcome = await runCommand(["replay", "--eve", eve, ...args]);
  return { ...outcome, out: existsSync(eve) ? readFileSync(eve, "utf8") : outcome.out };
}

const alertsIn = (text: string): number =>
  text.split("\n").filter((line) => line.includes('"event_type":"alert"')).length;

describe("threshold.config", () => {
  test("is read from beside the rules, and counts what it hid", async () => {
    const path = await bench({
      "r/a.rules": POOL,
      "r/threshold.config": "suppress gen_id 1, sig_id 1, track by_src, ip 192.168.10.0/24\n",
    });
    const { code, out, err } = await replay("--stats", "--rules", path("r"), capture);
    expect(code).toBe(0);
    expect(alertsIn(out)).toBe(0);
    expect(JSON.parse(err)).toMatchObject({ "match.alerts_suppressed": 2, "match.alerts_limited": 0 });
  });

  test("may be named, and a file that is named must be there", async () => {
    const path = await bench({
      "a.rules": POOL,
      "t.conf": "threshold gen_id 1, sig_id 1, type limit, track by_rule, count 1, seconds 60\n",
    });
    const named = ["--rules", path("a.rules"), capture, "--threshold-file"];
    expect(alertsIn((await replay("--rules", path("a.rules"), capture)).out)).toBe(2);
    expect(alertsIn((await replay(...named, path("t.conf"))).out)).toBe(1);
    const missing = await replay(...named, path("none.conf"));
    expect(missing.code).toBe(1);
    expect(missing.err).toContain("none.conf");
  });
});

describe("rules check", () => {
  test("shows what lists would do, what never alerts, and counts by reason and keyword", async () => {
    const path = await bench({
      "r/a.rules": [
        POOL,
        POOL.replace("sid:1", "flowbits:isset,x; sid:2"),
        POOL.replace("sid:1", "lua:x.lua; sid:3"),
        `#${POOL.replace("sid:1", "sid:4")}`,
        POOL,
      ].join("\n"),
      "r/disable.conf": "2\nnonsense\n",
      "r/enable.conf": "group:a.rules\n",
    });
    const { code, out } = await runCommand(["rules", "check", path("r")]);
    expect(code).toBe(0);
    expect(out).toContain(`${path("r/a.rules")}:2: sid 2: never alerts: no loaded rule sets flowbits x`);
    expect(out).toContain(`${path("r/disable.conf")}:2: no effect: "nonsense" is none of`);
    expect(out).toContain("1 switched off, 2 switched on");
    expect(out).toContain("keyword lua");
    const json = JSON.parse((await runCommand(["rules", "check", "--json", path("r")])).out);
    expect(json).toMatchObject({
      loaded: 3,
      disabled: 1,
      refused_by_keyword: { lua: 1 },
      warnings: [{ sid: 2, kind: "never" }],
      loaded_sids: [1, 2, 4],
    });
    expect(json.refused.map(({ reason }: { reason: string }) => reason)).toContain(
      `duplicate sid: revision 1 at ${path("r/a.rules")}:1 is used, which says the same`,
    );
  });
});

describe("rules explain", () => {
  test("tells a shipped rule in English and Japanese, and as JSON", async () => {
    const english = await runCommand(["rules", "explain", "9000061"]);
    expect(english.code).toBe(0);
    expect(english.out).toContain('dns.query ends with ".nanopool.org", upper or lower case');
    expect(english.out).toContain("https://");
    expect((await runCommand(["rules", "explain", "9000061", "--lang", "ja"])).out).toContain(
      'dns.query が ".nanopool.org" で終わる',
    );
    const json = JSON.parse((await runCommand(["rules", "explain", "1:9000061", "--json"])).out);
    expect(json).toMatchObject({ sid: 9000061, cost: "low", filings: [{ judged_on: "message" }] });
  });

  test.each([
    ["4711", 1, "No rule 4711"],
    ["abc", 2, '"abc" is not the number of a rule'],
  ])("of %s ends with exit code %d: %s", async (sid, code, text) => {
    expect(await runCommand(["rules", "explain", sid])).toMatchObject({
      code,
      err: expect.stringContaining(text),
    });
  });
});

describe("replay --why", () => {
  test("says what each flow lacked, with the value seen, or that it alerts", async () => {
    const path = await bench({ "a.rules": POOL });
    const { code, out } = await replay("--rules", path("a.rules"), "--why", "1", capture);
    expect(code).toBe(0);
    expect(out).toContain("Rule 1: 2 of 12 flows alert");
    expect(out).toContain("alerts (1×)");
    expect(out).toMatch(/stops at step 3 of 3: dns\.query ends with ".nanopool\.org".*\n {2}seen: "a7f3\./);
    const json = JSON.parse((await replay("--rules", path("a.rules"), "--why", "1", "--json", capture)).out);
    expect(json.flows.filter(({ alertCount }: { alertCount: number }) => alertCount > 0)).toHaveLength(2);
  });

  test("fails where the rule is refused, with the reason", async () => {
    const path = await bench({ "a.rules": POOL.replace("nocase", "frobnicate") });
    const { code, err } = await replay("--rules", path("a.rules"), "--why", "1", capture);
    expect(code).toBe(1);
    expect(err).toContain("a.rules:1: Rule 1 is refused: keyword frobnicate");
  });
});

describe("rules test", () => {
  const test1 = (expectation: string) => bench({ "a.rules": POOL, "t/one/expect.yaml": expectation });
  const run = (dir: string, ...options: readonly string[]) => runCommand(["rules", "test", dir, ...options]);
  const withCapture = async (expectation: string) => {
    const path = await test1(expectation);
    writeFileSync(path("t/one/input.pcap"), ruleTestCapture(MINING));
    return path;
  };

  test("passes where exactly what is expected alerts", async () => {
    const path = await withCapture("alerts:\n  1: 2\n");
    expect(sekisho(["rules", "test", path("t")])).toMatchObject({
      code: 0,
      out: expect.stringContaining("1 passed, 0 failed"),
    });
    expect(JSON.parse((await run(path("t/one"), "--json")).out)).toMatchObject({ passed: 1, failed: 0 });
  });

  test.each([
    ["alerts: {1: 3}", "sid 1: 3 expected, 2 alerted"],
    ["alerts: {}", "sid 1: not expected, 2 alerted"],
    ["alerts: {1: any, 2: 1}", "sid 2 is not among the rules"],
  ])("fails on %s: %s", async (expectation, problem) => {
    const path = await withCapture(expectation);
    const { code, out } = await run(path("t"));
    expect(code).toBe(1);
    expect(out).toContain("FAIL  one");
    expect(out).toContain(problem);
  });

  test.each([
    ["alert: {1: 1}", 'the key "alert" is not known'],
    ["alerts: {one: 1}", '"one: 1" is not SID: COUNT'],
    ["alerts: [", "expect.yaml"],
  ])("says what is wrong with the expectation %s", async (expectation, problem) => {
    const path = await withCapture(expectation);
    expect(await run(path("t"))).toMatchObject({ code: 1, err: expect.stringContaining(problem) });
  });

  test("says that a folder without tests, or a test without a capture, is none", async () => {
    const path = await test1("alerts: {}");
    expect(await run(path("t"))).toMatchObject({ code: 1, err: expect.stringContaining("holds 0 captures") });
    const empty = await temporaryDirectory();
    expect(await run(empty)).toMatchObject({ code: 1, err: expect.stringContaining("holds no test") });
    writeFileSync(join(empty, "some.rules"), POOL);
    expect(await run(empty)).toMatchObject({ code: 1, err: expect.stringContaining("holds no test") });
  });
});
