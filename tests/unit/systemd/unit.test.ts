import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const UNIT = fileURLToPath(new URL("../../../systemd/sekisho.service", import.meta.url));
const hasAnalyze = spawnSync("systemd-analyze", ["--version"]).status === 0;
const text = readFileSync(UNIT, "utf8");

test.skipIf(!hasAnalyze)("the unit exposes at most 1.5 of 10 (skipped without systemd-analyze)", () => {
  const { stdout } = spawnSync("systemd-analyze", ["security", "--offline=true", "--no-pager", UNIT], {
    encoding: "utf8",
  });
  const exposure = Number(/Overall exposure level[^:]*: ([\d.]+)/.exec(stdout)?.[1]);
  expect(exposure).toBeGreaterThan(0);
  expect(exposure).toBeLessThanOrEqual(1.5);
});

test("the gateway's own work comes first: memory, processor and disk of the agent are bounded", () => {
  for (const line of [
    "MemoryMax=512M",
    "MemorySwapMax=0",
    "OOMScoreAdjust=500",
    "CPUQuota=150%",
    "IOSchedulingClass=idle",
  ]) {
    expect(text.split("\n")).toContain(line);
  }
});

test("the one capability is the one that reads packets", () => {
  expect(text.match(/^(Ambient|Bounding)Capabilities=.*|^CapabilityBoundingSet=.*/gm)).toEqual([
    "AmbientCapabilities=CAP_NET_RAW",
    "CapabilityBoundingSet=CAP_NET_RAW",
  ]);
});
