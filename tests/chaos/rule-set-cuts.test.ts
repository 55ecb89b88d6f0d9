/** Kills and power cuts at every step of installing a rule set and of going back: the old set or the new one, whole. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type Bundle, bundle } from "../support/bundle.js";
import { chaosSize, chaosTimeoutMs, report } from "../support/chaos.js";
import { PowerDisk } from "../support/power-disk.js";
import { Operator, part, rule } from "../support/rule-bundles.js";
import { type RuleSetChildSettings, runRuleSetWork } from "../support/rule-set-child.js";
import { temporaryDirectory } from "../support/temporary-directory.js";

const KILLS = chaosSize(20, 1);
const POWER_CUTS = chaosSize(20, 1);
/** In a default run not every step is cut, but every second or third. */
const STRIDE = chaosSize(1, 6);

const operator = new Operator();
const old = operator.bytes({ version: 6 }, [
  part("office.rules", rule(6)),
  part("tests/a/expect.yaml", "alerts: {}\n"),
]);
const next = operator.bytes({ version: 7 }, [part("office.rules", rule(7)), part("more.rules", rule(71))]);
let child: Bundle;

beforeAll(async () => {
  child = await bundle(new URL("../support/rule-set-child.ts", import.meta.url));
});
afterAll(() => child.remove());

/** A box with version 6 confirmed, and the bundle of version 7 beside it; made anew for each cut from a copy. */
async function preparedBox(directory: string): Promise<RuleSetChildSettings> {
  mkdirSync(directory, { recursive: true });
  const [rootFile, first, second] = ["roots", "6.bundle", "7.bundle"].map((name) => join(directory, name));
  writeFileSync(rootFile!, operator.rootFile(), { mode: 0o600 });
  writeFileSync(first!, old);
  writeFileSync(second!, next);
  const folder = join(directory, "rule-sets");
  await runRuleSetWork({ folder, rootFile: rootFile!, bundle: first! }, () => undefined);
  return { folder, rootFile: rootFile!, bundle: second!, goesBack: true };
}

/** Names of all steps, in their order. */
async function stepsOf(settings: RuleSetChildSettings): Promise<string[]> {
  const names: string[] = [];
  await runRuleSetWork(settings, (name) => names.push(name));
  return names;
}

/** After a cut: what is in force is whole, and the work can be done to its end. */
async function checkBox(settings: RuleSetChildSettings, place: string): Promise<number> {
  const { folder, rootFile } = settings;
  const { RuleSetDesk } = await import("../../agent/update/rule-set-desk.js");
  const { NOW_MS, READER } = await import("../support/rule-bundles.js");
  const desk = new RuleSetDesk({ folder, rootFile, reader: READER, wallMs: () => NOW_MS });
  desk.begin();
  const { active, history } = desk.state;
  expect(
    history.filter(({ what }) => what === "damaged"),
    place,
  ).toEqual([]);
  const version = active.vendor?.version ?? 0;
  expect([6, 7], place).toContain(version);
  const rules = readFileSync(join(desk.folders.vendor!, "office.rules"), "utf8");
  expect(rules, place).toBe(rule(version));
  // A set that was begun is finished, and one that was rolled back stays away.
  const isBad = desk.state.bad.some((bad) => bad.version === 7);
  const done = await runRuleSetWork(
    { folder, rootFile, ...(!isBad && { bundle: settings.bundle! }) },
    () => undefined,
  );
  expect(done.state.active.vendor?.version, place).toBe(isBad ? 6 : 7);
  return version;
}

async function cutAtEveryStep(
  directory: string,
  cuts: number,
  disk?: PowerDisk,
): Promise<{ steps: number; total: number; ended: Record<number, number> }> {
  const model = join(directory, "model");
  const place = join(directory, "box");
  const probe = join(directory, "probe");
  const steps = await stepsOf(await preparedBox(probe));
  await preparedBox(model);
  const ended: Record<number, number> = {};
  let total = 0;
  for (let round = 0; round < cuts; round++) {
    for (let cutAt = round % STRIDE; cutAt < steps.length; cutAt += STRIDE) {
      rmSync(place, { recursive: true, force: true });
      cpSync(model, place, { recursive: true });
      if (disk) spawnSync("sync", ["-f", place]);
      const settings: RuleSetChildSettings = {
        folder: join(place, "rule-sets"),
        rootFile: join(place, "roots"),
        bundle: join(place, "7.bundle"),
        goesBack: true,
        cutAt,
        disk: disk?.path,
      };
      const { signal, stderr } = spawnSync(process.execPath, [child.path, JSON.stringify(settings)], {
        encoding: "utf8",
      });
      expect(signal, `${steps[cutAt]}: ${stderr}`).toBe("SIGKILL");
      await disk?.restore();
      const version = await checkBox(settings, `cut at ${steps[cutAt]} (${cutAt})`);
      ended[version] = (ended[version] ?? 0) + 1;
      total++;
    }
  }
  return { steps: new Set(steps).size, total, ended };
}

test(
  "a kill at any step leaves the old set or the new one, whole",
  async () => {
    const { steps, total, ended } = await cutAtEveryStep(await temporaryDirectory(), KILLS);
    expect(steps).toBeGreaterThanOrEqual(15);
    report(
      `rule-set-cuts: ${total} kills at ${steps} named steps: ${ended[6]} old, ${ended[7]} new, 0 other`,
    );
  },
  chaosTimeoutMs(),
);

test(
  "so does a power cut",
  async (context) => {
    const disk = PowerDisk.make(await temporaryDirectory(), 64 * 1024 * 1024);
    if (!disk) return context.skip("mounting an ext4 image needs root");
    onTestFinished(() => disk.remove());
    const { steps, total, ended } = await cutAtEveryStep(disk.path, POWER_CUTS, disk);
    report(
      `rule-set-cuts: ${total} power cuts at ${steps} named steps: ${ended[6]} old, ${ended[7]} new, 0 other`,
    );
  },
  chaosTimeoutMs(),
);
