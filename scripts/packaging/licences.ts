/**
 * Prints the licences of the modules in a package: name, version, licence and its text. Fails where a module names none.
 *
 * Usage: licences.js FOLDER   (with node_modules)
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface Module {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly text: string;
}

function modulesIn(folder: string): Module[] {
  const root = join(folder, "node_modules");
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => !name.startsWith("."))
    .flatMap((name) =>
      name.startsWith("@") ? readdirSync(join(root, name)).map((part) => `${name}/${part}`) : [name],
    )
    .map((name) => join(root, name))
    .filter((path) => existsSync(join(path, "package.json")))
    .flatMap((path) => [moduleAt(path), ...modulesIn(path)]);
}

function moduleAt(path: string): Module {
  const { name, version, license, licenses } = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
  // The form before SPDX: one object, or a list of them.
  const old: unknown[] = [license, licenses].flat().map((entry) => entry?.type ?? entry);
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
const modules = modulesIn(folder).sort((a, b) => (a.name < b.name ? -1 : 1));
for (const { name, version, licence, text } of modules) {
  process.stdout.write(`== ${name} ${version}: ${licence}\n${text === "" ? "" : `\n${text}\n`}\n`);
}
const unknown = modules.filter(({ licence }) => licence === "");
for (const { name } of unknown) process.stderr.write(`${name} names no licence\n`);
process.exitCode = modules.length === 0 || unknown.length > 0 ? 1 : 0;
