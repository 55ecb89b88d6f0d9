/** Rules of the box beside rule sets that come and go: ActiveRules with layers. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ActiveRules } from "../../agent/active-rules.js";
import { createLog } from "../../agent/base/log.js";
import { loadConfig } from "../../agent/config/load.js";
import { RULE_STRIDE, RuleColumn, RuleFlag } from "../../agent/signature/image.js";
import { describeRule } from "../../agent/signature/rule-description.js";
import { rule } from "../support/rule-bundles.js";
import { temporaryDirectory } from "../support/temporary-directory.js";

const log = createLog({ level: "error" }, { write: () => undefined });

/** Numbers of the rules in force but the agent's own; those that are suppressed with a minus. */
function inForce({ image }: ActiveRules): number[] {
  return Array.from({ length: image.ruleCount }, (_, i) => {
    const isSuppressed = (image.rules[i * RULE_STRIDE + RuleColumn.FLAGS]! & RuleFlag.SUPPRESSED) !== 0;
    const { sid } = describeRule(image, i);
    return isSuppressed ? -sid : sid;
  })
    .filter((sid) => Math.abs(sid) < 100_000)
    .sort((a, b) => Math.abs(a) - Math.abs(b));
}

test("rules of the box, what it switches off and what it suppresses survive every rule set that comes and goes", async () => {
  const folder = await temporaryDirectory();
  const put = (name: string, files: Record<string, string>): string => {
    mkdirSync(join(folder, name));
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, name, file), text);
    return join(folder, name);
  };
  const local = put("local", { "own.rules": rule(1) });
  const first = put("first", { "a.rules": rule(11) + rule(12) + rule(13) });
  const second = put("second", { "a.rules": rule(12) + rule(13) + rule(14) });
  const site = put("site", { "b.rules": rule(21) });
  writeFileSync(join(folder, "disable.conf"), "12\n");
  writeFileSync(join(folder, "threshold.config"), "suppress gen_id 1, sig_id 13\n");
  writeFileSync(
    join(folder, "sekisho.yaml"),
    [
      "device: {id: box-1}",
      "capture: {interfaces: [lan0]}",
      `rules: [${local}]`,
      "rule_policy: {disable_conf: disable.conf, threshold_file: threshold.config}",
      `store: {path: ${join(folder, "sekisho.db")}}`,
    ].join("\n"),
  );
  const config = loadConfig(join(folder, "sekisho.yaml"), {});
  const adopt = async () => undefined;
  const rules = await ActiveRules.load(config, log);
  expect(inForce(rules)).toEqual([1]);
  for (const [layers, expected] of [
    [{ vendor: first, site: undefined }, [1, 11, -13]],
    [{ vendor: second, site }, [1, -13, 14, 21]],
    [{ vendor: undefined, site: undefined }, [1]],
  ] as const) {
    await rules.reload(config, adopt, layers);
    expect(inForce(rules)).toEqual(expected);
  }
});
