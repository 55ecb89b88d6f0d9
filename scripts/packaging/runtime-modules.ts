/**
 * Which modules a box needs: what the program depends on, without the tools that native modules name among their dependencies
 * to be compiled or fetched with, and without types. What is not shipped need not be patched.
 *
 * Usage: runtime-modules.js FOLDER TARGET   (copies them from FOLDER/node_modules to TARGET/node_modules)
 */
import { cpSync, existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";

export interface LockedPackage {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export interface Manifest {
  /** Packages whose scripts may run when they are installed: those that build natively. */
  readonly allowScripts?: Readonly<Record<string, boolean>> | undefined;
}

/** The `packages` of a lock file by path; the path of the whole is empty. */
export type LockedPackages = Readonly<Record<string, LockedPackage>>;

const BUILD_TOOLS = new Set(["node-gyp", "prebuild-install", "tar", "node-addon-api", "nan"]);

/** What a locked package needs at run time, by name. */
export function runtimeDependencies(path: string, one: LockedPackage, { allowScripts }: Manifest): string[] {
  const isNative = allowScripts?.[path.replace(/^.*node_modules\//, "")] === true;
  return Object.keys({
    ...one.dependencies,
    ...one.optionalDependencies,
    ...(path !== "" && one.peerDependencies),
  }).filter((name) => !name.startsWith("@types/") && !(isNative && BUILD_TOOLS.has(name)));
}

/** Paths in the lock file of all that is needed at run time, such as `node_modules/mqtt`. */
export function runtimePaths(packages: LockedPackages, manifest: Manifest): ReadonlySet<string> {
  const paths = new Set<string>();
  const visit = (path: string): void => {
    for (const name of runtimeDependencies(path, packages[path]!, manifest)) {
      const found = resolve(packages, path, name);
      if (found === undefined || paths.has(found)) continue;
      paths.add(found);
      visit(found);
    }
  };
  visit("");
  return paths;
}

/** As Node looks for a module: beside the one that asks, then further and further out. */
function resolve(packages: LockedPackages, from: string, name: string): string | undefined {
  for (let place = from; ; place = place.replace(/(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+$/, "")) {
    const path = `${place === "" ? "" : `${place}/`}node_modules/${name}`;
    if (packages[path] !== undefined) return path;
    if (place === "") return undefined;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [folder = ".", target = "."] = process.argv.slice(2);
  const read = (name: string) => JSON.parse(readFileSync(join(folder, name), "utf8"));
  for (const path of runtimePaths(read("package-lock.json").packages, read("package.json"))) {
    // What is optional may not be installed.
    if (!existsSync(join(folder, path))) continue;
    const isOwn = (source: string): boolean => basename(source) !== "node_modules";
    cpSync(join(folder, path), join(target, path), { recursive: true, filter: isOwn });
  }
}
