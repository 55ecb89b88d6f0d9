/**
 * Prints the bill of materials (CycloneDX, made by npm) of the modules that are shipped. Fails where one of them is not in it, or
 * something else is.
 *
 * npm's own `--omit=dev` leaves out what both the program and its development need, and keeps what native modules are built with,
 * so it is given a lock file of what is shipped. Number and time follow from the content and the commit: the same input gives the same bytes.
 *
 * Usage: bill-of-materials.js FOLDER SECONDS   (with package.json, package-lock.json and node_modules; time of the commit)
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { installedModules } from "./installed-modules.js";
import { type LockedPackage, type Manifest, runtimeDependencies, runtimePaths } from "./runtime-modules.js";

interface Bill {
  serialNumber: string;
  readonly metadata: { timestamp: string };
  readonly components: readonly { readonly name: string; readonly version: string }[];
}

type Editable = { -readonly [Key in keyof LockedPackage]: LockedPackage[Key] } & {
  devDependencies?: unknown;
};

interface LockFile {
  readonly packages: Record<string, Editable>;
}

/** The lock file of what is needed at run time, and of nothing else. */
function reduce({ packages }: LockFile, manifest: Manifest): void {
  const needed = runtimePaths(packages, manifest);
  for (const [path, one] of Object.entries(packages)) {
    if (path !== "" && !needed.has(path)) {
      delete packages[path];
      continue;
    }
    delete one.devDependencies;
    const names = new Set(runtimeDependencies(path, one, manifest));
    for (const kind of ["dependencies", "optionalDependencies", "peerDependencies"] as const)
      one[kind] = Object.fromEntries(Object.entries(one[kind] ?? {}).filter(([name]) => names.has(name)));
  }
}

/** The bill for what a box needs of the lock file of `folder`. @param timeS seconds since the Unix epoch */
export function billOfMaterials(folder: string, timeS: number): Bill {
  const scratch = mkdtempSync(join(tmpdir(), "sekisho-bill-"));
  try {
    // npm calls the whole after its folder.
    const place = join(scratch, "sekisho");
    mkdirSync(place);
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const lock = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")) as LockFile;
    delete manifest.devDependencies;
    reduce(lock, manifest);
    writeFileSync(join(place, "package.json"), JSON.stringify(manifest));
    writeFileSync(join(place, "package-lock.json"), JSON.stringify(lock));
    const options = ["sbom", "--package-lock-only", "--sbom-format=cyclonedx"];
    const bill = JSON.parse(execFileSync("npm", options, { cwd: place, encoding: "utf8" })) as Bill;
    const digest = createHash("sha256").update(JSON.stringify(bill.components)).digest("hex");
    bill.serialNumber = `urn:uuid:${uuidOf(digest)}`;
    bill.metadata.timestamp = new Date(timeS * 1000).toISOString();
    return bill;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** A UUID of version 8 (RFC 9562, section 5.8) of hexadecimal digits. */
function uuidOf(digits: string): string {
  const parts = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    `8${digits.slice(17, 20)}`,
  ];
  return [...parts, digits.slice(20, 32)].join("-");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [folder = ".", timeS = "0"] = process.argv.slice(2);
  const bill = billOfMaterials(folder, Number(timeS));
  const listed = new Set(bill.components.map(({ name, version }) => `${name}@${version}`));
  const shipped = new Set(
    installedModules(folder).map(({ manifest }) => `${manifest.name}@${manifest.version}`),
  );
  const wrong = [
    ...[...shipped].filter((one) => !listed.has(one)).map((one) => `${one} is not in the bill of materials`),
    ...[...listed].filter((one) => !shipped.has(one)).map((one) => `${one} is in the bill of materials only`),
  ];
  for (const line of wrong) process.stderr.write(`${line}\n`);
  process.stdout.write(`${JSON.stringify(bill, undefined, 2)}\n`);
  process.exitCode = shipped.size === 0 || wrong.length > 0 ? 1 : 0;
}
