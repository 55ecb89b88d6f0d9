import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { acquireLock } from "../../../agent/base/folder-lock.js";
import { temporaryDirectory } from "../../support/temporary-directory.js";

const ERRORS = { locked: "error.rule_sets.locked", disk: "error.rule_sets.disk" } as const;

describe("the lock of a folder", () => {
  afterEach(() => vi.unstubAllEnvs());

  it("keeps others out until it is given back", async () => {
    const folder = await temporaryDirectory();
    const release = acquireLock(folder, ERRORS);
    expect(() => acquireLock(folder, ERRORS)).toThrow(expect.objectContaining({ code: ERRORS.locked }));
    release();
    expect(existsSync(join(folder, "lock"))).toBe(false);
    acquireLock(folder, ERRORS)();
  });

  it("is taken over from a process that has ended, and from an earlier start of the machine", async () => {
    const folder = await temporaryDirectory();
    const path = join(folder, "lock");
    acquireLock(folder, ERRORS);
    const own = readFileSync(path, "utf8").split(" ");
    for (const left of [
      [own[0], "1", own[2]],
      [own[0], own[1], "0".repeat(32)],
    ]) {
      writeFileSync(path, left.join(" "));
      acquireLock(folder, ERRORS);
      expect(readFileSync(path, "utf8")).toBe(own.join(" "));
    }
  });

  it("means the same to who reads the start of the machine in /proc and to who is told it", async () => {
    const folder = await temporaryDirectory();
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    acquireLock(folder, ERRORS);
    vi.stubEnv("BOOT_ID", boot.replaceAll("-", ""));
    expect(() => acquireLock(folder, ERRORS)).toThrow(expect.objectContaining({ code: ERRORS.locked }));
    vi.stubEnv("BOOT_ID", "f".repeat(32));
    acquireLock(folder, ERRORS)();
  });
});
