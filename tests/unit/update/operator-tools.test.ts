/** `scripts/rules` up to a signed bundle, as an operator calls it. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { decodeBundle } from "../../../scripts/rulesets/bundle-file.js";
import { gatherContent } from "../../../scripts/rulesets/content.js";
import { makeKeyFiles, readPrivateKey } from "../../../scripts/rulesets/key-file.js";
import { dayFrom } from "../../../scripts/rulesets/time.js";
import { rule } from "../../support/rule-bundles.js";
import { temporaryDirectory } from "../../support/temporary-directory.js";

const TOOL = fileURLToPath(new URL("../../../dist/scripts/rulesets/main.js", import.meta.url));

function rules(folder: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [TOOL, ...args], {
    cwd: folder,
    encoding: "utf8",
    env: { PATH: process.env.PATH },
  });
  return { code: status, out: stdout, err: stderr };
}

test("nothing is made that was never valid", () => {
  for (const days of [0, -1, Number.NaN]) expect(() => dayFrom(days)).toThrow("--days must be more than 0");
  expect(Date.parse(dayFrom(1, 0))).toBe(86_400_000);
});

test("keys, roots, two signers, filters, the difference to the version before", async () => {
  const folder = await temporaryDirectory();
  for (const name of ["root", "one", "two"]) expect(rules(folder, "keygen", name, "--open").code).toBe(0);
  const root = [
    "root",
    "roots",
    "--root-key",
    "root.pub",
    "--rules-key",
    "one.pub",
    "two.pub",
    "--rules-threshold",
    "2",
  ];
  expect(rules(folder, ...root, "--key", "root.key").out).toContain("rules: 2 of 2 keys");
  writeFileSync(join(folder, "office.rules"), rule(7001) + rule(7002));
  writeFileSync(join(folder, "disable.conf"), "7002\n");
  const build = ["build", "office.rules", "--name", "office", "--roots", "roots", "--key", "one.key"];
  expect(rules(folder, ...build, "--out", "1.bundle").code).toBe(0);
  const alone = rules(folder, "verify", "1.bundle", "--roots", "roots");
  expect(alone).toMatchObject({ code: 1, err: expect.stringContaining("1 of 2 signatures") });
  const wrong = rules(folder, "sign", "1.bundle", "--key", "root.key");
  expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining("root.key") });
  expect(wrong.err).toContain("may not sign rules");
  expect(rules(folder, "sign", "1.bundle", "--key", "two.key").out).toContain("2 of 2 signatures");
  expect(rules(folder, "verify", "1.bundle", "--roots", "roots", "--json").code).toBe(0);
  const next = rules(
    folder,
    ...build,
    "--out",
    "2.bundle",
    "--previous",
    "1.bundle",
    "--disable-conf",
    "disable.conf",
    "--json",
  );
  expect(JSON.parse(next.out)).toMatchObject({
    version: 2,
    changes: { disabled: 1 },
    difference: { rules: { added: [], removed: ["1:7002"], changed: [] } },
  });
  expect(decodeBundle(readFileSync(join(folder, "2.bundle"))).manifest.parts).toHaveLength(1);
  expect(rules(folder, "build").code).toBe(2);
  const rings = rules(folder, "rollout", "1.bundle", "--roots", "roots", "--rings", "50,10");
  expect(rings).toEqual({ code: 2, out: "", err: "--rings are rising percentages that end with 100.\n" });
});

test("a sealed key opens with its passphrase only, and is never overwritten", async () => {
  const name = join(await temporaryDirectory(), "key");
  makeKeyFiles(name, "correct horse");
  expect(readPrivateKey(`${name}.key`, () => "correct horse").asymmetricKeyType).toBe("ed25519");
  expect(() => readPrivateKey(`${name}.key`, () => "wrong horse")).toThrow("does not open");
  const sealed = readFileSync(`${name}.key`, "utf8");
  writeFileSync(`${name}.key`, sealed.replace(/"keyId": "./, '"keyId": "x'));
  expect(() => readPrivateKey(`${name}.key`, () => "correct horse")).toThrow("does not open");
  expect(() => makeKeyFiles(name, "another")).toThrow("is there already");
});

test("two files of one name are an error, and what is no part of a rule set is told", async () => {
  const folder = await temporaryDirectory();
  const filters = {
    disableConf: undefined,
    enableConf: undefined,
    dropConf: undefined,
    modifyConf: undefined,
  };
  for (const name of ["a.rules", "notes.md"]) writeFileSync(join(folder, name), rule(1));
  expect(gatherContent([folder], [], filters)).toMatchObject({
    content: [{ path: "a.rules" }],
    passedOver: [join(folder, "notes.md")],
  });
  expect(() => gatherContent([folder, join(folder, "a.rules")], [], filters)).toThrow(
    "Two files are called a.rules",
  );
  expect(() => gatherContent([join(folder, "none")], [], filters)).toThrow(
    "none is missing. Check the name.",
  );
});

test("a rule that is switched off stays in without alerts where a rule in force needs its flowbit", async () => {
  const folder = await temporaryDirectory();
  const head = "alert tcp any any -> any any";
  const set = `${head} (msg:"a"; content:"a"; flowbits:set,seen; sid:1;)`;
  const ask = `${head} (msg:"b"; content:"b"; flowbits:isset,seen; sid:2;)`;
  writeFileSync(join(folder, "a.rules"), `${set}\n${head} (msg:"c"; content:"c"; sid:3;)\n`);
  writeFileSync(join(folder, "b.rules"), `${ask}\n`);
  writeFileSync(join(folder, "disable.conf"), "1\n3\n");
  const filters = { enableConf: undefined, dropConf: undefined, modifyConf: undefined };
  const paths = ["a.rules", "b.rules"].map((name) => join(folder, name));
  const { content } = gatherContent(paths, [], { ...filters, disableConf: join(folder, "disable.conf") });
  const texts = content.map(({ bytes }) => Buffer.from(bytes).toString());
  expect(texts).toEqual([`${set.replace(")", " noalert;)")}\n`, `${ask}\n`]);
});
