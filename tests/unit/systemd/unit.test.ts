import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../../support/temporary-directory.js";

const SYSTEMD = fileURLToPath(new URL("../../../systemd/", import.meta.url));
const UNIT = join(SYSTEMD, "sekisho.service");
const hasAnalyze = spawnSync("systemd-analyze", ["--version"]).status === 0;
const text = readFileSync(UNIT, "utf8");

function exposureOf(unit: string): number {
  const { stdout } = spawnSync("systemd-analyze", ["security", "--offline=true", "--no-pager", unit], {
    encoding: "utf8",
  });
  return Number(/Overall exposure level[^:]*: ([\d.]+)/.exec(stdout)?.[1]);
}

test.skipIf(!hasAnalyze)("the unit exposes at most 1.5 of 10 (skipped without systemd-analyze)", () => {
  const exposure = exposureOf(UNIT);
  expect(exposure).toBeGreaterThan(0);
  expect(exposure).toBeLessThanOrEqual(1.5);
});

test.skipIf(!hasAnalyze).each(["sekisho.service", "sekisho-capture.service"])(
  "every directive that %s leaves open is named in its note, and why",
  (name) => {
    const unit = join(SYSTEMD, name);
    const { stdout } = spawnSync("systemd-analyze", ["security", "--offline=true", "--no-pager", unit], {
      encoding: "utf8",
    });
    const open = [...stdout.matchAll(/^✗ (\w+)=/gm)].map((match) => match[1]!);
    expect(open.length).toBeGreaterThan(5);
    const whole = readFileSync(unit, "utf8");
    const note = whole.slice(0, whole.indexOf("[Unit]"));
    expect(open.filter((directive) => !note.includes(directive))).toEqual([]);
  },
);

test.skipIf(!hasAnalyze)(
  "with the capture helper the agent exposes less, and the helper no more than the agent did",
  async () => {
    const folder = await temporaryDirectory();
    const unit = join(folder, "sekisho.service");
    cpSync(UNIT, unit);
    mkdirSync(`${unit}.d`);
    cpSync(join(SYSTEMD, "sekisho-without-rights.conf"), join(`${unit}.d`, "without-rights.conf"));
    const [agent, helper] = [exposureOf(unit), exposureOf(join(SYSTEMD, "sekisho-capture.service"))];
    expect(agent).toBeGreaterThan(0);
    expect(agent).toBeLessThan(exposureOf(UNIT));
    expect(helper).toBeGreaterThan(0);
    expect(helper).toBeLessThanOrEqual(1.5);
  },
);

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
