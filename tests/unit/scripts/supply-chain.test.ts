/** What is installed from elsewhere: nothing unchecked, no script but of those that are known to need one. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { billOfMaterials } from "../../../scripts/packaging/bill-of-materials.js";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

interface Locked {
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

test("the bill of materials has every package that is shipped and no other", () => {
  const bill = billOfMaterials(ROOT, 1_800_000_000);
  const shipped = locked
    .filter(([, { dev }]) => dev !== true)
    .map(([path, { version }]) => `${path.replace(/^.*node_modules\//, "")}@${version}`);
  const listed = bill.components.map(({ name, version }) => `${name}@${version}`);
  expect([...listed].sort()).toEqual([...new Set(shipped)].sort());
  expect(listed.some((one) => one.startsWith("yaml@"))).toBe(true);
  expect(bill).toMatchObject({
    bomFormat: "CycloneDX",
    metadata: { component: { name: "sekisho" }, timestamp: "2027-01-15T08:00:00.000Z" },
    serialNumber: expect.stringMatching(/^urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  });
});
