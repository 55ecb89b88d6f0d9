import { afterAll, expect, it } from "vitest";
import { isLevelName } from "../../../agent/base/counters.js";
import { readCaptureFile } from "../../../agent/sensor/capture/capture-file.js";
import { writeStory } from "../../../scripts/story/story.js";
import { TemporaryFiles } from "../../support/capture-file.js";
import { sensorWith } from "../../support/sensor-with.js";

const files = new TemporaryFiles();
afterAll(() => files.remove());

it("what is called a counter never falls over a morning in an office, and what is held does", () => {
  const path = files.file(new Uint8Array());
  writeStory(path);
  const { sensor } = sensorWith(['alert tcp any any -> any any (msg:"x"; content:"GET"; sid:1;)']);
  let before: Readonly<Record<string, number>> = {};
  const fallen = new Set<string>();
  const look = (): void => {
    const now = sensor.counters();
    for (const [name, value] of Object.entries(before)) if ((now[name] ?? 0) < value) fallen.add(name);
    before = now;
  };
  let frames = 0;
  readCaptureFile(path, {
    frame: (...frame) => {
      sensor.frame(...frame);
      if (++frames % 200 === 0) look();
    },
  });
  sensor.finish();
  look();
  expect([...fallen].filter((name) => !isLevelName(name))).toEqual([]);
  expect([...fallen]).toContain("flow.active");
  expect([...fallen]).toContain("stream.memory_bytes");
});
