/** The modules below a folder's node_modules, nested ones too. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface InstalledModule {
  readonly path: string;
  readonly manifest: { readonly name: string; readonly version: string } & Readonly<Record<string, unknown>>;
}

/** @param folder the one that node_modules lies in */
export function installedModules(folder: string): InstalledModule[] {
  const root = join(folder, "node_modules");
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => !name.startsWith("."))
    .flatMap((name) =>
      name.startsWith("@") ? readdirSync(join(root, name)).map((part) => `${name}/${part}`) : [name],
    )
    .map((name) => join(root, name))
    .filter((path) => existsSync(join(path, "package.json")))
    .flatMap((path) => [
      { path, manifest: JSON.parse(readFileSync(join(path, "package.json"), "utf8")) },
      ...installedModules(path),
    ]);
}
