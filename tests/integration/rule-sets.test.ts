/** Rule sets from a file, by the commands on the box: without an agent, and with one that runs. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { Operator, part, rule } from "../support/rule-bundles.js";
import { RunningAgent, sekisho } from "../support/sekisho-process.js";
import { temporaryDirectory } from "../support/temporary-directory.js";

const CAPTURE = fileURLToPath(new URL("../../rules/tests/silent-names/input.pcap", import.meta.url));
/** Any name at all: alerts on the capture. */
const LOUD = 'alert dns any any -> any any (msg:"Any name"; dns.query; pcre:"/./"; sid:7100; rev:1;)\n';
const SOON = { created: new Date().toISOString(), expires: new Date(Date.now() + 86_400_000).toISOString() };

async function box() {
  const folder = await temporaryDirectory();
  const operator = new Operator();
  writeFileSync(join(folder, "roots"), operator.rootFile(), { mode: 0o600 });
  const config = join(folder, "sekisho.yaml");
  const capture = join(folder, "input.pcap");
  copyFileSync(CAPTURE, capture);
  writeFileSync(
    config,
    [
      "device: {id: box-1}",
      `capture: {file: ${capture}, speed: 0.01}`,
      `store: {path: ${join(folder, "data/sekisho.db")}}`,
      `control: {socket: ${join(folder, "c.sock")}}`,
      "rule_sets: {root_file: roots, shadow_min: 0, confirm_min: 0.1}",
    ].join("\n"),
  );
  mkdirSync(join(folder, "data"));
  const bundle = (version: number, rules: string, expectation?: string): string => {
    const path = join(folder, `${version}.bundle`);
    const tests =
      expectation === undefined
        ? []
        : [
            part("tests/names/expect.yaml", expectation),
            part("tests/names/input.pcap", readFileSync(CAPTURE)),
          ];
    writeFileSync(path, operator.bytes({ version, ...SOON }, [part("office.rules", rules), ...tests]));
    return path;
  };
  const rules = (...args: string[]) => sekisho(["rules", ...args, "--config", config]);
  return { config, bundle, rules };
}

test("without an agent: a set whose tests fail is refused with its reason, one whose tests pass comes into force", async () => {
  const { bundle, rules } = await box();
  const loud = rules("install", bundle(1, LOUD, "alerts: {}\n"));
  expect(loud.code).toBe(1);
  expect(loud.err).toContain("1 of 1 tests of the rule set failed on this device, first names: sid 7100");
  expect(rules("install", bundle(2, rule(7001) + LOUD, "alerts: {7100: any}\n"))).toMatchObject({
    code: 0,
    out: expect.stringContaining("office 2 is in force"),
  });
  const status = JSON.parse(rules("status", "--json").out);
  expect(status).toMatchObject({ root: 1, phase: "confirming", active: { vendor: { version: 2 } } });
  expect(status.bad).toMatchObject([{ version: 1 }]);
  expect(rules("history").out).toMatch(/refused vendor 1: 1 of 1 tests.*put in force vendor 2/s);
}, 60_000);

test("with an agent: installed while it listens, confirmed by it, rolled back on demand", async () => {
  const { config, bundle, rules } = await box();
  const agent = new RunningAgent(config);
  onTestFinished(() => agent.kill());
  await expect.poll(() => agent.log, { timeout: 20_000 }).toContain("capture has started");
  expect(rules("install", bundle(5, rule(7001)))).toMatchObject({ code: 0 });
  await expect.poll(() => agent.log).toContain('"generation":2');
  await expect.poll(() => agent.log, { timeout: 20_000 }).toContain('"what":"confirmed"');
  const back = rules("rollback", "--reason", "a test", "--json");
  expect(JSON.parse(back.out)).toMatchObject({ isOk: true });
  await expect.poll(() => agent.log).toContain('"generation":3');
  expect(rules("rollback")).toMatchObject({ code: 1, err: expect.stringContaining("no earlier rule set") });
  expect(await agent.stop()).toBe(0);
}, 60_000);
