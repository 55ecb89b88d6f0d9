/**
 * Mutated conversations through the whole sensor with the shipped rules, as `scripts/fuzz` does it for as long as wanted. In a process
 * of its own that runs the built program: what a frame costs there is what it costs on a box. `FUZZ_SEED` looks elsewhere,
 * `FUZZ_PACKETS` further. What a frame may cost, and whether memory grows over hours, is for `scripts/fuzz` to judge.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { shippedRulesFolder } from "../../agent/config/rule-files.js";
import type { FuzzProgress } from "../../scripts/fuzzing/fuzz-run.js";
import { writeStory } from "../../scripts/story/story.js";
import { pcapFile } from "../support/capture-file.js";
import { FUZZ_SEED } from "../support/fuzz-seed.js";
import { temporaryDirectory } from "../support/temporary-directory.js";
import { seedFrames } from "../support/wire-seeds.js";

const PACKETS = Number(process.env.FUZZ_PACKETS ?? 1_000_000);
/** A slow machine tries fewer packets rather than failing. */
const TIME_BOX_S = 20;
const PAYLOAD_RULES = fileURLToPath(new URL("payload.rules", import.meta.url));
const CORPUS = fileURLToPath(new URL("../../../shared/corpus", import.meta.url));
const MAIN = fileURLToPath(new URL("../../dist/scripts/fuzzing/main.js", import.meta.url));

it(`mutated packets (seed ${FUZZ_SEED}) bring no exception, and all they took is given back`, async () => {
  const folder = await temporaryDirectory();
  const seeds = join(folder, "seeds");
  mkdirSync(seeds);
  for (const [i, [linkType, bytes]] of [...seedFrames()].entries())
    writeFileSync(join(seeds, `${i}.pcap`), pcapFile([{ bytes }], { linkType }));
  writeStory(join(seeds, "story.pcap"));
  const state = join(folder, "state");
  const options = {
    captures: existsSync(CORPUS) ? [seeds, CORPUS] : [seeds],
    rules: [shippedRulesFolder(), PAYLOAD_RULES],
    packets: [PACKETS],
    processes: [1],
    seconds: [TIME_BOX_S],
    seed: [FUZZ_SEED],
    state: [state],
  };
  const words = Object.entries(options).flatMap(([name, values]) => [`--${name}`, ...values.map(String)]);
  const child = spawn(process.execPath, [MAIN, ...words], { stdio: ["ignore", "inherit", "inherit"] });
  onTestFinished(() => void child.kill());
  await once(child, "exit");
  const progress: FuzzProgress = JSON.parse(readFileSync(join(state, "part-0.json"), "utf8"));
  expect(progress.findings.filter(({ kind }) => kind !== "slow")).toEqual([]);
  expect(progress.mutated).toBeGreaterThan(0);
  expect(progress.detections).toBeGreaterThan(0);
}, 300_000);
