import { describe, expect, test } from "vitest";
import { displayWidth } from "../../../agent/base/text-layout.js";
import type { CliContext } from "../../../agent/cli/context.js";
import { historyLines, statusLines } from "../../../agent/cli/rule-set-screen.js";
import type { RuleSetStatus } from "../../../agent/update/update-status.js";

const set = (version: number) => ({
  ...({ layer: "vendor", name: "office", version, sha256: `${version}` } as const),
  created: "2026-11-01T00:00:00.000Z",
  expires: "2026-12-01T00:00:00.000Z",
});
const AT = "2026-11-28T18:18:56.699Z";
const STATUS: RuleSetStatus = {
  root: 3,
  activity: "shadowing",
  phase: "steady",
  active: { vendor: set(6), site: null },
  previous: { vendor: set(5), site: null },
  candidate: set(8),
  highest: { vendor: 8, site: 0 },
  expired: ["vendor"],
  bad: [
    {
      layer: "vendor",
      version: 7,
      sha256: "7",
      at: AT,
      reason: "an alert storm: 61824 alerts in 18 s, 86 are the most\u001b[2J",
    },
  ],
  history: [
    { at: AT, by: "tanaka", what: "activated", layer: "vendor", version: 6 },
    {
      at: AT,
      by: "sekisho",
      what: "taken_back",
      layer: "vendor",
      version: 7,
      reason: "97 % of the packets are lost, which is far more than what is usual here",
    },
  ],
  outcomes: [],
  rules: { loaded: 24_828, refused: 12 },
};
const context = (language: "en" | "ja"): CliContext => ({
  language,
  out: () => undefined,
  err: () => undefined,
  environment: {},
  isTerminal: false,
});

describe.each(["en", "ja"] as const)("rule sets on a screen (%s)", (language) => {
  const status = statusLines(context(language), STATUS).join("\n");
  const history = historyLines(context(language), STATUS).join("\n");

  test("fit into 80 columns, and nothing in them moves the cursor", () => {
    for (const line of `${status}\n${history}`.split("\n"))
      expect(displayWidth(line)).toBeLessThanOrEqual(80);
    expect(status).not.toContain("\u001b");
  });

  test("show what is in force, what was before, what is on trial, what failed and why, and how many rules load", () => {
    const words = status.replaceAll(/\s+/g, " ");
    for (const part of ["office 6", "office 5", "office 8", "24828", "12"]) expect(words).toContain(part);
    expect(words).toContain("- vendor 7, 2026-11-28T18:18:56Z: an alert storm");
    expect(history).toContain("tanaka");
    expect(history.split("\n").length).toBeGreaterThan(STATUS.history.length);
  });
});

test("without an agent nobody knows how many rules load", () => {
  expect(statusLines(context("en"), { ...STATUS, rules: null }).join("\n")).not.toContain("loaded");
});
