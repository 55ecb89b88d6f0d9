/**
 * Prints the licences of the modules in a package: name, version, licence and its text. Fails where a module names none.
 *
 * Usage: licences.js FOLDER   (with node_modules)
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type InstalledModule, installedModules } from "./installed-modules.js";

interface Module {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly text: string;
}

function moduleAt({ path, manifest }: InstalledModule): Module {
  const { name, version, license, licenses } = manifest;
  // The form before SPDX: one object, or a list of them.
  const old: unknown[] = [license, licenses].flat().map((entry) => Object(entry).type ?? entry);
  const licence = old.filter((entry) => typeof entry === "string").join(" OR ");
  const file = readdirSync(path).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  return {
    name,
    version,
    licence,
    text: file === undefined ? "" : readFileSync(join(path, file), "utf8").trim(),
  };
}

const [folder = "."] = process.argv.slice(2);
const modules = installedModules(folder)
  .map(moduleAt)
  .sort((a, b) => (a.name < b.name ? -1 : 1));
for (const { name, version, licence, text } of modules) {
  process.stdout.write(`== ${name} ${version}: ${licence}\n${text === "" ? "" : `\n${text}\n`}\n`);
}
const unknown = modules.filter(({ licence }) => licence === "");
for (const { name } of unknown) process.stderr.write(`${name} names no licence\n`);
process.exitCode = modules.length === 0 || unknown.length > 0 ? 1 : 0;
