/** What is installed from elsewhere: nothing unchecked, no script but of those that are known to need one. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { billOfMaterials } from "../../../scripts/packaging/bill-of-materials.js";
import {
  type LockedPackage,
  type Manifest,
  runtimePaths,
} from "../../../scripts/packaging/runtime-modules.js";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

interface Locked extends LockedPackage {
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  readonly deprecated?: string;
  readonly dev?: boolean;
  readonly version?: string;
}

const read = (file: string): unknown => JSON.parse(readFileSync(join(ROOT, file), "utf8"));
const { packages } = read("package-lock.json") as { packages: Readonly<Record<string, Locked>> };
const { allowScripts } = read("package.json") as { allowScripts: Readonly<Record<string, boolean>> };
const locked = Object.entries(packages).filter(([path]) => path !== "");
const pathsOf = (isMeant: (path: string, one: Locked) => boolean): readonly string[] =>
  locked.filter(([path, one]) => isMeant(path, one)).map(([path]) => path);

test("every package is locked to the digest of what the registry gave, and comes from nowhere else", () => {
  expect(locked.length).toBeGreaterThan(100);
  expect(pathsOf((_, { integrity }) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ""))).toEqual([]);
  const registry = "https://registry.npmjs.org/";
  const isElsewhere = ({ resolved, link }: Locked): boolean =>
    link === true || !(resolved ?? registry).startsWith(registry);
  expect(pathsOf((_, one) => isElsewhere(one))).toEqual([]);
});

test("no locked package has been given up by its makers", () => {
  expect(pathsOf((_, { deprecated }) => deprecated !== undefined)).toEqual([]);
});

test("scripts of an installation are allowed to the packages that build natively, and to no other", () => {
  const builds = pathsOf(
    (path, { hasInstallScript }) => hasInstallScript === true || existsSync(join(ROOT, path, "binding.gyp")),
  );
  expect(builds.map((path) => path.replace(/^.*node_modules\//, "")).sort()).toEqual(
    Object.keys(allowScripts).sort(),
  );
  expect(new Set(Object.values(allowScripts))).toEqual(new Set([true]));
});

test("what is shipped is everything the program loads, and nothing that only compiles it or describes its types", () => {
  const paths = [...runtimePaths(packages, read("package.json") as Manifest)];
  const { dependencies } = read("package.json") as { dependencies: Readonly<Record<string, string>> };
  expect(paths).toEqual(
    expect.arrayContaining(Object.keys(dependencies).map((name) => `node_modules/${name}`)),
  );
  // What sqlite3 finds its library with, and what that needs in turn.
  expect(paths).toEqual(expect.arrayContaining(["node_modules/bindings", "node_modules/file-uri-to-path"]));
  expect(paths.filter((path) => /node-gyp|prebuild|undici|\/tar|\/nan$|addon-api|@types/.test(path))).toEqual(
    [],
  );
  expect(paths.filter((path) => packages[path]?.dev === true)).toEqual([]);
});

test("a module is looked for where Node would: beside the one that asks, then further out", () => {
  const needs = (...names: string[]) => ({
    dependencies: Object.fromEntries(names.map((name) => [name, "1"])),
  });
  const tree = {
    "": needs("@a/b", "c"),
    "node_modules/@a/b": needs("c", "d"),
    "node_modules/@a/b/node_modules/c": needs("d"),
    "node_modules/c": needs("node-gyp"),
    "node_modules/d": needs("node-gyp", "missing"),
    "node_modules/e": {},
    "node_modules/node-gyp": {},
  };
  const found = (allowScripts: Manifest["allowScripts"]) => [...runtimePaths(tree, { allowScripts })].sort();
  const always = [
    "node_modules/@a/b",
    "node_modules/@a/b/node_modules/c",
    "node_modules/c",
    "node_modules/d",
  ];
  expect(found({ c: true, d: true })).toEqual(always);
  expect(found({ c: true })).toEqual([...always, "node_modules/node-gyp"]);
});

test("the bill of materials has every package that is shipped and no other", () => {
  const bill = billOfMaterials(ROOT, 1_800_000_000);
  const shipped = [...runtimePaths(packages, read("package.json") as Manifest)].map(
    (path) => `${path.replace(/^.*node_modules\//, "")}@${packages[path]?.version}`,
  );
  const listed = bill.components.map(({ name, version }) => `${name}@${version}`);
  expect([...listed].sort()).toEqual([...new Set(shipped)].sort());
  expect(listed.some((one) => one.startsWith("yaml@"))).toBe(true);
  expect(bill).toMatchObject({
    bomFormat: "CycloneDX",
    metadata: { component: { name: "sekisho" }, timestamp: "2027-01-15T08:00:00.000Z" },
    serialNumber: expect.stringMatching(/^urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  });
});
