/**
 * Before all tests: compile what they start as processes and threads, so that they never run an old build. One that scripts/setup
 * has made of these sources is not made again. Type errors are the type check's business: JavaScript is written all the same.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** scripts/setup marks a build that had no errors with this file. */
const MARK = join(ROOT, "dist/.built");

export function setup(): void {
  if (existsSync(MARK) && existsSync(join(ROOT, "dist/main.js")) && !isOlder(statSync(MARK).mtimeMs)) return;
  for (const project of ["tsconfig.json", "scripts/tsconfig.json"]) {
    const { error } = spawnSync(join(ROOT, "node_modules/.bin/tsc"), ["-p", project], { cwd: ROOT });
    if (error) throw error;
  }
  if (!existsSync(join(ROOT, "dist/device/vendors.bin"))) runBuilt("vendor-table.js");
  runBuilt("engine-bundle.js");
  if (!existsSync(join(ROOT, "dist/main.js"))) throw new Error("dist/main.js was not written");
}

/** A step of the build behind the compiler; without it tests would run what an earlier build has left. */
function runBuilt(name: string): void {
  const script = join(ROOT, "dist/scripts/packaging", name);
  const { status } = spawnSync(process.execPath, [script], { cwd: ROOT, stdio: "inherit" });
  if (status !== 0) throw new Error(`${name} of the build failed`);
}

/** Whether a source has changed since. */
function isOlder(builtMs: number): boolean {
  const isNew = (path: string): boolean => statSync(path).mtimeMs > builtMs;
  return (
    ["tsconfig.json", "package.json"].some((name) => isNew(join(ROOT, name))) ||
    ["agent", "scripts"].some((folder) =>
      // A file that was removed leaves its folder changed.
      [".", ...readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })].some((name) =>
        isNew(join(ROOT, folder, name)),
      ),
    )
  );
}
