import { describe, expect, it } from "vitest";
import { AgentError } from "../../../agent/base/errors.js";
import { createLog } from "../../../agent/base/log.js";
import type { LogLevel } from "../../../agent/base/log-level.js";

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
});
