/**
 * The same capture and rules through Suricata and ndpiReader, where they are there. Steady state is the slope between one
 * round of the capture and several, so what they need to start does not count.
 */
import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readRuleFiles } from "#agent/config/rule-files.js";
import { writeRound } from "./capture-rounds.js";
import { type Figure, figure } from "./report.js";
import type { BenchSettings } from "./settings.js";
import type { Traffic } from "./traffic.js";

/** A command, and the folder it sees as its root (empty: the real one). */
interface Command {
  readonly words: readonly string[];
  readonly root: string;
}

/** Figures of the other engines, and how many times our own cost theirs is. */
export function compareWithOthers(
  settings: BenchSettings,
  traffic: Traffic,
  rounds: number,
  withRulesUs: number,
  withoutRulesUs: number,
): Figure[] {
  return [
    ...suricataFigures(settings, traffic, rounds, withRulesUs, withoutRulesUs),
    ...ndpiFigures(settings, traffic, rounds),
  ];
}

function suricataFigures(
  settings: BenchSettings,
  traffic: Traffic,
  rounds: number,
  withRulesUs: number,
  withoutRulesUs: number,
): Figure[] {
  const command = findCommand(settings.suricata ?? "suricata", ["-V"]);
  if (command === undefined) return [missing("Suricata")];
  const rules = Array.from(readRuleFiles(settings.rules), ({ text }) => text).join("\n");
  return withFiles(command.root, traffic, rounds, (folder, path) => {
    writeFileSync(join(folder, "all.rules"), rules);
    writeFileSync(join(folder, "none.rules"), "");
    const cpuUs = (captures: string, ruleFile: string): number =>
      cpuSeconds([
        ...command.words,
        ...["-k", "none", "--runmode", "single", "-r", `${path}/${captures}`, "-S", `${path}/${ruleFile}`],
        ...["-l", path, "--set", "outputs.1.eve-log.enabled=no"],
        ...["--set", "app-layer.protocols.tls.ja3-fingerprints=yes"],
        ...variableOptions(settings.variables),
      ]) * 1e6;
    const slope = (ruleFile: string): number =>
      (cpuUs(ALL, ruleFile) - cpuUs(FIRST, ruleFile)) / ((rounds - 1) * traffic.packets);
    const withRules = Array.from({ length: settings.runs }, () => slope("all.rules"));
    const without = Array.from({ length: settings.runs }, () => slope("none.rules"));
    const rulesFigure = figure("Suricata: steady, same rules", "µs/packet", withRules);
    const bareFigure = figure("Suricata: steady, no rules", "µs/packet", without);
    return [
      rulesFigure,
      bareFigure,
      figure("Suricata's cost by ours, same rules", "times", [rulesFigure.median / withRulesUs]),
      figure("Suricata's cost by ours, no rules", "times", [bareFigure.median / withoutRulesUs]),
    ];
  });
}

function ndpiFigures(settings: BenchSettings, traffic: Traffic, rounds: number): Figure[] {
  const command = findCommand(settings.ndpiReader ?? "ndpiReader", ["-h"]);
  if (command === undefined) return [missing("ndpiReader")];
  return withFiles(command.root, traffic, rounds, (_, path) => {
    const cpuUs = (captures: string): number =>
      cpuSeconds([...command.words, "-i", `${path}/${captures}.list`, "-q"]) * 1e6;
    const slopes = Array.from(
      { length: settings.runs },
      () => (cpuUs(ALL) - cpuUs(FIRST)) / ((rounds - 1) * traffic.packets),
    );
    return [figure("ndpiReader: steady", "µs/packet", slopes)];
  });
}

function missing(name: string): Figure {
  return { ...figure(`${name}: steady`, "µs/packet", [Number.NaN]), note: "not installed" };
}

/** The command as words, if it runs; `probe` are options with which it says who it is. */
function findCommand(text: string, probe: readonly string[]): Command | undefined {
  const words = text.split(/\s+/).filter((word) => word !== "");
  try {
    execFileSync(words[0]!, [...words.slice(1), ...probe], { stdio: "ignore" });
  } catch (error) {
    // Some say who they are with an exit code of their own; what is not there has none.
    const status = (error as { status?: number | null }).status;
    if (status === undefined || status === null || status >= 126) return undefined;
  }
  return { words, root: words[0] === "chroot" ? (words[1] ?? "") : "" };
}

/** Folders of captures that an engine reads one after the other, and lists of them for one that reads lists. */
const FIRST = "first";
const ALL = "all";

/** Run `measure` with the rounds in folders that the command can see; they are removed afterwards. */
function withFiles(
  root: string,
  traffic: Traffic,
  rounds: number,
  measure: (folder: string, pathForCommand: string) => Figure[],
): Figure[] {
  const path = `/tmp/sekisho-bench-${process.pid}`;
  const folder = `${root}${path}`;
  mkdirSync(join(folder, FIRST), { recursive: true });
  mkdirSync(join(folder, ALL));
  try {
    const names = Array.from({ length: rounds }, (_, round) => `round-${round}.pcap`);
    names.forEach((name, round) => {
      writeRound(traffic.longPath, round, join(folder, ALL, name));
    });
    linkSync(join(folder, ALL, names[0]!), join(folder, FIRST, names[0]!));
    writeFileSync(join(folder, `${FIRST}.list`), `${path}/${FIRST}/${names[0]}\n`);
    writeFileSync(join(folder, `${ALL}.list`), names.map((name) => `${path}/${ALL}/${name}\n`).join(""));
    return measure(folder, path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** User and system seconds of a command, as bash counts them. */
function cpuSeconds(words: readonly string[]): number {
  const script = 'TIMEFORMAT="%U %S"; time "$@" >/dev/null 2>&1';
  const output = execFileSync("bash", ["-c", `{ ${script}; } 2>&1`, "bench", ...words]).toString();
  const [user, system] = output.trim().split(/\s+/).map(Number);
  return (user ?? Number.NaN) + (system ?? Number.NaN);
}

function variableOptions(variables: string | undefined): string[] {
  if (variables === undefined) return [];
  const groups = JSON.parse(readFileSync(variables, "utf8")) as Record<string, unknown>;
  return ["address-groups", "port-groups"].flatMap((kind) =>
    Object.entries((groups[kind] ?? {}) as Record<string, string>).flatMap(([name, value]) => [
      "--set",
      `vars.${kind}.${name}=${value}`,
    ]),
  );
}
