import { spawnSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AgentError } from "../../../agent/base/errors.js";
import { createLog } from "../../../agent/base/log.js";
import type { LogLevel } from "../../../agent/base/log-level.js";
import { MOST_PER_WINDOW, WINDOW_MS } from "../../../agent/base/log-limit.js";

const LOG = new URL("../../../dist/base/log.js", import.meta.url).href;

function logged(write: (log: ReturnType<typeof createLog>) => void, level: LogLevel = "info") {
  const lines: string[] = [];
  write(createLog({ level }, { write: (line) => void lines.push(line) }));
  return lines.map((line) => JSON.parse(line));
}

describe("log", () => {
  it("writes one JSON object per line, with the level as a word and the time in UTC", () => {
    const [line] = logged((log) => log.info({ session: 3 }, "uplink connected"));
    expect(line).toMatchObject({ level: "info", session: 3, msg: "uplink connected", pid: process.pid });
    expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it("keeps to its level", () => {
    expect(logged((log) => log.debug("detail"))).toEqual([]);
    expect(logged((log) => log.fatal("end"), "silent")).toEqual([]);
  });

  it("never writes a secret, at the top or one level below", () => {
    const text = JSON.stringify(
      logged((log) =>
        log.info({ password: "p1", uplink: { password: "p2", token: "p3" }, secret: "p4" }, "x"),
      ),
    );
    expect(text).not.toMatch(/p[1-4]/);
  });

  it("writes an expected failure as code and sentence, an unexpected one with its stack", () => {
    const [expected] = logged((log) =>
      log.error({ err: new AgentError("error.config.missing", { file: "x" }) }),
    );
    expect(expected.err).toMatchObject({ code: "error.config.missing" });
    expect(expected.err).not.toHaveProperty("stack");
    const [unexpected] = logged((log) => log.error({ err: new TypeError("oops") }));
    expect(unexpected.err.stack).toContain("oops");
  });

  it("never writes the password of a URL, wherever it stands", () => {
    const error = new Error("cannot reach mqtts://box:p1@monitor.example:8883");
    const text = JSON.stringify(
      logged((log) => log.error({ err: error, url: "mqtts://box:p2@monitor.example" }, "no broker")),
    );
    expect(text).not.toMatch(/p[12]/);
    expect(text).toContain("mqtts://[secret]@monitor.example:8883");
  });

  it.each([
    ["mqtts://box:p1@monitor.example", "mqtts://[secret]@monitor.example"],
    ["mqtts://:p1/p1@p1@monitor.example:8883 is away", "mqtts://[secret]@monitor.example:8883 is away"],
    ["https://token-p1@rules.example/x", "https://[secret]@rules.example/x"],
    ["-----BEGIN EC PRIVATE KEY-----\np1p1\n-----END EC PRIVATE KEY-----\nand on", "[secret]\nand on"],
    ["a key cut short -----BEGIN PRIVATE KEY-----\np1p1", "a key cut short [secret]"],
    ["https://rules.example:8443/a@b?c=d@e", "https://rules.example:8443/a@b?c=d@e"],
    [
      "https://rules.example/~box@home:1 and box@rules.example",
      "https://rules.example/~box@home:1 and box@rules.example",
    ],
  ])("leaves of %j what is no secret, in an error too", (text, left) => {
    const [line] = logged((log) => log.error({ err: new Error(text), reason: text }, text));
    expect([line.msg, line.reason, line.err.message]).toEqual([left, left, left]);
    expect(line.err.stack).not.toContain("p1");
  });
});

describe("a message that repeats", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  it("is counted to the end also where the process ends within the minute", () => {
    const script = `
      const { createLog } = await import(${JSON.stringify(LOG)});
      const log = createLog({ level: "info" });
      for (let i = 0; i < ${MOST_PER_WINDOW + 37}; i++) log.error("the disk fails");
      if (process.argv[1] === "fault") throw new Error("a fault");`;
    for (const end of ["in order", "fault"]) {
      const { stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script, end], {
        encoding: "utf8",
      });
      expect(stderr.split("\n").filter((line) => line.includes("the disk fails"))).toHaveLength(
        MOST_PER_WINDOW + 1,
      );
      expect(stderr).toContain('"suppressed":37');
    }
  });

  it("is written a few times a minute, and at its end with how many were left out", () => {
    const lines = logged((log) => {
      for (let i = 0; i < MOST_PER_WINDOW + 37; i++) log.error({ i }, "the disk fails");
      log.error("something else");
      vi.advanceTimersByTime(WINDOW_MS);
      log.error("the disk fails");
    });
    const repeated = lines.filter(({ msg }) => msg === "the disk fails");
    expect(repeated.map(({ i }) => i).slice(0, MOST_PER_WINDOW)).toEqual([...Array(MOST_PER_WINDOW).keys()]);
    expect(repeated.slice(MOST_PER_WINDOW)).toMatchObject([{ level: "error", suppressed: 37 }, {}]);
    expect(repeated.at(-1)).not.toHaveProperty("suppressed");
    expect(lines).toHaveLength(MOST_PER_WINDOW + 3);
  });

  it("is left out for its own level only, and never where it was asked for or is the last word", () => {
    const lines = logged((log) => {
      for (let i = 0; i < 100; i++) log.info("state");
      for (let i = 0; i < 100; i++) log.debug("state");
      log.warn("state");
      for (let i = 0; i < 100; i++) log.fatal("state");
    }, "debug");
    const count = (level: string) => lines.filter((line) => line.level === level).length;
    expect(["info", "debug", "warn", "fatal"].map(count)).toEqual([MOST_PER_WINDOW, 100, 1, 100]);
  });

  it("says nothing at the end of a window in which nothing was left out", () => {
    const lines = logged((log) => {
      log.info("once");
      vi.advanceTimersByTime(2 * WINDOW_MS);
    });
    expect(lines).toHaveLength(1);
  });

  it("keeps a bound on how many messages it counts", () => {
    const lines = logged((log) => {
      for (let i = 0; i < 5000; i++) log.info(`message ${i}`);
      vi.advanceTimersByTime(WINDOW_MS);
    });
    expect(lines).toHaveLength(256 + MOST_PER_WINDOW + 1);
    expect(lines.at(-1)).toMatchObject({ suppressed: 5000 - 256 - MOST_PER_WINDOW, msg: "further messages" });
  });
});
