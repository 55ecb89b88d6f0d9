/**
 * Prints the bill of materials (CycloneDX, made by npm) of the modules that are shipped. Fails where one of them is not in it.
 *
 * npm's own `--omit=dev` leaves out what both the program and its development need, so it is given a lock file without the
 * latter. Number and time follow from the content and the commit: the same input gives the same bytes.
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

interface Bill {
  serialNumber: string;
  readonly metadata: { timestamp: string };
  readonly components: readonly { readonly name: string; readonly version: string }[];
}

interface LockFile {
  readonly packages: Record<string, { readonly dev?: boolean; devDependencies?: unknown }>;
}

/** The bill for what the lock file of `folder` has, without what is only needed to develop. @param timeS seconds since the Unix epoch */
export function billOfMaterials(folder: string, timeS: number): Bill {
  const scratch = mkdtempSync(join(tmpdir(), "sekisho-bill-"));
  try {
    // npm calls the whole after its folder.
    const place = join(scratch, "sekisho");
    mkdirSync(place);
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const lock = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")) as LockFile;
    delete manifest.devDependencies;
    delete lock.packages[""]!.devDependencies;
    for (const [path, { dev }] of Object.entries(lock.packages)) if (dev === true) delete lock.packages[path];
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
  const shipped = installedModules(folder).map(({ manifest }) => `${manifest.name}@${manifest.version}`);
  const missing = shipped.filter((one) => !listed.has(one));
  for (const one of missing) process.stderr.write(`${one} is not in the bill of materials\n`);
  process.stdout.write(`${JSON.stringify(bill, undefined, 2)}\n`);
  process.exitCode = shipped.length === 0 || missing.length > 0 ? 1 : 0;
}
