/** Plays captures to this agent and to Suricata in a chroot and prints where their alerts differ. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readVariablesFile } from "#agent/config/variables-file.js";
import { readVerdict } from "./alerts.js";
import { Report } from "./report.js";
import { Suricata } from "./suricata.js";

const USAGE = `usage: scripts/oracle/run --chroot FOLDER [--rules FILE] [--vars FILE] [--set NAME=VALUE]... LIST

Plays captures to this agent and to Suricata and prints every rule on which they do not agree: loaded or refused,
missed alerts (FN), surplus alerts (FP), other counts (N). LIST has a line for each capture: its path, or path TAB rules.
The exit code is 1 where they differ.

  --chroot FOLDER          made by scripts/oracle/prepare
  --rules FILE             rules for lines without rules of their own
  --vars FILE              address and port groups as JSON, as for sekisho replay
  --classification FILE    classification.config for Suricata
  --set NAME=VALUE         a setting of suricata.yaml, for Suricata alone
  --json FILE              the differences as JSON
  --keep                   leave Suricata's output in FOLDER/tmp/oracle

example: scripts/oracle/run --chroot /var/tmp/trixie --rules et.rules list.txt
`;
const AGENT = fileURLToPath(new URL("../../main.js", import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    chroot: { type: "string" },
    rules: { type: "string" },
    vars: { type: "string" },
    classification: { type: "string" },
    set: { type: "string", multiple: true, default: [] },
    json: { type: "string" },
    keep: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help || values.chroot === undefined || positionals.length !== 1) {
  process.stderr.write(USAGE);
  process.exitCode = values.help ? 0 : 2;
} else {
  process.exitCode = (await compare(values.chroot, positionals[0]!)) ? 0 : 1;
}

/** @returns whether there is no difference */
async function compare(chroot: string, list: string): Promise<boolean> {
  const work = mkdtempSync(join(tmpdir(), "oracle-"));
  try {
    const jobs = readList(list);
    playToAgent(jobs, work);
    const report = new Report();
    for (const [rules, captures] of byRules(jobs)) {
      const suricata = new Suricata({
        chroot,
        rules,
        groups: values.vars === undefined ? undefined : readVariablesFile(values.vars),
        classification: values.classification,
        settings: values.set,
      });
      await suricata.run(captures.map(({ capture }) => capture));
      report.addRules(rules, suricata.refused(), readVerdict(captures[0]!.output).refused);
      for (const { capture, output } of captures)
        report.addCapture(
          rules,
          capture,
          readVerdict(suricata.output(capture)).alerts,
          readVerdict(output).alerts,
        );
      if (!values.keep) suricata.dispose();
    }
    if (values.json !== undefined) writeFileSync(values.json, report.json());
    process.stdout.write(report.text());
    return report.isEqual;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

interface Job {
  readonly capture: string;
  readonly rules: string;
  /** Where the agent's alerts go, inside of the work folder. */
  output: string;
}

function readList(path: string): Job[] {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.flatMap((line) => {
    if (line.trim() === "") return [];
    const [capture, rules = values.rules] = line.split("\t");
    if (capture === undefined || rules === undefined) throw new Error(`${path}: no rules for ${line}`);
    return [{ capture, rules, output: "" }];
  });
}

function byRules(jobs: readonly Job[]): Map<string, Job[]> {
  const groups = new Map<string, Job[]>();
  for (const job of jobs) groups.set(job.rules, [...(groups.get(job.rules) ?? []), job]);
  return groups;
}

function playToAgent(jobs: readonly Job[], work: string): void {
  const list = join(work, "batch");
  for (const [index, job] of jobs.entries()) job.output = join(work, `${index}.json`);
  writeFileSync(list, jobs.map(({ capture, output, rules }) => `${capture}\t${output}\t${rules}\n`).join(""));
  const variables = values.vars === undefined ? [] : ["--vars", values.vars];
  // The one setting that changes what the agent tells as well.
  const maxAlerts = values.set.find((setting) => setting.startsWith("packet-alert-max="))?.split("=")[1];
  const limit = maxAlerts === undefined ? [] : ["--packet-alert-max", maxAlerts];
  const args = [AGENT, "replay", "--batch", list, ...variables, ...limit];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", maxBuffer: 1 << 28 });
  if (status !== 0) process.stderr.write(`the agent ended with ${status}:\n${stderr.slice(-2000)}\n`);
}
