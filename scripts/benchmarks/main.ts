/** `scripts/bench NAME…`: one file of this folder per benchmark; the table BENCHMARKS is where another one is added. */
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import yargs from "yargs";
import { shippedRulesFolder } from "#agent/config/rule-files.js";
import { benchCapture } from "./capture.js";
import { benchDuel } from "./duel.js";
import { benchEngine } from "./engine.js";
import { benchEvidence } from "./evidence.js";
import { benchExpressions } from "./expressions.js";
import { benchGrowth } from "./growth.js";
import { benchGuard } from "./guard.js";
import { benchLive } from "./live.js";
import { printReport, type Report, saveReports } from "./report.js";
import { benchRules } from "./rules.js";
import type { BenchSettings } from "./settings.js";
import { benchStore } from "./store.js";
import { benchSyslog } from "./syslog.js";
import { benchUplink } from "./uplink.js";
import { benchWire } from "./wire.js";

const BENCHMARKS: Readonly<Record<string, (settings: BenchSettings) => Report | Promise<Report>>> = {
  wire: benchWire,
  engine: benchEngine,
  live: benchLive,
  capture: benchCapture,
  rules: benchRules,
  expressions: benchExpressions,
  store: benchStore,
  syslog: benchSyslog,
  evidence: benchEvidence,
  growth: benchGrowth,
  guard: benchGuard,
  uplink: benchUplink,
  duel: benchDuel,
};
/** Needs another build. */
const NOT_OF_ALL = "duel";

const SHARED_CORPUS = fileURLToPath(new URL("../../../../shared/corpus", import.meta.url));

async function main(): Promise<void> {
  const corpus = existsSync(SHARED_CORPUS) ? SHARED_CORPUS : undefined;
  const args = await yargs(process.argv.slice(2))
    .scriptName("scripts/bench")
    .usage(
      `$0 NAME…\n\nMeasures, prints a table and writes JSON. NAME is one of: all, ${Object.keys(BENCHMARKS).join(", ")}`,
    )
    .options({
      runs: { type: "number", default: 5, describe: "how often each figure is measured; the median is told" },
      quick: { type: "boolean", default: false, describe: "a tenth of the traffic" },
      corpus: { type: "string", describe: "folder with et/NAME/input.pcap; else the traffic is a story" },
      rules: { type: "string", array: true, describe: "rule files or folders" },
      vars: { type: "string", describe: "JSON file with address and port groups" },
      cache: { type: "string", default: join(tmpdir(), "sekisho-bench"), describe: "where traffic is kept" },
      json: { type: "string", describe: "the report as JSON (default: report.json in the cache folder)" },
      suricata: { type: "string", describe: 'command to compare with, such as "chroot DIR suricata"' },
      ndpi: { type: "string", describe: "command of ndpiReader" },
      against: { type: "string", describe: "folder of another built checkout, for duel" },
    })
    .example("$0 engine --quick --runs 3", "a first impression")
    .example("$0 duel --against ../before --runs 3", "this build and another in one process")
    .example('$0 engine --suricata "chroot /srv/trixie suricata"', "with Suricata beside it")
    .strictOptions()
    .demandCommand(1)
    .version(false)
    .parseAsync();
  const names = args._.map(String).flatMap((name) =>
    name === "all" ? Object.keys(BENCHMARKS).filter((one) => one !== NOT_OF_ALL) : [name],
  );
  const unknown = names.find((name) => BENCHMARKS[name] === undefined);
  if (unknown !== undefined) {
    process.stderr.write(
      `bench: ${unknown} is not known; there are ${Object.keys(BENCHMARKS).join(", ")}, all\n`,
    );
    process.exitCode = 2;
    return;
  }
  const folder = args.corpus ?? corpus;
  const settings: BenchSettings = {
    cache: args.cache,
    corpus: folder,
    rules: args.rules ?? [corpusFile(folder, "et/rules") ?? shippedRulesFolder()],
    variables: args.vars ?? corpusFile(folder, "vars.json"),
    runs: args.runs,
    isQuick: args.quick,
    suricata: args.suricata,
    ndpiReader: args.ndpi,
    against: args.against,
  };
  const reports: Report[] = [];
  for (const name of names) {
    const made = await BENCHMARKS[name]!(settings);
    printReport(made);
    reports.push(made);
  }
  const path = args.json ?? join(args.cache, "report.json");
  saveReports(path, reports);
  process.stdout.write(`written to ${path}\n`);
}

function corpusFile(corpus: string | undefined, name: string): string | undefined {
  const path = corpus === undefined ? undefined : join(corpus, name);
  return path !== undefined && existsSync(path) ? path : undefined;
}

await main();
