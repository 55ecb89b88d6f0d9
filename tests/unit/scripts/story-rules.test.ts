import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ReplayEngine } from "../../../agent/replay-engine.js";
import type { Detection } from "../../../agent/sensor/detection.js";
import type { CompiledRules } from "../../../agent/sensor/rule-compiler.js";
import { type StoryFacts, writeStory } from "../../../scripts/story/story.js";
import { TemporaryFiles } from "../../support/capture-file.js";

const RULES = fileURLToPath(new URL("../../../rules", import.meta.url));
const ACTIONS = ["isolate_device", "examine_device", "ask_user", "close_service", "use_encryption"];

const lines = readFileSync(join(RULES, "sekisho.rules"), "utf8").split("\n");
const rules = lines.filter((line) => line.startsWith("alert "));

function optionOf(rule: string, keyword: string): string {
  return new RegExp(`[;(] ?${keyword}:([^;]+);`).exec(rule)?.[1] ?? "";
}

describe("the rules that come with sekisho", () => {
  const classes = readFileSync(join(RULES, "classification.config"), "utf8");

  it("have sids of their own, each once", () => {
    const sids = rules.map((rule) => Number(optionOf(rule, "sid")));
    expect(new Set(sids).size).toBe(rules.length);
    expect(sids.every((sid) => sid > 9_000_000 && sid < 9_001_000)).toBe(true);
  });

  it("all say what they saw, of which class it is and what to do", () => {
    for (const rule of rules) {
      expect(optionOf(rule, "msg"), rule).toMatch(/^"SEKISHO [A-Z][\w ]+: /);
      expect(classes, rule).toContain(`config classification: ${optionOf(rule, "classtype")},`);
      expect(ACTIONS, rule).toContain(optionOf(rule, "metadata").replace("sekisho_action ", ""));
      expect(optionOf(rule, "rev"), rule).toMatch(/^\d+$/);
    }
  });
});

describe("the demo's capture in the eyes of these rules", () => {
  const files = new TemporaryFiles();
  const detections: Detection[] = [];
  const engine = new ReplayEngine({ homeNet: undefined, groups: undefined, policy: {} });
  let compiled: CompiledRules;
  let facts: StoryFacts;

  beforeAll(async () => {
    compiled = await engine.load([RULES]);
    const path = join(files.directory, "story.pcap");
    facts = writeStory(path);
    engine.run(compiled, [path], (detection) => detections.push(detection));
  });
  afterAll(() => files.remove());

  it("is matched by rules that all load", () => {
    expect(compiled.refused).toEqual([]);
    expect(compiled.loadedSids.length).toBe(rules.length);
  });

  it("alerts on the phone, on all it does, and on nobody else", () => {
    const counts = new Map<number, number>();
    for (const { signatureId } of detections) counts.set(signatureId, (counts.get(signatureId) ?? 0) + 1);
    expect(Object.fromEntries(counts)).toEqual({
      9000001: facts.commandLookups,
      9000002: facts.beacons,
      9000003: facts.downloads,
      9000004: facts.downloads,
      9000011: 1,
    });
    expect(new Set(detections.map((detection) => detection.clientAddress))).toEqual(
      new Set([facts.phone.address]),
    );
  });
});
