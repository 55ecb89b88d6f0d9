/** Compiled rules on disk: taken where nothing has changed, made anew in every other case, and never a reason to fail. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { compileAndKeep } from "../../agent/rule-compiling.js";
import {
  type compileApart as compileInThread,
  type LoadedRules,
  loadRules,
} from "../../agent/rule-loading.js";
import type { RuleRequest } from "../../agent/rule-request.js";
import { TemporaryFiles } from "../support/capture-file.js";

/** Enough text to be worth keeping, of few rules. */
const RULES = Array.from(
  { length: 60 },
  (_, i) =>
    `alert http any any -> any any (msg:"rule ${i} ${"x".repeat(5000)}"; http.uri; content:"/path${i}.php"; sid:${i + 1};)`,
).join("\n");

const HEADER_BYTES = 72;

let files: TemporaryFiles;
let rules: string;
let cache: string;

beforeEach(() => {
  files = new TemporaryFiles();
  rules = join(files.directory, "rules");
  cache = join(rules, ".sekisho-cache");
  mkdirSync(rules);
  writeFileSync(join(rules, "a.rules"), RULES);
});
afterEach(() => files.remove());

function load(request: Partial<RuleRequest> = {}): Promise<LoadedRules> {
  const whole = { paths: [rules], homeNet: undefined, groups: undefined, policy: {}, ...request };
  return loadRules(whole, async (options) => compileAndKeep(options));
}

function cachedFiles(folder = cache): string[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}

/** What a load gives besides where it came from. */
function contentOf({ isCached: _, ...rest }: LoadedRules): unknown {
  return { ...rest, image: Buffer.from(new Uint8Array(rest.image.program.buffer)).toString("base64") };
}

describe("rules that have not changed", () => {
  test("come from the folder beside them, the same to the last byte", async () => {
    const first = await load();
    expect(first.isCached).toBe(false);
    expect(first.loadedSids).toHaveLength(60);
    const second = await load();
    expect(second.isCached).toBe(true);
    expect(contentOf(second)).toEqual(contentOf(first));
    expect(cachedFiles()).toHaveLength(1);
  });

  test("come from the given folder where their own may not be written", async () => {
    chmodSync(rules, 0o555);
    const cacheFolder = join(files.directory, "state", "rules-cache");
    await load({ cacheFolder });
    expect((await load({ cacheFolder })).isCached).toBe(true);
    expect(cachedFiles()).toEqual([]);
    expect(cachedFiles(cacheFolder)).toHaveLength(1);
    chmodSync(rules, 0o755);
  });

  test("are compiled every time where no folder takes them", async () => {
    chmodSync(rules, 0o555);
    await load();
    expect((await load({ cacheFolder: join(rules, "a.rules", "none") })).isCached).toBe(false);
    chmodSync(rules, 0o755);
  });

  test("are compiled all the same where that is wanted", async () => {
    await load();
    expect((await load({ isUncached: true })).isCached).toBe(false);
  });
});

describe("rules are compiled anew", () => {
  test.each<[string, () => Partial<RuleRequest> | undefined]>([
    [
      "a rule file has changed",
      () => void writeFileSync(join(rules, "a.rules"), RULES.replace("path7.", "path8.")),
    ],
    ["a rule file has come", () => void writeFileSync(join(rules, "b.rules"), "")],
    ["classes have changed", () => void writeFileSync(join(rules, "classification.config"), "#")],
    ["the home networks are others", () => ({ homeNet: ["10.1.0.0/16"] })],
    ["a variable is another", () => ({ groups: { addressGroups: {}, portGroups: { X: "1" } } })],
  ])("where %s", async (_, change) => {
    await load();
    const request = change();
    expect((await load(request ?? {})).isCached).toBe(false);
    expect((await load(request ?? {})).isCached).toBe(true);
  });

  test("where a data file they name has changed, come or gone", async () => {
    const data = join(rules, "names.lst2");
    const rule = `alert dns any any -> any any (msg:"set"; dns.query; dataset:isset,names,type string,load names.lst2; sid:9999;)`;
    writeFileSync(join(rules, "b.rules"), rule);
    expect((await load()).refused).toHaveLength(1);
    writeFileSync(data, `${Buffer.from("one").toString("base64")}\n`);
    const one = await load();
    expect([one.isCached, one.refused.length, one.image.dataSets[0]!.table.count]).toEqual([false, 0, 1]);
    expect((await load()).isCached).toBe(true);
    writeFileSync(
      data,
      `${Buffer.from("one").toString("base64")}\n${Buffer.from("two").toString("base64")}\n`,
    );
    const two = await load();
    expect([two.isCached, two.image.dataSets[0]!.table.count]).toEqual([false, 2]);
    rmSync(data);
    expect((await load()).refused).toHaveLength(1);
  });

  test.each<[string, (path: string) => void]>([
    ["empty", (path) => writeFileSync(path, "")],
    ["cut short", (path) => writeFileSync(path, readFileSync(path).subarray(0, 100_000))],
    ["damaged", (path) => flipBit(path, 300_000)],
    ["damaged in its head", (path) => flipBit(path, 20)],
    ["something else", (path) => writeFileSync(path, Buffer.alloc(200_000, "#!/bin/sh\n"))],
    ["a folder", (path) => replace(path, () => mkdirSync(path))],
    ["a link", (path) => replace(path, () => symlinkSync(join(rules, "a.rules"), path))],
  ])("where the file is %s", async (_, damage) => {
    const whole = contentOf(await load());
    damage(cachedFiles()[0]!);
    const again = await load();
    expect(again.isCached).toBe(false);
    expect(contentOf(again)).toEqual(whole);
  });
});

test("lists of indicators beside the rules are part of the image and of what it is known by", async () => {
  const list = join(rules, "bad.domains.txt");
  await load();
  writeFileSync(list, "evil.example\nnot a name\n");
  const first = await load();
  expect([first.isCached, first.indicatorCount]).toEqual([false, 1]);
  expect(first.refused).toEqual([{ file: list, line: 2, reason: "more than one value in a line" }]);
  const second = await load();
  expect([second.isCached, second.indicatorCount]).toEqual([true, 1]);
  expect(second.indicatorLists).toEqual(first.indicatorLists);
});

test("a folder of lists alone is a set of rules", async () => {
  rmSync(join(rules, "a.rules"));
  writeFileSync(join(rules, "bad.ips.txt"), "192.0.2.1\n");
  expect(await load()).toMatchObject({ loadedSids: [], indicatorCount: 1, refused: [] });
});

test("a thread of its own compiles the same image", async () => {
  const here = await load({ isUncached: true });
  const built = new URL("../../dist/rule-loading.js", import.meta.url).href;
  const compiled = (await import(built)) as { loadRules: typeof loadRules };
  const paths = [rules];
  const there = await compiled.loadRules({
    paths,
    homeNet: undefined,
    groups: undefined,
    policy: {},
    isUncached: true,
  });
  // The keys in the heads differ: compiled code is another engine than its source.
  const bytesOf = ({ image }: LoadedRules): Buffer =>
    Buffer.from(image.program.buffer).subarray(HEADER_BYTES);
  expect(there.image.program.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(Buffer.compare(bytesOf(there), bytesOf(here))).toBe(0);
});

test("a compilation that takes too long or too much memory is ended, and says so", async () => {
  const built = new URL("../../dist/rule-loading.js", import.meta.url).href;
  const { compileApart } = (await import(built)) as { compileApart: typeof compileInThread };
  const request = { paths: [rules], homeNet: undefined, groups: undefined, policy: {} };
  const options = { request, key: new Uint8Array(32) };
  const slow = compileApart(options, { heapMib: 512, timeoutMs: 1 });
  await expect(slow).rejects.toMatchObject({ code: "error.rules.too_slow" });
  const many = (_: unknown, i: number): string =>
    `alert tcp any any -> any any (msg:"${i}"; content:"${i}"; sid:${i + 1};)`;
  writeFileSync(join(rules, "many.rules"), Array.from({ length: 60_000 }, many).join("\n"));
  const heavy = compileApart(options, { heapMib: 24, timeoutMs: 120_000 });
  await expect(heavy).rejects.toMatchObject({ code: "error.rules.too_heavy", params: { limit: 24 } });
});

test("few images are kept, and what killed processes left is swept away", async () => {
  await load();
  const old = join(cache, "0011.partial");
  writeFileSync(old, "");
  utimesSync(old, 1000, 1000);
  for (let i = 0; i < 4; i++) await load({ homeNet: [`10.${i}.0.0/16`] });
  expect(cachedFiles()).toHaveLength(3);
  expect(cachedFiles().filter((path) => !path.endsWith(".image"))).toEqual([]);
});

test("small rule sets are compiled where they are needed and leave nothing behind", async () => {
  writeFileSync(join(rules, "a.rules"), 'alert tcp any any -> any any (msg:"m"; content:"abc"; sid:1;)');
  expect((await load()).loadedSids).toEqual([1]);
  expect(cachedFiles()).toEqual([]);
});

test("small rule sets are kept for a process that asks for it", async () => {
  writeFileSync(join(rules, "a.rules"), 'alert tcp any any -> any any (msg:"m"; content:"abc"; sid:1;)');
  const first = await load({ keepsSmall: true });
  const second = await load({ keepsSmall: true });
  expect([first.isCached, second.isCached]).toEqual([false, true]);
  expect(second.loadedSids).toEqual([1]);
});

function flipBit(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at]! ^= 4;
  writeFileSync(path, bytes);
}

function replace(path: string, make: () => void): void {
  rmSync(path);
  make();
}
