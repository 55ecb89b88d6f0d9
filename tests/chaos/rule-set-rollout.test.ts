/** Agents on one broker in a rollout by rings: the ring in which one fails is the last that is exposed. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ringsOf } from "../../scripts/rulesets/rollout.js";
import { chaosSize, chaosTimeoutMs, report } from "../support/chaos.js";
import { hasMosquitto, Mosquitto } from "../support/mosquitto.js";
import { part, rule } from "../support/rule-bundles.js";
import { BoxFolder, LOUD, OperatorFolder, questions } from "../support/rule-set-box.js";
import { RunningAgent } from "../support/sekisho-process.js";
import { temporaryDirectory } from "../support/temporary-directory.js";

/** None in a default run: tests/unit/scripts/rollout.test.ts has the rings, tests/integration/rule-sets.test.ts one agent. */
const AGENTS = chaosSize(50, 0);
const PERCENTAGES = AGENTS < 10 ? [50, 80, 100] : [10, 40, 100];
/** Agents that start at once: each takes a processor for a second or two. */
const STARTED_AT_ONCE = 4;

/** Names of devices of which the second ring has at least one, and the third as well. */
function devices(version: number): { names: string[]; rings: string[][] } {
  for (let salt = 0; ; salt++) {
    const names = Array.from({ length: AGENTS }, (_, i) => `box-${salt}-${i}`);
    const rings = ringsOf({ layer: "vendor", version, percentages: PERCENTAGES, devices: names });
    if (rings.every((ring) => ring.length > 0)) return { names, rings };
  }
}

test.skipIf(!hasMosquitto || AGENTS === 0)(
  `agents in a rollout (scripts/chaos rule-set-rollout): a set that one of the second ring refuses reaches nobody of the third`,
  async () => {
    const folder = await temporaryDirectory();
    const broker = await Mosquitto.start();
    onTestFinished(() => broker.stop());
    const operator = new OperatorFolder(join(folder, "desk"));
    const { names, rings } = devices(2);
    const victim = rings[1]![0]!;
    writeFileSync(
      join(folder, "quiet.pcap"),
      questions(60, () => "one.ordinary.example", 30_000_000),
    );
    writeFileSync(
      join(folder, "busy.pcap"),
      questions(30_000, (i) => `q${i}.ordinary.example`, 10_000),
    );
    const boxes = names.map(
      (device) =>
        new BoxFolder(join(folder, device), device, {
          capture: { file: join(folder, device === victim ? "busy.pcap" : "quiet.pcap") },
          store: { path: join(folder, device, "data/sekisho.db"), budget_mib: 8 },
          rule_sets: {
            root_file: join(folder, "desk/roots"),
            shadow_min: 0.1,
            confirm_min: 0.1,
            download_kib_per_s: 4096,
          },
          uplink: { url: broker.url },
        }),
    );
    const agents: RunningAgent[] = [];
    onTestFinished(async () => {
      await Promise.all(agents.map((agent) => agent.kill()));
    });
    for (let at = 0; at < boxes.length; at += STARTED_AT_ONCE) {
      const started = boxes.slice(at, at + STARTED_AT_ONCE).map((box) => new RunningAgent(box.config));
      agents.push(...started);
      for (const agent of started) await expect.poll(() => agent.log).toContain("uplink connected");
    }
    const rollout = ["--roots", "roots", "--rings", PERCENTAGES.join(","), "--broker", broker.url, "--json"];
    const patience = ["--ring-timeout", "5", "--settle", "0.01", "--wait", "1"];
    const path = operator.bundle(2, [part("office.rules", rule(7001) + LOUD)]);
    const { code, out, err } = await operator.rules(
      "rollout",
      path,
      ...rollout,
      ...patience,
      ...names.flatMap((name) => ["--device", name]),
    );
    const result = JSON.parse(out);
    expect({ code, err }).toEqual({ code: 1, err: "" });
    expect(result).toMatchObject({ isDone: false, rings: 2, failed: [{ device: victim }] });
    expect(result.failed[0].reason).toContain("an alert storm");
    expect([...result.untouched].sort()).toEqual([...rings[2]!].sort());
    const { out: told } = await operator.rules("status", "--json", "--wait", "1", "--broker", broker.url);
    const exposed = (
      JSON.parse(told) as {
        device: string;
        rules?: { sets?: { active: { vendor?: { version: number } } } };
      }[]
    )
      .filter(({ rules }) => rules?.sets?.active.vendor?.version === 2)
      .map(({ device }) => device);
    expect(exposed.every((device) => rings[0]!.includes(device) || rings[1]!.includes(device))).toBe(true);
    expect(exposed).not.toContain(victim);
    report(
      `rule-set-rollout: ${AGENTS} agents, rings of ${rings.map((ring) => ring.length).join(", ")}; one of the second ring refused: ` +
        `${exposed.length} exposed, ${result.untouched.length} untouched`,
    );
  },
  chaosTimeoutMs(),
);
