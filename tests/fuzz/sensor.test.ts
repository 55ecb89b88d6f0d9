/**
 * Mutated conversations through the whole sensor with the shipped rules. `FUZZ_SEED` looks elsewhere, `FUZZ_PACKETS` further;
 * `scripts/fuzz` is the same in several processes, for as long as wanted.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { shippedRulesFolder } from "../../agent/config/rule-files.js";
import { FrameCorpusBuilder } from "../../scripts/fuzzing/frame-corpus.js";
import { FuzzRun, newProgress } from "../../scripts/fuzzing/fuzz-run.js";
import { compileForFuzzing, fuzzSensor } from "../../scripts/fuzzing/fuzz-sensor.js";
import { writeStory } from "../../scripts/story/story.js";
import { FUZZ_SEED } from "../support/fuzz-seed.js";
import { temporaryDirectory } from "../support/temporary-directory.js";
import { seedFrames } from "../support/wire-seeds.js";

const PACKETS = Number(process.env.FUZZ_PACKETS ?? 1_000_000);
/** A slow machine tries fewer packets rather than failing. */
const TIME_BOX_MS = 60_000;
const GROWTH_BYTES = 16 * 1024 * 1024;
const PAYLOAD_RULES = fileURLToPath(new URL("payload.rules", import.meta.url));
const CORPUS = fileURLToPath(new URL("../../../shared/corpus", import.meta.url));

it(`a million mutated packets (seed ${FUZZ_SEED}) bring no exception, no slow frame and no growth`, async () => {
  setFlagsFromString("--expose-gc");
  globalThis.gc = runInNewContext("gc");
  const builder = new FrameCorpusBuilder();
  for (const [linkType, frame] of seedFrames()) builder.addFrames([[linkType, frame]]);
  const story = join(await temporaryDirectory(), "story.pcap");
  writeStory(story);
  builder.addPath(story);
  if (existsSync(CORPUS)) builder.addPath(CORPUS);
  const image = compileForFuzzing([shippedRulesFolder(), PAYLOAD_RULES]);
  const progress = newProgress(FUZZ_SEED);
  const run = new FuzzRun(builder.build(), (tells) => fuzzSensor(image, progress, tells), progress);
  const endMs = Date.now() + TIME_BOX_MS;
  while (progress.mutated < PACKETS && Date.now() < endMs) run.step();
  const { mutated, frames, detections, findings, memoryFirst, memoryLast } = progress;
  process.stdout.write(
    `fuzz seed ${FUZZ_SEED}: ${mutated} mutated of ${frames} packets, ${detections} detections\n`,
  );
  expect(findings).toEqual([]);
  expect(detections).toBeGreaterThan(0);
  expect(memoryLast - memoryFirst).toBeLessThan(GROWTH_BYTES);
}, 200_000);
