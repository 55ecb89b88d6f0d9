/** Makes for each rule a conversation on which it must alert, plays them, and prints the rules that stay silent. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readVariablesFile } from "#agent/config/variables-file.js";
import { readRules } from "#agent/rule-compiling.js";
import { parseRuleFiles } from "#agent/sensor/rule-compiler.js";
import { Wire } from "../story/wire.js";
import { readVerdict, sidOf } from "./alerts.js";
import { NotMade } from "./buffer-maker.js";
import { makeFlow } from "./flow-maker.js";

const USAGE = `usage: scripts/oracle/flows --out FOLDER --rules PATH... [--vars FILE] [--chroot FOLDER] [--part N]

Makes for each rule that loads one conversation on which it must alert, from how the agent reads the rule, plays all to the
agent and prints the rules that stay silent. With --chroot these are played to Suricata too: a rule that alerts there and not
here is a fault of this agent. The exit code is 1 where there is one (without --chroot: where a rule stays silent).

  --out FOLDER       where captures, the list and silent.json go
  --rules PATH       a rule file, or a folder of them
  --vars FILE        address and port groups as JSON
  --chroot FOLDER    made by scripts/oracle/prepare
  --part N           only every Nth rule

example: scripts/oracle/flows --chroot /var/tmp/trixie --out /tmp/flows --rules rules
`;
const AGENT = fileURLToPath(new URL("../../main.js", import.meta.url));
const RUN = fileURLToPath(new URL("./main.js", import.meta.url));
const FLOWS_A_CAPTURE = 500;
const START_US = 1_700_000_000_000_000;
const GAP_US = 2_000_000;
const SHOWN = 40;

const { values } = parseArgs({
  options: {
    out: { type: "string" },
    rules: { type: "string", multiple: true, default: [] },
    vars: { type: "string" },
    chroot: { type: "string" },
    part: { type: "string", default: "1" },
    help: { type: "boolean", default: false },
  },
});

if (values.help || values.out === undefined || values.rules.length === 0) {
  process.stderr.write(USAGE);
  process.exitCode = values.help ? 0 : 2;
} else process.exitCode = run(values.out);

function run(out: string): number {
  mkdirSync(out, { recursive: true });
  const groups = values.vars === undefined ? undefined : readVariablesFile(values.vars);
  const { signatures } = parseRuleFiles(
    readRules({ paths: values.rules.map((path) => resolve(path)), homeNet: undefined, groups, policy: {} }),
  );
  const chosen = signatures.filter((_, index) => index % Number(values.part) === 0);
  const rules = join(out, "test.rules");
  writeFileSync(rules, `${chosen.map(({ text }) => text).join("\n")}\n`);
  const notMade = new Map<string, number>();
  const captures: { path: string; sids: Set<number> }[] = [];
  for (let start = 0; start < chosen.length; start += FLOWS_A_CAPTURE) {
    const wire = new Wire();
    const sids = new Set<number>();
    for (const [index, signature] of chosen.slice(start, start + FLOWS_A_CAPTURE).entries()) {
      try {
        makeFlow(wire, signature, start + index, START_US + index * GAP_US);
        sids.add(signature.sid);
      } catch (error) {
        if (!(error instanceof NotMade)) throw error;
        notMade.set(error.message, (notMade.get(error.message) ?? 0) + 1);
      }
    }
    const path = resolve(out, `${captures.length}.pcap`);
    writeFileSync(path, wire.capture().file);
    captures.push({ path, sids });
  }
  const alerted = playToAgent(out, rules, captures);
  const made = captures.reduce((sum, { sids }) => sum + sids.size, 0);
  const silent = captures.flatMap(({ sids }) => [...sids].filter((sid) => !alerted.has(sid)));
  const reasons = [...notMade].sort((a, b) => b[1] - a[1]).map(([reason, count]) => `${reason} ${count}`);
  process.stdout.write(
    `${chosen.length} rules, ${made} conversations, ${made - silent.length} alert, ${silent.length} stay silent\n`,
  );
  process.stdout.write(`not made because of: ${reasons.join(", ")}\n`);
  writeFileSync(join(out, "silent.json"), JSON.stringify(silent));
  return values.chroot === undefined ? tell(silent, chosen) : askSuricata(out, silent, chosen, captures);
}

function playToAgent(out: string, rules: string, captures: readonly { path: string }[]): Set<number> {
  const list = join(out, "list");
  const lines = captures.map(({ path }, index) => `${path}\t${join(out, `${index}.json`)}\t${rules}\n`);
  writeFileSync(list, lines.join(""));
  const variables = values.vars === undefined ? [] : ["--vars", values.vars];
  const { status, stderr } = spawnSync(process.execPath, [AGENT, "replay", "--batch", list, ...variables], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the agent ended with ${status}: ${stderr.slice(-500)}`);
  return new Set(captures.flatMap((_, index) => sidsIn(join(out, `${index}.json`))));
}

function sidsIn(path: string): number[] {
  return [...readVerdict(path).alerts.keys()].map(sidOf);
}

interface ToldRule {
  readonly sid: number;
  readonly text: string;
}

function tell(sids: readonly number[], rules: readonly ToldRule[]): number {
  for (const sid of sids.slice(0, SHOWN)) {
    process.stdout.write(`  ${rules.find((rule) => rule.sid === sid)?.text.slice(0, 400)}\n`);
  }
  return sids.length === 0 ? 0 : 1;
}

/** The silent rules alone, over the captures of their conversations. */
function askSuricata(
  out: string,
  silent: readonly number[],
  rules: readonly ToldRule[],
  captures: readonly { path: string; sids: ReadonlySet<number> }[],
): number {
  const wanted = new Set(silent);
  const folder = join(out, "silent");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "test.rules");
  writeFileSync(
    file,
    `${rules
      .filter(({ sid }) => wanted.has(sid))
      .map(({ text }) => text)
      .join("\n")}\n`,
  );
  const list = join(folder, "list");
  const concerned = captures.filter(({ sids }) => [...sids].some((sid) => wanted.has(sid)));
  writeFileSync(list, concerned.map(({ path }) => `${path}\t${file}\n`).join(""));
  const report = join(folder, "report.json");
  const variables = values.vars === undefined ? [] : ["--vars", values.vars];
  spawnSync(process.execPath, [RUN, "--chroot", values.chroot!, ...variables, "--json", report, list]);
  const { differences } = JSON.parse(readFileSync(report, "utf8")) as {
    differences: readonly { key: string; wanted: number; found: number }[];
  };
  const faults = [...new Set(differences.filter(({ found }) => found === 0).map(({ key }) => sidOf(key)))];
  process.stdout.write(`${faults.length} of the silent rules alert in Suricata\n`);
  return tell(faults, rules);
}
