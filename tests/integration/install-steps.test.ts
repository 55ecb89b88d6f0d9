/** An upgrade that is killed before any of its steps: the box then runs the one or the other version, whole. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../support/temporary-directory.js";

const INSTALL = fileURLToPath(new URL("../../scripts/install", import.meta.url));
const isRoot = process.getuid?.() === 0;
/** What changes anything; each call is a step. */
const CHANGING = ["cp", "ln", "mkdir", "mv", "perl", "rm", "sync"];
const AT_ONCE = 4;

/** A package of a program that is nothing but its version. */
function makePackage(folder: string, version: string): string {
  const files = {
    "dist/main.js": version,
    "node_modules/sqlite3/lib/sqlite3.js": "",
    "rules/vendor.rules": version,
    "systemd/sekisho.service": version,
    "systemd/launch": version,
    "package.json": JSON.stringify({ version }),
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(folder, file, ".."), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  mkdirSync(join(folder, "scripts"));
  cpSync(INSTALL, join(folder, "scripts/install"));
  return folder;
}

/** Programs in place of the changing ones, which count their calls, and kill the whole installation before one of them. */
function makeCountedPrograms(folder: string): string {
  mkdirSync(folder);
  for (const name of CHANGING) {
    const real = spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout.trim();
    const script = `#!/bin/sh\necho >>"$STEPS"\n[ "$(wc -l <"$STEPS")" -ne "$CUT_BEFORE" ] || kill -KILL 0\nexec ${real} "$@"\n`;
    writeFileSync(join(folder, name), script, { mode: 0o755 });
  }
  // The scratch box has no users of its own.
  writeFileSync(join(folder, "chroot"), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
  return folder;
}

async function install(from: string, programs: string, box: string, cutBefore = 0): Promise<number> {
  const steps = `${box}.steps`;
  writeFileSync(steps, "");
  const child = spawn(join(from, "scripts/install"), ["--root", box], {
    env: { PATH: `${programs}:${process.env.PATH}`, STEPS: steps, CUT_BEFORE: String(cutBefore) },
    stdio: "ignore",
    detached: true,
  });
  const [code, signal] = await once(child, "close");
  expect([code, signal]).toEqual(cutBefore === 0 ? [0, null] : [null, "SIGKILL"]);
  return readFileSync(steps, "utf8").length;
}

/** Which version each part of the box is of. */
function versionsOf(box: string): readonly string[] {
  const program = join(box, "usr/lib/sekisho");
  const parts = ["dist/main.js", "rules/vendor.rules", "systemd/launch"].map((part) => join(program, part));
  const { version } = JSON.parse(readFileSync(join(program, "package.json"), "utf8")) as { version: string };
  return [version, ...parts.map((part) => readFileSync(part, "utf8"))];
}

test.skipIf(!isRoot)(
  "an upgrade that is killed before any of its steps leaves one version whole, and the next one ends it (skipped unless root)",
  async () => {
    const folder = await temporaryDirectory();
    const [older, newer] = ["old", "new"].map((version) => makePackage(join(folder, version), version));
    const programs = makeCountedPrograms(join(folder, "programs"));
    const before = join(folder, "box");
    mkdirSync(join(before, "usr/bin"), { recursive: true });
    symlinkSync(process.execPath, join(before, "usr/bin/node"));
    symlinkSync("/usr/bin/perl", join(before, "usr/bin/perl"));
    await install(older!, programs, before);
    const whole = join(folder, "whole");
    cpSync(before, whole, { recursive: true, verbatimSymlinks: true });
    const steps = await install(newer!, programs, whole);
    expect(steps).toBeGreaterThan(15);

    const seen = new Set<string>();
    const cut = async (step: number): Promise<void> => {
      const box = join(folder, `box-${step}`);
      cpSync(before, box, { recursive: true, verbatimSymlinks: true });
      await install(newer!, programs, box, step);
      const versions = new Set(versionsOf(box));
      expect([...versions], `before step ${step}`).toHaveLength(1);
      seen.add([...versions][0]!);
      for (const file of ["usr/share/sekisho/rules/vendor.rules", "etc/systemd/system/sekisho.service"]) {
        expect(readFileSync(join(box, file), "utf8"), `${file} before step ${step}`).toMatch(/^(?:old|new)$/);
      }
      expect(readdirSync(join(box, "usr/bin"))).toContain("sekisho");
      if (step % 4 !== 0) return;
      await install(newer!, programs, box);
      expect(new Set(versionsOf(box))).toEqual(new Set(["new"]));
      expect(readdirSync(join(box, "usr/lib")).sort()).toEqual(["sekisho", "sekisho.previous"]);
    };
    const all = Array.from({ length: steps }, (_, index) => index + 1);
    while (all.length > 0) await Promise.all(all.splice(0, AT_ONCE).map(cut));
    expect([...seen].sort()).toEqual(["new", "old"]);
  },
);
