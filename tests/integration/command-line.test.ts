import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeStory } from "../../scripts/story/story.js";
import { type CommandOutcome, runCommand } from "../support/command-line.js";
import { sekisho } from "../support/sekisho-process.js";
import { temporaryDirectory } from "../support/temporary-directory.js";

interface Eve {
  readonly event_type: string;
  readonly src_ip?: string;
  readonly alert?: { readonly signature_id: number };
  readonly loaded?: readonly number[];
  readonly refused?: readonly { sid?: number; line: number; reason: string }[];
}

const eveLines = (text: string): Eve[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
const sidsOf = (text: string): number[] => [
  ...new Set(eveLines(text).flatMap(({ alert }) => (alert ? [alert.signature_id] : []))),
];
const RULE = 'alert dns any any -> any any (msg:"name"; dns.query; content:"badexample"; sid:1; rev:2;)\n';
const LIMITED = RULE.replace("sid:1", "threshold:type limit, track by_src, count 1, seconds 86400; sid:2");

let story: string;
beforeAll(() => {
  story = mkdtempSync(join(tmpdir(), "sekisho-story-"));
  writeStory(join(story, "whole.pcap"));
  writeFileSync(join(story, "story.pcap"), questionsOf(readFileSync(join(story, "whole.pcap"))));
});
afterAll(() => rmSync(story, { recursive: true }));

/** A capture without all that is not DNS: what most of these tests replay need not be long. */
function questionsOf(capture: Buffer): Buffer {
  const kept = [capture.subarray(0, 24)];
  for (let at = 24; at < capture.length; ) {
    const end = at + 16 + capture.readUInt32LE(at + 8);
    const frame = capture.subarray(at + 16, end);
    // IPv4 without options on Ethernet, as everything in the story is.
    const ports = frame[23] === 17 ? [frame.readUInt16BE(34), frame.readUInt16BE(36)] : [];
    if (ports.includes(53)) kept.push(capture.subarray(at, end));
    at = end;
  }
  return Buffer.concat(kept);
}

async function bench() {
  const folder = await temporaryDirectory();
  const path = (name: string): string => join(folder, name);
  for (const name of ["story.pcap", "whole.pcap"]) copyFileSync(join(story, name), path(name));
  writeFileSync(path("one.rules"), RULE);
  /** A replay in this process, which need not start and warm up for each; what it writes to a file is its output. */
  const replay = async (...args: readonly string[]): Promise<CommandOutcome> => {
    const eve = path("eve.json");
    rmSync(eve, { force: true });
    const outcome = await runCommand(["replay", "--eve", eve, ...args]);
    return { ...outcome, out: existsSync(eve) ? readFileSync(eve, "utf8") : "" };
  };
  return { path, replay };
}

describe("help and wrong usage", () => {
  test("help shows commands with examples in English and in Japanese", () => {
    expect(sekisho(["--help"])).toMatchObject({
      code: 0,
      out: expect.stringContaining("sekisho rules check rules"),
    });
    expect(sekisho(["--help", "--lang", "ja"]).out).toContain("コマンド");
    expect(sekisho(["--help"], { LANG: "ja_JP.UTF-8" }).out).toContain("コマンド");
  });

  test("the version is that of the package", () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(sekisho(["--version"])).toMatchObject({ code: 0, out: `${version}\n` });
  });

  test.each([
    [[]],
    [["nonsense"]],
    [["replay", "--frobnicate"]],
    [["replay"]],
    [["replay", "x.pcap"]],
    [["rules"]],
  ])("sekisho %j ends with exit code 2 and says how to get help or what is missing", async (args) => {
    const { code, out, err } = await runCommand(args);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err.length).toBeGreaterThan(10);
  });

  test("that is the process's exit code, and the sentence stands on its standard error", () =>
    expect(sekisho(["replay"])).toMatchObject({ code: 2, out: "", err: expect.stringContaining("capture") }));
});

describe("replay", () => {
  test("writes a rules line and alerts with packet time, flow and the metadata that matched", async () => {
    const { path } = await bench();
    const { code, out } = sekisho(["replay", "--rules", path("one.rules"), path("whole.pcap")]);
    expect(code).toBe(0);
    const [rules, alert] = eveLines(out);
    expect(rules).toEqual({ event_type: "rules", loaded: [1], refused: [] });
    expect(alert).toMatchObject({
      event_type: "alert",
      timestamp: expect.stringMatching(/^2026-11-16T00:0\d:\d\d\.\d{6}\+0000$/),
      flow_id: expect.any(Number),
      proto: "UDP",
      src_ip: "192.168.10.143",
      dest_port: 53,
      app_proto: "dns",
      alert: { signature_id: 1, rev: 2, signature: "name", severity: 3 },
      dns: { query: [{ rrname: "c2.badexample.test" }] },
    });
  });

  test("the same capture gives the same lines every time", async () => {
    const { path, replay } = await bench();
    const args = ["--rules", path("one.rules"), path("story.pcap")];
    const { out } = await replay(...args);
    expect(sidsOf(out)).toEqual([1]);
    expect((await replay(...args)).out).toBe(out);
  });

  test("a refused rule is named by line and reason, and the others run", async () => {
    const { path, replay } = await bench();
    writeFileSync(path("mixed.rules"), `# comment\n${RULE.replace("sid:1", "frobnicate; sid:9")}${RULE}`);
    const { code, out } = await replay("--rules", path("mixed.rules"), path("story.pcap"));
    expect(code).toBe(0);
    expect(eveLines(out)[0]!.refused).toEqual([{ sid: 9, line: 2, reason: "keyword frobnicate" }]);
    expect(sidsOf(out)).toEqual([1]);
  });

  test("of a capture that is cut short what could be read is used and the rest is reported", async () => {
    const { path, replay } = await bench();
    truncateSync(path("story.pcap"), statSync(path("story.pcap")).size - 20);
    const { code, out, err } = await replay("--rules", path("one.rules"), path("story.pcap"));
    expect(code).toBe(0);
    expect(sidsOf(out)).toEqual([1]);
    expect(err).toContain("story.pcap");
  });

  test("home networks and variables decide what a header means", async () => {
    const { path, replay } = await bench();
    writeFileSync(
      path("home.rules"),
      RULE.replace("any any ->", "$HOME_NET any ->") +
        RULE.replace("any any ->", "$GUESTS any ->").replace("sid:1", "sid:2"),
    );
    writeFileSync(
      path("vars.json"),
      JSON.stringify({ "address-groups": { GUESTS: "192.168.10.128/25" }, "port-groups": {} }),
    );
    const run = async (...options: readonly string[]) =>
      sidsOf((await replay("--rules", path("home.rules"), ...options, path("story.pcap"))).out);
    expect(await run()).toEqual([1]);
    expect(await run("--vars", path("vars.json"))).toEqual([1, 2]);
    expect(await run("--home-net", "10.0.0.0/8,172.16.0.0/12")).toEqual([]);
  });

  test("every line of a batch starts with fresh flows and thresholds, and may name its own rules", async () => {
    const { path, replay } = await bench();
    writeFileSync(path("limited.rules"), LIMITED);
    const story = path("story.pcap");
    writeFileSync(
      path("list"),
      `${story}\t${path("a")}\n${story}\t${path("b")}\n${story}\t${path("c")}\t${path("one.rules")}\n`,
    );
    expect((await replay("--batch", path("list"), "--rules", path("limited.rules"))).code).toBe(0);
    const alerts = (name: string) => eveLines(readFileSync(path(name), "utf8")).filter(({ alert }) => alert);
    expect(alerts("a")).toHaveLength(1);
    expect(alerts("b")).toEqual(alerts("a"));
    expect(alerts("c").length).toBeGreaterThan(1);
  });

  test("a batch line that fails is reported, the others are done, and the exit code is 1", async () => {
    const { path, replay } = await bench();
    writeFileSync(
      path("list"),
      `${path("missing.pcap")}\t${path("a")}\n${path("story.pcap")}\t${path("b")}\n`,
    );
    const { code, err } = await replay("--batch", path("list"), "--rules", path("one.rules"));
    expect(code).toBe(1);
    expect(err).toContain("missing.pcap");
    expect(sidsOf(readFileSync(path("b"), "utf8"))).toEqual([1]);
  });

  test("counters are printed on request", async () => {
    const { path, replay } = await bench();
    const { err } = await replay("--stats", "--rules", path("one.rules"), path("whole.pcap"));
    const counters = JSON.parse(err);
    expect(counters["sensor.packets"]).toBeGreaterThan(8000);
    expect(counters["proto.dns.messages"]).toBeGreaterThan(100);
  });
});

describe("what the world may lack", () => {
  test.each<[string, (path: (name: string) => string) => string[], RegExp]>([
    [
      "missing rules",
      (path) => ["replay", "--rules", path("no.rules"), path("story.pcap")],
      /no rule file.*Check the path/,
    ],
    [
      "a folder without rules",
      (path) => ["replay", "--rules", path("empty"), path("story.pcap")],
      /no \*\.rules file/,
    ],
    ["a missing capture", (path) => ["replay", "--rules", path("one.rules"), path("no.pcap")], /no\.pcap/],
    [
      "a capture that is none",
      (path) => ["replay", "--rules", path("one.rules"), "--no-cache", path("one.rules")],
      /one\.rules/,
    ],
    [
      "a rule file without a rule",
      (path) => ["replay", "--rules", path("none.rules"), path("story.pcap")],
      /No rule could be loaded/,
    ],
    [
      "an output that cannot be written",
      (path) => ["replay", "--rules", path("one.rules"), "--eve", path("no/out"), path("story.pcap")],
      /cannot be written/,
    ],
    [
      "a variables file that is none",
      (path) => ["replay", "--rules", path("one.rules"), "--vars", path("one.rules"), path("story.pcap")],
      /must be JSON/,
    ],
    ["a missing configuration", (path) => ["run", "--config", path("no.yaml")], /no configuration file/],
    [
      "a configuration with a typing error",
      (path) => ["run", "--config", path("typo.yaml")],
      /typo\.yaml:1.*did you mean/s,
    ],
    [
      "an agent with nothing to listen to",
      (path) => ["run", "--config", path("nothing.yaml")],
      /capture\.interfaces/,
    ],
    [
      "an agent of which no rule loads",
      (path) => ["run", "--config", path("norules.yaml")],
      /No rule could be loaded/,
    ],
    [
      "an interface that does not exist",
      (path) => ["run", "--config", path("interface.yaml")],
      /sekisho-no-if/,
    ],
  ])("%s is one sentence with a remedy on standard error and exit code 1", async (_, args, sentence) => {
    const { path, replay } = await bench();
    mkdirSync(path("empty"));
    writeFileSync(path("none.rules"), "# nothing\n");
    writeFileSync(path("bad.rules"), RULE.replace("dns.query", "frobnicate"));
    writeFileSync(path("typo.yaml"), "captures: {}\n");
    const store = `store: {path: ${path("store.db")}, budget_mib: 8}\n`;
    writeFileSync(path("nothing.yaml"), store);
    writeFileSync(
      path("norules.yaml"),
      `${store}rules: [${path("bad.rules")}]\ncapture: {interfaces: [lo]}\n`,
    );
    writeFileSync(
      path("interface.yaml"),
      `${store}rules: [${path("one.rules")}]\ncapture: {interfaces: [sekisho-no-if]}\n`,
    );
    const [command, ...rest] = args(path);
    // What would run until it is told to stop has a process of its own.
    const { code, err } = command === "run" ? sekisho([command, ...rest]) : await replay(...rest);
    expect(err).toMatch(sentence);
    expect(err).not.toMatch(/^\s+at /m);
    expect(code).toBe(1);
  });

  test("the sentence is in Japanese where that is wanted", async () => {
    const { path, replay } = await bench();
    const { err } = await replay("--lang", "ja", "--rules", path("no.rules"), path("story.pcap"));
    expect(err).toContain("パスを確認してください");
  });

  test("a replay of which every rule is refused says so, and lists them", async () => {
    const { path, replay } = await bench();
    writeFileSync(path("bad.rules"), RULE.replace("dns.query", "frobnicate"));
    const { code, out, err } = await replay("--rules", path("bad.rules"), path("story.pcap"));
    expect(code).toBe(0);
    expect(err).toContain("No rule could be loaded (1 refused)");
    expect(eveLines(out)).toEqual([
      { event_type: "rules", loaded: [], refused: [{ sid: 1, line: 1, reason: "keyword frobnicate" }] },
    ]);
  });

  test("an empty rule set is accepted when it is asked for", async () => {
    const { path, replay } = await bench();
    writeFileSync(path("none.rules"), "# nothing\n");
    const args = ["--rules", path("none.rules"), path("story.pcap")];
    expect((await replay(...args)).code).toBe(1);
    expect(await replay(...args, "--allow-empty")).toMatchObject({ code: 0, err: "" });
  });
});

describe("rules check", () => {
  test("says how many load and which do not, by file and line", async () => {
    const { path } = await bench();
    writeFileSync(path("mixed.rules"), `${RULE}\n${RULE.replace("sid:1", "frobnicate; sid:9")}`);
    const { code, out } = await runCommand(["rules", "check", path("mixed.rules")]);
    expect(code).toBe(0);
    expect(out).toContain(`${path("mixed.rules")}:3: sid 9 refused: keyword frobnicate`);
    expect(out).toContain("1 rules load, 1 are refused");
    const json = JSON.parse((await runCommand(["rules", "check", "--json", path("mixed.rules")])).out);
    expect(json).toMatchObject({
      loaded: 1,
      loaded_sids: [1],
      refused: [{ sid: 9, line: 3, reason: "keyword frobnicate" }],
    });
  });

  test("ends with exit code 1 where nothing loads", async () => {
    const { path } = await bench();
    writeFileSync(path("bad.rules"), RULE.replace("dns.query", "frobnicate"));
    expect((await runCommand(["rules", "check", path("bad.rules")])).code).toBe(1);
  });

  test("all shipped rules load", async () => {
    const folder = new URL("../../rules", import.meta.url).pathname;
    expect(JSON.parse((await runCommand(["rules", "check", "--json", folder])).out).refused).toEqual([]);
  });
});
