/** Rule sets as a person reads them, 80 columns. */
import { isMessageKey } from "../base/language.js";
import { printable, SCREEN_COLUMNS, wrapText } from "../base/text-layout.js";
import { LAYERS } from "../update/layer.js";
import type { RuleSetRef } from "../update/rule-set.js";
import type { RuleSetChange } from "../update/update-state.js";
import type { RuleSetStatus } from "../update/update-status.js";
import { type CliContext, say } from "./context.js";

const SHOWN_BAD = 5;

export function statusLines(context: CliContext, status: RuleSetStatus): string[] {
  const { root, phase, activity, active, previous, candidate, expired, bad, rules } = status;
  const lines = [
    root === null
      ? say(context, "cli.rule_sets.status.no_root")
      : say(context, "cli.rule_sets.status.root", { version: root }),
    say(context, phase === "confirming" ? "cli.rule_sets.status.confirming" : "cli.rule_sets.status.steady"),
  ];
  for (const layer of LAYERS) {
    const set = active[layer];
    const row = set === null ? say(context, `cli.rule_sets.status.none.${layer}`) : setText(context, set);
    lines.push(`  ${layer.padEnd(7)} ${row}`);
    if (expired.includes(layer))
      lines.push(
        wrapText(say(context, "cli.rule_sets.status.expired", { layer }), SCREEN_COLUMNS, "  ! ", "    "),
      );
    const before = previous?.[layer];
    if (before && before.sha256 !== set?.sha256) {
      lines.push(
        `          ${say(context, "cli.rule_sets.status.previous", { set: setText(context, before) })}`,
      );
    }
  }
  if (rules !== null) {
    const key = rules.refused > 0 ? "cli.rule_sets.status.refused" : "cli.rule_sets.status.loaded";
    lines.push(wrapText(say(context, key, { ...rules }), SCREEN_COLUMNS, "", "  "));
  }
  if (candidate !== null) {
    const doing = `cli.rule_sets.doing.${activity}`;
    const trial = say(context, "cli.rule_sets.status.candidate", {
      set: setText(context, candidate),
      activity: isMessageKey(doing) ? say(context, doing) : activity,
    });
    lines.push(wrapText(trial, SCREEN_COLUMNS, "", "  "));
  }
  if (bad.length > 0) lines.push(say(context, "cli.rule_sets.status.bad"));
  for (const { layer, version, at, reason } of bad.slice(-SHOWN_BAD)) {
    const text = printable(`${layer} ${version}, ${at.slice(0, 19)}Z: ${reason}`);
    lines.push(wrapText(text, SCREEN_COLUMNS, "  - ", "    "));
  }
  return lines;
}

export function historyLines(context: CliContext, { history }: RuleSetStatus): string[] {
  if (history.length === 0) return [say(context, "cli.rule_sets.history.none")];
  return history.map((change) =>
    wrapText(printable(changeText(context, change)), SCREEN_COLUMNS, "", "    "),
  );
}

function changeText(context: CliContext, { at, by, what, layer, version, reason }: RuleSetChange): string {
  const set = layer === undefined ? "" : ` ${layer} ${version ?? ""}`;
  const why = reason === undefined || reason === "" ? "" : `: ${reason}`;
  return `${at.slice(0, 19)}Z ${by.padEnd(8)} ${say(context, `cli.rule_sets.change.${what}`)}${set}${why}`;
}

function setText(context: CliContext, { name, version, created, expires }: RuleSetRef): string {
  const day = (instant: string): string => instant.slice(0, 10);
  return say(context, "cli.rule_sets.status.set", {
    name,
    version,
    created: day(created),
    expires: day(expires),
  });
}
