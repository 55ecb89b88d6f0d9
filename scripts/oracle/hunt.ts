/** Makes random rules, plays captures with them to this agent and to Suricata and prints where the two differ. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Random } from "../story/random.js";
import { RuleGrammar } from "./rule-grammar.js";
import { mutateRule } from "./rule-mutation.js";

const USAGE = `usage: scripts/oracle/hunt --chroot FOLDER --out FOLDER [--seed N] [--rules N] [--mutate PATH]... CAPTURES...

Makes rules by chance, from the words of the language or by changing rules that exist, plays each capture with all of them to
this agent and to Suricata, and prints every rule on which they differ. The same seed makes the same rules. CAPTURES are files
or folders, read to any depth. The exit code is 1 where they differ.

  --chroot FOLDER     made by scripts/oracle/prepare
  --out FOLDER        where rules, list and the differences as JSON go: FOLDER/N/test.rules, FOLDER/list.txt, FOLDER/report.json
  --seed N            default 1
  --rules N           how many rules, default 1000
  --chunk N           rules that are played together, default 250
  --mutate PATH       change the rules of this file, or of all *.rules below this folder, instead of making new ones
  --protocols LIST    new rules on these protocols only: http,tls,…
  --vars FILE         address and port groups as JSON, as for sekisho replay
  --max-bytes N       pass over larger captures, default 300000
  --load-only         compare only which rules load

example: scripts/oracle/hunt --chroot /var/tmp/trixie --out /tmp/hunt --seed 7 --mutate rules rules/tests
`;
const RUN = fileURLToPath(new URL("./main.js", import.meta.url));
/**
 * Suricata keeps 15 alerts a packet where it is not told otherwise: with hundreds of rules most would be lost. And Hyperscan
 * gives up a whole set for one rule that cannot match.
 */
const SETTINGS = ["packet-alert-max=254", "mpm-algo=ac", "spm-algo=bm"].flatMap((setting) => [
  "--set",
  setting,
]);

/** Where captures come over the control socket, Suricata keeps these from one to the next; and a flow bypassed is lost to all rules. */
const OUTLIVES_CAPTURE = /by_rule|dataset\s*:\s*(?:set|unset)|[;(]\s*bypass\s*;/;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    chroot: { type: "string" },
    out: { type: "string" },
    seed: { type: "string", default: "1" },
    rules: { type: "string", default: "1000" },
    chunk: { type: "string", default: "250" },
    mutate: { type: "string", multiple: true, default: [] },
    protocols: { type: "string", default: "" },
    vars: { type: "string" },
    "max-bytes": { type: "string", default: "300000" },
    "load-only": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help || values.chroot === undefined || values.out === undefined || positionals.length === 0) {
  process.stderr.write(USAGE);
  process.exitCode = values.help ? 0 : 2;
} else {
  const rules = values.mutate.length > 0 ? mutatedRules(values.mutate) : newRules();
  const list = writeJobs(values.out, rules, capturesBelow(positionals));
  const report = join(values.out, "report.json");
  const groups = values.vars === undefined ? [] : ["--vars", values.vars];
  const { status } = spawnSync(
    process.execPath,
    [RUN, "--chroot", values.chroot, ...SETTINGS, ...groups, "--json", report, list],
    {
      stdio: "inherit",
    },
  );
  process.exitCode = status ?? 1;
}

function newRules(): string[] {
  const protocols = values.protocols.split(",").filter((name) => name !== "");
  const grammar = new RuleGrammar(Number(values.seed), protocols);
  return Array.from({ length: Number(values.rules) }, (_, index) => grammar.rule(index + 1));
}

function mutatedRules(paths: readonly string[]): string[] {
  const random = new Random(Number(values.seed));
  const originals = paths
    .flatMap((path) => filesBelow(path, /\.rules$/))
    .flatMap((path) => readFileSync(path, "utf8").split("\n"))
    .filter((line) => /^\s*(?:alert|drop|pass|reject)\s/.test(line) && !OUTLIVES_CAPTURE.test(line));
  if (originals.length === 0) throw new Error("there are no rules to change");
  const rules: string[] = [];
  while (rules.length < Number(values.rules)) {
    const rule = mutateRule(random.pick(originals), rules.length + 1, random);
    if (rule !== undefined) rules.push(rule);
  }
  return rules;
}

/** Rules in folders of their own, with a list of each with each capture. */
function writeJobs(out: string, rules: readonly string[], captures: readonly string[]): string {
  const size = Number(values.chunk);
  const lines: string[] = [];
  for (let start = 0; start < rules.length; start += size) {
    const folder = resolve(out, `${start / size}`);
    mkdirSync(folder, { recursive: true });
    const file = join(folder, "test.rules");
    writeFileSync(file, `${rules.slice(start, start + size).join("\n")}\n`);
    const played = values["load-only"] ? captures.slice(0, 1) : captures;
    lines.push(...played.map((capture) => `${capture}\t${file}\n`));
  }
  const list = join(out, "list.txt");
  writeFileSync(list, lines.join(""));
  return list;
}

function capturesBelow(paths: readonly string[]): string[] {
  const all = paths.flatMap((path) => filesBelow(path, /\.pcap(?:ng)?$/));
  return [...new Set(all.map((path) => resolve(path)))].filter(
    (path) => statSync(path).size <= Number(values["max-bytes"]),
  );
}

function filesBelow(path: string, pattern: RegExp): string[] {
  if (!existsSync(path)) throw new Error(`${path} is not there`);
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => pattern.test(name))
    .map((name) => join(path, name))
    .sort();
}
