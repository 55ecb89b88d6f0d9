/** Changes the TCP connections of captures in many ways, plays them to this agent and to Suricata, and prints where they differ. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Random } from "../story/random.js";
import { DATA_CHANGES } from "./data-changes.js";
import { END_CHANGES } from "./end-changes.js";
import { OPENING_CHANGES } from "./opening-changes.js";
import type { SegmentChange } from "./segment-parts.js";
import { changeConnections } from "./segments-file.js";

const CHANGES: Readonly<Record<string, SegmentChange>> = {
  ...OPENING_CHANGES,
  ...DATA_CHANGES,
  ...END_CHANGES,
};
const USAGE = `usage: scripts/oracle/segments --chroot FOLDER --out FOLDER --rules FILE [--vars FILE] [--part N] [--only NAMES] CAPTURES...

Changes every TCP connection of the captures in each of these ways, plays what comes out to this agent and to Suricata and prints
precision and recall of each way, then the rules on which the two differ. The exit code is 1 where they do.

${Object.keys(CHANGES).join(", ")}

  --chroot FOLDER   made by scripts/oracle/prepare
  --out FOLDER      where the captures and the differences go: FOLDER/CHANGE/N.pcap, FOLDER/report.json
  --rules FILE      for both
  --vars FILE       address and port groups as JSON, as for sekisho replay
  --part N          only every Nth connection, default 1
  --only NAMES      only these changes: fast-open,hole,…
  --seed N          default 1

example: scripts/oracle/segments --chroot /var/tmp/trixie --out /tmp/segments --rules et.rules --only hole corpus/*.pcap
`;
const RUN = fileURLToPath(new URL("./main.js", import.meta.url));
/** As for the hunt: with many rules Suricata's 15 alerts a packet would not do. */
const SETTINGS = ["--set", "packet-alert-max=254"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    chroot: { type: "string" },
    out: { type: "string" },
    rules: { type: "string" },
    vars: { type: "string" },
    part: { type: "string", default: "1" },
    only: { type: "string", default: "" },
    seed: { type: "string", default: "1" },
    help: { type: "boolean", default: false },
  },
});

const { chroot, out, rules } = values;
if (
  values.help ||
  chroot === undefined ||
  out === undefined ||
  rules === undefined ||
  positionals.length === 0
) {
  process.stderr.write(USAGE);
  process.exitCode = values.help ? 0 : 2;
} else process.exitCode = run(chroot, resolve(out), rules);

function run(chroot: string, out: string, rules: string): number {
  mkdirSync(out, { recursive: true });
  const wanted = values.only.split(",").filter((name) => name !== "");
  const names = wanted.length > 0 ? wanted : Object.keys(CHANGES);
  const list = join(out, "list.txt");
  writeFileSync(
    list,
    names
      .flatMap((name) => changed(out, name))
      .map((path) => `${path}\n`)
      .join(""),
  );
  const report = join(out, "report.json");
  const groups = values.vars === undefined ? [] : ["--vars", values.vars];
  const args = [RUN, "--chroot", chroot, "--rules", rules, ...groups, ...SETTINGS, "--json", report, list];
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
  printByChange(report);
  return status ?? 1;
}

/** Paths of the captures changed in one way. */
function changed(out: string, name: string): string[] {
  const change = CHANGES[name];
  if (change === undefined) throw new Error(`there is no change ${name}`);
  const folder = join(out, name);
  mkdirSync(folder, { recursive: true });
  return positionals.map((path, index) => {
    const random = new Random(Number(values.seed) * 1000 + index);
    const file = changeConnections(path, (connection) => change(connection, random), Number(values.part));
    const to = join(folder, `${index}.pcap`);
    writeFileSync(to, file);
    return to;
  });
}

interface Told {
  readonly captures: readonly { readonly capture: string; readonly both: number }[];
  readonly differences: readonly {
    readonly capture: string;
    readonly wanted: number;
    readonly found: number;
  }[];
}

function printByChange(report: string): void {
  const { captures, differences }: Told = JSON.parse(readFileSync(report, "utf8"));
  const nameOf = (capture: string) => basename(dirname(capture));
  for (const name of new Set(captures.map(({ capture }) => nameOf(capture)))) {
    const both = captures.reduce((sum, { capture, both }) => sum + (nameOf(capture) === name ? both : 0), 0);
    const own = differences.filter(({ capture }) => nameOf(capture) === name);
    const missed = own.filter(({ found }) => found === 0).length;
    const surplus = own.filter(({ wanted }) => wanted === 0).length;
    process.stdout.write(
      `${name.padEnd(36)} both ${both} FN ${missed} FP ${surplus} N ${own.length - missed - surplus}\n`,
    );
  }
}
