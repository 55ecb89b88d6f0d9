/** The memory of an update: an agent on a busy line, under the unit's flags, takes another large rule set. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { prepareTraffic } from "../../scripts/benchmarks/traffic.js";
import { NetworkNamespace, namespaceObstacle } from "../../scripts/network/network-namespace.js";
import { chaosSize, chaosTimeoutMs, report } from "../support/chaos.js";
import { part, rule } from "../support/rule-bundles.js";
import { BoxFolder, OperatorFolder } from "../support/rule-set-box.js";
import { RunningAgent, unitProcess } from "../support/sekisho-process.js";
import { temporaryDirectory } from "../support/temporary-directory.js";

/** Small rule sets say nothing, since the agent itself outweighs them, and large ones take minutes. */
const isFull = chaosSize(1, 0) > 0;
/** Where Emerging Threats Open is not at hand. */
const MADE_UP_RULES = 40_000;
const MOST_RATIO = 1.5;
const WARM_UP_MS = 60_000;
const CORPUS = fileURLToPath(new URL("../../../shared/corpus", import.meta.url));
const OPEN_RULES = join(CORPUS, "et/rules");
const obstacle = isFull ? namespaceObstacle() : "only at full size: scripts/chaos rule-set-memory";

function contentOf(version: number) {
  if (!existsSync(OPEN_RULES)) {
    const text = Array.from({ length: MADE_UP_RULES }, (_, i) => rule(30_000 + i, `Version ${version}`));
    return [part("office.rules", text.join(""))];
  }
  const names = readdirSync(OPEN_RULES).filter((name) => /\.rules$|^classification\.config$/.test(name));
  const parts = names.map((name) => part(name, readFileSync(join(OPEN_RULES, name))));
  return [...parts, part("version.rules", rule(9_000_000 + version))];
}

/** Kilobytes from proc(5), `status`. */
function memoryOf(pid: number, field: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status)?.[1]);
}

test.skipIf(obstacle)(
  `an update takes at most ${MOST_RATIO} times the memory of the agent${obstacle ? ` (skipped: ${obstacle})` : ""}`,
  async () => {
    const folder = await temporaryDirectory();
    const cable = new NetworkNamespace();
    onTestFinished(() => cable.remove());
    const operator = new OperatorFolder(join(folder, "desk"));
    const box = new BoxFolder(folder, "box-1", {
      home_net: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
      capture: { interfaces: [cable.nearInterface] },
      rule_sets: { root_file: join(folder, "desk/roots"), shadow_min: 0.1, confirm_min: 0.1 },
    });
    const first = operator.bundle(1, contentOf(1));
    expect(await box.sekisho("rules", "install", first)).toMatchObject({ code: 0 });
    const agent = new RunningAgent(box.config, unitProcess());
    onTestFinished(() => agent.kill());
    await expect.poll(() => agent.log, { timeout: 120_000 }).toContain("capture has started");
    cable.flood(prepareTraffic(join(tmpdir(), "sekisho-bench"), CORPUS, true).shortPath, 600, 20_000);
    await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS));
    const pid = agent.child.pid!;
    const steady = memoryOf(pid, "VmRSS");
    // proc(5): the highest from here on.
    writeFileSync(`/proc/${pid}/clear_refs`, "5");
    const installed = await box.sekisho("rules", "install", operator.bundle(2, contentOf(2)));
    expect(installed).toMatchObject({ code: 0 });
    await expect.poll(() => agent.log, { timeout: 120_000, interval: 200 }).toContain('"what":"confirmed"');
    const peak = memoryOf(pid, "VmHWM");
    report(
      `rule-set-memory: ${(steady / 1024).toFixed(0)} MiB before, at most ${(peak / 1024).toFixed(0)} MiB during the update ` +
        `(${(peak / steady).toFixed(2)} times), ${(memoryOf(pid, "VmRSS") / 1024).toFixed(0)} MiB after it`,
    );
    expect(peak / steady).toBeLessThanOrEqual(MOST_RATIO);
  },
  chaosTimeoutMs(),
);
