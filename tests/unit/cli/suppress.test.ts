import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ClockWatch } from "../../../agent/base/clock-quality.js";
import { Counters } from "../../../agent/base/counters.js";
import { createLog } from "../../../agent/base/log.js";
import { SuppressionDesk } from "../../../agent/incident/suppression-desk.js";
import { runCommand } from "../../support/command-line.js";
import { makeDetection } from "../../support/detection.js";
import { ManualClock } from "../../support/manual-clock.js";
import { openStore } from "../../support/store.js";
import { temporaryDirectory } from "../../support/temporary-directory.js";

async function office() {
  const folder = await temporaryDirectory();
  const storePath = join(folder, "store.db");
  const environment = { SEKISHO_STORE_PATH: storePath, USER: "tanaka" };
  const suppress = async (...args: string[]) => {
    return runCommand(["suppress", ...args], environment);
  };
  return { folder, file: join(folder, "suppressions.json"), suppress };
}

function desk(file: string, clock = new ManualClock(Date.now())) {
  const counters = new Counters();
  const lines: string[] = [];
  const log = createLog({ level: "info" }, { write: (line) => void lines.push(line) });
  const watch = new ClockWatch(clock, () => false);
  return { suppressions: new SuppressionDesk({ file, clock, watch, counters, log }), clock, counters, lines };
}

describe("sekisho suppress", () => {
  it("adds, lists and removes, for people in two languages and for machines", async () => {
    const { suppress, file } = await office();
    const add = ["add", "--rule", "2000001", "--source", "192.168.1.0/24", "--for", "30d"];
    const added = await suppress(...add, "--reason", "backup\nprogram");
    expect(added.code).toBe(0);
    expect(added.out).toMatch(/^S1: rule 2000001 from 192\.168\.1\.0\/24 to any is hidden until \d{4}-/);
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
      v: 1,
      suppressions: [{ id: "S1", gid: 1, sid: 2_000_001, reason: "backup program", author: "tanaka" }],
    });
    const second = await suppress(
      "add",
      "--rule",
      "3:7",
      "--destination",
      "*.example.com",
      "--reason",
      "x",
      "--json",
    );
    expect(JSON.parse(second.out)).toMatchObject({ id: "S2", gid: 3, sid: 7, destination: "*.example.com" });
    expect((await suppress("list", "--lang", "ja")).out).toContain("S2  ルール 3:7  any → *.example.com");
    expect((await suppress("remove", "s1")).code).toBe(0);
    expect(JSON.parse((await suppress("list", "--json")).out)).toMatchObject([{ id: "S2", isOver: false }]);
    const unknown = await suppress("remove", "S9");
    expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining("There is no suppression S9") });
  });

  it.each([
    [["--rule", "x", "--reason", "r"], "--rule cannot be x"],
    [["--rule", "1", "--source", "300.1.1.1", "--reason", "r"], "--source cannot be"],
    [["--rule", "1", "--destination", "no_name", "--reason", "r"], "--destination cannot be"],
    [["--rule", "1", "--for", "500d", "--reason", "r"], "at most 366d"],
    [["--rule", "1", "--reason", " "], "--reason must not be empty"],
  ])("refuses %j", async (args, sentence) => {
    const { suppress } = await office();
    expect(await suppress("add", ...args)).toMatchObject({ code: 1, err: expect.stringContaining(sentence) });
  });

  it("loses nothing where many are added at once", async () => {
    const { suppress } = await office();
    const adding = [1, 2, 3].map((sid) => suppress("add", "--rule", String(sid), "--reason", "r"));
    expect((await Promise.all(adding)).map(({ code }) => code)).toEqual([0, 0, 0]);
    const listed = JSON.parse((await suppress("list", "--json")).out) as { id: string; sid: number }[];
    expect(listed.map(({ id }) => id)).toEqual(["S1", "S2", "S3"]);
    expect(listed.map(({ sid }) => sid).sort()).toEqual([1, 2, 3]);
  });

  it("says from the stored detections what would have been hidden, while the agent holds the store", async () => {
    const { folder, suppress } = await office();
    const store = await openStore(folder);
    for (let i = 0; i < 30; i++) {
      const detection = makeDetection({ clientAddress: `192.168.1.${i % 3}`, signatureId: i < 20 ? 5 : 6 });
      await store.append([{ priority: "low", detection }]);
    }
    const result = await suppress("preview", "--rule", "5", "--source", "192.168.1.1", "--json");
    expect(JSON.parse(result.out)).toMatchObject({
      stored: 30,
      ofRule: 20,
      hidden: 7,
      pairs: [{ source: "192.168.1.1", destination: "203.0.113.9", count: 7 }],
      isComplete: true,
    });
    const words = await suppress("preview", "--rule", "5");
    expect(words.out).toMatch(/^Of 30 stored detections .* 20 would have been hidden, 20 are of this rule\./);
  });
});

describe("the running agent", () => {
  const entry = (changes: object = {}) => ({
    id: "S1",
    gid: 1,
    sid: 2_000_001,
    source: "any",
    destination: "any",
    reason: "r",
    author: "a",
    createdAt: new Date().toISOString(),
    expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    ...changes,
  });
  const write = (file: string, ...suppressions: object[]) =>
    writeFileSync(file, JSON.stringify({ v: 1, suppressions }));

  it("follows the file, and keeps what it knew where the file is spoilt", async () => {
    const { file } = await office();
    const { suppressions, counters, lines } = desk(file);
    await suppressions.refresh();
    expect(suppressions.find(makeDetection())).toBeUndefined();
    write(file, entry());
    await suppressions.refresh();
    expect(suppressions.find(makeDetection())?.id).toBe("S1");
    expect(counters.get("suppression.active")).toBe(1);
    writeFileSync(file, '{"v":1,"suppressions":[{');
    await suppressions.refresh();
    await suppressions.refresh();
    expect(suppressions.find(makeDetection())?.id).toBe("S1");
    expect(counters.get("suppression.file_errors")).toBe(1);
    expect(lines.filter((line) => line.includes("cannot be read"))).toHaveLength(1);
    write(file);
    await suppressions.refresh();
    expect(suppressions.find(makeDetection())).toBeUndefined();
  });

  it("lets a suppression end after its time, and not because the clock jumps", async () => {
    const { file } = await office();
    write(file, entry());
    const { suppressions, clock } = desk(file);
    await suppressions.refresh();
    clock.wall += 10 * 365 * 86_400_000;
    await suppressions.refresh();
    expect(suppressions.find(makeDetection())?.id).toBe("S1");
    clock.wall = 0;
    clock.advance(3_700_000);
    await suppressions.refresh();
    expect(suppressions.find(makeDetection())).toBeUndefined();
  });
});
