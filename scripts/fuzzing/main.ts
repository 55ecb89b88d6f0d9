/**
 * Fuzzes the sensor with mutated captures, in as many processes as wanted, until a number of mutated packets is reached. What has
 * been done is written down, so that a run that was ended goes on where it was.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import yargs from "yargs";
import { shippedRulesFolder } from "#agent/config/rule-files.js";
import { FrameCorpusBuilder } from "./frame-corpus.js";
import { type FuzzProgress, FuzzRun, newProgress, SUSPICIOUS_MS } from "./fuzz-run.js";
import { compileForFuzzing, fuzzSensor } from "./fuzz-sensor.js";

const SELF = fileURLToPath(import.meta.url);
const SAVE_EVERY_MS = 20_000;
const SAY_EVERY_MS = 60_000;
/** Seeds of one process; the next begins behind them. */
const SEEDS_PER_PROCESS = 2 ** 24;
/** Memory may wobble by this much between two looks. */
const GROWTH_BYTES = 16 * 1024 * 1024;

interface FuzzOptions {
  readonly captures: readonly string[];
  readonly rules: readonly string[];
  readonly packets: number;
  readonly processes: number;
  readonly seconds: number;
  readonly seed: number;
  readonly state: string;
  /** Number of the process, in a process of the run; else undefined. */
  readonly part: number | undefined;
}

const statePath = (options: FuzzOptions, part: number): string => join(options.state, `part-${part}.json`);

function readProgress(options: FuzzOptions, part: number): FuzzProgress {
  const path = statePath(options, part);
  if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8"));
  return newProgress(options.seed + part * SEEDS_PER_PROCESS);
}

/** One process: its share of the packets. */
function runPart(options: FuzzOptions, part: number): void {
  const builder = new FrameCorpusBuilder();
  for (const path of options.captures) builder.addPath(resolve(path));
  const image = compileForFuzzing(options.rules);
  const progress = readProgress(options, part);
  const run = new FuzzRun(builder.build(), (tells) => fuzzSensor(image, progress, tells), progress);
  const wanted = options.packets / options.processes;
  const cpuBefore = progress.cpuS;
  const endMs = Date.now() + options.seconds * 1000;
  let savedMs = Date.now();
  let saidMs = 0;
  const save = (): void => {
    const { user, system } = process.cpuUsage();
    progress.cpuS = cpuBefore + (user + system) / 1e6;
    writeFileSync(`${statePath(options, part)}.new`, JSON.stringify(progress, undefined, 1));
    renameSync(`${statePath(options, part)}.new`, statePath(options, part));
  };
  while (progress.mutated < wanted && Date.now() < endMs) {
    run.step();
    const nowMs = Date.now();
    if (nowMs - savedMs > SAVE_EVERY_MS) {
      savedMs = nowMs;
      save();
    }
    if (nowMs - saidMs > SAY_EVERY_MS) {
      saidMs = nowMs;
      say(`part ${part}: ${describe(progress)}`);
    }
  }
  save();
}

function describe(progress: FuzzProgress): string {
  const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
  const { frames, mutated, episodes, firstSeed, worstMs, findings } = progress;
  const { memoryFirst, memoryLast, memoryMost } = progress;
  const perFrameUs = (progress.cpuS * 1e6) / Math.max(1, frames);
  return [
    `seed ${firstSeed}`,
    `${episodes} episodes`,
    `${frames} packets, ${mutated} of them mutated`,
    `${progress.detections} detections`,
    `${progress.records} records`,
    `${perFrameUs.toFixed(1)} µs CPU a packet`,
    `no frame above ${Math.max(SUSPICIOUS_MS, worstMs).toFixed(1)} ms`,
    `memory ${mib(memoryFirst)} → ${mib(memoryLast)} MiB (at most ${mib(memoryMost)})`,
    `${findings.length} findings`,
  ].join(", ");
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** All processes; the exit code says whether something was found. */
async function runAll(options: FuzzOptions): Promise<number> {
  mkdirSync(options.state, { recursive: true });
  say(`fuzz: seed ${options.seed}, ${options.packets} mutated packets, state in ${options.state}`);
  const parts = Array.from({ length: options.processes }, (_, part) => part);
  const children = parts.map((part) =>
    spawn(process.execPath, ["--expose-gc", SELF, ...process.argv.slice(2), "--part", String(part)], {
      stdio: "inherit",
    }),
  );
  const ends = await Promise.all(
    children.map(async (child) => (await once(child, "exit"))[0] as number | null),
  );
  const progress = parts.map((part) => readProgress(options, part));
  for (const [part, one] of progress.entries()) {
    say(`part ${part}: ${describe(one)}`);
    for (const { kind, seed, frame, text } of one.findings)
      say(`  ${kind}: seed ${seed} frame ${frame}: ${text}`);
  }
  const mutated = progress.reduce((sum, one) => sum + one.mutated, 0);
  const worstMs = Math.max(...progress.map((one) => one.worstMs));
  const findings = progress.reduce((sum, one) => sum + one.findings.length, 0);
  const grown = progress.filter(
    ({ memoryFirst, memoryLast }) => memoryLast - memoryFirst > GROWTH_BYTES,
  ).length;
  say(
    `fuzz: ${mutated} mutated packets, ${findings} findings, no frame above ${Math.max(SUSPICIOUS_MS, worstMs).toFixed(1)} ms, ${grown} grown`,
  );
  return findings === 0 && grown === 0 && ends.every((code) => code === 0) ? 0 : 1;
}

const options: FuzzOptions = await yargs(process.argv.slice(2))
  .usage("$0 [options]\n\nMutated captures through the sensor; ends with 1 where something was found.")
  .option("captures", {
    type: "string",
    array: true,
    default: ["../shared/corpus"],
    describe: "files or folders",
  })
  .option("rules", {
    type: "string",
    array: true,
    default: [shippedRulesFolder()],
    describe: "files or folders",
  })
  .option("packets", { type: "number", default: 1e6, describe: "mutated packets in all" })
  .option("processes", { type: "number", default: 2, describe: "at the same time" })
  .option("seconds", {
    type: "number",
    default: Number.POSITIVE_INFINITY,
    defaultDescription: "until all are done",
    describe: "ends then; the next run with the same state goes on",
  })
  .option("seed", { type: "number", default: 20_261_123, describe: "where the random numbers begin" })
  .option("state", {
    type: "string",
    default: "fuzz-state",
    describe: "folder; a run that was ended goes on",
  })
  .option("part", { type: "number", hidden: true })
  .example("$0 --packets 1e8 --rules /etc/suricata/rules", "the long run")
  .strict()
  .locale("en")
  .parseAsync();

if (options.part === undefined) process.exitCode = await runAll(options);
else runPart(options, options.part);
