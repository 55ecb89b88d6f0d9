/** `bench rules`: what loading rules costs, cold and from the cache, exchanging them under traffic, and long lists. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runChild } from "./child-run.js";
import type { ListsFigures, ListsRun } from "./lists-process.js";
import { type Figure, figure, type Report, report } from "./report.js";
import type { LoadFigures, RulesRun, SwapFigures } from "./rules-process.js";
import type { BenchSettings } from "./settings.js";
import { prepareTraffic } from "./traffic.js";

export const RULES_GOALS = {
  coldMs: 3000,
  cachedMs: 300,
  swapMs: 10,
  listMiB: 64,
  lookupNs: 1000,
};
const LIST_VALUES = 2_000_000;
const LOOKUPS = 1_000_000;

export function benchRules(settings: BenchSettings): Report {
  const traffic = prepareTraffic(settings.cache, settings.corpus, true);
  const cacheFolder = mkdtempSync(join(tmpdir(), "sekisho-bench-rules-"));
  const run = (task: RulesRun["task"]): unknown => {
    const { rules, variables } = settings;
    const argument: RulesRun = { task, rules, variables, cacheFolder, capture: traffic.longPath };
    return runChild("rules-process.js", argument);
  };
  try {
    const lists = {
      names: settings.isQuick ? LIST_VALUES / 10 : LIST_VALUES,
      lookups: LOOKUPS,
    } satisfies ListsRun;
    // Fills the cache.
    run("cached");
    const rounds = Array.from({ length: settings.runs }, () => ({
      cold: run("cold") as LoadFigures,
      cached: run("cached") as LoadFigures,
      swap: run("swap") as SwapFigures,
      list: runChild("lists-process.js", lists) as ListsFigures,
    }));
    const { cold, list } = rounds[0]!;
    const setting = {
      rules: cold.rules,
      "image MiB": Math.round(cold.imageMiB),
      "listed names": list.values,
    };
    return report("rules", setting, figuresOf(rounds));
  } finally {
    rmSync(cacheFolder, { recursive: true, force: true });
  }
}

interface Round {
  readonly cold: LoadFigures;
  readonly cached: LoadFigures;
  readonly swap: SwapFigures;
  readonly list: ListsFigures;
}

function figuresOf(rounds: readonly Round[]): Figure[] {
  const of = (value: (round: Round) => number): number[] => rounds.map(value);
  const { coldMs, cachedMs, swapMs, listMiB, lookupNs } = RULES_GOALS;
  const note = rounds.every(({ cached }) => cached.isCached) ? {} : { note: "not cached: too few rules" };
  return [
    figure(
      "cold compile",
      "ms CPU",
      of(({ cold }) => cold.cpuMs),
      { goal: coldMs },
    ),
    figure(
      "cold compile, until the rules are there",
      "ms",
      of(({ cold }) => cold.wallMs),
    ),
    figure(
      "cold compile, most memory on the way",
      "MiB RSS",
      of(({ cold }) => cold.peakRssMiB),
    ),
    figure(
      "from the cache",
      "ms CPU",
      of(({ cached }) => cached.cpuMs),
      note,
    ),
    figure(
      "from the cache, until the rules are there",
      "ms",
      of(({ cached }) => cached.wallMs),
      { goal: cachedMs },
    ),
    figure(
      "from the cache, memory then",
      "MiB RSS",
      of(({ cached }) => cached.rssMiB),
    ),
    figure(
      "exchange under traffic, longest pause",
      "ms",
      of(({ swap }) => swap.pauseMs),
      { goal: swapMs },
    ),
    figure(
      "marks of a full flow table, a new name",
      "ms CPU",
      of(({ swap }) => swap.marksKeptCpuMs),
      { goal: swapMs },
    ),
    figure(
      "marks of a full flow table, all names new, twice",
      "ms CPU",
      of(({ swap }) => swap.marksReplacedCpuMs),
      { goal: swapMs },
    ),
    figure(
      "list: compile",
      "ms CPU",
      of(({ list }) => list.compileCpuMs),
    ),
    figure(
      "list: table",
      "MiB",
      of(({ list }) => list.tableMiB),
      { goal: listMiB },
    ),
    figure(
      "list: a name that is not listed",
      "ns CPU",
      of(({ list }) => list.missNs),
      { goal: lookupNs },
    ),
    figure(
      "list: a name that is listed",
      "ns CPU",
      of(({ list }) => list.hitNs),
      { goal: lookupNs },
    ),
  ];
}
