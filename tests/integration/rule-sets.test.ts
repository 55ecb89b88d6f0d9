/** Rule sets from a file, by the commands on the box: without an agent, and with one that runs. */
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { hasMosquitto, Mosquitto } from "../support/mosquitto.js";
import { Operator, part, rule } from "../support/rule-bundles.js";
import { MAIN, RunningAgent, sekisho } from "../support/sekisho-process.js";
import { temporaryDirectory } from "../support/temporary-directory.js";

const CAPTURE = fileURLToPath(new URL("../../rules/tests/silent-names/input.pcap", import.meta.url));
const TOOL = fileURLToPath(new URL("../../dist/scripts/rulesets/main.js", import.meta.url));
/** Any name at all: alerts on the capture. */
const LOUD = 'alert dns any any -> any any (msg:"Any name"; dns.query; pcre:"/./"; sid:7100; rev:1;)\n';
const SOON = { created: new Date().toISOString(), expires: new Date(Date.now() + 86_400_000).toISOString() };

async function box(...lines: readonly string[]) {
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
      ...lines,
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
  return { folder, operator, config, bundle, rules };
}

/** `scripts/rules` in a box's folder; does not block what else goes on here. */
async function operate(folder: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [TOOL, ...args], { cwd: folder });
  return stdout;
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
});

test("what the technician hides stays hidden over installation and way back; what is wrong is called by its name", async () => {
  const { folder, config, bundle, rules } = await box();
  const suppress = (...args: string[]) => sekisho(["suppress", ...args, "--config", config]);
  const file = join(folder, "data/suppressions.json");
  expect(rules("install", bundle(1, rule(7001)))).toMatchObject({ code: 0 });
  expect(suppress("add", "--rule", "7001", "--source", "192.168.1.0/24", "--reason", "a test").code).toBe(0);
  const before = readFileSync(file, "utf8");
  expect(rules("install", bundle(2, rule(7002)))).toMatchObject({ code: 0 });
  expect(readFileSync(file, "utf8")).toBe(before);
  expect(rules("rollback")).toMatchObject({ code: 0 });
  expect(JSON.parse(suppress("list", "--json").out)).toMatchObject([{ sid: 7001, isOver: false }]);
  const again = rules("install", join(folder, "2.bundle"));
  expect(again.code).toBe(1);
  expect(again.err).toMatch(/failed on this device or was taken back \(.*: taken back by hand\)/);
  rmSync(join(folder, "roots"));
  const rootless = rules("install", join(folder, "2.bundle"));
  expect(rootless.code).toBe(1);
  expect(rootless.err).toMatch(/file of roots .*cannot be read.*--rules-root/s);
});

/** `sekisho rules`, the same way. */
async function onBox(config: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    MAIN,
    "rules",
    ...args,
    "--config",
    config,
  ]);
  return stdout;
}

test.skipIf(!hasMosquitto)(
  "from afar: downloaded in chunks, put in force, told, seen by the operator, and withdrawn with a signature only; by hand beside it",
  async () => {
    const broker = await Mosquitto.start();
    onTestFinished(() => broker.stop());
    const { folder, operator, config, bundle } = await box(`uplink: {url: "${broker.url}"}`);
    writeFileSync(
      join(folder, "rules.key"),
      operator.rulesKeys[0]!.privateKey.export({ type: "pkcs8", format: "pem" }),
    );
    const agent = new RunningAgent(config);
    onTestFinished(() => agent.kill());
    await expect.poll(() => agent.log).toContain("uplink connected");
    const at = ["--broker", broker.url];
    // Larger than one chunk.
    const many = Array.from({ length: 600 }, (_, i) => rule(10_000 + i)).join("");
    await operate(folder, "publish", bundle(7, many), "--roots", "roots", "--device", "box-1", ...at);
    await expect.poll(() => agent.log).toContain('"what":"activated"');
    expect(agent.log).toContain('"by":"monitor"');
    const fleet = async () => JSON.parse(await operate(folder, "status", "--json", "--wait", "0.5", ...at));
    await expect
      .poll(fleet, { interval: 500 })
      .toMatchObject([
        { device: "box-1", rules: { loaded: 600, sets: { active: { vendor: { version: 7 } } } } },
      ]);
    const stranger = new Operator();
    const forged = stranger.rulesKeys[0]!.privateKey.export({ type: "pkcs8", format: "pem" });
    writeFileSync(join(folder, "forged.key"), forged);
    const withdraw = ["withdraw", "7", "--reason", "a test", "--device", "box-1", ...at];
    await operate(folder, ...withdraw, "--key", "forged.key");
    await expect.poll(() => agent.log).toContain("a withdrawal is not followed");
    expect(agent.log).not.toContain('"what":"withdrawn"');
    await expect.poll(() => agent.log).toContain('"what":"confirmed"');
    // By hand as well: the agent is asked over its control socket.
    expect(await onBox(config, "install", bundle(8, rule(7001)))).toContain("office 8 is in force");
    expect(await onBox(config, "rollback", "--reason", "a test")).toContain("in force again");
    await operate(folder, ...withdraw, "--key", "rules.key");
    await expect.poll(() => agent.log).toContain('"what":"withdrawn"');
    await expect.poll(fleet, { interval: 500 }).toMatchObject([{ rules: { sets: { active: {} } } }]);
  },
);
